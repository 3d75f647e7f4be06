# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""webconfig_transform: XML Document Transforms (Web.Release.config) of one configuration file: on a node, or on the controller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.action import FarmAction
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.config_file import (
    ApplicationFile,
    ConfigTarget,
    ControllerFile,
    NodeFile,
)
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.config_transform import read_named, transformed
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.options import FARM_OPTIONS
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.session import config_diff
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.redact import mask_values
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig.allowed import IIS_KILOBYTES


class ActionModule(FarmAction):
    SPEC = {
        "argument_spec": {
            **FARM_OPTIONS,
            "farm": {"type": "str"},
            "node_path": {"type": "str"},
            "local_path": {"type": "path"},
            "src": {"type": "path"},
            "transforms": {"type": "list", "elements": "path", "required": True},
            "serializer": {"type": "str", "choices": ["exact", "msft"], "default": "exact"},
            "strict": {"type": "bool", "default": False},
            "max_kilobytes": {"type": "int", "default": IIS_KILOBYTES},
        },
        "required_one_of": [("farm", "node_path", "local_path")],
        "mutually_exclusive": [("farm", "node_path", "local_path")],
    }
    REQUIRES_CONNECTION = False  # a file on the controller has no node

    def perform(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        if not arguments["transforms"]:
            raise FarmError("There is no transform to apply.", next_step="Name at least one file in transforms.")
        transforms = [(path, read_named(path)) for path in arguments["transforms"]]
        with self._target(arguments, task_vars) as target:
            before = target.read()
            outcome = transformed(
                target.path,
                before,
                self._start(arguments, target, before),
                transforms,
                serializer=arguments["serializer"],
                strict=arguments["strict"],
                kilobytes=arguments["max_kilobytes"],
            )
            file = outcome.file
            target.check(file)
            if file.changed and not self._task.check_mode:
                target.write(file)
            result = {
                "changed": file.changed,
                "path": target.path,
                "log": list(outcome.log),
                "effect": target.effect.words if file.changed else "nothing restarts",
                "also_hits": list(target.also_hits) if file.changed else [],
                "diff": [config_diff(one.path, *one.texts) for one in file.files(target.path)],
                "warnings": list(file.warnings),
            }
        masked: dict[str, Any] = mask_values(result, file.secrets)
        return masked

    def _start(self, arguments: Mapping[str, Any], target: ConfigTarget, before: bytes | None) -> tuple[str, bytes]:
        """What is transformed: the file itself, or another one of the controller."""
        if arguments["src"]:
            return arguments["src"], read_named(arguments["src"])
        if before is None:
            raise FarmError(
                "There is no such file.", where=target.path, next_step="Correct the path, or say with src what it is made from."
            )
        return target.path, before

    def _target(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> ConfigTarget:
        if arguments["local_path"]:
            return ControllerFile(arguments["local_path"], self.run_store())
        if arguments["node_path"]:
            return NodeFile(self, arguments["node_path"], task_vars)
        return ApplicationFile(self, arguments, task_vars, with_locks=True)
