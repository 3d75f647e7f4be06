# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request inside an application, taken apart once."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aiohttp import web

from .query import Parameters

_VERSION = re.compile(r"\d+(\.\d+){1,3}")
MINIMUM, MAXIMUM = (1, 2), (2, 0)
DELAYED_START = (1, 4)


@dataclass
class Call:
    """`base` is the mapped part of the path as it was mapped, `rest` what follows as it was asked for."""

    request: web.BaseRequest
    base: str
    rest: str
    query: Parameters
    user: str
    form: Parameters

    def is_action(self, name: str) -> bool:
        """Actions are the end of the path, whatever the case."""
        return (self.base + self.rest).casefold().endswith("/" + name)

    @property
    def transport(self) -> str:
        """The transport asked for, or nothing."""
        return self.query.get("transport") or ""

    @property
    def callback(self) -> str | None:
        """The JSONP function; an empty one is none."""
        return self.query.get("callback") or None

    @property
    def protocol(self) -> str:
        """The client's protocol version, clamped to what this server speaks; what .NET's Version cannot read counts as the oldest."""
        text = self.query.get("clientProtocol") or ""
        if not _VERSION.fullmatch(text):
            return "1.2"
        version = tuple(int(part) for part in text.split("."))
        return "1.2" if version < MINIMUM else "2.0" if version > MAXIMUM else text

    @property
    def has_delayed_start(self) -> bool:
        """Whether OnConnected waits for /start."""
        return tuple(int(part) for part in self.protocol.split(".")) >= DELAYED_START

    def query_or_form(self, name: str) -> str | None:
        """longPolling sends its cursor and groups in the query or the body."""
        return self.query.get(name) or self.form.get(name)


async def read_form(request: web.BaseRequest) -> Parameters:
    """The form body; empty without one."""
    body = await request.read() if request.can_read_body else b""
    return Parameters(body.decode("utf-8", errors="replace"), delimiters="&")
