# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node with one application and no IIS model behind it, for tests of the server alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .backplane import Backplane
from .iis_view import AppView, ConfigLevel, IisView
from .options import ServerOptions
from .server import SignalRNode


@dataclass
class StandaloneSite:
    """A folder served as an application, and the view of it, which a test may change at any time.

    `extra` are fields of :class:`AppView`; `above` the configuration files above the application's own.
    """

    name: str
    folder: Path
    above: tuple[ConfigLevel, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    view: list[AppView] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        fields: dict[str, Any] = {"site": self.name, "virtual_path": "/", "physical_path": self.folder, "pool": self.name}
        fields["config_files"] = (*self.above, ConfigLevel("app", self.folder / "web.config"))
        self.view[:] = [AppView(**fields | self.extra)]

    def write_config(self, text: str) -> None:
        """Puts a web.config in place of the old one in one step."""
        staged = self.folder / "web.config.new"
        staged.write_bytes(text.encode("utf-8"))
        staged.replace(self.folder / "web.config")

    def change(self, **fields: Any) -> None:
        """What IIS says from now on."""
        self.view[:] = [replace(app, **fields) for app in self.view]

    def iis(self) -> IisView:
        """The view, as a node asks for it."""
        return self.view

    def node(
        self, *, address: str = "127.0.0.1", port: int = 0, options: ServerOptions | None = None, backplane: Backplane | None = None
    ) -> SignalRNode:
        """A server for this application, not started yet."""
        return SignalRNode(name=self.name, address=address, port=port, iis=self.iis, options=options, backplane=backplane)


def web_config(attributes: dict[str, str] | None = None, *, target_framework: str = "4.8") -> str:
    """A small web.config with this machineKey, or none."""
    values = " ".join(f'{name}="{value}"' for name, value in (attributes or {}).items())
    key = f"    <machineKey {values} />\n" if attributes else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<configuration>\n  <system.web>\n'
        f'    <httpRuntime targetFramework="{target_framework}" />\n{key}  </system.web>\n</configuration>\n'
    )
