# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node adapter: how a request reaches ``node_state`` and ``node_change`` over Ansible's own connection.

The only place that calls a module on a node, and so the only one through which a secret leaves the controller: as one ``no_log`` string.
docs/node_contract.md is the contract.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleConnectionFailure

from ..errors import FarmError, NodeFailure
from ..iis.change import Operation

__all__ = ["AnsibleNode", "ConnectionLost"]

CONTRACT = 1
_EVENTS_SHOWN = 3

_NEXT_STEPS = {
    "precondition": "Something else changed the node since it was read; run again.",
    "access_denied": "Connect with an administrator's account, and look at the access rules of what is named.",
    "sharing_violation": "Something holds the file: an anti-virus, a backup or an editor; run again when it has let go.",
    "disk_full": "Make room on the node's disk and run again.",
    "timeout": "Look at the node: it took longer than was waited for.",
    "identity": "Check the account's password and its right to log on as a batch job.",
    "lease_held": "Wait for that run; if it is gone for good, break its lease with farm_break_lease: true.",
    "bad_archive": "The package did not arrive as it was sent; run again.",
    "needs_restart": "Restart the server and run again.",
}


class ConnectionLost(FarmError):
    """The connection broke while a request was under way: whether it was carried out is not known."""


class AnsibleNode:
    """One node, through the connection and task of an action plugin."""

    def __init__(self, action: Any, task_vars: Mapping[str, Any]) -> None:
        self._action = action
        self._task_vars = task_vars
        self.name = str(task_vars.get("inventory_hostname", ""))

    def read(self, readings: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of ``node_state``. Raises NodeFailure, or Ansible's own error when the node cannot be reached."""
        try:
            return self._answer(self._call("node_state", {"contract": CONTRACT, "readings": readings}))
        except OSError as error:
            raise AnsibleConnectionFailure(f"The connection to {self.name} broke while the node was being read.") from error

    def change(self, run: str, operations: Iterable[Operation], after: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of ``node_change`` when all was done. Raises NodeFailure when it was not (and says whether it was undone), ConnectionLost
        when nobody knows."""
        numbered = [{"id": str(number), **operation} for number, operation in enumerate(operations, start=1)]
        request = {"contract": CONTRACT, "run": run, "operations": numbered, "after": after}
        try:
            return self._answer(self._call("node_change", request))
        except (AnsibleConnectionFailure, OSError) as error:  # winrm lets the errors of requests through, which are OSErrors
            raise ConnectionLost(
                "The connection broke while the node was being changed, so whether the change was made is not known.",
                where=self.name,
                next_step="Run again when the node answers: the next run reads it and finishes.",
            ) from error

    def upload(self, source: Path) -> str:
        """Puts a file of the controller into the node's temporary folder of this task, which Ansible removes afterwards; returns its path there."""
        shell = self._action._connection._shell
        folder = shell.tmpdir or self._action._make_tmp_path()
        target = shell.join_path(folder, source.name)
        self._action._transfer_file(str(source), target)
        return str(target)

    def _call(self, module: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if not self._action._is_pipelining_enabled(
            "new"
        ):  # what _execute_module itself asks: since 2.21 the connection alone does not know
            raise FarmError(
                "What is sent to the node would first be written to files there and here, passwords and keys included.",
                where=self.name,
                next_step="Turn ANSIBLE_KEEP_REMOTE_FILES off; over ssh, set ansible_pipelining: true.",
            )
        with self._unlogged():
            result = self._action._execute_module(
                module_name=f"webfarm.signalr.{module}",
                module_args={"request": json.dumps(request, default=_as_base64)},
                task_vars=self._task_vars,
            )
        result.pop("invocation", None)
        return dict(result)

    @contextmanager
    def _unlogged(self) -> Iterator[None]:
        """winrm and psrp print raw answers at verbosity 5, and Ansible.Basic logs parameters on the node, unless no_log says otherwise.

        The connection looks at a play context of its own: Ansible gives it a copy for every task.
        """
        holders = [self._action._task, self._action._play_context, self._action._connection._play_context]
        before = [holder.no_log for holder in holders]
        for holder in holders:
            holder.no_log = True
        try:
            yield
        finally:
            for holder, no_log in zip(holders, before, strict=True):
                holder.no_log = no_log

    def _answer(self, result: dict[str, Any]) -> dict[str, Any]:
        if result.get("failed") and "failure" in result:
            raise self._failure(result)
        if result.get("failed") or result.get("contract") != CONTRACT or not isinstance(result.get("state"), dict):
            raise NodeFailure(
                # the raw answer may hold a key or a password, so it is not shown
                str(result["msg"])
                if result.get("failed") and result.get("_ansible_parsed", True) and "msg" in result
                else "The node gave no answer that can be read.",
                where=self.name,
                next_step="Run 'ansible HOST -m ansible.windows.win_ping'; the node needs Windows PowerShell 5.1 in full language mode.",
            )
        return result

    def _failure(self, result: Mapping[str, Any]) -> NodeFailure:
        failure = result["failure"]
        undone = "What was done before it was undone." if result.get("undone") else "What was done before it could NOT all be undone"
        left = "" if result.get("undone") else f": {'; '.join(map(str, result.get('left') or ['unknown']))}."
        code = str(failure.get("code", "failed"))
        error = NodeFailure(
            f"{failure.get('op')} of {failure.get('target')} failed ({code}): {str(failure.get('text', '')).rstrip('.')}.{_evidence(result)}",
            where=self.name,
            next_step=f"{undone}{left} {_NEXT_STEPS.get(code, '')}".strip(),
        )
        error.code, error.undone, error.answer = code, bool(result.get("undone")), dict(result)
        return error


def _evidence(result: Mapping[str, Any]) -> str:
    """What Windows logged while the change was made, newest first; the node has taken out what looks like a secret."""
    events = (result.get("state") or {}).get("events") or []
    told = [f"{event.get('provider')} {event.get('id')}: {str(event.get('text', '')).strip()}" for event in events[:_EVENTS_SHOWN]]
    return f" Windows logged: {' | '.join(told)}." if told else ""


def _as_base64(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(f"{type(value).__name__} does not go into a request")
