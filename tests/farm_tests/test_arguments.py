# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments are checked and masked as Ansible.Basic does it, from the literal in the module's own source."""

from __future__ import annotations

from typing import Any

import pytest
from farm.executor.arguments import ArgumentsRefused, SkippedInCheckMode, check_arguments
from farm.executor.powershell_literal import LiteralError, argument_spec
from farm.winrm.payload import ModuleCall

SOURCE = """#!powershell
# a comment with $spec = @{ in it
$spec = @{
    options = @{
        name = @{ type = 'str'; required = $true }  # which
        password = @{ type = 'str'; no_log = $true }
        state = @{ type = 'str'; choices = 'present', 'absent'; default = "present" }
        count = @{ type = 'int' }
        items = @{ type = 'list'; elements = 'dict'; options = @{ key = @{ type = 'str'; required = $true } ; on = @{ type = 'bool' } } }
        old_name = @{ aliases = @('older') }
    }
    mutually_exclusive = @(, @('count', 'items'))
    required_if = @(
        @('state', 'absent', @('password')),
        @('state', 'present', @('name'))
    )
    supports_check_mode = $false
}
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)
"""


def call(check_mode: bool = False, **arguments: Any) -> ModuleCall:
    return ModuleCall("a.b.c", arguments, check_mode=check_mode, diff=False, verbosity=0, source=SOURCE)


def test_the_literal_is_read_as_powershell_reads_it() -> None:
    spec = argument_spec(SOURCE)
    assert spec["options"]["state"] == {"type": "str", "choices": ["present", "absent"], "default": "present"}
    assert spec["options"]["items"]["options"]["on"] == {"type": "bool"}
    assert spec["mutually_exclusive"] == [["count", "items"]]
    assert spec["required_if"] == [["state", "absent", ["password"]], ["state", "present", ["name"]]]
    assert spec["supports_check_mode"] is False


NOT_LITERAL = [
    ("$spec = Get-Spec\n", "no assignment"),
    ("$spec = @{ options = $options }\n", "a constant was expected"),
    ("$spec = @{ options = @{ a }\n", "'=' was expected"),
    ('$spec = @{ a = "$x" }\n', "a constant was expected"),
]


@pytest.mark.parametrize(("source", "text"), NOT_LITERAL, ids=[text for _rest, text in NOT_LITERAL])
def test_what_is_no_literal_is_said(source: str, text: str) -> None:
    with pytest.raises(LiteralError, match=text):
        argument_spec(source)


ACCEPTED = [
    ({"name": "x"}, {"name": "x", "state": "present", "password": None, "count": None}),
    ({"name": "x", "count": "7"}, {"count": 7}),
    ({"name": "x", "state": "PRESENT"}, {"state": "PRESENT"}),
    ({"name": "x", "items": [{"key": "a", "on": "yes"}]}, {"items": [{"key": "a", "on": True}]}),
    ({"name": "x", "older": "y"}, {"old_name": "y"}),
]


@pytest.mark.parametrize(("given", "expected"), ACCEPTED, ids=[str(given) for given, _rest in ACCEPTED])
def test_arguments_are_completed_and_converted(given: dict, expected: dict) -> None:
    values = check_arguments(argument_spec(SOURCE), call(**given)).values
    assert {name: values[name] for name in expected} == expected


REFUSED = [
    ({}, "missing required arguments: name"),
    ({"name": "x", "nme": 1}, "Unsupported parameters for (a.b.c) module: nme. Supported parameters include: name, password, state"),
    ({"name": "x", "state": "gone"}, "value of state must be one of: present, absent. Got no match for: gone"),
    ({"name": "x", "count": "many"}, "argument for count is of type str and we were unable to convert to int"),
    ({"name": "x", "count": 1, "items": []}, "parameters are mutually exclusive: count, items"),
    ({"name": "x", "state": "absent"}, "state is absent but all of the following are missing: password"),
    ({"name": "x", "items": [{"on": True}]}, "missing required arguments: key found in items"),
    ({"name": "x", "items": [{"key": "a", "of": 1}]}, "Unsupported parameters for (a.b.c) module: of found in items"),
]


@pytest.mark.parametrize(("given", "text"), REFUSED, ids=[text[:50] for _rest, text in REFUSED])
def test_arguments_are_refused_in_the_words_of_ansible(given: dict, text: str) -> None:
    with pytest.raises(ArgumentsRefused) as refused:
        check_arguments(argument_spec(SOURCE), call(**given))
    assert refused.value.result["msg"].startswith(text)
    assert refused.value.result["failed"] is True


def test_check_mode_is_skipped_by_a_module_that_does_not_support_it() -> None:
    with pytest.raises(SkippedInCheckMode, match="remote module .a.b.c. does not support check mode"):
        check_arguments(argument_spec(SOURCE), call(check_mode=True, name="x"))


def test_secrets_are_masked_in_invocation_and_msg_and_nowhere_else() -> None:
    checked = check_arguments(argument_spec(SOURCE), call(name="the s3cret place", password="s3cret"))
    result = checked.failed("no s3cret here", {"detail": "s3cret stays, as it does on Windows"})
    assert result["msg"] == "no ******** here"
    assert result["invocation"]["module_args"]["password"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert result["invocation"]["module_args"]["name"] == "the ******** place"
    assert result["detail"].startswith("s3cret")
    assert "s3cret" not in repr(checked)
