# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One module's work on one node of a farm: read it (or take what this run has read), carry changes out, remember the outcome."""

from __future__ import annotations

import dataclasses
import datetime
import difflib
import getpass
import os
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import FarmError, NodeFailure
from ..farm.members import Membership
from ..farm.scope import FarmScope
from ..farm.snapshot import NodeSnapshot
from ..farm.store import FarmStore, is_running
from ..iis.change import Change, Operation
from ..iis.pools import WantedIdentity
from .action import FarmAction
from .node import AnsibleNode
from .options import scope_of

__all__ = ["READINGS", "ROTATION", "SNAPSHOTS", "NodeSession", "clock_of", "config_diff", "refuse_shared_configuration", "result_of"]

SNAPSHOTS = "snapshot"  #: the store's kinds of entry
ROTATION = "balancer"
READINGS = "reading"  # names every fresh look at a node, so that what was decided from an older one can be told
LEASE_MINUTES = 60
_EVER = "1970-01-01T00:00:00.0000000Z"


class NodeSession:
    """Ties an action plugin's arguments to the node and to the run's store."""

    def __init__(self, action: FarmAction, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> None:
        self.arguments = arguments
        self.scope: FarmScope = scope_of(arguments)
        self.check_mode = bool(action._task.check_mode)
        self.node = AnsibleNode(action, task_vars)
        self.host = self.node.name
        self._action = action
        self._task_vars = task_vars
        self._run = action.run_store()
        self.store: FarmStore = self._run.farm(self.scope.farm, str(self.scope.application), check_mode=self.check_mode)

    @property
    def run_id(self) -> str:
        return self._run.run_id

    def snapshot(self, *, features: Sequence[str] = (), identity: WantedIdentity | None = None) -> NodeSnapshot:
        """The node as it is: read now, unless the caller allowed what this run has read before."""
        known: NodeSnapshot | None = self.store.get(SNAPSHOTS, self.host) if self.arguments["reuse"] else None
        return known or self.read(features=features, identity=identity)

    def read(self, *, features: Sequence[str] = (), identity: WantedIdentity | None = None, **more: Mapping[str, Any]) -> NodeSnapshot:
        readings = self.scope.readings(features=features, identity=identity, pool=self.arguments["pool"]) | more
        snapshot = NodeSnapshot.from_answer(self.host, self.scope.application, self.node.read(readings), pool=self.scope.pool)
        if snapshot.pool is not None and snapshot.pool.state == "Stopped":
            # worth a second call: whether Windows stopped it or somebody did stands only in the event log
            snapshot = snapshot.updated(self.node.read({"events": {"since": _EVER, "pools": [snapshot.pool.name]}}))
        self.store.put(READINGS, self.host, secrets.token_hex(4))
        return self.remember(snapshot)

    def remember(self, snapshot: NodeSnapshot) -> NodeSnapshot:
        self.store.put(SNAPSHOTS, self.host, snapshot)
        return snapshot

    def membership(self) -> Membership:
        group = (self._task_vars.get("groups") or {}).get(self.arguments["group"] or "", ())
        return Membership.of(declared=self.arguments["members"], group=map(str, group), snapshots=self.store.all(SNAPSHOTS))

    def carry_out(
        self, changes: Sequence[Change], snapshot: NodeSnapshot, *, operations: Sequence[Operation] | None = None
    ) -> NodeSnapshot:
        """Does ``changes`` in one call to the node and returns what it is now. Check mode returns the prediction of the same code.

        ``operations`` replaces those of the changes, when some detail (an upload's path) was only known now.
        """
        predicted = snapshot.state
        for change in changes:
            predicted = change.apply(predicted)
        if self.check_mode or not changes:
            return self.remember(dataclasses.replace(snapshot, state=predicted))
        todo = list(operations) if operations is not None else [operation for change in changes for operation in change.operations]
        answer = self.change(snapshot, todo)
        after = self.remember(dataclasses.replace(snapshot, state=predicted).updated(answer, pool=self.scope.pool))
        if wrong := after.state.contradictions(predicted):
            raise NodeFailure(
                f"The node did what it was told, and still {'; '.join(wrong)}.",
                where=self.host,
                next_step="Something else configures this node (another deployer, a policy); find it, and run again.",
            )
        return after

    def change(self, snapshot: NodeSnapshot, operations: Sequence[Operation], *, after: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One call of ``node_change``: under this run's lease, which ends with the call unless the caller keeps it."""
        release = [] if self.arguments["keep_lease"] else [{"op": "release_lease", "folder": self.scope.records, "run": self.run_id}]
        readings = after if after is not None else self.readings_after(snapshot)
        return self.node.change(self.run_id, [self.lease_operation(snapshot), *operations, *release], readings)

    def readings_after(self, snapshot: NodeSnapshot) -> dict[str, Mapping[str, Any]]:
        """The node as it is after a change, and what Windows logged since it was read: the evidence when a pool did not start."""
        evidence = {"since": snapshot.state.host.get("now") or _EVER, "pools": [snapshot.pool.name if snapshot.pool else self.scope.pool]}
        return self.scope.readings(pool=self.arguments["pool"]) | {"events": evidence}

    def lease_operation(self, snapshot: NodeSnapshot) -> Operation:
        """Takes the node for this run. A lease whose run has died on this controller is taken over; another's is left to the node to refuse."""
        now = clock_of(snapshot)
        lease = {
            "run": self.run_id,
            "holder": f"{_user()} on {self._run.owner['controller']} (process {self._run.owner['pid']})",
            "expires": (now + datetime.timedelta(minutes=LEASE_MINUTES)).strftime("%Y-%m-%dT%H:%M:%S.0000000Z"),
            "process": self._run.owner,
        }
        held = snapshot.lease.get("process")
        dead = isinstance(held, Mapping) and is_running(dict(held)) is False
        return {"op": "acquire_lease", "folder": self.scope.records, "lease": lease, "break": bool(self.arguments["break_lease"] or dead)}


def clock_of(snapshot: NodeSnapshot) -> datetime.datetime:
    """The node's own time, by which it will judge the lease: its last answer's, unless the controller's is close to that or unknown."""
    here = datetime.datetime.now(datetime.UTC)
    try:
        there = datetime.datetime.fromisoformat(str(snapshot.state.host.get("now")))
    except ValueError:
        return here
    # a node that is behind or ahead by more than a run lasts has a wrong clock; less than that is the age of its answer
    return there if abs(there - here) > datetime.timedelta(minutes=LEASE_MINUTES / 2) else here


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return f"user {os.getuid()}"


def result_of(changes: Sequence[Change], snapshot: NodeSnapshot, **more: Any) -> dict[str, Any]:
    """The result of a module that made (or, in check mode, would make) ``changes``: what, from what to what, at which cost."""
    return {
        "changed": bool(changes),
        "changes": [change.as_result() for change in changes],
        "diff": [
            {"before_header": change.target, "after_header": change.target, "before": f"{change.before}\n", "after": f"{change.after}\n"}
            for change in changes
        ],
        **more,
    }


def config_diff(path: str, before: str, after: str) -> dict[str, str]:
    """A unified diff of two configuration texts that are already masked."""
    lines = difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), f"{path} (before)", f"{path} (after)")
    return {"prepared": "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)}


def refuse_shared_configuration(snapshot: NodeSnapshot) -> None:
    """IIS shared configuration makes N nodes one file: refused by name."""
    if snapshot.state.host.get("shared_configuration") is True:
        raise FarmError(
            "IIS shared configuration is on: the nodes read one applicationHost.config from a share, and changing one would change all.",
            where=snapshot.host,
            next_step="Export the configuration to each node (IIS Manager, Shared Configuration) before this collection manages it.",
        )
