# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""iis_release: stage, switch, settle, or roll back an immutable release of the application."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.action import FarmAction
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.farm_key import known_key
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.options import FARM_OPTIONS, RELEASE_OPTIONS
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.release import (
    archive_for,
    node_release,
    package_of,
    refuse_left_behind,
)
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.session import NodeSession, refuse_shared_configuration, result_of
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.declaration import carried_key
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.facts import live_release
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.rollout import earlier_release, old_workers, rolled_back_release
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.snapshot import NodeSnapshot
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.change import Change
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.pools import was_disabled_by_failures
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.releases import (
    ARCHIVE,
    WantedRelease,
    plan_prune,
    plan_stage,
    plan_switch,
    with_archive,
)
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.state import Release

SWITCHED = "switched at"  # the store's kind of entry: the node's own time of a switch


class ActionModule(FarmAction):
    SPEC = {
        "argument_spec": {
            **FARM_OPTIONS,
            **RELEASE_OPTIONS,
            "state": {"type": "str", "choices": ["present", "staged", "switched", "settled", "rolled_back"], "default": "present"},
        },
        "required_if": [("state", state, ("package",)) for state in ("present", "staged", "switched")],
    }

    def perform(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        session = NodeSession(self, arguments, task_vars)
        snapshot = session.snapshot()
        refuse_shared_configuration(snapshot)
        return getattr(self, f"_{arguments['state']}")(session, snapshot, arguments)

    def _present(self, session: NodeSession, snapshot: NodeSnapshot, arguments: dict[str, Any]) -> dict[str, Any]:
        release = self._release(session, snapshot, arguments)
        staged = plan_stage(snapshot.state, release, application=session.scope.application)
        switched = self._switch_plan(session, snapshot, release, arguments, staged)
        if switched:
            refuse_left_behind(session, snapshot, release, arguments)
        pruned = self._prune_plan(session, snapshot, arguments, [*staged, *switched])
        return self._carry_out(session, snapshot, release, [*staged, *switched, *pruned], arguments)

    def _staged(self, session: NodeSession, snapshot: NodeSnapshot, arguments: dict[str, Any]) -> dict[str, Any]:
        release = self._release(session, snapshot, arguments)
        staged = plan_stage(snapshot.state, release, application=session.scope.application)
        if self._switch_plan(session, snapshot, release, arguments, staged):
            refuse_left_behind(session, snapshot, release, arguments)  # while nothing has any effect yet
        return self._carry_out(session, snapshot, release, staged, arguments)

    def _switched(self, session: NodeSession, snapshot: NodeSnapshot, arguments: dict[str, Any]) -> dict[str, Any]:
        release = self._release(session, snapshot, arguments)
        if not session.check_mode and plan_stage(snapshot.state, release, application=session.scope.application):
            raise FarmError(
                f"The release '{release.id}' is not staged on this node.", where=session.host, next_step="Use state: staged first."
            )
        return self._carry_out(session, snapshot, release, self._switch_plan(session, snapshot, release, arguments, []), arguments)

    def _settled(self, session: NodeSession, snapshot: NodeSnapshot, arguments: dict[str, Any]) -> dict[str, Any]:
        """After the proof from outside: older releases go, the lease ends, and the worker that answered must be a new one."""
        switched_at = session.store.get(SWITCHED, session.host)
        changes = plan_prune(snapshot.state, root=session.scope.root, keep=arguments["keep"], application=session.scope.application)
        pool = snapshot.pool
        held = snapshot.lease.get("run") == session.run_id
        if (switched_at is None and not changes and not held) or session.check_mode:
            snapshot = session.carry_out(changes, snapshot)
            return result_of(changes, snapshot, release=live_release(snapshot))
        after = {**session.readings_after(snapshot), "workers": {"pools": [pool.name] if pool else []}}
        answer = session.change(snapshot, [operation for change in changes for operation in change.operations], after=after)
        snapshot = session.remember(snapshot.updated(answer, pool=session.scope.pool))
        if switched_at and pool and (stale := old_workers(snapshot, pool.name, since=switched_at)):
            raise FarmError(
                f"A worker process of before the switch still serves (process {', '.join(map(str, stale))}, application pool '{pool.name}').",
                where=session.host,
                next_step="Recycle the pool, and look for what keeps the old worker process from ending (shutdownTimeLimit).",
            )
        return result_of(changes, snapshot, release=live_release(snapshot))

    def _rolled_back(self, session: NodeSession, snapshot: NodeSnapshot, arguments: dict[str, Any]) -> dict[str, Any]:
        found = earlier_release(snapshot, arguments["release"])
        farm_key = known_key(session)
        key = carried_key(snapshot, farm_key.key if farm_key else None)
        config_path = f"{found.path}\\web.config"
        answer = session.node.read({"files": {"paths": [config_path], "content": True}})
        release = rolled_back_release(session.scope, found, (answer["state"].get("files") or {}).get(config_path), key)
        staged = plan_stage(snapshot.state, release, application=session.scope.application)
        failing = next((one for one in _releases(snapshot) if snapshot.application.serves(one)), None)
        since = str((failing.manifest or {}).get("staged") or "") if failing else ""
        revive = bool(since) and was_disabled_by_failures(snapshot.pool, snapshot.state.events, since=since)
        switched = self._switch_plan(session, snapshot, release, arguments, staged, revive=revive)
        return self._carry_out(session, snapshot, release, [*staged, *switched], arguments)

    # Shared by the states

    @staticmethod
    def _release(session: NodeSession, snapshot: NodeSnapshot, arguments: dict[str, Any]) -> WantedRelease:
        farm_key = known_key(session)
        return node_release(session, snapshot, arguments, farm_key.key if farm_key else None)

    @staticmethod
    def _switch_plan(
        session: NodeSession,
        snapshot: NodeSnapshot,
        release: WantedRelease,
        arguments: dict[str, Any],
        first: Sequence[Change],
        *,
        revive: bool = False,
    ) -> list[Change]:
        state = functools.reduce(lambda before, change: change.apply(before), first, snapshot.state)
        return plan_switch(
            state,
            release,
            application=session.scope.application,
            pool=session.scope.pool,
            persistent_paths=arguments["persistent_paths"],
            accept_shared=arguments["accept_shared"],
            revive=revive,
        )

    @staticmethod
    def _prune_plan(session: NodeSession, snapshot: NodeSnapshot, arguments: dict[str, Any], first: Sequence[Change]) -> list[Change]:
        state = functools.reduce(lambda before, change: change.apply(before), first, snapshot.state)
        return plan_prune(state, root=session.scope.root, keep=arguments["keep"], application=session.scope.application)

    @staticmethod
    def _carry_out(
        session: NodeSession, snapshot: NodeSnapshot, release: WantedRelease, changes: list[Change], arguments: dict[str, Any]
    ) -> dict[str, Any]:
        operations = [_dated(operation) for change in changes for operation in change.operations]
        if not session.check_mode and any(operation.get("archive") == ARCHIVE for operation in operations):
            operations = with_archive(operations, session.node.upload(archive_for(session, package_of(session, arguments))))
        before = snapshot.state.host.get("now")  # the node's clock at its last answer before the switch
        snapshot = session.carry_out(changes, snapshot, operations=operations)
        if any(operation["op"] in ("recycle_pool", "start_pool") for operation in operations) and not session.check_mode:
            session.store.put(SWITCHED, session.host, before)
        return result_of(changes, snapshot, release=release.id, path=release.path)


def _releases(snapshot: NodeSnapshot) -> Sequence[Release]:
    return snapshot.state.releases.releases if snapshot.state.releases else ()


def _dated(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    """A manifest says when it was staged: the order in which releases are pruned."""
    if operation["op"] != "write_manifest":
        return operation
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
    return {**operation, "manifest": {**operation["manifest"], "staged": now}}
