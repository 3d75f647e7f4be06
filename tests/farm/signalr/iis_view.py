# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the web server of a node asks the node's IIS model: which applications exist, and in what state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ConfigLevel:
    """One file of the configuration hierarchy.

    ``level`` is ``machine``, ``root``, ``site`` or ``app``; ``path`` the local file, which need not exist, or None for none.
    ``virtual_path`` is needed only for an application above the one that is served.
    """

    level: str
    path: Path | None
    virtual_path: str = ""


@dataclass(frozen=True)
class AppView:
    """One application as IIS would serve it at this moment.

    ``physical_path`` is a folder of this machine. ``recycles`` is any number that changes when the pool is recycled or
    started again. ``pool_failure`` says why WAS stopped the pool, ``""`` when nobody but an operator did.
    ``host_names`` empty means: every name.
    """

    site: str
    virtual_path: str
    physical_path: Path
    pool: str
    pool_state: str = "Started"
    recycles: int = 0
    websockets_installed: bool = True
    config_files: tuple[ConfigLevel, ...] = ()
    identity: str = "ApplicationPoolIdentity"
    host_names: tuple[str, ...] = ()
    hub_path: str = "/signalr"
    pool_failure: str = ""
    site_state: str = "Started"
    site_id: int = 1

    @property
    def is_running(self) -> bool:
        """Whether a request reaches a worker process at all."""
        return self.pool_state.casefold() == "started" and self.site_state.casefold() == "started"


IisView = Sequence[AppView]


def find_application(view: IisView, host: str, path: str) -> AppView | None:
    """The application that serves ``path``: the site bound to the host name, then the longest virtual path; None when there is none."""
    name = host.rsplit(":", 1)[0].casefold() if not host.endswith("]") else host
    bound = [app for app in view if name in {known.casefold() for known in app.host_names}]
    candidates = bound or [app for app in view if not app.host_names]
    inside = [app for app in candidates if is_inside(app.virtual_path, path)]
    return max(inside, key=lambda app: len(app.virtual_path), default=None)


def is_inside(folder: str, path: str) -> bool:
    """Whether a URL path lies in a virtual folder; both without regard to case."""
    folder, path = folder.rstrip("/").casefold(), path.casefold()
    return path == folder or path.startswith(folder + "/")
