# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole probe against farms on paper: what makes N nodes one farm, and how it is said when they are not."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.signalr import HubCall, ProbeRequest, Trouble, probe_farm
from ansible_collections.webfarm.signalr.plugins.plugin_utils.signalr.farm import RequestInvalid
from ansible_collections.webfarm.signalr.plugins.plugin_utils.signalr.port import Answer
from unit.signalr.scripted import HTTP_SYS, IIS, Node, ScriptedPort, endpoints, negotiation

HEX = "<title>Configuration Error</title><b> Parser Error Message: </b>Validation key specified has invalid hex characters.<br>"
BROKEN_KEY = {"negotiate": Answer(status=500, headers=IIS, body=HEX)}
HIDDEN = {"negotiate": Answer(status=500, headers=IIS, body="<title>Runtime Error</title><h2>Runtime Error</h2>")}
STOPPED = {"negotiate": Answer(status=503, headers=HTTP_SYS, body="<p>HTTP Error 503. The service is unavailable.</p>")}
BLOCKED = {"negotiate": Trouble.CONNECT_TIMEOUT}

A, R, X, N = "accepted", "refused", "unusable", "no_token"

#: nodes, rows of verdicts, codes of findings
FARMS: dict[str, tuple[dict[str, Node], list[list[str]], list[str]]] = {
    "one key": ({"web01": Node(), "web02": Node(), "web03": Node()}, [[A] * 3] * 3, []),
    "one node": ({"web01": Node()}, [[A]], []),
    "two keys": ({"web01": Node(), "web02": Node(key="B"), "web03": Node()}, [[A, R, A], [R, A, R], [A, R, A]], ["keys_differ"]),
    "no feature on one": ({"web01": Node(), "web02": Node(websockets=False)}, [[A] * 2] * 2, ["websockets_differ"]),
    "no feature anywhere": ({"web01": Node(websockets=False), "web02": Node(websockets=False)}, [[A] * 2] * 2, ["websockets_missing"]),
    "other algorithm": (
        {"web01": Node(), "web02": Node(key="B", mac_length=112)},
        [[A, R], [R, A]],
        ["keys_differ", "mac_differs"],
    ),
    "key cannot be used": (
        {"web01": Node(), "web02": Node(overrides=BROKEN_KEY)},
        [[A, X], [N, X]],
        ["node_not_answering"],
    ),
    "key cannot be used, reason hidden": (
        {"web01": Node(), "web02": Node(overrides=HIDDEN)},
        [[A, X], [N, X]],
        ["node_not_answering"],
    ),
    "application fails altogether": (
        {"web01": Node(), "web02": Node(overrides=HIDDEN | {"ping": Answer(status=500)})},
        [[A, "failed"], [N, "failed"]],
        ["node_not_answering"],
    ),
    "pool stopped": ({"web01": Node(), "web02": Node(overrides=STOPPED)}, [[A, "stopped"], [N, "stopped"]], ["node_not_answering"]),
    "firewall": ({"web01": Node(), "web02": Node(overrides=BLOCKED)}, [[A, "blocked"], [N, "blocked"]], ["node_not_answering"]),
    "other authentication": (
        {"web01": Node(), "web02": Node(user="CORP\\bob")},
        [[A, "identity"], ["identity", A]],
        ["identities_differ"],
    ),
    "new key at each start": (
        {"web01": Node(overrides={"connect": Answer(status=400, headers=IIS, body="The ConnectionId is in the incorrect format.")})},
        [[R]],
        ["token_refused"],
    ),
    "timeouts and versions": (
        {"web01": Node(), "web02": Node(keep_alive=60.0, version="1.4")},
        [[A] * 2] * 2,
        ["timeouts_differ", "versions_differ"],
    ),
    "path rewritten": ({"web01": Node(path="/inner/signalr")}, [[A]], ["path_differs"]),
}


def ask(nodes: dict[str, Node], **more: Any) -> tuple[dict[str, Any], ScriptedPort]:
    members = more.pop("members", {})
    port = ScriptedPort(nodes=nodes, members=members, stream_chunks=more.pop("stream_chunks", {}), frames=more.pop("frames", None))
    request = ProbeRequest(nodes=endpoints(*nodes), virtual_addresses=endpoints(*members, virtual=True), **more)
    report = asyncio.run(probe_farm(request, port, pause=_no_pause))
    assert not any(node.token() in repr(report) for node in nodes.values())
    return report.as_result(), port


async def _no_pause(_seconds: float) -> None:
    return None


def verdicts(result: dict[str, Any]) -> list[list[str]]:
    names = [node["name"] for node in result["nodes"]]
    by_pair = {(row["from"], row["to"]): row["verdict"] for row in result["matrix"]}
    return [[by_pair[source, target] for target in names] for source in names]


@pytest.mark.parametrize("name", FARMS)
def test_the_matrix_and_the_findings(name: str) -> None:
    nodes, rows, codes = FARMS[name]
    result, _port = ask(nodes)
    assert verdicts(result) == rows
    assert [finding["code"] for finding in result["findings"]] == codes
    is_one = all(verdict == A for row in rows for verdict in row) and all(one["severity"] == "warning" for one in result["findings"])
    assert result["farm_is_one"] is is_one
    assert result["summary"].startswith("The farm is one:" if is_one else "The farm is not one:")


@pytest.mark.parametrize("name", FARMS)
def test_no_token_is_in_the_result_and_every_fault_says_what_to_do(name: str) -> None:
    nodes, _rows, _codes = FARMS[name]
    result, _port = ask(nodes)
    text = json.dumps(result)
    assert not any(node.token() in text for node in nodes.values())
    assert all(row["next_step"] and row["cause"] for row in result["matrix"] if row["verdict"] != A)
    assert all(finding["next_step"] for finding in result["findings"])


def test_a_token_that_a_server_quotes_is_masked() -> None:
    node = Node()
    echo = f"<title>Odd</title><p>HTTP Error 400. No such thing as {node.token()} here.</p>"
    result, _port = ask({"web01": node, "web02": Node(overrides={"connect": Answer(status=400, body=echo)})})
    assert "No such thing as" in json.dumps(result)
    assert node.token() not in json.dumps(result)


def test_the_key_probe_only_negotiates_and_shows_tokens() -> None:
    _result, port = ask({"web01": Node(), "web02": Node(key="B")})
    assert sorted(set(port.asked)) == [(name, "GET", action) for name in ("web01", "web02") for action in ("connect", "negotiate")]
    assert len(port.asked) == 2 + 4


def test_who_holds_which_key_is_said_by_name() -> None:
    result, _port = ask(
        {"web01": Node(), "web02": Node(key="B"), "web03": Node(), "web04": Node(key="C"), "web05": Node(overrides=STOPPED)}
    )
    assert result["key_groups"] == [["web01", "web03"], ["web02"], ["web04"]]
    found = next(finding for finding in result["findings"] if finding["code"] == "keys_differ")
    assert found["what"] == "There are 3 machine keys in the farm: web01 and web03 hold one key; web02 holds one key; web04 holds one key."


def test_a_virtual_address_is_asked_often_enough_to_meet_the_odd_node() -> None:
    nodes = {"web01": Node(), "web02": Node(), "web03": Node(key="B")}
    result, port = ask(nodes, members={"chat": ["web01", "web02", "web03"]})
    rows = {(row["from"], row["to"]): row for row in result["matrix"]}
    assert rows["web01", "chat"]["verdict"] == "refused"
    assert (rows["web01", "chat"]["attempts"], rows["web01", "chat"]["failures"]) == (3, 1)
    assert rows["chat", "web03"]["failures"] == 2
    assert "behind chat" in rows["web01", "chat"]["cause"]
    assert port.asked.count(("chat", "GET", "negotiate")) == 3


def test_a_virtual_address_over_one_key_is_all_green() -> None:
    result, _port = ask({"web01": Node(), "web02": Node()}, members={"chat": ["web01", "web02"]})
    assert result["farm_is_one"] is True
    assert [node["is_virtual"] for node in result["nodes"]] == [False, False, True]


def test_a_finding_that_is_accepted_does_not_count() -> None:
    nodes = {"web01": Node(), "web02": Node(websockets=False)}
    assert ask(nodes)[0]["farm_is_one"] is False
    result, _port = ask(nodes, accept=("websockets_differ",))
    assert result["farm_is_one"] is True
    assert result["findings"][0]["severity"] == "accepted"


#: releases of web01 and web02, expected -> codes
RELEASES = [
    ("2.1.0", "2.1.0", None, []),
    ("2.1.0", "2.0.9", None, ["release_differs"]),
    ("2.1.0", "2.1.0", "2.1.0", []),
    ("2.1.0", "2.0.9", "2.1.0", ["release_unexpected"]),
    ("2.1.0", None, "2.1.0", ["release_unknown"]),
]


@pytest.mark.parametrize(("first", "second", "expected", "codes"), RELEASES)
def test_the_release_that_is_served(first: str, second: str | None, expected: str | None, codes: list[str]) -> None:
    nodes = {"web01": Node(release=first), "web02": Node(release=second)}
    result, _port = ask(nodes, release_path="release.txt", expect_release=expected)
    assert [finding["code"] for finding in result["findings"]] == codes
    assert [node["release"] for node in result["nodes"]] == [first, second]


def test_a_node_that_is_starting_is_waited_for() -> None:
    up = Node()
    starting = Node(overrides={"negotiate": [STOPPED["negotiate"], Trouble.ANSWER_TIMEOUT, Answer(status=200, body=negotiation(up))]})
    assert ask({"web01": up, "web02": starting}, wait=1.0)[0]["farm_is_one"] is False
    result, port = ask({"web01": up, "web02": starting}, wait=5.0)
    assert result["farm_is_one"] is True
    assert port.asked.count(("web02", "GET", "negotiate")) == 3
    assert port.asked.count(("web01", "GET", "negotiate")) == 1


WRONG = [
    ({"nodes": ()}, "No node is named"),
    ({"nodes": endpoints("a", "a")}, "more than once"),
    ({"nodes": endpoints("a"), "depth": "deep"}, "no depth deep"),
    ({"nodes": endpoints("a"), "accept": ("nothing",)}, "no finding nothing"),
    ({"nodes": endpoints("a"), "expect_release": "1"}, "no file names"),
]


@pytest.mark.parametrize(("arguments", "what"), WRONG)
def test_a_senseless_request_is_refused(arguments: dict[str, Any], what: str) -> None:
    with pytest.raises(RequestInvalid) as caught:
        ProbeRequest(**arguments)
    assert what in caught.value.what
    assert caught.value.next_step


INIT = '{"C":"d-1","S":1,"M":[]}'
CHUNKS = {
    "serverSentEvents": ["data: initialized\n\n", "data: {}\n\n", f"data: {INIT}\r\n\r\n"],
    "foreverFrame": ["<html><script>var r;</script>\r\n", f"<script>r(c, {INIT});</script>\r\n"],
}


def frames(sent: str) -> list[str]:
    return ["{}", INIT] if sent == "connect" else ["{}", '{"I":"0","R":"hello"}']


def test_depth_transports_takes_each_one_through_its_life() -> None:
    call = HubCall(hub="ChatHub", method="Echo", arguments=("hello",))
    result, port = ask({"web01": Node()}, depth="transports", call=call, stream_chunks=CHUNKS, frames=frames)
    assert [(row["transport"], row["step"], row["verdict"]) for row in result["transports"]] == [
        (name, "done", A) for name in ("webSockets", "serverSentEvents", "foreverFrame", "longPolling")
    ]
    assert result["farm_is_one"] is True
    assert port.asked.count(("web01", "POST", "abort")) == 4
    assert port.asked.count(("web01", "POST", "send")) == 3


#: what goes wrong -> transport, step, verdict, a piece of the cause
FAILING: dict[str, tuple[dict[str, Any], str, str, str, str]] = {
    "never initialised": (
        {"stream_chunks": {"serverSentEvents": ["data: initialized\n\n"]}},
        "serverSentEvents",
        "initialise",
        "failed",
        "backplane",
    ),
    "socket closed at once": ({"frames": lambda _sent: []}, "webSockets", "initialise", "failed", "backplane"),
    "hub fails": (
        {"frames": lambda sent: [INIT] if sent == "connect" else ['{"I":"0","E":"boom"}']},
        "webSockets",
        "call",
        "failed",
        "method failed",
    ),
    "upgrade taken away": (
        {"node": Node(overrides={"connect": Answer(status=400, body="Not a valid web socket request")})},
        "webSockets",
        "connect",
        "failed",
        "",
    ),
    "start refused": (
        {"node": Node(overrides={"start": Answer(status=200, body="<html>")})},
        "longPolling",
        "start",
        "failed",
        "something else",
    ),
    "abort fails": ({"node": Node(overrides={"abort": Answer(status=500)})}, "longPolling", "abort", "failed", "failed while it answered"),
    "not offered": ({"node": Node(websockets=False)}, "webSockets", "negotiate", "not_offered", "does not offer WebSockets"),
    "poll hangs": ({"node": Node(overrides={"connect": Trouble.ANSWER_TIMEOUT})}, "longPolling", "initialise", "silent", "backplane"),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_transport_that_fails_says_where_and_why(name: str) -> None:
    more, transport, step, verdict, cause = FAILING[name]
    more = dict(more)
    call = HubCall(hub="ChatHub", method="Echo")
    node = more.pop("node", Node())
    result, _port = ask(
        {"web01": node}, depth="transports", transports=(transport,), call=call, **({"stream_chunks": CHUNKS, "frames": frames} | more)
    )
    if name == "poll hangs":  # the key probe met the same silence
        assert result["matrix"][0]["verdict"] == "silent"
    row = result["transports"][0]
    assert (row["transport"], row["step"], row["verdict"]) == (transport, step, verdict)
    assert cause in row["cause"]
    assert row["next_step"]
