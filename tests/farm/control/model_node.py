# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node whose calls the node model carries out, with the simulated SignalR server in front of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..executor.drive import Drive
from ..executor.model import ModelExecutor
from ..executor.transfer import FileTransfer
from ..node.faults import checked
from ..node.model import DRIVE, STATE_FILE, NodeModel
from ..node.state import Account, Application, NodeState, Pool, Site
from ..signalr.backplane import Backplane
from ..signalr.options import ServerOptions
from ..signalr.server import SignalRNode
from .buses import FarmBackplanes
from .layout import write_applications, write_framework
from .node import FarmNode, NodeRefused
from .specification import ApplicationSpecification, FarmSpecification

__all__ = ["ModelNode"]

DEFAULT_SITE = "Default Web Site"
WEB_ROOT = r"%SystemDrive%\inetpub\wwwroot"


class ModelNode(FarmNode):
    """A folder that is there already is taken up as it was left."""

    def __init__(
        self,
        name: str,
        root: Path,
        specification: FarmSpecification,
        accounts: Iterable[Account] = (),
        backplanes: dict[str, Backplane] | None = None,
    ) -> None:
        super().__init__(name, root, specification)
        is_new = not (root / STATE_FILE).exists()
        if is_new:
            write_framework(root / DRIVE)
            write_applications(root / DRIVE, specification, name)
        self.model = NodeModel(root, name=name, accounts=accounts, state=self._state() if is_new else None)
        self._executor = ModelExecutor(self.model, FileTransfer(Drive(root / DRIVE)))
        self._backplanes = FarmBackplanes(specification, name, {} if backplanes is None else backplanes)
        self._web: SignalRNode | None = None

    def _state(self) -> NodeState:
        """IIS as it is before anything is done: the applications, their pools, and the feature that was forgotten."""
        state = NodeState(self.name.upper(), stop_seconds=self.specification.stop_seconds)
        pools = {"DefaultAppPool": Pool("DefaultAppPool")}
        sites = {DEFAULT_SITE: Site(DEFAULT_SITE, 1, [Application("/", WEB_ROOT)], bindings=[_binding("")])}
        for application in self.applications:
            pool = pools.setdefault(application.pool, Pool(application.pool))
            pool.settings["enable_32bit"] = application.enable_32bit
            if application.site not in sites:
                number = len(sites) + 1
                root = Application("/", rf"{WEB_ROOT}\site{number}")
                sites[application.site] = Site(application.site, number, [root], bindings=[_binding(application.site)])
            site = sites[application.site]
            site.applications = [known for known in site.applications if known.path != application.path]
            site.applications.append(Application(application.path, application.physical_path, application.pool))
        state.pools, state.sites = list(pools.values()), list(sites.values())
        if self.number not in self.specification.without_web_sockets:
            state.features["Web-WebSockets"] = "Installed"
        return state

    @property
    def executor(self) -> ModelExecutor:
        return self._executor

    async def start_web(self) -> None:
        self._web = SignalRNode(
            name=self.name,
            address=self.address,
            port=self.http_port,
            iis=self.model.iis_view,
            options=ServerOptions(start_seconds=self.specification.start_seconds),
            backplane=self._backplanes,
        )
        await self._web.start()
        self.http_port = self._web.port

    async def stop_web(self) -> None:
        if self._web is not None:
            web, self._web = self._web, None
            await web.stop()

    async def kill_web(self) -> None:
        if self._web is not None:
            web, self._web = self._web, None
            await web.kill()

    async def boot(self) -> None:
        await asyncio.to_thread(self.model.boot)
        await self.start_web()

    def application_folder(self, application: ApplicationSpecification) -> Path:
        site = self.model.state.site(application.site)
        found = site.application(application.path) if site else None
        if found is None:
            raise NodeRefused(f"{self.name} has no application {application.site}{application.path}.")
        return self.model.paths.local(found.physical_path)

    async def set_web_sockets(self, installed: bool) -> None:
        self.model.state.features["Web-WebSockets"] = "Installed" if installed else "Available"
        for pool in self.model.state.pools:
            pool.recycles += 1
        self.model.save()

    async def set_pool_running(self, pool: str, running: bool) -> None:
        known = self.model.state.pool(pool)
        if known is None:
            raise NodeRefused(f"{self.name} has no application pool {pool}.")
        (self.model.node.iis.start if running else self.model.node.iis.stop)(known)
        self.model.save()

    async def set_account_password(self, account: str, password: str) -> str:
        known = self.model.state.account(account)
        if known is None or known.password is None:
            raise NodeRefused(f"{self.name} knows no account {account} with a password.")
        before, known.password = known.password, password
        self.model.node.iis.configuration_changed(self.model.state.pools)
        self.model.save()
        return before

    def add_fault(self, fault: Mapping[str, Any]) -> None:
        try:
            self.model.faults.append(checked(dict(fault)))
        except ValueError as error:
            raise NodeRefused(str(error)) from error

    def clear_faults(self) -> None:
        self.model.faults.clear()


def _binding(site: str) -> dict[str, Any]:
    """A site with a name in it answers to that host name, the default one to every name."""
    return {"protocol": "http", "information": f"*:80:{site.replace(' ', '-').lower()}", "ssl_flags": 0}
