# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""serverSentEvents, foreverFrame and longPolling: how each writes what it has to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .answers import JAVASCRIPT, JSON
from .channel import Channel
from .envelope import Envelope
from .pages import DotNetError

if TYPE_CHECKING:
    from .receiver import Receiver

LARGEST_POLL = 5000
_FRAME = """<!DOCTYPE html><html><head><title>SignalR Forever Frame Transport Stream</title>\r
<script>\r
    var $ = window.parent.jQuery,\r
        ff = $ ? $.signalR.transports.foreverFrame : null,\r
        c =  ff ? ff.getConnection('%d') : null,\r
        r = ff ? ff.receive : function() {};\r
    ff ? ff.started(c) : '';</script></head><body>\r
"""


class ServerSentEvents(Channel):
    """`text/event-stream`."""

    content_type = "text/event-stream"

    async def open(self, receiver: Receiver) -> None:
        await super().open(receiver)
        await self.response.write(b"data: initialized\n\n")

    async def write(self, envelope: Envelope) -> None:
        await self.response.write(f"data: {envelope.to_json()}\r\n\r\n".encode())

    async def keep_alive(self) -> None:
        await self.response.write(b"data: {}\n\n")


class ForeverFrame(Channel):
    """An endless page of script elements for old browsers."""

    content_type = "text/html; charset=UTF-8"

    def check(self) -> None:
        """The frame's number must be an unsigned 32-bit number."""
        frame = self.call.query.get("frameId") or ""
        if not (frame.isascii() and frame.isdigit() and int(frame) < 2**32):
            raise DotNetError("The supplied frameId is in the incorrect format.")

    async def open(self, receiver: Receiver) -> None:
        await super().open(receiver)
        await self.response.write((_FRAME % int(self.call.query.get("frameId") or "0")).encode())

    async def write(self, envelope: Envelope) -> None:
        escaped = envelope.to_json().replace("<", "\\u003c").replace(">", "\\u003e")
        await self.response.write(f"<script>r(c, {escaped});</script>\r\n".encode())

    async def keep_alive(self) -> None:
        await self.response.write(b"<script>r(c, {});</script>\n\n")


class LongPolling(Channel):
    """One request, one envelope."""

    batch = LARGEST_POLL
    answers_once = True
    takes_data_from_query = True
    reads_form = True

    @property
    def content_type(self) -> str:  # type: ignore[override]
        return JAVASCRIPT if self.call.callback else JSON

    @property
    def threshold(self) -> float:
        return self.timeouts.long_poll_delay

    async def write(self, envelope: Envelope) -> None:
        body = envelope.to_json()
        await self.response.write((f"{self.call.callback}({body});" if self.call.callback else body).encode())

    async def keep_alive(self) -> None:
        if not self.call.callback:
            await self.response.write(b" ")

    async def end(self, envelope: Envelope) -> None:
        await self.write(envelope)
        await super().end(envelope)
