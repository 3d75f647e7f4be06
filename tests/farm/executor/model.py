# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls carried out by the node model: arguments checked as Ansible.Basic checks them, the result given back as it gives it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ..node.errors import NodeDied
from ..winrm.payload import ModuleCall, NotCarriedOut
from .arguments import ArgumentsRefused, CheckedArguments, SkippedInCheckMode, check_arguments
from .contract import KNOWN_MODULES, Outcome, RemoteCommand, Unreachable, failed_module, module_answer
from .powershell_literal import LiteralError, argument_spec
from .transfer import FileTransfer, refusal

__all__ = ["ModelExecutor", "Node"]

KNOWN = " and ".join(name if i == 0 else name.rpartition(".")[2] for i, name in enumerate(KNOWN_MODULES))


class Node(Protocol):
    """What a node model has to offer to be called."""

    def run(self, module: Literal["node_state", "node_change"], request: dict[str, Any], *, check_mode: bool) -> dict[str, Any]:
        """The module's result without ``invocation``; raises ``NodeDied`` when the machine goes away during the call."""


@dataclass(frozen=True)
class ModelExecutor:
    """One node whose modules are Python. Calls on one node run one after the other, in a thread."""

    node: Node
    transfer: FileTransfer

    async def execute(self, command: RemoteCommand) -> Outcome:
        """Carry out a module call, or one of the connection plugin's file operations; refuse the rest by name."""
        request = command.request
        if isinstance(request, NotCarriedOut):
            return refusal(request, KNOWN)
        if not isinstance(request, ModuleCall):
            return await asyncio.to_thread(self.transfer.execute, request)
        module = KNOWN_MODULES.get(request.name)
        if module is None:
            return refusal(NotCarriedOut(request.name, True), KNOWN)
        return await asyncio.to_thread(self._call, module, request)

    def _call(self, module: str, call: ModuleCall) -> Outcome:
        try:
            arguments = check_arguments(argument_spec(call.source), call)
        except LiteralError as error:
            return failed_module(f"internal error: the $spec of {call.name} is not a literal that a validator can read: {error}")
        except SkippedInCheckMode as error:
            return module_answer({"changed": False, "skipped": True, "msg": str(error)})
        except ArgumentsRefused as error:
            return module_answer(error.result)
        try:
            request = json.loads(arguments.values["request"])
        except (ValueError, KeyError, TypeError) as error:
            return module_answer(arguments.failed(f"The option request is not JSON: {error}"))
        return module_answer(self._run(module, request, arguments, call.check_mode))

    def _run(self, module: str, request: dict[str, Any], arguments: CheckedArguments, check_mode: bool) -> dict[str, Any]:
        try:
            result = self.node.run(module, request, check_mode=check_mode)  # type: ignore[arg-type]
        except NodeDied as death:
            raise Unreachable(str(death)) from None
        if result.get("failed"):
            return arguments.failed(str(result.get("msg", "")), result)
        return {"changed": False, **result, "invocation": arguments.invocation}
