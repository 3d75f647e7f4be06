# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""webconfig_xml: declarative edits of one configuration file, in one write: an application's on a node, any on a node, or one on the controller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig.allowed import IIS_KILOBYTES
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig.edits import read_edits
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig.shorthands import edits_of

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
    "inherit_in_child_applications": {"type": "bool"},
    "before": {"type": "raw"},
    "after": {"type": "raw"},
    "remove_inherited": {"type": "bool"},
    "missing": {"type": "str", "choices": ["fail", "ignore"], "default": "fail"},
}

REDIRECT_OPTIONS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "publicKeyToken": {"type": "str", "required": True, "no_log": False},
    "culture": {"type": "str", "default": "neutral"},
    "newVersion": {"type": "str"},
    "oldVersion": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}

CORS_OPTIONS: dict[str, Any] = {
    "origin": {"type": "str", "required": True},
    "credentials": {"type": "bool", "default": True},
    "methods": {"type": "list", "elements": "str"},
    "headers": {"type": "list", "elements": "str"},
}

SHORTHAND_OPTIONS: dict[str, Any] = {
    "app_settings": {"type": "dict"},
    "connection_strings": {"type": "dict", "no_log": False},  # masked by the edits that they become; a name of one is no secret
    "http_runtime": {"type": "dict"},
    "compilation": {"type": "dict"},
    "session_state": {"type": "dict"},
    "web_socket": {"type": "dict"},
    "custom_headers": {"type": "dict"},
    "cors": {"type": "dict", "options": CORS_OPTIONS},
    "assembly_redirects": {"type": "list", "elements": "dict", "options": REDIRECT_OPTIONS},
}


class ActionModule(FarmAction):
    SPEC = {
        "argument_spec": {
            **FARM_OPTIONS,
            "farm": {"type": "str"},
            "node_path": {"type": "str"},
            "local_path": {"type": "path"},
            "edits": {"type": "list", "elements": "dict", "options": EDIT_OPTIONS},
            **SHORTHAND_OPTIONS,
            "create": {"type": "bool", "default": False},
            "max_kilobytes": {"type": "int", "default": IIS_KILOBYTES},
        },
        "required_one_of": [("farm", "node_path", "local_path"), ("edits", *SHORTHAND_OPTIONS)],
        "mutually_exclusive": [("farm", "node_path", "local_path")],
    }
    REQUIRES_CONNECTION = False  # an edit of a file on the controller has no node

    def perform(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        brief, plain = edits_of(arguments), arguments["edits"] or []
        edits = [*read_edits(brief, where="the shorthands"), *read_edits(plain)]
        with self._target(arguments, task_vars, [*brief, *plain]) as target:
            outcome = edited(
                target.path,
                target.read(),
                edits,
                create=arguments["create"],
                source=target.referred,
                kilobytes=arguments["max_kilobytes"],
            )
            target.check(outcome)
            if outcome.changed and not self._task.check_mode:
                target.write(outcome)
            result = {
                "changed": outcome.changed,
                "path": target.path,
                "files": [file.path for file in outcome.files(target.path)],
                "edits": [
                    {"target": edit.target, "changed": made.changed, "path": made.path}
                    for edit, made in zip(edits, outcome.made, strict=True)
                ],
                "effect": target.effect.words if outcome.changed else "nothing restarts",
                "also_hits": list(target.also_hits) if outcome.changed else [],
                "diff": [config_diff(file.path, *file.texts) for file in outcome.files(target.path)],
                "warnings": list(outcome.warnings),
            }
        masked: dict[str, Any] = mask_values(result, outcome.secrets)
        return masked

    def _target(self, arguments: dict[str, Any], task_vars: Mapping[str, Any], declared: Sequence[Mapping[str, Any]]) -> ConfigTarget:
        if arguments["local_path"]:
            return ControllerFile(arguments["local_path"], self.run_store())
        if arguments["node_path"]:
            return NodeFile(self, arguments["node_path"], task_vars)
        of_iis = any("webServer" in str(edit.get("path") or edit.get("xpath")) for edit in declared)  # only those have IIS's locks
        return ApplicationFile(self, arguments, task_vars, with_locks=of_iis)
