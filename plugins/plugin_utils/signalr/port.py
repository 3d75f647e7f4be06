# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the core asks of the outside: one exchange, one stream, one WebSocket; and what may go wrong before there is an answer.

The adapter over aiohttp is in ``http.py``; unit tests bring a scripted peer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol
from urllib.parse import urlsplit

from ..errors import FarmError

__all__ = ["Answer", "Call", "Endpoint", "EndpointInvalid", "HttpPort", "NoAnswer", "Socket", "Stream", "Trouble"]


class EndpointInvalid(FarmError):
    """An address that cannot be asked: not http or https, no host, or a query in it."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One address of the SignalR application: a node's own, or a virtual one.

    ``url`` is that of the hub connection, such as ``http://10.0.0.11/chat/signalr``. With ``host_header`` the node is connected to at the
    address in ``url`` but asked as ``host_header`` (in Host, in TLS' server name and in the certificate), as a balancer would do it.
    """

    name: str
    url: str
    host_header: str | None = None
    is_virtual: bool = False

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment
            usable = usable and (parts.port is None or parts.port > 0) and parts.username is None
        except ValueError:
            usable = False
        if not usable:
            raise EndpointInvalid(
                "The address is not one of an http or https site, or has a query or a user name in it.",
                where=self.name,
                next_step="Give the URL of the hub connection, such as http://10.0.0.11/chat/signalr.",
            )
        object.__setattr__(self, "url", self.url.rstrip("/"))

    @property
    def path(self) -> str:
        """The path that clients use, such as ``/chat/signalr``."""
        return urlsplit(self.url).path


@dataclass(frozen=True, kw_only=True)
class Call:
    """One HTTP request below an endpoint's URL. ``target`` may hold a token and stays out of the repr.

    ``is_absolute`` puts the target at the root of the host instead (a file of the application, say).
    """

    target: str = field(repr=False)
    method: str = "GET"
    form: Mapping[str, str] | None = field(default=None, repr=False)
    is_absolute: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One complete answer. Header names are lower case; ``body`` is decoded text, cut at the adapter's limit."""

    status: int
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: str = field(default="", repr=False)


class Trouble(Enum):
    """Why there is no answer."""

    NAME = "the name could not be resolved"
    REFUSED = "the connection was refused"
    NO_ROUTE = "there is no route to the host"
    CONNECT_TIMEOUT = "no connection within the time allowed"
    ANSWER_TIMEOUT = "connected, but no answer within the time allowed"
    CUT = "the connection was closed without an answer"
    CERTIFICATE = "the certificate was not accepted"
    TLS = "the TLS handshake failed"
    MALFORMED = "the answer is not HTTP"


class NoAnswer(FarmError):
    """The peer gave no (complete) answer. ``detail`` is the operating system's or library's short word for it, never an address' query."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        self.trouble = trouble
        self.detail = detail
        super().__init__(f"{trouble.value} ({detail})" if detail else trouble.value)


class Stream(Protocol):
    """An answer whose body is read as it comes."""

    answer: Answer

    def chunks(self) -> AsyncIterator[str]:
        """Pieces of the body as they arrive; ends when the server ends it. Raises :class:`NoAnswer`."""


class Socket(Protocol):
    """A WebSocket after its handshake, or ``answer`` with the status that refused it (101 when there is a socket)."""

    answer: Answer

    async def receive(self) -> str | None:
        """The next text frame, or None when the peer closed. Raises :class:`NoAnswer`."""

    async def send(self, text: str) -> None:
        """Send one text frame."""


class HttpPort(Protocol):
    """Speaks HTTP to endpoints. Follows no redirect, uses no proxy, waits no longer than its time allowed."""

    async def exchange(self, endpoint: Endpoint, call: Call) -> Answer:
        """One request and its whole answer. Raises :class:`NoAnswer`."""

    def stream(self, endpoint: Endpoint, call: Call) -> AbstractAsyncContextManager[Stream]:
        """One request whose body is read bit by bit. Raises :class:`NoAnswer`."""

    def socket(self, endpoint: Endpoint, call: Call) -> AbstractAsyncContextManager[Socket]:
        """A WebSocket handshake. Raises :class:`NoAnswer`."""
