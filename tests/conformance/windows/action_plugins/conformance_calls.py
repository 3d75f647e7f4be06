# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the calls of all cases on one server, and writes down the answers.

Only for ``tests/conformance``: the collection's own actions of the names ``node_state`` and ``node_change`` refuse to be called
in a playbook, as their answers may hold keys. The cases' files hold none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """Arguments: ``calls``, a file of :func:`conformance.targets.windows.plan`; ``answers``, the file to be written, a line for each case."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        self._variables = task_vars or {}
        self._plan = json.loads(Path(self._task.args["calls"]).read_text(encoding="utf-8"))
        with Path(self._task.args["answers"]).open("w", encoding="utf-8") as answers:
            answers.write(json.dumps({"os_version": self._look_first()}) + "\n")
            for case in self._plan["cases"]:
                self._display.display(f"conformance: {case['name']}")
                with self._cleaned_up():
                    self._set_up(case)
                    told = {"name": case["name"], "answers": [self._call(call) for call in case["calls"]]}
                    answers.write(json.dumps(told) + "\n")
        return {**result, "changed": True, "cases": len(self._plan["cases"])}

    def _look_first(self) -> str:
        """The version of Windows; refuses a server that has something where the cases will write and delete."""
        root = self._plan["root"]
        readings = {
            "host": {},
            "files": {"paths": [root]},
            "iis": {"applications": [{"site": name, "path": "/"} for name in self._plan["sites"]], "pools": []},
        }
        state = self._call({"module": "node_state", "request": {"contract": 1, "readings": readings}, "check_mode": False})["state"]
        taken = [root] if state["files"][root]["exists"] else []
        taken += [f"the site '{site['site']}'" for site in state["iis"]["applications"] if site["site_exists"]]
        if taken:
            raise AnsibleActionFail(
                f"This server has {' and '.join(taken)} already, which the cases would overwrite and remove. Remove it when an earlier run left it there; "
                "never run this on a server that is in use."
            )
        return str(state["host"]["os_version"])

    def _set_up(self, case: dict[str, Any]) -> None:
        answer = self._call(case["setup"])
        if answer.get("failed"):
            raise AnsibleActionFail(f"The starting state of {case['name']} could not be made: {answer.get('msg')}")

    @contextmanager
    def _cleaned_up(self) -> Iterator[None]:
        try:
            yield
        finally:
            removed = self._execute_module(
                module_name="conformance_cleanup",
                module_args={"folder": self._plan["root"], "sites": self._plan["sites"], "pools": self._plan["pools"]},
                task_vars=self._variables,
            )
            if removed.get("failed"):
                raise AnsibleActionFail(f"The server could not be cleaned up: {removed.get('msg')}")

    def _call(self, call: dict[str, Any]) -> dict[str, Any]:
        self._task.check_mode = call["check_mode"]
        try:
            answer = self._execute_module(
                module_name=f"webfarm.signalr.{call['module']}",
                module_args={"request": json.dumps(call["request"])},
                task_vars=self._variables,
            )
        finally:
            self._task.check_mode = False
        return {
            key: value
            for key, value in answer.items()
            if key not in ("invocation", "exception") and not key.startswith(("_ansible", "ansible_"))
        }
