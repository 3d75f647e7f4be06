# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WinRM endpoint below Ansible: who gets in, what is too large, and what a shell does not know."""

from __future__ import annotations

import base64
import json

import pytest
import requests
import winrm.exceptions
import winrm.protocol

from .conftest import PASSWORD, USER, StubHost

TOO_LARGE = 500 * 1024


def post(host: StubHost, body: bytes, **headers: str) -> requests.Response:
    credentials = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    url = f"http://{host.endpoint.host}:{host.endpoint.port}/wsman"
    return requests.post(url, data=body, headers={"Authorization": f"Basic {credentials}", **headers}, timeout=10)


def protocol(host: StubHost, transport: str) -> winrm.protocol.Protocol:
    url = f"http://{host.endpoint.host}:{host.endpoint.port}/wsman"
    return winrm.protocol.Protocol(url, transport=transport, username=USER, password=PASSWORD)


def test_nobody_is_told_how_to_get_in(stub_host: StubHost) -> None:
    refused = post(stub_host, b"<x/>", Authorization="")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == 'Negotiate, Basic realm="WSMAN"'
    assert stub_host.onlooker.requests == 0


BODIES = [
    ("too large", b"x" * (TOO_LARGE + 1), 413, ""),
    ("far too large", b"x" * (TOO_LARGE * 2 + 1), 413, ""),
    ("not XML", b"x", 500, "2150858817"),
    ("no envelope", b"<x/>", 500, "2150858817"),
]


@pytest.mark.parametrize(("body", "status", "text"), [case[1:] for case in BODIES], ids=[case[0] for case in BODIES])
def test_bodies_that_are_refused(stub_host: StubHost, body: bytes, status: int, text: str) -> None:
    answer = post(stub_host, body)
    assert answer.status_code == status
    assert text in answer.text


@pytest.mark.parametrize("transport", ["basic", "ntlm"])
def test_a_send_as_large_as_ansibles_largest_passes(stub_host: StubHost, transport: str) -> None:
    client = protocol(stub_host, transport)
    shell = client.open_shell()
    command = client.run_command(shell, "PowerShell", ["-Command", "-"], console_mode_stdin=False)
    client.send_command_input(shell, command, b"#!" + b"x" * 333_000, end=True)
    _stdout, _stderr, code = client.get_command_output(shell, command)
    assert code == 1
    client.close_shell(shell)


def test_an_unknown_shell_is_the_fault_that_windows_gives(stub_host: StubHost) -> None:
    client = protocol(stub_host, "basic")
    with pytest.raises(winrm.exceptions.WSManFaultError) as fault:
        client.run_command("00000000-0000-0000-0000-000000000000", "x")
    assert "2150858843" in str(fault.value)


def test_clear_text_is_refused_where_messages_are_sealed(stub_host: StubHost) -> None:
    url = f"http://{stub_host.endpoint.host}:{stub_host.endpoint.port}/wsman"
    client = winrm.protocol.Protocol(url, transport="ntlm", username=USER, password=PASSWORD, message_encryption="never")
    with pytest.raises(winrm.exceptions.WinRMTransportError, match="500"):
        client.open_shell()


def test_the_answer_to_a_command_without_input_comes_at_once(stub_host: StubHost) -> None:
    client = protocol(stub_host, "basic")
    shell = client.open_shell()
    command = client.run_command(shell, "Get-Service", ["W3SVC"])
    _stdout, stderr, code = client.get_command_output(shell, command)
    assert (code, b'does not carry out the command "Get-Service W3SVC"' in stderr) == (1, True)
    assert json.dumps(PASSWORD) not in stderr.decode()
