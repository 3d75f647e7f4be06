# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""node_change is private: what it is told to do may hold keys and passwords, and nothing checks it but the module that plans it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.action import FarmAction
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError


class ActionModule(FarmAction):
    SPEC = {"argument_spec": {"request": {"type": "str", "no_log": True}}}
    REQUIRES_CONNECTION = False

    def perform(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        raise FarmError(
            f"'{self._task.action}' is private to the collection: its answer would show keys and passwords in job events.",
            next_step="Use webfarm.signalr.node_info to read a node, or the module of the outcome you want.",
        )
