# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual addresses: a load balancer in front of each farm's nodes, which asks every node for its health file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..balancer.virtual_address import VirtualAddress
from .node import FarmNode
from .specification import HEALTH_HOST, HEALTH_PATH, FarmSpecification

__all__ = ["VirtualAddresses"]


@dataclass
class VirtualAddresses:
    """One virtual address a farm; the first one is on the address that the specification names, the others on those behind it."""

    specification: FarmSpecification
    nodes: Mapping[str, FarmNode]
    by_farm: dict[str, VirtualAddress] = field(default_factory=dict)

    async def start(self) -> None:
        """Listen, after the nodes' web servers do."""
        for index, (farm, applications) in enumerate(self.specification.farms.items()):
            names = dict.fromkeys(node for application in applications for node in self.specification.nodes_of(application))
            self.by_farm[farm] = VirtualAddress(
                address=self.specification.virtual_address(index),
                port=self.specification.http_port,
                members=[(name, self.nodes[name].address, self.nodes[name].http_port) for name in names],
                health_path=HEALTH_PATH,
                health_host=HEALTH_HOST,
                affinity_cookie="farm-affinity" if self.specification.affinity else None,
            )
            await self.by_farm[farm].start()

    def url(self, farm: str) -> str:
        """The URL without a path."""
        return self.by_farm[farm].url

    def healthy(self, node: str) -> bool:
        """Whether every virtual address that has the node as a member sends requests there."""
        known = [address.status()[node] for address in self.by_farm.values() if node in address.status()]
        return all(member.healthy for member in known)

    async def stop(self) -> None:
        """End what is under way."""
        for address in self.by_farm.values():
            await address.stop()
