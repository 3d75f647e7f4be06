# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node whose calls PowerShell's engine carries out, with Microsoft's SignalR server in front of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..executor.contract import Outcome, RemoteCommand
from ..executor.drive import Drive
from ..executor.engine import Engine, EngineUnavailable
from ..executor.real import RealExecutor, node_environment
from ..sockets import free_port
from .iis_command import iis_model
from .iis_files import set_feature
from .node import FarmNode, NodeRefused
from .signalr_process import SignalRProcess
from .specification import HEALTH_HOST, ApplicationSpecification, FarmSpecification

__all__ = ["RealNode"]

#: What the IIS object model can refuse: the contract's operation -> its own operation.
IIS_OPERATIONS = {
    "stop_pool": "Stop",
    "start_pool": "Start",
    "recycle_pool": "Recycle",
    "install_feature": "Install",
    "set_pool": "CommitChanges",
    "set_site": "CommitChanges",
    "set_application": "CommitChanges",
}
#: ... and how: the kind of fault -> the HRESULT that Windows has for it.
HRESULTS = {
    "sharing_violation": ("0x80070020", "The process cannot access the file because it is being used by another process."),
    "access_denied": ("0x80070005", "Access is denied."),
    "disk_full": ("0x80070070", "There is not enough space on the disk."),
    "timeout": ("0x800705B4", "This operation returned because the timeout period expired."),
    "failed": ("0x8007001F", "A device attached to the system is not functioning."),
}


@dataclass(frozen=True)
class _FollowedExecutor:
    """After each command the web server is brought to what IIS says now."""

    executor: RealExecutor
    node: RealNode

    async def execute(self, command: RemoteCommand) -> Outcome:
        outcome = await self.executor.execute(command)
        await self.node.follow()
        return outcome


class RealNode(FarmNode):
    """``root`` was made by the IIS object model's own command."""

    def __init__(self, name: str, root: Path, specification: FarmSpecification, tools: Path, engine: Engine) -> None:
        super().__init__(name, root, specification)
        self.tools, self.engine = tools, engine
        self.drive = Drive(root / "drive_c", "%SystemDrive%")
        self._executor = _FollowedExecutor(RealExecutor(engine, root, name), self)
        self._web = SignalRProcess(tools, root)
        self._is_serving = False
        self._seen: tuple[int, int] = (0, 0)

    @property
    def executor(self) -> _FollowedExecutor:
        return self._executor

    async def start_web(self) -> None:
        self._is_serving = True
        # The two sites on the address have to agree on the port, so it is chosen here.
        self.http_port = self.http_port or free_port(self.address)
        await self._warm()
        await self._web.start(self._web_configuration())

    async def stop_web(self) -> None:
        self._is_serving = False
        await self._web.stop()

    async def kill_web(self) -> None:
        self._is_serving = False
        await self._web.kill()

    async def follow(self) -> None:
        """Give started pools a worker process, as the next request would; start the web server anew when a feature or bitness changed."""
        if not self._is_serving:
            return
        stamp = (_changed(self.root / "state.json"), _changed(self.root / "features.json"))
        if stamp == self._seen:
            return
        await self._warm()
        configuration = self._web_configuration()
        if configuration != self._web.configuration:
            await self._web.stop()
            await self._web.start(configuration)

    async def _warm(self) -> None:
        started = {pool["name"] for pool in self._state()["appPools"] if pool["state"] == "Started" and not pool.get("workers")}
        for pool in sorted(started & {application.pool for application in self.applications}):
            await iis_model(self.tools, "warm", str(self.root), pool)
        self._seen = (_changed(self.root / "state.json"), _changed(self.root / "features.json"))

    def _state(self) -> dict[str, Any]:
        return dict(json.loads((self.root / "state.json").read_text(encoding="utf-8-sig")))

    def _web_configuration(self) -> dict[str, Any]:
        (application,) = self.applications
        site_folder = self.drive.local(r"%SystemDrive%\inetpub\wwwroot")
        url = f"http://{self.address}:{self.http_port}"
        chat = {
            "name": self.name,
            "urls": [url],
            "app_path": application.path,
            "physical_path": str(self.application_folder(application)),
            "state_file": str(self.root / "state.json"),
            "state_site": application.site + ("" if application.path == "/" else application.path),
            "path_map": {"C:\\": f"{self.drive.folder}/"},
            "parent_config": [str(file) for file in self._framework(application)],
            "websockets": self._has_web_sockets(),
        }
        if application.path != "/":
            chat["site_config"] = str(site_folder / "web.config")
        health = {"name": f"{self.name}-health", "urls": [url], "hosts": [HEALTH_HOST], "physical_path": str(site_folder)}
        return {"poll_ms": 50, "sites": [chat, health]}

    def _framework(self, application: ApplicationSpecification) -> tuple[Path, Path]:
        config = (self.root / "config" / "applicationHost.config").read_text(encoding="utf-8-sig")
        entry = config.partition(f'<add name="{application.pool}"')[2].partition(">")[0].lower()
        is_32bit = 'enable32bitapponwin64="true"' in entry
        folder = self.drive.local(rf"C:\Windows\Microsoft.NET\Framework{'' if is_32bit else '64'}\v4.0.30319\Config")
        return folder / "machine.config", folder / "web.config"

    def _has_web_sockets(self) -> bool:
        features = json.loads((self.root / "features.json").read_text(encoding="utf-8-sig"))["features"]
        return any(feature["name"] == "Web-WebSockets" and feature["state"] == "Installed" for feature in features)

    def application_folder(self, application: ApplicationSpecification) -> Path:
        name = application.site + ("" if application.path == "/" else application.path)
        known = next((site for site in self._state()["sites"] if site["name"].lower() == name.lower()), None)
        if known is None:
            raise NodeRefused(f"{self.name} has no application {name}.")
        return self.drive.local(known["physicalPath"])

    async def set_web_sockets(self, installed: bool) -> None:
        if installed:
            await iis_model(self.tools, "install", str(self.root), "Web-WebSockets")
        else:
            await self._powershell("Uninstall-WindowsFeature -Name Web-WebSockets | Out-Null")
            set_feature(self.root / "features.json", "Web-WebSockets", "Available")
        await self.follow()

    async def set_pool_running(self, pool: str, running: bool) -> None:
        verb, wanted = ("Start", "Started") if running else ("Stop", "Stopped")
        await self._powershell(
            f"$p = (New-Object Microsoft.Web.Administration.ServerManager).ApplicationPools['{pool}']; "
            f"if ([string]$p.State -ne '{wanted}') {{ $null = $p.{verb}() }}"
        )
        await self.follow()

    async def set_account_password(self, account: str, password: str) -> str:
        file = self.root / "accounts.json"
        accounts = json.loads(file.read_text(encoding="utf-8"))
        if "password" not in accounts.get(account, {}):
            raise NodeRefused(f"{self.name} knows no account {account} with a password.")
        before, accounts[account]["password"] = accounts[account]["password"], password
        file.write_text(json.dumps(accounts, indent=1), encoding="utf-8")
        pools = ", ".join(f"'{application.pool}'" for application in self.applications)
        await self._powershell(
            f"$m = New-Object Microsoft.Web.Administration.ServerManager; foreach ($n in @({pools})) "
            "{ $p = $m.ApplicationPools[$n]; if ([string]$p.State -eq 'Started') { $null = $p.Recycle() } }"
        )
        await self.follow()
        return str(before)

    async def _powershell(self, script: str) -> None:
        environment = node_environment(self.root, self.name)
        outcome = await self.engine.run(["-NoProfile", "-NonInteractive", "-Command", script], b"", environment, self.root)
        if outcome.exit_code:
            raise EngineUnavailable(outcome.stderr.decode().strip())

    def add_fault(self, fault: Mapping[str, Any]) -> None:
        operation, kind = IIS_OPERATIONS.get(str(fault.get("operation"))), HRESULTS.get(str(fault.get("kind")))
        if operation is None or kind is None:
            raise NodeRefused(
                f"A real node cannot have the fault {fault.get('kind')} at {fault.get('operation')}; "
                f"it has {', '.join(HRESULTS)} at {', '.join(IIS_OPERATIONS)}."
            )
        counted = {"from": 1} if fault.get("times") is None else {"call": 1}
        target = {"target": fault["target"]} if fault.get("target") else {}
        entry = {"operation": operation, **target, **counted, "exception": {"hresult": kind[0], "message": kind[1]}}
        file = self.root / "faults.json"
        known = json.loads(file.read_text())["faults"] if file.exists() else []
        file.write_text(json.dumps({"faults": [*known, entry]}))
        (self.root / "calls.json").unlink(missing_ok=True)  # count from now on

    def clear_faults(self) -> None:
        (self.root / "faults.json").unlink(missing_ok=True)


def _changed(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
