# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes that are real as far as Linux goes: PowerShell's engine, an IIS object model over files, and Microsoft's SignalR server."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ..executor.drive import Drive
from ..executor.engine import Engine, EngineUnavailable
from .iis_command import iis_model
from .iis_files import write_accounts, write_application_host
from .layout import FOLDERS, write_applications
from .node import FarmNode
from .real_node import RealNode
from .secrets_file import FarmSecrets
from .specification import FarmSpecification, SpecificationError

__all__ = ["find_tools", "make_real_nodes"]

CHECKOUT = Path(__file__).resolve().parents[3]


def find_tools(given: Path | None) -> Path:
    """The folder with the real parts: as given, as WEBFARM_TOOLS says, or beside the checkout. Raises ``EngineUnavailable``."""
    candidates = [
        given,
        Path(os.environ["WEBFARM_TOOLS"]) if os.environ.get("WEBFARM_TOOLS") else None,
        CHECKOUT.parent / "shared" / "tools",
    ]
    for candidate in candidates:
        if candidate and (candidate / "psengine" / "psengine").exists():
            return candidate.resolve()
    raise EngineUnavailable("The real parts are not here: set WEBFARM_TOOLS to the folder with psengine, iis-model and signalr-node in it.")


async def make_real_nodes(specification: FarmSpecification, secrets: FarmSecrets, nodes: dict[str, FarmNode]) -> Engine:
    """Fill ``nodes``; folders that are there already are taken up as they were left. The engine has to be stopped by the caller."""
    for name in specification.node_names:
        if len(specification.applications_of(name)) != 1:
            raise SpecificationError(f"{name}: Microsoft's SignalR server serves one application an address; a real node has exactly one.")
    tools = find_tools(specification.tools)
    for name in specification.node_names:
        root = specification.directory / name
        if not (root / "state.json").exists():
            await _make_machine(specification, secrets, tools, name, root)
    engine = Engine(tools, specification.directory / "engine")
    await engine.start()
    for name in specification.node_names:
        nodes[name] = RealNode(name, specification.directory / name, specification, tools, engine)
    return engine


async def _make_machine(specification: FarmSpecification, secrets: FarmSecrets, tools: Path, name: str, root: Path) -> None:
    await iis_model(tools, "init", str(root))
    drive = root / "drive_c"
    for folder in FOLDERS:
        (drive / folder).mkdir(parents=True, exist_ok=True)
    Drive(drive).local(r"C:\inetpub\wwwroot\chat\index.htm").unlink()
    write_applications(drive, specification, name)
    write_application_host(root / "config" / "applicationHost.config", specification.applications_of(name))
    write_accounts(root / "accounts.json", secrets.accounts, specification.farms)
    settings = {"stopSeconds": specification.stop_seconds, "startSeconds": 0, "activationSeconds": 0}
    (root / "settings.json").write_text(json.dumps(settings))
    if specification.node_names.index(name) + 1 not in specification.without_web_sockets:
        await iis_model(tools, "install", str(root), "Web-WebSockets")
    await iis_model(tools, "sync", str(root))
