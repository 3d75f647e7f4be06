# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""machine_key_sync: one machine key for the whole farm, in three tasks that every member runs: prepare, switch, settle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.action import FarmAction
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.key_transaction import KeyTransaction
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.options import FARM_OPTIONS, KEY_OPTIONS
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.session import NodeSession


class ActionModule(FarmAction):
    SPEC = {
        "argument_spec": {
            **FARM_OPTIONS,
            **KEY_OPTIONS,
            "phase": {"type": "str", "choices": ["prepare", "switch", "settle"], "required": True},
            "url": {"type": "str"},
            "host_header": {"type": "str"},
            "validate_certs": {"type": "bool", "default": True},
            "proof_wait": {"type": "int", "default": 60},
        }
    }

    def perform(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        # switch and settle go on from what prepare has read; a fresh look in between would hide what prepare relied on
        arguments = {**arguments, "reuse": arguments["reuse"] or arguments["phase"] != "prepare"}
        transaction = KeyTransaction(NodeSession(self, arguments, task_vars), arguments)
        return {"prepare": transaction.prepare, "switch": transaction.switch, "settle": transaction.settle}[arguments["phase"]]()
