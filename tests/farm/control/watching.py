# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking on while the nodes serve: every module call is counted, and faults on the wire happen at the chosen moment."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from ..executor.contract import Unreachable
from ..winrm.payload import ModuleCall, Request
from ..winrm.watching import Drop

__all__ = ["WIRE_KINDS", "CallLog", "FaultRefused", "NodeWatcher", "WireFault"]

WIRE_KINDS = ("late", "drop", "die")


class FaultRefused(ValueError):
    """There is no such fault; the text says what there is."""


@dataclass
class WireFault:
    """Something that goes wrong between the controller and a node.

    ``late``: the answer comes ``seconds`` later. ``drop``: the connection is cut. ``die``: nothing of the node answers any more.
    It happens at the ``request``-th HTTP request from now on, or else at the ``call``-th module call from now on that is of
    ``module`` (``node_state``, ``node_change``) and has ``operation`` among its operations; empty means any. ``when`` says whether
    the call has been carried out by then. ``times`` counts down.
    """

    kind: str
    when: str = "before"
    module: str = ""
    operation: str = ""
    request: int = 0
    call: int = 1
    seconds: float = 0
    times: int = 1

    def __post_init__(self) -> None:
        if self.kind not in WIRE_KINDS or self.when not in ("before", "after"):
            raise FaultRefused(f"A fault on the wire is one of {', '.join(WIRE_KINDS)}, before or after; not {self.kind} {self.when}.")
        if self.request and (self.module or self.operation or self.when == "after"):
            raise FaultRefused("A fault at the k-th request knows nothing of modules, and comes before it.")

    def fits(self, request: ModuleCall, operations: list[str]) -> bool:
        """Whether the call is of the wanted kind."""
        return self.module in ("", request.name.rpartition(".")[2]) and (not self.operation or self.operation in operations)


@dataclass
class CallLog:
    """What one node was asked since the last reset."""

    modules: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    calls: list[dict[str, Any]] = field(default_factory=list)
    requests: int = 0

    def note(self, request: Request) -> dict[str, Any]:
        """Count a command; gives the entry of a module call, with the names of its operations or readings as ``parts``."""
        if not isinstance(request, ModuleCall):
            self.others[type(request).__name__] += 1
            return {"parts": []}
        self.modules[request.name] += 1
        entry = {"module": request.name, "parts": _parts(request), "check_mode": request.check_mode, "seconds": None}
        self.calls.append(entry)
        return entry

    def told(self) -> dict[str, Any]:
        """The log as JSON: ``total`` counts the module calls."""
        total = sum(self.modules.values())
        return {"total": total, "modules": dict(self.modules), "others": dict(self.others), "requests": self.requests, "calls": self.calls}


def _parts(call: ModuleCall) -> list[str]:
    """The names only: a request may hold a key or a password."""
    try:
        request = json.loads(call.arguments["request"])
        names = [operation["op"] for operation in request.get("operations", ())] or list(request.get("readings", ()))
        return [str(name) for name in names]
    except (KeyError, TypeError, ValueError, AttributeError):
        return []


@dataclass
class NodeWatcher:
    """The watcher of one node; ``kill`` makes the node stop answering."""

    kill: Callable[[], Awaitable[None]]
    log: CallLog = field(default_factory=CallLog)
    faults: list[WireFault] = field(default_factory=list)

    async def request(self) -> None:
        """Count a request; a fault may be due at it."""
        self.log.requests += 1
        for fault in [fault for fault in self.faults if fault.request]:
            fault.request -= 1
            if fault.request == 0:
                self.faults.remove(fault)
                await self._happen(fault)

    @asynccontextmanager
    async def carrying_out(self, request: Request) -> AsyncIterator[None]:
        """Count a command; faults may be due before and after it."""
        entry = self.log.note(request)
        due = self._due(request, entry["parts"]) if isinstance(request, ModuleCall) else []
        for fault in due:
            if fault.when == "before":
                await self._happen(fault)
        began = time.monotonic()
        try:
            yield
        except Unreachable:
            await self.kill()
            raise
        finally:
            entry["seconds"] = round(time.monotonic() - began, 3)
        for fault in due:
            if fault.when == "after":
                await self._happen(fault)

    def _due(self, request: ModuleCall, operations: list[str]) -> list[WireFault]:
        due = []
        for fault in [fault for fault in self.faults if not fault.request and fault.fits(request, operations)]:
            if fault.call > 1:
                fault.call -= 1
                continue
            due.append(fault)
            fault.times -= 1
            if fault.times <= 0:
                self.faults.remove(fault)
        return due

    async def _happen(self, fault: WireFault) -> None:
        if fault.kind == "late":
            await asyncio.sleep(fault.seconds)
            return
        if fault.kind == "die":
            await self.kill()
        raise Drop
