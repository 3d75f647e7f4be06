# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One listening request: what the four transports have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from aiohttp import web

from .answers import SIGNALR_HEADERS, cut
from .envelope import Envelope
from .options import Timeouts

if TYPE_CHECKING:
    from .call import Call
    from .receiver import Receiver

LARGEST_ENVELOPE = 10
# How long a lost connection may be away beyond the disconnect timeout, seconds.
DISCONNECT_THRESHOLD = 5.0


class Channel:
    """One listening request of a transport. `answers_once` is longPolling's way: one envelope, then the end."""

    batch: ClassVar[int] = LARGEST_ENVELOPE
    answers_once: ClassVar[bool] = False
    takes_data_from_query: ClassVar[bool] = False
    reads_form: ClassVar[bool] = False
    content_type = "text/html"

    def __init__(self, call: Call, timeouts: Timeouts) -> None:
        self.call = call
        self.timeouts = timeouts
        self.response = web.StreamResponse()

    @property
    def threshold(self) -> float:
        """Seconds after the disconnect timeout before a lost connection counts as gone."""
        return DISCONNECT_THRESHOLD

    def check(self) -> None:
        """Refuses a request before anything is sent."""

    async def open(self, receiver: Receiver) -> None:
        """Sends the head and the transport's first bytes."""
        self.response = web.StreamResponse(headers=SIGNALR_HEADERS | {"Content-Type": self.content_type})
        if self.call.request.version >= (1, 1):
            self.response.enable_chunked_encoding()
        await self.response.prepare(self.call.request)

    async def write(self, envelope: Envelope) -> None:
        """Sends an envelope."""
        raise TypeError(f"{type(self).__name__} cannot write")

    async def keep_alive(self) -> None:
        """Sends what tells proxies and clients that the connection lives."""
        raise TypeError(f"{type(self).__name__} has no keep-alive")

    async def end(self, envelope: Envelope) -> None:
        """Ends the request; only longPolling says something on the way."""
        await self.response.write_eof()

    async def fail(self) -> None:
        """Ends it after an exception: the head is out, so the connection is cut."""
        cut(self.call.request)
