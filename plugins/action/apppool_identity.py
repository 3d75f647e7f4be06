# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apppool_identity: an application pool exists and runs under this identity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.action import FarmAction
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.options import FARM_OPTIONS, IDENTITY_OPTIONS, identity_of
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.session import NodeSession, refuse_shared_configuration, result_of
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.declaration import identity_warnings, wanted_pool
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.pools import plan_pool


class ActionModule(FarmAction):
    SPEC = {"argument_spec": {**FARM_OPTIONS, **IDENTITY_OPTIONS}}

    def perform(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        identity = identity_of(arguments)
        session = NodeSession(self, arguments, task_vars)
        snapshot = session.snapshot(identity=identity)
        refuse_shared_configuration(snapshot)
        wanted = wanted_pool(session.scope, snapshot, identity, arguments["settings"])
        changes = plan_pool(
            snapshot.state,
            wanted,
            grant_batch_right=arguments["grant_batch_right"],
            accept_shared=arguments["accept_shared"],
            of=str(session.scope.application),
        )
        warnings = identity_warnings(snapshot, wanted)
        snapshot = session.carry_out(changes, snapshot)
        pool = snapshot.state.pool(wanted.name)
        return result_of(changes, snapshot, pool=wanted.name, identity=pool.identity if pool else None, warnings=warnings)
