# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A callback plugin that writes each task's result as a line of JSON into the file that RESULT_LINES names."""

from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: result_lines
type: notification
short_description: Results as JSON lines
description: For tests.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "result_lines"

    def _write(self, result, **_):
        name = result.task_name.rpartition(" : ")[2]
        line = json.dumps({"task": name, "host": result._host.get_name(), "result": result._result}, default=str)
        with open(os.environ["RESULT_LINES"], "a", encoding="utf-8") as stream:
            stream.write(line + "\n")

    v2_runner_on_ok = v2_runner_on_failed = v2_runner_on_unreachable = v2_runner_on_skipped = _write
