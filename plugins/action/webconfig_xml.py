# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""webconfig_xml: declarative edits of one configuration file, in one write: an application's on a node, any on a node, or one on the controller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.action import FarmAction
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.config_file import (
    ApplicationFile,
    ConfigTarget,
    ControllerFile,
    NodeFile,
    edited,
)
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.options import FARM_OPTIONS
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.session import config_diff
from ansible_collections.webfarm.signalr.plugins.plugin_utils.redact import mask_values
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig.edits import read_edits

EDIT_OPTIONS: dict[str, Any] = {
    "path": {"type": "str"},
    "identity": {"type": "dict"},
    "attributes": {"type": "dict"},
    "location": {"type": "str"},
    "xpath": {"type": "str"},
    "attribute": {"type": "str"},
    "value": {"type": "raw"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "secret": {"type": "bool", "default": False, "no_log": False},
}


class ActionModule(FarmAction):
    SPEC = {
        "argument_spec": {
            **FARM_OPTIONS,
            "farm": {"type": "str"},
            "node_path": {"type": "str"},
            "local_path": {"type": "path"},
            "edits": {"type": "list", "elements": "dict", "required": True, "options": EDIT_OPTIONS},
            "create": {"type": "bool", "default": False},
        },
        "required_one_of": [("farm", "node_path", "local_path")],
        "mutually_exclusive": [("farm", "node_path", "local_path")],
    }
    REQUIRES_CONNECTION = False  # an edit of a file on the controller has no node

    def perform(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        edits = read_edits(arguments["edits"])
        with self._target(arguments, task_vars) as target:
            outcome = edited(target.path, target.read(), edits, create=arguments["create"])
            target.check(outcome)
            if outcome.changed and not self._task.check_mode:
                target.write(outcome)
            result = {
                "changed": outcome.changed,
                "path": target.path,
                "edits": [{"target": edit.target, "changed": changed} for edit, changed in zip(edits, outcome.edits, strict=True)],
                "effect": target.effect.words if outcome.changed else "nothing restarts",
                "also_hits": list(target.also_hits) if outcome.changed else [],
                "diff": [config_diff(target.path, *outcome.texts)] if outcome.changed else [],
                "warnings": list(outcome.warnings),
            }
        masked: dict[str, Any] = mask_values(result, outcome.secrets)
        return masked

    def _target(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> ConfigTarget:
        if arguments["local_path"]:
            return ControllerFile(arguments["local_path"], self.run_store())
        if arguments["node_path"]:
            return NodeFile(self, arguments["node_path"], task_vars)
        return ApplicationFile(self, arguments, task_vars)
