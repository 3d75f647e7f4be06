# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrix as a person sees it in a terminal."""

from __future__ import annotations

import asyncio
import re

from ansible_collections.webfarm.signalr.plugins.plugin_utils.signalr import ProbeRequest, probe_farm, render_matrix
from unit.signalr.scripted import Node, ScriptedPort, endpoints


def rendered(nodes: dict[str, Node], **more: object) -> str:
    report = asyncio.run(probe_farm(ProbeRequest(nodes=endpoints(*nodes)), ScriptedPort(nodes=nodes)))
    return render_matrix(report.as_result(), **more)  # type: ignore[arg-type]


def test_a_broken_farm() -> None:
    assert rendered({"web01": Node(), "web02": Node(key="B")}, title="Before", width=100) == (
        "Before\n"
        "token of \\ shown to | web01    | web02\n"
        "--------------------+----------+---------\n"
        "web01               | accepted | REFUSED\n"
        "web02               | REFUSED  | accepted\n"
        '  400 "The ConnectionId is in the incorrect format."\n'
        "    web01 -> web02, web02 -> web01\n"
        "  fault: There are 2 machine keys in the farm: web01 holds one key; web02 holds one key.\n"
        "    -> Give every node the same explicit machineKey (role farm_machine_key).\n"
        "The farm is not one. 2 of 4 token checks accepted.\n"
    )


def test_colour_changes_nothing_but_colour() -> None:
    nodes = {"web01": Node(), "web02": Node(key="B")}
    plain, coloured = rendered(nodes), rendered(nodes, colour=True)
    assert "\x1b" not in plain
    assert "\x1b[31mREFUSED" in coloured
    assert re.sub(r" +\n", "\n", re.sub(r"\x1b\[\d+m", "", coloured)) == plain


def test_a_big_farm_lists_only_what_is_wrong() -> None:
    nodes = {f"web{number:02}": Node(key="B" if number == 7 else "A") for number in range(1, 21)}
    text = rendered(nodes)
    assert "token of" not in text
    assert "web01 -> web07" in text
    assert "362 of 400 token checks accepted." in text
    assert max(map(len, text.splitlines())) <= 110 or "machine keys" in text


def test_transports_are_listed_by_node() -> None:
    nodes = {"web01": Node(websockets=False)}
    request = ProbeRequest(nodes=endpoints(*nodes), depth="transports", transports=("webSockets", "serverSentEvents", "longPolling"))
    report = asyncio.run(probe_farm(request, ScriptedPort(nodes=nodes)))
    text = render_matrix(report.as_result())
    assert "  web01: webSockets not offered, serverSentEvents FAILS at initialise, longPolling works\n" in text


def test_a_good_farm_is_said_to_be_one() -> None:
    assert rendered({"web01": Node(), "web02": Node()}).endswith("The farm is one. 4 of 4 token checks accepted.\n")
