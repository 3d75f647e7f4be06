# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Complete HTTP answers, and the headers that IIS, ASP.NET and SignalR put on theirs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import NoReturn

from aiohttp import web

IIS_HEADERS = {"Server": "Microsoft-IIS/10.0", "X-Powered-By": "ASP.NET"}
ASPNET_HEADERS = IIS_HEADERS | {"X-AspNet-Version": "4.0.30319", "Cache-Control": "private"}
SIGNALR_HEADERS = ASPNET_HEADERS | {
    "Cache-Control": "no-cache",
    "Pragma": "no-cache",
    "Expires": "-1",
    "X-Content-Type-Options": "nosniff",
}
JSON = "application/json; charset=UTF-8"
JAVASCRIPT = "application/javascript; charset=UTF-8"


@dataclass(frozen=True)
class Answer:
    """One answer that is sent at once; `chunked` as ASP.NET does when nothing is buffered."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    chunked: bool = False
    reason: str | None = None

    def with_headers(self, more: dict[str, str]) -> Answer:
        """The same answer with further headers."""
        return Answer(self.status, self.headers | more, self.body, self.chunked, self.reason)

    async def send(self, request: web.BaseRequest) -> web.StreamResponse:
        """Writes the answer."""
        response = web.StreamResponse(status=self.status, reason=self.reason, headers=self.headers)
        # A client of HTTP/1.0 gets the body until the connection closes.
        if self.chunked and request.version >= (1, 1):
            response.enable_chunked_encoding()
        elif not self.chunked:
            response.content_length = len(self.body)
        await response.prepare(request)
        if self.body and request.method != "HEAD":
            await response.write(self.body)
        await response.write_eof()
        return response


def text(body: str, content_type: str = "text/html", status: int = 200) -> Answer:
    """What SignalR writes itself; its error sentences set no type, so ASP.NET's shows."""
    return Answer(status, SIGNALR_HEADERS | {"Content-Type": content_type}, body.encode(), chunked=True)


def empty(status: int = 200, content_type: str | None = None) -> Answer:
    """SignalR's answer without a body."""
    return Answer(status, SIGNALR_HEADERS | ({"Content-Type": content_type} if content_type else {}))


def cut(request: web.BaseRequest) -> NoReturn:
    """Ends the connection in the middle, as ASP.NET does when an answer under way cannot be finished."""
    if request.transport is not None:
        request.transport.abort()
    # What aiohttp raises in a handler whose client has gone; anything else it would log as a bug.
    raise asyncio.CancelledError("cut by the server")
