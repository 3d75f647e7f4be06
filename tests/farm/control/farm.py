# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A running farm: its nodes with WinRM and a web server each, the virtual address in front, and what a test may ask of them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ..node.state import Account
from ..signalr.backplane import Backplane
from ..sockets import socket_path
from ..winrm.authentication import Accounts
from ..winrm.endpoint import Endpoint
from .breaking import Repair, break_node
from .inventory import inventory, write_inventory
from .model_node import ModelNode
from .node import FarmNode, NodeRefused
from .release import write_package
from .secrets_file import FarmSecrets
from .specification import FarmSpecification
from .virtual_address import VirtualAddresses
from .watching import WIRE_KINDS, NodeWatcher, WireFault

__all__ = ["Farm"]


class Farm:
    """Everything in this process and its children. ``async with Farm(specification) as farm``."""

    def __init__(self, specification: FarmSpecification) -> None:
        self.specification = specification
        self.directory = specification.directory
        self.nodes: dict[str, FarmNode] = {}
        self.endpoints: dict[str, Endpoint] = {}
        self.watchers: dict[str, NodeWatcher] = {}
        self.dead: set[str] = set()
        self.backplanes: dict[str, Backplane] = {}
        self._repairs: dict[str, list[tuple[str, Repair]]] = {}
        self._dying: set[asyncio.Task[None]] = set()
        self.virtual_addresses = VirtualAddresses(specification, self.nodes)
        self._engine: Any = None

    async def __aenter__(self) -> Farm:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Make what is not there yet, listen, and write inventory and package."""
        self.directory.mkdir(parents=True, exist_ok=True)
        secrets = FarmSecrets.of(self.directory, self.specification.farms)
        accounts = Accounts(
            {secrets.user: secrets.password, rf"CONTOSO\{secrets.user}": secrets.password}, self.directory / "winrm-accounts"
        )
        for farm, (application, *_others) in self.specification.farms.items():
            write_package(self.directory / "packages", farm, application.release)
        await self._make_nodes(secrets)
        for name, node in self.nodes.items():
            self.watchers[name] = NodeWatcher(kill=partial(self._die, name))
            endpoint = Endpoint(node.executor, accounts, self.watchers[name], host=node.address, port=self.specification.winrm_port)
            self.endpoints[name] = endpoint
            await endpoint.start()
            await node.start_web()
        await self.virtual_addresses.start()
        self._write_inventory(secrets)

    async def _make_nodes(self, secrets: FarmSecrets) -> None:
        if self.specification.real:
            from .real_farm import make_real_nodes  # the real parts are looked for only when they are wanted

            self._engine = await make_real_nodes(self.specification, secrets, self.nodes)
            return
        for name in self.specification.node_names:
            known = [Account(account, password, batch_right=True) for account, password in secrets.accounts.items()]
            known += [Account(rf"CONTOSO\{farm}$", is_gmsa=True, batch_right=True) for farm in self.specification.farms]
            self.nodes[name] = ModelNode(name, self.directory / name, self.specification, known, self.backplanes)

    def _write_inventory(self, secrets: FarmSecrets) -> None:
        content = inventory(
            self.specification,
            self.nodes,
            ports={name: endpoint.port for name, endpoint in self.endpoints.items()},
            user=secrets.user,
            password=secrets.password,
            passwords=secrets.accounts,
            virtual_addresses={farm: self.virtual_addresses.url(farm) for farm in self.specification.farms},
        )
        write_inventory(self.inventory, content)

    @property
    def inventory(self) -> Path:
        return self.directory / "inventory.yml"

    def description(self) -> dict[str, Any]:
        """What ``farm.json`` says: addresses, but no passwords."""
        return {
            "directory": str(self.directory),
            "pid": os.getpid(),
            "real": self.specification.real,
            "control": str(socket_path(self.directory, "control.sock")),
            "inventory": str(self.inventory),
            "virtual_address": self.virtual_addresses.url(next(iter(self.specification.farms))),
            "farms": {
                farm: {
                    "virtual_address": self.virtual_addresses.url(farm),
                    "applications": [
                        {"site": a.site, "path": a.path, "pool": a.pool, "nodes": list(self.specification.nodes_of(a))} for a in all_of
                    ],
                    "package": str(self.directory / "packages" / f"{farm}-{all_of[0].release}.zip"),
                }
                for farm, all_of in self.specification.farms.items()
            },
            "nodes": {
                name: {
                    "address": node.address,
                    "winrm_port": self.endpoints[name].port,
                    "http": f"http://{node.address}:{node.http_port}",
                    "root": str(node.root),
                }
                for name, node in self.nodes.items()
            },
        }

    async def stop(self) -> None:
        """End everything; the nodes' folders stay."""
        await asyncio.gather(*self._dying, return_exceptions=True)
        await self.virtual_addresses.stop()
        for endpoint in self.endpoints.values():
            await endpoint.stop()
        for node in self.nodes.values():
            await node.stop_web()
        if self._engine is not None:
            await self._engine.stop()

    # ---- what a test asks

    def status(self) -> dict[str, Any]:
        """Per node: whether it answers, what was broken, and which faults are still to come."""
        return {
            name: {
                "alive": name not in self.dead,
                "in_balancer": self.virtual_addresses.healthy(name),
                "broken": [kind for kind, _rest in self._repairs.get(name, ())],
                "faults": [vars(fault) for fault in self.watchers[name].faults],
            }
            for name in self.nodes
        }

    def calls(self) -> dict[str, Any]:
        """The log of each node since the last reset."""
        return {name: watcher.log.told() for name, watcher in self.watchers.items()}

    def reset_calls(self) -> None:
        """Count anew."""
        for watcher in self.watchers.values():
            watcher.log = type(watcher.log)()

    async def break_node(self, node: str, kind: str, farm: str = "") -> None:
        """One of ``BREAKAGES``, or ``dead``. Raises ``NodeRefused``."""
        if kind == "dead":
            self._known(node)
            await self._die(node)
            return
        self._repairs.setdefault(node, []).append((kind, await break_node(self._known(node), kind, farm)))

    async def repair(self, node: str = "") -> None:
        """Undo what was broken, the last one first; wake the dead; forget faults. Without a name: every node."""
        for name in [node] if node else list(self.nodes):
            known = self._known(name)
            self.watchers[name].faults.clear()
            known.clear_faults()
            while self._repairs.get(name):
                _kind, undo = self._repairs[name].pop()
                await undo()
            await asyncio.gather(*self._dying, return_exceptions=True)
            if name in self.dead:
                self.dead.discard(name)
                await self.endpoints[name].start()
                await known.boot()

    def add_fault(self, node: str, fault: Mapping[str, Any]) -> None:
        """A fault on the wire, or one inside a call of the node; which one, its ``kind`` says. Raises ``NodeRefused`` or ``FaultRefused``."""
        known = self._known(node)
        if fault.get("kind") not in WIRE_KINDS:
            known.add_fault(fault)
            return
        try:
            self.watchers[node].faults.append(WireFault(**fault))
        except TypeError as error:
            raise NodeRefused(f"There is no such fault: {error}") from error

    def _known(self, node: str) -> FarmNode:
        if node not in self.nodes:
            raise NodeRefused(f"There is no node {node}; there are {', '.join(self.nodes)}.")
        return self.nodes[node]

    async def _die(self, node: str) -> None:
        """When this returns nothing of the node answers; it may be called from inside of one of the node's own calls."""
        if node in self.dead:
            return
        self.dead.add(node)
        await self.nodes[node].kill_web()
        await self.endpoints[node].cut()
        task = asyncio.get_running_loop().create_task(self.endpoints[node].stop())  # waits for that call's handler
        self._dying.add(task)
        task.add_done_callback(self._dying.discard)
