# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulated machine: it executes node_state and node_change as the contract says, on files and a model of IIS."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from farm.signalr.iis_view import AppView

from . import schema
from .call import Call, IisBatch, Node
from .clock import Clock, SystemClock
from .errors import NodeDied, NodeError, RequestRefused
from .faults import Faults
from .files import NodeFiles
from .iis import Iis
from .operations import TABLE, OperationFailed, carry_out, check_expectations, not_carried_out, stays
from .paths import WindowsPaths
from .readings import read_all, readings_table
from .state import Account, NodeState, load, save
from .view import application_views

STATE_FILE = "node.json"
DRIVE = "drive_c"


class _LettingIn:
    """A clock that lets others look at the node while a call waits: what IIS serves meanwhile is what a farm is about."""

    def __init__(self, clock: Clock, lock: Any) -> None:
        self._clock, self._lock = clock, lock

    def now(self) -> datetime:
        return self._clock.now()

    def pause(self, seconds: float) -> None:
        self._lock.release()
        try:
            self._clock.pause(seconds)
        finally:
            self._lock.acquire()


class NodeModel:
    """A machine below ``root``: its files in ``drive_c``, everything else in ``node.json``, which is written after every call.

    ``faults`` is a list to be filled by a test, also while the node runs (see :mod:`.faults`). A machine that died answers
    nothing until :meth:`boot`.
    """

    def __init__(
        self,
        root: Path,
        *,
        name: str | None = None,
        accounts: Iterable[Account] = (),
        clock: Clock | None = None,
        state: NodeState | None = None,
    ) -> None:
        self.root = root
        self._file = root / STATE_FILE
        known = state or (load(self._file) if self._file.exists() else NodeState(name or root.name))
        known.accounts.extend(account for account in accounts if known.account(account.name) is None)
        self.faults: list[dict[str, Any]] = []
        self.is_dead = False
        self._lock = threading.RLock()
        pending = Faults(self.faults)
        files = NodeFiles(WindowsPaths(root / DRIVE), pending)
        clock = _LettingIn(clock or SystemClock(), self._lock)
        self.node = Node(known, files, Iis(known, clock), pending, clock)
        self._readings = readings_table(known, files, self.node.iis)
        (root / DRIVE).mkdir(parents=True, exist_ok=True)
        save(known, self._file)

    @property
    def name(self) -> str:
        return self.state.name

    @property
    def state(self) -> NodeState:
        """Everything but the files; call :meth:`save` after a change from outside."""
        return self.node.state

    @property
    def paths(self) -> WindowsPaths:
        return self.node.files.paths

    def save(self) -> None:
        with self._lock:
            save(self.state, self._file)

    def boot(self) -> None:
        """A dead machine comes back; its pools start as configured."""
        with self._lock:
            self.is_dead = False
            for pool in self.state.pools:
                pool.workers.clear()
                pool.state, pool.next_state = ("Started" if pool.settings["auto_start"] else "Stopped"), ""
            self.save()

    def run(self, module: str, request: dict[str, Any], *, check_mode: bool = False) -> dict[str, Any]:
        """The result of one module call, without ``invocation``; :class:`NodeDied` when the machine goes away during it."""
        with self._lock:
            if self.is_dead:
                raise NodeDied(f"{self.name} does not answer")
            try:
                return _MODULES[module](self, copy.deepcopy(request), check_mode)
            except RequestRefused as error:
                return {"failed": True, "changed": False, "msg": f"{module}: {error}"}
            except NodeDied:
                self.is_dead = True
                raise
            finally:
                save(self.state, self._file)

    def iis_view(self) -> Sequence[AppView]:
        """The applications as IIS would serve them now; whoever asks has a request, so worker processes are started for it.

        Never waits: a call under way may wait for a pool to stop, and requests come in all the while.
        """
        if self.is_dead:
            return []
        if self._lock.acquire(blocking=False):
            try:
                if self.node.iis.request_to_all():
                    save(self.state, self._file)
            finally:
                self._lock.release()
        return application_views(self.node)

    # ---- the modules

    def _node_state(self, request: dict[str, Any], _check_mode: bool) -> dict[str, Any]:
        schema.check_state_request(request)
        return {"changed": False, "contract": schema.CONTRACT, **self._read(request["readings"])}

    def _node_change(self, request: dict[str, Any], check_mode: bool) -> dict[str, Any]:
        schema.check_change_request(request)
        call = Call(self.node, request["run"], IisBatch(self.node))
        outcomes: list[dict[str, Any]] = []
        answer: dict[str, Any] = {}
        try:
            self._check_operations(request["operations"])
            check_expectations(self.node, request["operations"])
            if not check_mode:
                carry_out(call, request["operations"], outcomes)
        except OperationFailed as failure:
            dropped = not_carried_out(call)
            outcomes = [outcome for outcome in outcomes if outcome["id"] not in dropped]
            answer = self._undone(call, failure)
        except NodeDied:
            call.batch.roll_back()
            raise
        changed = bool(answer["left"]) or stays(outcomes) if answer else any(outcome["changed"] for outcome in outcomes)
        head = {"changed": changed, "contract": schema.CONTRACT, "outcomes": outcomes}
        return {**head, **answer, **self._read({} if check_mode else request["after"])}

    def _undone(self, call: Call, failure: OperationFailed) -> dict[str, Any]:
        call.batch.roll_back()
        left, told = call.trail.walk_back(), failure.told()
        return {"failed": True, "msg": f"{told['op']} {told['target']}: {told['text']}", "failure": told, "undone": not left, "left": left}

    def _check_operations(self, operations: list[dict[str, Any]]) -> None:
        for index, operation in enumerate(operations, start=1):
            for name in ("id", "op"):
                if not isinstance(operation.get(name), str):
                    raise RequestRefused(f"operation {index} has no {name}")
            if operation["op"] not in TABLE:
                raise OperationFailed(operation, NodeError("unknown_operation", f"There is no operation '{operation['op']}'."))
            schema.check_operation(operation)

    def _read(self, readings: dict[str, Any]) -> dict[str, Any]:
        return read_all(self._readings, readings, self.node.faults)


_MODULES = {"node_state": NodeModel._node_state, "node_change": NodeModel._node_change}
