# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The protocol as data: what a negotiate answer holds, what the probe's URLs look like."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.signalr import protocol
from ansible_collections.webfarm.signalr.plugins.plugin_utils.signalr.port import Endpoint, EndpointInvalid

NOT_NEGOTIATE = [
    ("", "it is empty"),
    ("<html>Log on</html>", "it is no JSON object"),
    ("[1]", "it is no JSON object"),
    ("{}", "it has no ConnectionToken"),
    ('{"connectionId":"x","availableTransports":[{"transport":"WebSockets"}]}', "ASP.NET Core SignalR"),
    ('{"ProtocolVersion":"2.0","RedirectUrl":"https://x.service.signalr.net","AccessToken":"a"}', "Azure SignalR Service"),
    ('{"ConnectionToken":"a","DisconnectTimeout":"soon"}', "DisconnectTimeout is no number"),
]
WRONG_ADDRESSES = [
    "ftp://web01/signalr",
    "web01/signalr",
    "http:///signalr",
    "http://web01/signalr?x=1",
    "http://u:p@web01/",
    "http://web01:0/s",
]
#: Computed from IV, ciphertext of 37 bytes and MAC.
LENGTHS = [(112, "SHA1 with AES"), (172, "HMACSHA512 with AES"), (108, "HMACSHA256 with DES or 3DES"), (129, None)]


@pytest.mark.parametrize(("body", "reason"), NOT_NEGOTIATE)
def test_what_is_not_a_negotiate_answer_is_named(body: str, reason: str) -> None:
    with pytest.raises(protocol.NotSignalR) as caught:
        protocol.parse_negotiate(body)
    assert reason in caught.value.reason


def test_a_negotiate_answer_is_read_and_its_token_never_shown() -> None:
    body = (
        '{"Url":"/chat/signalr","ConnectionToken":"to+ken/=","ConnectionId":"x","KeepAliveTimeout":null,"DisconnectTimeout":30.0,'
        '"ConnectionTimeout":110.0,"TryWebSockets":false,"ProtocolVersion":"1.5","TransportConnectTimeout":5.0,"LongPollDelay":0.0}'
    )
    found = protocol.parse_negotiate(body)
    assert (found.url, found.token, found.try_websockets, found.keep_alive) == ("/chat/signalr", "to+ken/=", False, None)
    assert found.timeouts["ConnectionTimeout"] == 110.0
    assert "to+ken" not in repr(found)


def test_microsofts_answer_is_read(golden: Path) -> None:
    recorded = json.loads((golden / "signalr" / "negotiate.json").read_text("utf-8"))
    found = protocol.parse_negotiate(recorded["example"])
    assert found.token_length == 128
    assert protocol.mac_by_token_length(found.token_length) == "HMACSHA256 with AES (or HMACSHA384 with DES or 3DES)"
    assert found.timeouts == {
        name: next(field["default"] for field in recorded["fields"] if field["name"] == name) for name in found.timeouts
    }


@pytest.mark.parametrize(("length", "mac"), LENGTHS)
def test_the_length_of_a_token_reveals_its_mac(length: int, mac: str | None) -> None:
    assert protocol.mac_by_token_length(length) == mac


def test_tokens_are_quoted_whole() -> None:
    assert protocol.key_probe_target("a+b/c=") == "/connect?transport=webSockets&connectionToken=a%2Bb%2Fc%3D"
    assert protocol.negotiate_target() == "/negotiate?clientProtocol=1.5"
    started = protocol.transport_target("start", "longPolling", "t", hub="ChatHub")
    assert (
        started == "/start?transport=longPolling&clientProtocol=1.5&connectionToken=t&connectionData=%5B%7B%22name%22%3A%22chathub%22%7D%5D"
    )


@pytest.mark.parametrize("url", WRONG_ADDRESSES)
def test_an_address_that_cannot_be_asked_is_refused(url: str) -> None:
    with pytest.raises(EndpointInvalid) as caught:
        Endpoint(name="web01", url=url)
    assert "web01" in str(caught.value)
    assert "u:p" not in str(caught.value)
