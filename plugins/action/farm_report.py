# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""farm_report: what is known of a farm, as one HTML page and as JSON, on the controller."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.action import FarmAction
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.report import farm_model, write_report


class ActionModule(FarmAction):
    SPEC = {
        "argument_spec": {
            "path": {"type": "path", "required": True},
            "farm": {"type": "str", "required": True},
            "title": {"type": "str", "default": ""},
            "before": {"type": "dict"},
            "after": {"type": "dict"},
            "nodes": {"type": "dict", "default": {}},
            "plan": {"type": "dict", "default": {}},
        }
    }
    REQUIRES_CONNECTION = False

    def perform(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        model = farm_model(
            farm=arguments["farm"],
            title=arguments["title"],
            before=arguments["before"] or None,
            after=arguments["after"] or None,
            nodes=arguments["nodes"],
            plan=arguments["plan"],
        )
        written = write_report(arguments["path"], model, now=datetime.now().astimezone(), check=bool(self._task.check_mode))
        return {
            "changed": written.changed,
            "html": written.html,
            "json": written.json,
            "diff": {"before_header": written.json, "after_header": written.json, "before": written.before, "after": written.after},
        }
