# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""windows_feature: Windows features of a node, the WebSocket Protocol first of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.action import FarmAction
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.options import FARM_OPTIONS
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.session import NodeSession, result_of
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.features import WEB_SOCKETS, plan_features


class ActionModule(FarmAction):
    SPEC = {"argument_spec": {**FARM_OPTIONS, "name": {"type": "list", "elements": "str", "default": [WEB_SOCKETS]}}}

    def perform(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        session = NodeSession(self, arguments, task_vars)
        snapshot = session.snapshot(features=arguments["name"])
        pool = snapshot.pool
        changes = plan_features(snapshot.state, arguments["name"], recycle_pool=pool.name if pool else None)
        before = snapshot.state
        snapshot = session.carry_out(changes, snapshot)
        reboot = bool(changes) and snapshot.state.host.get("pending_reboot") is True and before.host.get("pending_reboot") is not True
        return result_of(changes, snapshot, reboot_required=reboot)
