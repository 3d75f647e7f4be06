# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""node_info: one look at a node, for this run's store and, without any secret, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.action import FarmAction
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.options import (
    BALANCER_OPTIONS,
    FARM_OPTIONS,
    IDENTITY_OPTIONS,
    balancer_of,
    identity_of,
)
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.session import ROTATION, NodeSession
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.facts import node_facts


class ActionModule(FarmAction):
    SPEC = {
        "argument_spec": {
            **FARM_OPTIONS,
            **IDENTITY_OPTIONS,
            **BALANCER_OPTIONS,
            "features": {"type": "list", "elements": "str", "default": []},
        }
    }

    def perform(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        session = NodeSession(self, arguments, task_vars)
        balancer = balancer_of(arguments)
        more = balancer.readings if balancer else {}
        snapshot = session.read(features=arguments["features"], identity=identity_of(arguments), **more)
        rotation = balancer.status(snapshot.state.files) if balancer else None
        if rotation is not None:
            session.store.put(ROTATION, session.host, rotation)
        return {"changed": False, "node": {**node_facts(snapshot), "balancer": rotation.words if rotation else None}}
