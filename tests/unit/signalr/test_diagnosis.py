# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Symptom -> cause -> what to do."""

from __future__ import annotations

import re

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.signalr import symptoms
from ansible_collections.webfarm.signalr.plugins.plugin_utils.signalr.diagnosis import diagnose, diagnose_silence
from ansible_collections.webfarm.signalr.plugins.plugin_utils.signalr.port import Answer, Endpoint, NoAnswer, Trouble
from ansible_collections.webfarm.signalr.plugins.plugin_utils.signalr.verdict import Ask, Verdict

WEB01 = Endpoint(name="web01", url="http://web01/signalr")
WEB02 = Endpoint(name="web02", url="http://web02/signalr")
VIP = Endpoint(name="chat", url="http://chat/signalr", is_virtual=True)
FORMAT = "The ConnectionId is in the incorrect format."
IDENTITY = "Unrecognized user identity.  The user identity cannot change during an active SignalR connection."
SOCKET = "Not a valid web socket request."
HTTP_SYS = {"server": "Microsoft-HTTPAPI/2.0"}
IIS = {"server": "Microsoft-IIS/10.0"}


def yellow(title: str, error: str = "") -> str:
    return f"<html><head><title>{title}</title></head><body><b> Parser Error Message: </b>{error or title}<br></body></html>"


def iis(number: str) -> str:
    return f"<html><head><title>IIS 10.0 Detailed Error - {number}</title></head><body><h3>HTTP Error {number}</h3></body></html>"


#: ask, token of, shown to, status, headers, body -> verdict, a piece of the cause
ANSWERS = [
    (Ask.TOKEN, WEB01, WEB02, 400, IIS, SOCKET, Verdict.ACCEPTED, ""),
    (Ask.TOKEN, WEB01, WEB02, 400, IIS, FORMAT, Verdict.REFUSED, "The machine keys of web01 and web02 differ"),
    (Ask.TOKEN, WEB01, WEB01, 400, IIS, FORMAT, Verdict.REFUSED, "web01 refuses its own token"),
    (Ask.TOKEN, VIP, VIP, 400, IIS, FORMAT, Verdict.REFUSED, "The nodes behind chat have different machine keys"),
    (Ask.TOKEN, WEB01, VIP, 400, IIS, FORMAT, Verdict.REFUSED, "At least one node behind chat has another machine key than web01"),
    (Ask.TOKEN, VIP, WEB01, 400, IIS, FORMAT, Verdict.REFUSED, "At least one node behind chat has another machine key than web01"),
    (Ask.TOKEN, WEB01, WEB02, 403, IIS, IDENTITY, Verdict.IDENTITY, "authenticate the caller differently"),
    (Ask.TOKEN, WEB01, WEB02, 400, IIS, "Protocol error: Unknown transport.", Verdict.FAILED, "does not register this transport"),
    (Ask.TOKEN, WEB01, WEB02, 400, IIS, "Protocol error: Missing connection token.", Verdict.FAILED, "query did not arrive whole"),
    (Ask.TOKEN, WEB01, WEB02, 200, IIS, SOCKET, Verdict.FAILED, "no SignalR 2 server on IIS answers"),
    (Ask.TRANSPORT, WEB01, WEB01, 400, IIS, SOCKET, Verdict.FAILED, "The Upgrade did not arrive"),
    (
        Ask.TRANSPORT,
        WEB01,
        WEB01,
        500,
        IIS,
        yellow("WebSockets is unsupported in the current application configuration."),
        Verdict.FAILED,
        "targetFramework",
    ),
    (
        Ask.NEGOTIATE,
        None,
        WEB01,
        500,
        IIS,
        yellow("Configuration Error", "Validation key specified has invalid hex characters."),
        Verdict.UNUSABLE,
        "IsolateApps",
    ),
    (
        Ask.NEGOTIATE,
        None,
        WEB01,
        500,
        IIS,
        yellow("Configuration Error", "the &#39;validation&#39; attribute must be one of these values: SHA1"),
        Verdict.UNUSABLE,
        "MD5, 3DES or AES",
    ),
    (Ask.NEGOTIATE, None, WEB01, 500, IIS, yellow("Error occurred during a cryptographic operation."), Verdict.UNUSABLE, "length"),
    (
        Ask.NEGOTIATE,
        None,
        WEB01,
        500,
        IIS,
        yellow("Configuration Error", "Failed to decrypt using provider 'RsaProtectedConfigurationProvider'."),
        Verdict.UNUSABLE,
        "encrypted",
    ),
    (Ask.NEGOTIATE, None, WEB01, 500, IIS, iis("500.19 - Internal Server Error"), Verdict.FAILED, "IIS cannot read the configuration"),
    (Ask.NEGOTIATE, None, WEB01, 500, IIS, iis("500.21 - Internal Server Error"), Verdict.FAILED, "ASP.NET is not installed"),
    (
        Ask.NEGOTIATE,
        None,
        WEB01,
        500,
        IIS,
        yellow("Configuration Error", "Root element is missing."),
        Verdict.FAILED,
        "configuration of web01",
    ),
    (Ask.NEGOTIATE, None, WEB01, 500, IIS, yellow("Runtime Error"), Verdict.FAILED, "customErrors"),
    (
        Ask.NEGOTIATE,
        None,
        WEB01,
        500,
        IIS,
        yellow("Could not load file or assembly 'Microsoft.Owin, Version=2.1.0.0'"),
        Verdict.FAILED,
        "binding redirect",
    ),
    (Ask.NEGOTIATE, None, WEB01, 500, IIS, yellow("'chat' Hub could not be resolved."), Verdict.FAILED, "no hub of this name"),
    (Ask.NEGOTIATE, None, WEB01, 500, {}, "", Verdict.FAILED, "failed while it answered"),
    (Ask.NEGOTIATE, None, WEB01, 503, HTTP_SYS, "", Verdict.STOPPED, "application pool of web01 is stopped"),
    (Ask.NEGOTIATE, None, WEB01, 503, IIS, "<p>Back soon.</p>", Verdict.STOPPED, "App_Offline.htm"),
    (Ask.NEGOTIATE, None, VIP, 503, {}, "", Verdict.STOPPED, "no healthy member for chat"),
    (Ask.NEGOTIATE, None, VIP, 503, HTTP_SYS, "", Verdict.STOPPED, "application pool of chat is stopped"),
    (Ask.NEGOTIATE, None, VIP, 502, {}, "", Verdict.UNREACHABLE, "no answer from the node behind it"),
    (
        Ask.NEGOTIATE,
        None,
        WEB01,
        400,
        HTTP_SYS,
        "<TITLE>Bad Request</TITLE><h2>Bad Request - Invalid Hostname</h2>",
        Verdict.HOST_UNKNOWN,
        "binding for the host name",
    ),
    (Ask.NEGOTIATE, None, WEB01, 404, HTTP_SYS, "", Verdict.NOT_FOUND, "site is missing or stopped"),
    (Ask.NEGOTIATE, None, WEB01, 404, IIS, yellow("The resource cannot be found."), Verdict.NOT_FOUND, "SignalR is not mapped"),
    (Ask.TOKEN, WEB01, WEB02, 404, IIS, iis("404.15 - Not Found"), Verdict.NOT_FOUND, "maxQueryString"),
    (Ask.NEGOTIATE, None, WEB01, 401, IIS, "", Verdict.LOGIN, "log on first"),
    (Ask.NEGOTIATE, None, WEB01, 302, {"location": "/Account/Login?ReturnUrl=%2f"}, "", Verdict.LOGIN, "log on first"),
    (Ask.NEGOTIATE, None, WEB01, 301, {"location": "https://web01/signalr"}, "", Verdict.NOT_SIGNALR, "redirects"),
    (Ask.NEGOTIATE, None, WEB01, 403, IIS, iis("403.6 - Forbidden"), Verdict.FORBIDDEN, "IP restriction"),
    (Ask.NEGOTIATE, None, WEB01, 405, {}, "", Verdict.NOT_SIGNALR, "ASP.NET Core SignalR"),
    (Ask.NEGOTIATE, None, WEB01, 418, {}, "", Verdict.FAILED, "no SignalR 2 server on IIS answers"),
]
SILENCES = {
    Trouble.NAME: Verdict.UNREACHABLE,
    Trouble.REFUSED: Verdict.UNREACHABLE,
    Trouble.NO_ROUTE: Verdict.UNREACHABLE,
    Trouble.CONNECT_TIMEOUT: Verdict.BLOCKED,
    Trouble.ANSWER_TIMEOUT: Verdict.SILENT,
    Trouble.CUT: Verdict.UNREACHABLE,
    Trouble.CERTIFICATE: Verdict.FAILED,
    Trouble.TLS: Verdict.FAILED,
    Trouble.MALFORMED: Verdict.FAILED,
}


@pytest.mark.parametrize("case", ANSWERS, ids=[f"{case[3]}-{case[6].value}-{case[7][:30]}" for case in ANSWERS])
def test_an_answer_has_a_cause_and_a_next_step(case: tuple) -> None:
    ask, holder, endpoint, status, headers, body, verdict, cause = case
    found = diagnose(Answer(status=status, headers=headers, body=body), ask=ask, endpoint=endpoint, holder=holder)
    assert found.verdict is verdict
    assert found.status == status
    assert cause in found.cause
    assert bool(found.cause) == bool(found.next_step) == (verdict is not Verdict.ACCEPTED)


@pytest.mark.parametrize("trouble", Trouble, ids=lambda trouble: trouble.name)
def test_a_silence_has_a_verdict_and_a_firewall_one_of_its_own(trouble: Trouble) -> None:
    found = diagnose_silence(NoAnswer(trouble), endpoint=WEB01)
    assert found.verdict is SILENCES[trouble]
    assert found.status is None
    assert "web01" in found.cause
    assert found.next_step


def test_every_row_of_the_table_is_tried_above() -> None:
    tried = " ".join(
        diagnose(Answer(status=case[3], headers=case[4], body=case[5]), ask=case[0], endpoint=case[2], holder=case[1]).cause
        for case in ANSWERS
    )
    for rule in symptoms.RULES:
        fixed = max(re.split(r"\{\w+\}", rule.cause), key=len)
        assert fixed in tried, f"no case for: {rule.cause}"
