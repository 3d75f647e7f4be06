# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible itself against the WinRM endpoint: what it sends is understood, what a node does not know is refused by name."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from farm.winrm.payload import ModuleCall

pytestmark = pytest.mark.slow

SECRET = "0123456789abcdef-never-to-be-seen"


def state_task(**extra: object) -> dict[str, object]:
    request = json.dumps({"contract": 1, "readings": {"host": {}}, "secret": SECRET})
    return {"name": "state", "webfarm.signalr.node_state": {"request": request}, **extra}


@pytest.mark.parametrize("transport", ["basic", "ntlm"])
def test_module_call_arrives_whole_and_its_result_goes_back(stub_host, playbook: Callable, transport: str) -> None:
    run = playbook(stub_host.variables(transport), [state_task(check_mode=True, diff=True)], "-vvv")
    assert run.exit_code == 0, run.output
    assert run.results["state"]["answer"] == "from the model"
    assert run.results["state"]["invocation"] == {"module_args": {"request": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}}
    module, request, check_mode = stub_host.node.calls[0]
    assert (module, request["readings"], check_mode) == ("node_state", {"host": {}}, True)
    (command,) = stub_host.onlooker.commands
    assert isinstance(command, ModuleCall)
    assert (command.name, command.diff, command.verbosity) == ("webfarm.signalr.node_state", True, 3)
    assert "$module.ExitJson()" in command.source
    assert SECRET not in run.output


REFUSED = [
    (
        {"ansible.windows.win_copy": {"request": "x"}},
        {},
        "The simulated node does not carry out ansible.windows.win_copy; it knows webfarm.signalr.node_state and node_change.",
    ),
    ({"ansible.builtin.ping": {}}, {}, "only PowerShell modules run on Windows"),
    ({"webfarm.signalr.node_state": {"request": "{}"}}, {"become": True, "become_method": "runas", "become_user": "SYSTEM"}, "become"),
    ({"ansible.builtin.raw": "Get-Service W3SVC"}, {}, 'does not carry out the command "Get-Service W3SVC'),
    (
        {"webfarm.signalr.node_state": {"request": "{}", "reqest": SECRET}},
        {},
        "Unsupported parameters for (webfarm.signalr.node_state) module: reqest",
    ),
    ({"webfarm.signalr.node_state": {}}, {}, "missing required arguments: request"),
    ({"webfarm.signalr.node_state": {"request": f"[{SECRET}"}}, {}, "The option request is not JSON"),
]


@pytest.mark.parametrize(("task", "keywords", "text"), REFUSED, ids=[next(iter(task)) + str(i) for i, (task, _rest, _rest) in enumerate(REFUSED)])
def test_what_a_node_does_not_do_is_refused_by_name(stub_host, playbook: Callable, task: dict, keywords: dict, text: str) -> None:
    run = playbook(stub_host.variables(ansible_python_interpreter="/usr/bin/python3"), [{"name": "task", **task, **keywords}])
    assert run.exit_code == 2
    result = run.results["task"]
    assert text in result.get("msg", "") + result.get("stderr", "") + result.get("module_stdout", ""), run.output
    assert not stub_host.node.calls


@pytest.mark.parametrize("transport", ["basic", "ntlm"])
def test_wrong_password_is_told_as_ansible_tells_it(stub_host, playbook: Callable, transport: str) -> None:
    run = playbook(stub_host.variables(transport, ansible_password="wrong"), [state_task()])
    assert run.exit_code == 4, run.output
    assert "the specified credentials were rejected by the server" in run.output
    assert not stub_host.onlooker.commands


def test_three_megabytes_go_up_come_back_and_go_away(stub_host, playbook: Callable, tmp_path: Path) -> None:
    content = os.urandom(3 << 20)
    (tmp_path / "up.bin").write_bytes(content)
    plugins = tmp_path / "tree" / "ansible_collections" / "webfarm" / "signalr" / "plugins"
    (plugins / "action").mkdir()
    (plugins / "action" / "there_and_back.py").write_text(
        "from ansible.plugins.action import ActionBase\n"
        "class ActionModule(ActionBase):\n"
        "    def run(self, tmp=None, task_vars=None):\n"
        "        super().run(tmp, task_vars)\n"
        "        folder = self._make_tmp_path()\n"
        "        path = self._connection._shell.join_path(folder, 'a file.bin')\n"
        "        self._transfer_file(self._task.args['up'], path)\n"
        "        self._connection.fetch_file(path, self._task.args['down'])\n"
        "        self._remove_tmp_path(folder, force=True)\n"
        "        return {'changed': True, 'path': path}\n"
    )
    (plugins / "modules" / "there_and_back.py").write_text("")
    task = {"name": "task", "webfarm.signalr.there_and_back": {"up": str(tmp_path / "up.bin"), "down": str(tmp_path / "down.bin")}}
    run = playbook(stub_host.variables(), [task])
    assert run.exit_code == 0, run.output
    assert hashlib.sha256((tmp_path / "down.bin").read_bytes()).digest() == hashlib.sha256(content).digest()
    assert run.results["task"]["path"].startswith("C:\\Windows\\Temp\\ansible-tmp-")
    assert [type(command).__name__ for command in stub_host.onlooker.commands[:2]] == ["MakeTempFolder", "PutFile"]
    assert list((stub_host.folder / "Windows/Temp").iterdir()) == []
