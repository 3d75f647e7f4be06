# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One node of a running farm, whatever carries its calls out: what the farm and its faults ask of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..executor.contract import Executor
from .specification import ApplicationSpecification, FarmSpecification

__all__ = ["FarmNode", "NodeRefused"]


class NodeRefused(ValueError):
    """A fault or a breakage that this kind of node cannot have; the text says which and why."""


class FarmNode(ABC):
    """A node with its files below ``root`` (drive C: is ``root/drive_c``) and a web server on its own address."""

    def __init__(self, name: str, root: Path, specification: FarmSpecification) -> None:
        self.name, self.root, self.specification = name, root, specification
        self.address = specification.address(name)
        self.http_port = specification.http_port

    @property
    def number(self) -> int:
        """The node's place in the farm, from 1."""
        return self.specification.node_names.index(self.name) + 1

    @property
    def applications(self) -> tuple[ApplicationSpecification, ...]:
        return self.specification.applications_of(self.name)

    @property
    @abstractmethod
    def executor(self) -> Executor:
        """What carries this node's commands out."""

    @abstractmethod
    async def start_web(self) -> None:
        """Let the web server listen; ``http_port`` tells where."""

    @abstractmethod
    async def stop_web(self) -> None:
        """Nothing answers on the node's HTTP address any more."""

    @abstractmethod
    async def kill_web(self) -> None:
        """The same, at once: connections are cut where they are."""

    @abstractmethod
    def application_folder(self, application: ApplicationSpecification) -> Path:
        """The folder that the application is served from now."""

    @abstractmethod
    async def set_web_sockets(self, installed: bool) -> None:
        """Install or remove the WebSocket feature, as an operator would."""

    @abstractmethod
    async def set_pool_running(self, pool: str, running: bool) -> None:
        """Start or stop an application pool, as an operator would."""

    @abstractmethod
    async def set_account_password(self, account: str, password: str) -> str:
        """Change a password in the directory, recycle the pools so that they notice; gives the old password back."""

    @abstractmethod
    def add_fault(self, fault: Mapping[str, Any]) -> None:
        """A fault inside a call: ``operation``, ``kind``, and perhaps ``target`` and ``times``. Raises ``NodeRefused``."""

    @abstractmethod
    def clear_faults(self) -> None:
        """Forget all of them."""

    async def boot(self) -> None:
        """A dead machine comes back."""
        await self.start_web()
