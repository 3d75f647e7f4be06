# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a farm is to consist of: nodes, applications, accounts, ports."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["ApplicationSpecification", "FarmSpecification", "SpecificationError", "read_applications"]

HEALTH_PATH = "/health.htm"
HEALTH_FILE = r"%SystemDrive%\inetpub\wwwroot\health.htm"
HEALTH_CONTENT = "ready"
HEALTH_HOST = "health.invalid"
"""The name that the balancer asks for; a node's default site answers to it."""


class SpecificationError(ValueError):
    """The farm that was asked for cannot be; the text says why."""


@dataclass(frozen=True)
class ApplicationSpecification:
    """One SignalR application on some of the nodes. Its nodes form the farm ``farm``.

    ``path`` ``/`` is a site's root. ``folder`` is where it lies before anything is changed. ``nodes`` empty means all of them.
    """

    farm: str = "chat"
    site: str = "Default Web Site"
    path: str = "/chat"
    pool: str = "ChatPool"
    folder: str = ""
    nodes: tuple[str, ...] = ()
    release: str = "1.1.0"
    enable_32bit: bool = False

    @property
    def physical_path(self) -> str:
        """The folder, in the form that configuration files and inventories use."""
        name = self.path.strip("/").replace("/", "_") or self.farm
        return self.folder or rf"%SystemDrive%\inetpub\wwwroot\{name}"


@dataclass(frozen=True)
class FarmSpecification:
    """Everything that ``start`` is told. Port 0 means: any free one.

    ``start_seconds`` is what an application takes before it answers its first request, ``stop_seconds`` what a pool takes to stop.
    ``affinity``: the balancer keeps a client at its node by a cookie. ``older`` and ``without_web_sockets`` count the nodes from 1; they
    make the state that brings people to this product. ``real``: calls run in PowerShell's engine on an IIS object model, and
    Microsoft's SignalR server answers; ``tools`` is where those are.
    """

    directory: Path
    node_count: int = 3
    applications: tuple[ApplicationSpecification, ...] = (ApplicationSpecification(),)
    winrm_port: int = 5985
    http_port: int = 8080
    real: bool = False
    tools: Path | None = None
    without_web_sockets: tuple[int, ...] = (2,)
    older: tuple[int, ...] = (3,)
    transport: str = "basic"
    first_address: int = 1
    start_seconds: float = 0
    stop_seconds: float = 0
    affinity: bool = False
    names: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if not 1 <= self.node_count <= 200 or not 0 <= self.first_address <= 250 - self.node_count:
            raise SpecificationError("A farm has 1 to 200 nodes, on addresses from 127.0.1.1 to 127.0.1.250.")
        seen: set[tuple[str, str, str]] = set()
        for application in self.applications:
            unknown = set(application.nodes) - set(self.node_names)
            if unknown:
                raise SpecificationError(f"The application {application.path} names unknown nodes: {', '.join(sorted(unknown))}.")
            for node in self.nodes_of(application):
                place = (node, application.site, application.path)
                if place in seen:
                    raise SpecificationError(f"{node} has the application {application.site}{application.path} twice.")
                seen.add(place)

    @property
    def node_names(self) -> tuple[str, ...]:
        """``web01``, ``web02`` and so on, if no others were given."""
        return self.names or tuple(f"web{number:02}" for number in range(1, self.node_count + 1))

    def address(self, node: str) -> str:
        """The node's own loopback address."""
        return f"127.0.1.{self.first_address + self.node_names.index(node)}"

    def virtual_address(self, index: int) -> str:
        """The address of the load balancer in front of the farm with this place among the farms, from 0."""
        return f"127.0.2.{self.first_address + index}"

    def nodes_of(self, application: ApplicationSpecification) -> tuple[str, ...]:
        """The nodes that have the application."""
        return application.nodes or self.node_names

    def applications_of(self, node: str) -> tuple[ApplicationSpecification, ...]:
        """What one node has."""
        return tuple(application for application in self.applications if node in self.nodes_of(application))

    @property
    def farms(self) -> Mapping[str, Sequence[ApplicationSpecification]]:
        """The applications by the farm they belong to."""
        names = dict.fromkeys(application.farm for application in self.applications)
        return {name: [application for application in self.applications if application.farm == name] for name in names}


def read_applications(file: Path) -> tuple[ApplicationSpecification, ...]:
    """A JSON list of applications, with the fields of ``ApplicationSpecification``; raises ``SpecificationError``."""
    try:
        content: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
        return tuple(ApplicationSpecification(**{**item, "nodes": tuple(item.get("nodes", ()))}) for item in content)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise SpecificationError(f"{file} is not a list of applications: {error}") from error
