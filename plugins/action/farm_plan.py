# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""farm_plan: every snapshot of this run against the declaration. Changes nothing, asks no node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.webfarm.signalr.plugins.plugin_utils.balancer.contract import MemberStatus
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.action import FarmAction
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.farm_key import KeyRefused, decided_key, require_consent
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.options import (
    FARM_OPTIONS,
    IDENTITY_OPTIONS,
    KEY_OPTIONS,
    RELEASE_OPTIONS,
    identity_of,
)
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.release import node_release
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.session import (
    ROTATION,
    SNAPSHOTS,
    NodeSession,
    refuse_shared_configuration,
    result_of,
)
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError, MemberNotRead
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.declaration import identity_warnings, wanted_pool
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.planning import FarmKey, NodeWish, farm_findings, plan_node
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.snapshot import NodeSnapshot


class ActionModule(FarmAction):
    SPEC = {
        "argument_spec": {
            **FARM_OPTIONS,
            "features": {"type": "list", "elements": "str", "default": []},
            "app_pool": {"type": "dict", "options": IDENTITY_OPTIONS},
            "release": {"type": "dict", "options": RELEASE_OPTIONS},
            "machine_key": {"type": "dict", "no_log": False, "options": KEY_OPTIONS},
            "report_only": {"type": "bool", "default": False},
        }
    }
    REQUIRES_CONNECTION = False

    def perform(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        session = NodeSession(self, arguments, task_vars)
        snapshots: dict[str, NodeSnapshot] = session.store.all(SNAPSHOTS)
        snapshot = snapshots.get(session.host)
        if snapshot is None:
            raise MemberNotRead(
                "This node was not read in this run.",
                where=session.host,
                next_step="Call webfarm.signalr.node_info on every member before farm_plan.",
            )
        membership = session.membership()
        told: dict[str, Any] = {
            "members": list(membership.members),
            "missing": list(membership.missing),
            "findings": farm_findings(snapshots),
        }
        try:
            refuse_shared_configuration(snapshot)
            farm_key = self._key(session, arguments["machine_key"])
            wish = self._wish(session, snapshot, arguments, farm_key)
            changes = plan_node(session.scope, snapshot, wish, farm_key, run=session.run_id)
            if farm_key is not None:
                require_consent(session, farm_key, arguments["machine_key"])
        except FarmError as error:
            if not arguments["report_only"]:
                raise
            key = error.farm_key.summary if isinstance(error, KeyRefused) else None
            return {"changed": False, "plan": [], "kinds": [], "machine_key": key, "refused": str(error), **told}
        result = result_of(changes, snapshot, **told)
        return result | {
            "changed": False,
            "plan": result.pop("changes"),
            "kinds": sorted({change.kind for change in changes}),
            "machine_key": farm_key.summary if farm_key else None,
            "warnings": identity_warnings(snapshot, wish.pool) if wish.pool else [],
            "diff": [],
        }

    @staticmethod
    def _key(session: NodeSession, options: Mapping[str, Any] | None) -> FarmKey | None:
        return None if options is None else decided_key(session, options)

    @staticmethod
    def _wish(session: NodeSession, snapshot: NodeSnapshot, arguments: Mapping[str, Any], farm_key: FarmKey | None) -> NodeWish:
        pool, release = arguments["app_pool"], arguments["release"]
        rotation: MemberStatus | None = session.store.get(ROTATION, session.host)
        return NodeWish(
            features=arguments["features"],
            pool=wanted_pool(session.scope, snapshot, identity_of(pool), pool["settings"]) if pool else None,
            grant_batch_right=pool["grant_batch_right"] if pool else False,
            release=node_release(session, snapshot, release, farm_key.key if farm_key else None)
            if release and release["package"]
            else None,
            keep=release["keep"] if release else 3,
            persistent_paths=release["persistent_paths"] if release else (),
            accept_shared=arguments["accept_shared"],
            is_drained=rotation is not None and rotation.drained_by_us,
        )
