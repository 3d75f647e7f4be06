# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible sends is read right, in the shapes of every supported version; what is none of it is named."""

from __future__ import annotations

import base64
import json

import pytest
from farm.winrm.payload import FetchFile, MakeTempFolder, ModuleCall, NotCarriedOut, PutFile, RemoveItem, read_request, with_path

SEPARATOR = b"\n\0\0\0\0\n"


def encoded(script: str, program: str = "PowerShell") -> str:
    return f"{program} -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand {base64.b64encode(script.encode('utf-16-le')).decode()}"


def manifest(*actions: dict, data: bytes = b"", scripts: dict | None = None) -> bytes:
    content = {"scripts": scripts or {}, "actions": list(actions), "signed_hashlist": []}
    parts = [b'{"name": "exec_wrapper", "script": "", "params": {}}', json.dumps(content).encode()]
    return SEPARATOR.join([*parts, data] if data else parts)


def utility(name: str, **params: object) -> dict:
    return {"name": name, "params": params, "secure_params": {}}


REMOVE = r"C:\Windows\Temp\ansible-tmp-1"
SCRIPTS = [
    (
        "remove, ansible-core 2.19",
        encoded(
            f"Set-StrictMode -Version Latest\nRemove-Item '{REMOVE}' -Force -Recurse;\n"
            "If (-not $?) { If (Get-Variable LASTEXITCODE -ErrorAction SilentlyContinue) { exit $LASTEXITCODE } Else { exit 1 } }"
        ),
        RemoveItem(REMOVE, True),
    ),
    ("remove, ansible-core 2.21", encoded(f"Remove-Item {REMOVE} -Force -Recurse", "powershell"), RemoveItem(REMOVE, True)),
    ("remove a name with a quote", encoded(r"Remove-Item 'C:\it''s' -Force"), RemoveItem(r"C:\it's", False)),
    ("encoded twice", encoded(encoded(f"Remove-Item {REMOVE} -Force -Recurse")), RemoveItem(REMOVE, True)),
    (
        "more than a removal",
        encoded(r"Remove-Item C:\x -Force; Stop-Computer"),
        NotCarriedOut(r'the command "Remove-Item C:\x -Force; Stop-Computer"'),
    ),
    (
        "interpreter discovery",
        encoded("echo FOUND; command -v python3.14"),
        NotCarriedOut('the command "echo FOUND; command -v python3.14"'),
    ),
    ("a command line", "cmd /c ver", NotCarriedOut('the command "cmd /c ver"')),
]


@pytest.mark.parametrize(("command", "expected"), [case[1:] for case in SCRIPTS], ids=[case[0] for case in SCRIPTS])
def test_scripts(command: str, expected: object) -> None:
    assert read_request(command, b"") == expected


INPUTS = [
    ("temporary folder", manifest(utility("powershell_mkdtemp.ps1", Directory="%TEMP%", Name="a-1")), MakeTempFolder("%TEMP%", "a-1")),
    (
        "put in two lines",
        manifest(utility("winrm_put_file.ps1", Path=r"C:\f"), data=base64.b64encode(b"one") + b"\r\n" + base64.b64encode(b"two") + b"\r\n"),
        PutFile(r"C:\f", b"onetwo"),
    ),
    ("put an empty file", manifest(utility("winrm_put_file.ps1", Path=r"C:\f")) + SEPARATOR, PutFile(r"C:\f", b"")),
    ("fetch", manifest(utility("winrm_fetch_file.ps1", Path=r"C:\f", BufferSize=524288, Offset=7)), FetchFile(r"C:\f", 7, 524288)),
    ("become", manifest(utility("become_wrapper.ps1"), utility("module_wrapper.ps1")), "become"),
    ("async", manifest(utility("async_wrapper.ps1"), utility("async_watchdog.ps1"), utility("module_wrapper.ps1")), "async"),
    ("a script of the user", manifest(utility("module_wrapper.ps1", Script="x.ps1", Environment={})), "the script x.ps1"),
    ("expand_user", manifest(utility("powershell_expand_user.ps1", Path="~")), "Ansible's script powershell_expand_user.ps1"),
    ("a module in Python", b"#!/usr/bin/python3\nimport sys\n", "a module for /usr/bin/python3"),
    ("something else in JSON", b'{"changed": false}', "an input that is not what ansible-core 2.19 to 2.21 send"),
]


@pytest.mark.parametrize(("stdin", "expected"), [case[1:] for case in INPUTS], ids=[case[0] for case in INPUTS])
def test_inputs(stdin: bytes, expected: object) -> None:
    found = read_request(encoded("# bootstrap"), stdin)
    if isinstance(expected, str):
        assert isinstance(found, NotCarriedOut)
        assert found.what.startswith(expected)
    else:
        assert found == expected


def test_a_module_is_named_by_its_collection_or_by_its_task() -> None:
    arguments = {"request": "{}", "_ansible_check_mode": True, "_ansible_verbosity": 2, "_ansible_module_name": "win_thing"}
    for script, name in (("ansible_collections.a.b.plugins.modules.c.ps1", "a.b.c"), ("win_thing.ps1", "win_thing")):
        wrapper = utility("module_wrapper.ps1", Script=script, ForModule=True, Variables=[{"Name": "complex_args", "Value": arguments}])
        call = read_request(
            encoded(""), manifest(wrapper, scripts={script: {"script": base64.b64encode("\ufeff# text".encode()).decode()}})
        )
        assert call == ModuleCall(name, {"request": "{}"}, check_mode=True, diff=False, verbosity=2, source="# text")
        assert "{}" not in repr(call)  # an argument may be a secret


def test_a_path_is_put_into_another_form_and_the_data_stays() -> None:
    data = base64.b64encode(b"content")
    stdin = with_path(manifest(utility("winrm_put_file.ps1", Path=r"%TEMP%\f"), data=data), "Path", "/elsewhere/f")
    assert read_request(encoded(""), stdin) == PutFile("/elsewhere/f", b"content")
