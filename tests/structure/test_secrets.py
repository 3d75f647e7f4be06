# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret travels outside the one masked string.

Ansible masks a module's ``no_log`` options and nothing inside lists and dictionaries, and on Windows writes parameters to the Application
log. So there is one door to a node, and what goes through it is one masked text.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from farm.executor.powershell_literal import argument_spec
from structure.sources import files, name_of, tree_of

DOOR = "plugins/plugin_utils/controller/node.py"
#: Ways of ActionBase and its connection to reach a host: only the door uses any, and a module is called in one place.
WAYS_TO_A_NODE = (
    "_execute_module",
    "_low_level_execute_command",
    "_transfer_data",
    "_transfer_file",
    "_remote_checksum",
    "_execute_remote_stat",
    "exec_command",
    "put_file",
    "fetch_file",
)
SECRET_NAME = re.compile(r"(?:^|_)(?:password|passphrase|secret|token|validation_key|decryption_key|connection_string)$")


def calls_of(name: str) -> list[tuple[str, ast.Call]]:
    """Every call of a method of this name in the product, and the file it stands in."""
    return [
        (name_of(path), node)
        for path in files("plugins/", suffix=".py")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name
    ]


def test_there_is_one_door_to_a_node() -> None:
    found = [(way, place) for way in WAYS_TO_A_NODE for place, _call in calls_of(way)]
    assert {place for _way, place in found} == {DOOR}
    assert [way for way, _place in found].count("_execute_module") == 1


def test_one_string_goes_through_it() -> None:
    call = calls_of("_execute_module")[0][1]
    arguments = {keyword.arg: keyword.value for keyword in call.keywords}
    assert not call.args and set(arguments) <= {"module_name", "module_args", "task_vars"}
    sent = arguments["module_args"]
    assert isinstance(sent, ast.Dict), "what is sent has to stand there as a literal, so that this test can see it"
    assert [key.value for key in sent.keys if isinstance(key, ast.Constant)] == ["request"] and len(sent.keys) == 1


@pytest.mark.parametrize("path", files("plugins/modules/", suffix=".ps1"), ids=name_of)
def test_a_windows_module_takes_one_masked_string(path: Path) -> None:
    spec = argument_spec(path.read_text(encoding="utf-8"))
    assert spec["options"] == {"request": {"type": "str", "required": True, "no_log": True}}
    assert spec["supports_check_mode"] is True


def test_secret_options_are_masked() -> None:
    """In an argument spec, an option with the name of a secret says ``no_log``."""
    clear = []
    for path in files("plugins/action/", "plugins/plugin_utils/controller/", suffix=".py"):
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Dict):
                continue
            for key, value in zip(node.keys, node.values, strict=True):
                said = _options_of(value)
                named = isinstance(key, ast.Constant) and isinstance(key.value, str) and SECRET_NAME.search(key.value)
                if named and said.get("type") in ("str", "raw", "dict") and said.get("no_log") is not True:
                    clear.append(f"{name_of(path)}:{value.lineno}")
    assert clear == []


def _options_of(node: ast.expr) -> dict[str, object]:
    """The constant entries of a dictionary display or a ``dict(...)`` call."""
    if isinstance(node, ast.Dict):
        pairs = [(k.value, v) for k, v in zip(node.keys, node.values, strict=True) if isinstance(k, ast.Constant)]
    elif isinstance(node, ast.Call):
        pairs = [(k.arg, k.value) for k in node.keywords]
    else:
        pairs = []
    return {str(key): value.value if isinstance(value, ast.Constant) else None for key, value in pairs}
