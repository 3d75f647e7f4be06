# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""balancer_member: take one node out of the balancer, bring it back, or ask. Drivers: the health file, and none."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.webfarm.signalr.plugins.plugin_utils.balancer.contract import MemberStatus, require_another
from ansible_collections.webfarm.signalr.plugins.plugin_utils.balancer.health_file import HealthFile
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.action import FarmAction
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.options import BALANCER_OPTIONS, FARM_OPTIONS, balancer_of
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.session import ROTATION, SNAPSHOTS, NodeSession
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.change import Operation


class ActionModule(FarmAction):
    SPEC = {
        "argument_spec": {
            **FARM_OPTIONS,
            **BALANCER_OPTIONS,
            "state": {"type": "str", "choices": ["status", "drained", "ready"], "default": "status"},
            "drain_seconds": {"type": "int", "default": 10},
        }
    }

    def perform(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        driver = balancer_of(arguments)
        if driver is None:
            return {"changed": False, "status": "no balancer is driven", "in_rotation": None}
        session = NodeSession(self, arguments, task_vars)
        # in check mode what an earlier task would have done; else what it has found, where nothing else drives the balancer in between
        known = session.store.get(ROTATION, session.host) if session.check_mode or arguments["reuse"] else None
        status = known or driver.status(session.node.read(driver.readings)["state"]["files"])
        session.store.put(ROTATION, session.host, status)
        wanted = {"status": status.in_rotation, "drained": False, "ready": True}[arguments["state"]]
        if wanted == status.in_rotation or (wanted and not status.drained_by_us):
            return _result(status, changed=False)
        if not wanted:
            with session.store.run.locked(f"{session.store.name}~balancer"):  # two of one batch must not both count on the other
                require_another(session.host, session.store.all(ROTATION))
                session.store.put(ROTATION, session.host, MemberStatus(in_rotation=False, drained_by_us=True))
        after = MemberStatus(in_rotation=wanted, drained_by_us=not wanted)
        if not session.check_mode:
            try:
                after = self._changed(session, driver, driver.readmit() if wanted else driver.drain())
            except FarmError:
                session.store.put(ROTATION, session.host, status)
                raise
            if not wanted:
                time.sleep(arguments["drain_seconds"])  # the balancer asks at its own pace, and nothing tells when it has
        session.store.put(ROTATION, session.host, after)
        return _result(after, changed=True)

    @staticmethod
    def _changed(session: NodeSession, driver: HealthFile, operations: Sequence[Operation]) -> MemberStatus:
        snapshot = session.store.get(SNAPSHOTS, session.host) or session.read()
        answer = session.change(snapshot, operations, after={**session.readings_after(snapshot), **driver.readings})
        session.remember(snapshot.updated(answer, pool=session.scope.pool))
        return driver.status(answer["state"]["files"])


def _result(status: MemberStatus, *, changed: bool) -> dict[str, Any]:
    return {"changed": changed, "status": status.words, "in_rotation": status.in_rotation}
