# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A callback of the curious kind: writes down whatever Ansible tells callbacks, as job events of AWX do.

The file is named by the variable ``EVERYTHING_FILE``; a line a result.
"""

from __future__ import annotations

import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: everything
type: notification
short_description: Writes down every result.
description: [For tests only.]
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "everything"
    CALLBACK_NEEDS_ENABLED = True

    def v2_on_any(self, *arguments: Any, **_more: Any) -> None:
        with open(os.environ["EVERYTHING_FILE"], "a", encoding="utf-8") as stream:
            for told in arguments:
                # A result's task has its arguments templated: Ansible gives them to callbacks whatever a module says of its options, and says of
                # display_args_to_stdout that whoever prints them has to know. A task that begins has them as they were written.
                content = getattr(told, "result", None) if hasattr(told, "task") else getattr(told, "args", None)
                stream.write(f"{type(told).__name__} {content!r}\n")
