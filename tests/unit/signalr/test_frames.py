# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Channels that arrive in pieces, wherever the network cuts them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.signalr.frames import READERS
from ansible_collections.webfarm.signalr.plugins.plugin_utils.signalr.protocol import is_initialised

TEXTS = {
    "serverSentEvents": 'data: initialized\n\ndata: {"C":"d-1","S":1,"M":[]}\r\n\r\ndata: {}\n\ndata: {"C":"d-2","M":["a"]}\r\n\r\n',
    "foreverFrame": (
        "<!DOCTYPE html><html><head><script>var $ = 1;</script></head><body>\r\n"
        '<script>r(c, {"C":"d-1","S":1,"M":[]});</script>\r\n<script>r(c, {});</script>\n\n<script>r(c, {"C":"d-2","M":["a"]});</script>\r\n'
    ),
}
EXPECTED = [{"C": "d-1", "S": 1, "M": []}, {}, {"C": "d-2", "M": ["a"]}]


@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
@pytest.mark.parametrize("transport", TEXTS)
def test_envelopes_come_out_whole(transport: str, size: int) -> None:
    text = TEXTS[transport]
    reader = READERS[transport]()
    found = [envelope for start in range(0, len(text), size) for envelope in reader.feed(text[start : start + size])]
    assert found == EXPECTED


INIT = '{"C":"d-1","S":1,"M":[]}'


@pytest.mark.parametrize("text", [INIT, f"   {INIT}"])
@pytest.mark.parametrize("transport", ["longPolling", "webSockets"])
def test_a_message_in_one_piece(transport: str, text: str) -> None:
    assert READERS[transport]().feed(text) == [EXPECTED[0]]


def test_an_endless_channel_is_not_kept() -> None:
    reader = READERS["serverSentEvents"]()
    for _piece in range(40):
        reader.feed("x" * 100_000)
    assert reader.feed('\ndata: {"S":1,"M":[]}\n') == [{"S": 1, "M": []}]


@pytest.mark.parametrize("transport", ["serverSentEvents", "foreverFrame"])
def test_what_microsofts_server_sends_is_understood(golden: Path, transport: str) -> None:
    scene = json.loads((golden / "signalr" / "transcripts" / f"connect-{transport}.json").read_text("utf-8"))
    stream = next(step["stream"] for step in scene["steps"] if step["step"] == "open")
    chunks = [chunk["text"] for step in scene["steps"] if step["step"] == "read" and step["stream"] == stream for chunk in step["chunks"]]
    reader = READERS[transport]()
    envelopes = [envelope for chunk in chunks for envelope in reader.feed(chunk)]
    assert is_initialised(envelopes[0])
    assert envelopes[1]["M"][0]["A"][1] == "<b>hi</b>"
