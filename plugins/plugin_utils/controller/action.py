# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all public action plugins share: checked options in, one result out, errors in one shape, no secret anywhere.

A subclass gives ``SPEC`` and ``perform``; that is the whole plugin.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Mapping
from typing import Any, ClassVar

import ansible.constants as C
from ansible.plugins.action import ActionBase

from ..errors import FarmError
from ..farm.store import RunStore
from ..redact import mask_values

__all__ = ["FarmAction"]


class FarmAction(ActionBase):
    """One public module, carried out on the controller."""

    SPEC: ClassVar[dict[str, Any]] = {}
    REQUIRES_CONNECTION: ClassVar[bool] = True
    NAMES_NODE: ClassVar[bool] = True  # an error that names no place is one of this host's

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        self._requires_connection = self.REQUIRES_CONNECTION
        result = super().run(tmp, task_vars)
        del tmp
        validation, arguments = self.validate_argument_spec(**self.SPEC)
        secrets = set(map(plain, validation._no_log_values))
        try:
            outcome = self.perform(plain(arguments), task_vars or {})
        except FarmError as error:
            host = str((task_vars or {}).get("inventory_hostname", ""))
            if self.NAMES_NODE and host and not error.where.startswith(("farm ", host)):
                error.at(host)
            outcome = {"failed": True, "msg": str(error)}
        result.update(mask_values(outcome, secrets))
        return result

    def perform(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """The module's work: its result, or FarmError."""
        raise FarmError(f"{type(self).__name__} does nothing.", next_step="Report this: it is a mistake in the collection.")

    def run_store(self) -> RunStore:
        """The private store of this run of Ansible."""
        parent = multiprocessing.parent_process()
        owner = parent.pid if parent is not None and parent.pid is not None else os.getppid()
        return RunStore.open(C.DEFAULT_LOCAL_TMP, owner_pid=owner)


def plain(value: Any) -> Any:
    """Ansible's tagged values as Python's own types: libraries test for those, and tags must not travel on."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, bool):
        return value
    for kind in (int, float):
        if isinstance(value, kind):
            return kind(value)
    return value
