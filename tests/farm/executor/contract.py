# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the WinRM endpoint gives to an executor, and what it gets back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..winrm.payload import Request

__all__ = ["KNOWN_MODULES", "Executor", "Outcome", "RemoteCommand", "Unreachable", "failed_module", "module_answer"]

KNOWN_MODULES = {"webfarm.signalr.node_state": "node_state", "webfarm.signalr.node_change": "node_change"}


@dataclass(frozen=True)
class RemoteCommand:
    """One command of a remote shell: the very bytes that came, and what they ask for."""

    command_line: str = field(repr=False)
    stdin: bytes = field(repr=False)
    request: Request


@dataclass(frozen=True)
class Outcome:
    """What a command wrote, and its exit code."""

    stdout: bytes = field(default=b"", repr=False)
    stderr: bytes = field(default=b"", repr=False)
    exit_code: int = 0


class Unreachable(Exception):
    """The node died while it carried the command out: nothing answers any more."""


class Executor(Protocol):
    """Carries commands out on one node."""

    async def execute(self, command: RemoteCommand) -> Outcome:
        """Raises ``Unreachable`` when the node is gone; everything else is in the outcome."""


def module_answer(result: Mapping[str, Any]) -> Outcome:
    """A module's result as Ansible.Basic writes it: one line of JSON; exit code 1 when it failed."""
    text = json.dumps(result, separators=(",", ":")) + "\r\n"
    return Outcome(stdout=text.encode(), exit_code=1 if result.get("failed") else 0)


def failed_module(message: str) -> Outcome:
    """The answer of a module that did nothing but fail."""
    return module_answer({"changed": False, "failed": True, "msg": message})
