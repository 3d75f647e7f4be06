# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door to a node: one string that nobody logs goes in, an answer or a clear error comes out."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from ansible.errors import AnsibleConnectionFailure
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.node import AnsibleNode, ConnectionLost
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError, NodeFailure

SECRET = "Tr0ub4dor&3"


class Action:
    """What an action plugin has of Ansible, as far as the door uses it."""

    def __init__(self, answer: dict[str, Any] | Exception, *, pipelining: bool = True) -> None:
        self.answer = answer
        self.calls: list[dict[str, Any]] = []
        self.logged: list[bool] = []
        self._task = SimpleNamespace(no_log=False)
        self._play_context = SimpleNamespace(no_log=False)
        self._connection = SimpleNamespace(_play_context=SimpleNamespace(no_log=False))
        self._pipelining = pipelining

    @property
    def holders(self) -> list[Any]:
        return [self._task, self._play_context, self._connection._play_context]

    def _is_pipelining_enabled(self, module_style: str) -> bool:
        return module_style == "new" and self._pipelining

    def _execute_module(self, **call: Any) -> dict[str, Any]:
        self.calls.append(call)
        self.logged = [not holder.no_log for holder in self.holders]
        if isinstance(self.answer, Exception):
            raise self.answer
        return dict(self.answer)


def node(answer: dict[str, Any] | Exception, **more: Any) -> tuple[AnsibleNode, Action]:
    action = Action(answer, **more)
    return AnsibleNode(action, {"inventory_hostname": "web01"}), action


GOOD = {"changed": True, "contract": 1, "state": {"host": {}}, "invocation": {"module_args": {"request": SECRET}}}


def test_a_request_is_one_string_that_is_logged_nowhere() -> None:
    door, action = node(GOOD)
    answer = door.change("r1", [{"op": "write_file", "content": b"\xef\xbb\xbf"}, {"op": "x"}], {"host": {}})
    (call,) = action.calls
    assert call["module_name"] == "webfarm.signalr.node_change" and list(call["module_args"]) == ["request"]
    assert json.loads(call["module_args"]["request"]) == {
        "contract": 1,
        "run": "r1",
        "operations": [{"id": "1", "op": "write_file", "content": "77u/"}, {"id": "2", "op": "x"}],
        "after": {"host": {}},
    }
    assert action.logged == [False] * 3 and [holder.no_log for holder in action.holders] == [False] * 3
    assert "invocation" not in answer


@pytest.mark.parametrize("answer", [AnsibleConnectionFailure("gone"), ValueError("x")])
def test_logging_comes_back_whatever_happens(answer: Exception) -> None:
    door, action = node(answer)
    with pytest.raises(type(answer)):
        door.read({})
    assert [holder.no_log for holder in action.holders] == [False] * 3


@pytest.mark.parametrize("broken", [AnsibleConnectionFailure("gone"), ConnectionResetError("reset"), requests.ConnectionError("aborted")])
def test_a_connection_that_breaks(broken: Exception) -> None:
    """Ansible's own error or the bare one of the library below: in a change nobody knows, in a reading nothing has happened."""
    door, _action = node(broken)
    with pytest.raises(ConnectionLost, match="web01: The connection broke while the node was being changed"):
        door.change("r1", [], {})
    with pytest.raises(AnsibleConnectionFailure):
        door.read({})


def test_a_connection_that_would_write_the_request_to_files_is_refused() -> None:
    door, action = node(GOOD, pipelining=False)
    with pytest.raises(FarmError, match="written to files"):
        door.read({})
    assert action.calls == []


ODD: dict[str, tuple[dict[str, Any], str]] = {
    "another contract": ({**GOOD, "contract": 2}, "The node gave no answer that can be read"),
    "no state": ({**GOOD, "state": None}, "The node gave no answer that can be read"),
    "nothing": ({}, "The node gave no answer that can be read"),
    "its own words": ({"failed": True, "msg": "Exception calling Create"}, "Exception calling Create"),
    "raw output": (
        {"failed": True, "_ansible_parsed": False, "msg": SECRET, "module_stdout": SECRET},
        "The node gave no answer that can be read",
    ),
}


@pytest.mark.parametrize(("answer", "said"), ODD.values(), ids=ODD)
def test_an_answer_that_is_none(answer: dict[str, Any], said: str) -> None:
    door, _action = node(answer)
    with pytest.raises(NodeFailure, match=f"web01: {said}") as caught:
        door.read({})
    assert SECRET not in str(caught.value)


FAILED = {
    "failed": True,
    "contract": 1,
    "state": {},
    "failure": {"id": "1", "op": "stop_pool", "target": "Chat", "code": "timeout", "text": "It hangs."},
}


@pytest.mark.parametrize(
    ("more", "undone", "said"),
    [
        ({"undone": True}, True, "What was done before it was undone."),
        ({"undone": False, "left": [r"C:\x", "pool Chat"]}, False, r"could NOT all be undone: C:\\x; pool Chat."),
        ({"undone": False}, False, "could NOT all be undone: unknown."),
    ],
)
def test_a_failure_says_what_failed_and_what_is_left(more: dict[str, Any], undone: bool, said: str) -> None:
    door, _action = node({**FAILED, **more})
    with pytest.raises(NodeFailure, match=rf"web01: stop_pool of Chat failed \(timeout\): It hangs\. .*{said}") as caught:
        door.change("r1", [], {})
    assert (caught.value.code, caught.value.undone) == ("timeout", undone) and "took longer than was waited for" in str(caught.value)
