# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The receive channels as data: text that arrives in pieces, turned into envelopes (JSON objects), transport by transport.

Framing after SignalR's Transports/ServerSentEventsTransport.cs, ForeverFrameTransport.cs, LongPollingTransport.cs and WebSocketTransport.cs.
"""

from __future__ import annotations

import re
from typing import Any, Protocol

from .protocol import parse_json_object

__all__ = ["READERS", "ChannelReader"]

#: A channel that sends this much without an envelope is not SignalR's (characters).
_LONGEST = 1_000_000


class ChannelReader(Protocol):
    """Takes what arrives, gives the envelopes that are complete by now. Keep-alives come out as empty dicts."""

    def feed(self, text: str) -> list[dict[str, Any]]:
        """Add ``text``; returns what it completed."""


class _Splitting:
    """Cuts at a separator and parses the pieces between."""

    def __init__(self, piece: re.Pattern[str]) -> None:
        self._piece = piece
        self._rest = ""

    def feed(self, text: str) -> list[dict[str, Any]]:
        self._rest = (self._rest + text)[-_LONGEST:]
        found: list[dict[str, Any]] = []
        end = 0
        for match in self._piece.finditer(self._rest):
            end = match.end()
            envelope = parse_json_object(match["json"])
            if envelope is not None:
                found.append(envelope)
        self._rest = self._rest[end:]
        return found


class _Whole:
    """A long poll's body, or a WebSocket's frame: one envelope in one piece (long polls put spaces in front of it)."""

    def feed(self, text: str) -> list[dict[str, Any]]:
        envelope = parse_json_object(text)
        return [] if envelope is None else [envelope]


def _server_sent_events() -> ChannelReader:
    # The first event is `data: initialized`, which is no JSON and falls through.
    return _Splitting(re.compile(r"^data: (?P<json>[^\r\n]*)\r?\n", re.MULTILINE))


def _forever_frame() -> ChannelReader:
    return _Splitting(re.compile(r"<script>r\(c, (?P<json>.*?)\);</script>", re.DOTALL))


#: How to read the channel of each transport; a reader serves one connection.
READERS = {
    "serverSentEvents": _server_sent_events,
    "foreverFrame": _forever_frame,
    "longPolling": _Whole,
    "webSockets": _Whole,
}
