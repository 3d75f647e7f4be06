# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The port over aiohttp: HTTP and WebSocket to one endpoint at its own address, under the name of the application.

Each request opens its own connection (a virtual address must be free to choose a node each time), follows no redirect, uses no proxy from
the environment, keeps no cookie, and ends within its time.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket as sockets
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ..errors import FarmError
from ..imports import aiohttp, yarl
from .port import Answer, Call, Endpoint, NoAnswer, Trouble

__all__ = ["AioHttpPort"]

#: Most of a body that is read, in bytes; negotiate answers have about 400.
_LARGEST_BODY = 256 * 1024
#: Longest that a TCP and TLS connection may take, in seconds, whatever the answer may.
_CONNECT_SECONDS = 5.0

_TROUBLE_BY_ERRNO = {
    errno.ECONNREFUSED: Trouble.REFUSED,
    errno.EHOSTUNREACH: Trouble.NO_ROUTE,
    errno.ENETUNREACH: Trouble.NO_ROUTE,
    errno.EHOSTDOWN: Trouble.NO_ROUTE,
    errno.EACCES: Trouble.NO_ROUTE,
    errno.EPERM: Trouble.NO_ROUTE,
    errno.ETIMEDOUT: Trouble.CONNECT_TIMEOUT,
    errno.ECONNRESET: Trouble.CUT,
    errno.EPIPE: Trouble.CUT,
}


class _AskedAs:
    """A resolver that sends the application's host name to the node's own address.

    So Host, TLS' server name and the name in the certificate are all the application's, without any of them being set by hand.
    """

    def __init__(self, name: str, address: str) -> None:
        self._name = name.lower()
        self._address = address

    async def resolve(self, host: str, port: int = 0, family: int = sockets.AF_UNSPEC) -> list[dict[str, Any]]:
        wanted = self._address if host.lower() == self._name else host
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(wanted, port, type=sockets.SOCK_STREAM, family=family)
        return [
            {"hostname": host, "host": address[0], "port": port, "family": kind, "proto": number, "flags": sockets.AI_NUMERICHOST}
            for kind, _type, number, _name, address in found
        ]

    async def close(self) -> None:
        """Nothing is held open."""


class _Redirected(Exception):
    """Stops aiohttp from following a redirect during a WebSocket handshake; caught in this module."""


@dataclass
class _AioStream:
    """A response whose body is still coming."""

    answer: Answer
    _response: Any

    async def chunks(self) -> AsyncIterator[str]:
        try:
            async for data in self._response.content.iter_any():
                yield data.decode("utf-8", "replace")
        except (aiohttp.ClientError, TimeoutError, OSError) as cause:
            raise _no_answer(cause) from cause


@dataclass
class _AioSocket:
    """A WebSocket, or (without one) the answer that refused it."""

    answer: Answer
    _socket: Any = None
    _seconds: float = 0.0

    async def receive(self) -> str | None:
        try:
            async with asyncio.timeout(self._seconds):
                message = await self._socket.receive()
        except (aiohttp.ClientError, TimeoutError, OSError) as cause:
            raise _no_answer(cause) from cause
        return message.data if message.type is aiohttp.WSMsgType.TEXT else None

    async def send(self, text: str) -> None:
        try:
            await self._socket.send_str(text)
        except (aiohttp.ClientError, OSError) as cause:
            raise _no_answer(cause) from cause


class AioHttpPort:
    """Asks endpoints over the network. ``timeout``: seconds for a whole exchange; connecting gets at most five of them.

    ``ca_file`` is a PEM file of CAs to trust besides the system's. Raises :class:`FarmError` if it cannot be read.
    """

    def __init__(self, *, timeout: float = 20.0, validate_certs: bool = True, ca_file: str | None = None) -> None:
        # Less than the whole, or a connection that is not made could not be told from an answer that does not come.
        connect = min(timeout / 2, _CONNECT_SECONDS)
        self._seconds = timeout
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=connect)
        # A stream lives as long as its reader lets it; each piece of it must come within the time allowed.
        self._stream_timeout = aiohttp.ClientTimeout(total=None, connect=connect, sock_read=timeout)
        self._tls = _tls_context(validate_certs, ca_file)

    async def exchange(self, endpoint: Endpoint, call: Call) -> Answer:
        """One request and its whole answer. Raises :class:`NoAnswer`."""
        async with (
            self._session(endpoint, self._timeout) as session,
            _translated(endpoint),
            self._request(session, endpoint, call) as response,
        ):
            return _answer(response, await _body_of(response))

    @asynccontextmanager
    async def stream(self, endpoint: Endpoint, call: Call) -> AsyncIterator[_AioStream]:
        """One request whose body is read bit by bit. Raises :class:`NoAnswer`."""
        async with self._session(endpoint, self._stream_timeout) as session:
            async with _translated(endpoint):
                response = await self._request(session, endpoint, call)
            try:
                body = ""
                if response.status != 200:
                    async with _translated(endpoint):
                        body = await _body_of(response)
                yield _AioStream(_answer(response, body), response)
            finally:
                response.close()

    @asynccontextmanager
    async def socket(self, endpoint: Endpoint, call: Call) -> AsyncIterator[_AioSocket]:
        """A WebSocket handshake. Raises :class:`NoAnswer`."""
        refusals: list[Answer] = []
        async with self._session(endpoint, self._stream_timeout, refusals) as session:
            async with _translated(endpoint):
                opened = await self._handshake(session, endpoint, call, refusals)
            try:
                yield _AioSocket(refusals[0]) if opened is None else _AioSocket(_SWITCHED, opened, self._seconds)
            finally:
                if opened is not None:
                    await opened.close()

    async def _handshake(self, session: Any, endpoint: Endpoint, call: Call, refusals: list[Answer]) -> Any:
        """The open WebSocket, or None with the answer that refused it in ``refusals``."""
        # The server answers a close frame at once, or is not worth waiting for.
        patience = aiohttp.ClientWSTimeout(ws_close=2.0)
        try:
            return await session.ws_connect(_address(endpoint, call), headers=_headers(endpoint), ssl=self._tls, timeout=patience)
        except (aiohttp.WSServerHandshakeError, _Redirected) as cause:
            if not refusals:
                raise NoAnswer(Trouble.MALFORMED, "the WebSocket handshake is not valid") from cause
            return None

    def _request(self, session: Any, endpoint: Endpoint, call: Call) -> Any:
        return session.request(
            call.method,
            _address(endpoint, call),
            data=call.form,
            headers=_headers(endpoint),
            ssl=self._tls,
            allow_redirects=False,
        )

    def _session(self, endpoint: Endpoint, timeout: Any, refusals: list[Answer] | None = None) -> Any:
        resolver = _AskedAs(_name_of(endpoint), urlsplit(endpoint.url).hostname or "") if endpoint.host_header else None
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=resolver, force_close=True, limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=timeout,
            trust_env=False,
            trace_configs=[] if refusals is None else [_keeping(refusals)],
        )


_SWITCHED = Answer(status=101, reason="Switching Protocols")


def _keeping(refusals: list[Answer]) -> Any:
    """Hooks that keep the answer to a refused handshake: aiohttp drops its body, which is what says why, and would follow a redirect."""

    async def redirected(_session: Any, _context: Any, event: Any) -> None:
        refusals.append(_answer(event.response, ""))
        raise _Redirected

    async def ended(_session: Any, _context: Any, event: Any) -> None:
        if event.response.status != 101:
            refusals.append(_answer(event.response, await _body_of(event.response)))

    hooks = aiohttp.TraceConfig()
    hooks.on_request_redirect.append(redirected)
    hooks.on_request_end.append(ended)
    return hooks


def _name_of(endpoint: Endpoint) -> str:
    """The host name that is asked for, without a port."""
    return urlsplit(f"//{endpoint.host_header}").hostname or ""


def _headers(endpoint: Endpoint) -> dict[str, str]:
    return {"Host": endpoint.host_header} if endpoint.host_header else {}


def _address(endpoint: Endpoint, call: Call) -> Any:
    """The URL of one call. It is marked as encoded: nobody may unquote and quote a token again."""
    parts = urlsplit(endpoint.url)
    host = parts.netloc
    if endpoint.host_header:
        name = _name_of(endpoint)
        host = f"[{name}]" if ":" in name else name
        host += "" if parts.port is None else f":{parts.port}"
    path = "" if call.is_absolute else parts.path
    return yarl.URL(f"{parts.scheme}://{host}{path}{call.target}", encoded=True)


async def _body_of(response: Any) -> str:
    """At most the adapter's limit of a body, as text."""
    body: bytes = b""
    while len(body) < _LARGEST_BODY and (more := await response.content.read(_LARGEST_BODY - len(body))):
        body += more
    return body.decode("utf-8", "replace")


def _answer(response: Any, body: str) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(status=response.status, reason=response.reason or "", headers=headers, body=body)


def _tls_context(validate_certs: bool, ca_file: str | None) -> Any:
    """What aiohttp takes as ``ssl``: True for the system's CAs, False for none, or a context."""
    if not validate_certs:
        return False
    if ca_file is None:
        return True
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(cafile=ca_file)
    except OSError as cause:  # an ssl.SSLError is one, too
        raise FarmError(
            "The CA file cannot be read, or holds no certificate in PEM form.", where=ca_file, next_step="Give ca_file a PEM file."
        ) from cause
    return context


@asynccontextmanager
async def _translated(endpoint: Endpoint) -> AsyncIterator[None]:
    """Turns what aiohttp and the system raise into :class:`NoAnswer`."""
    try:
        yield
    except (aiohttp.ClientError, TimeoutError, OSError) as cause:
        silence = _no_answer(cause)
        if silence.trouble is Trouble.CONNECT_TIMEOUT and endpoint.url.startswith("https:") and await _takes_connections(endpoint):
            # aiohttp counts the TLS handshake in; a port that takes the connection is not behind a firewall.
            silence = NoAnswer(Trouble.TLS, "the handshake was not finished in time")
        raise silence from cause


async def _takes_connections(endpoint: Endpoint) -> bool:
    """Whether a bare TCP connection to the endpoint's own address is taken."""
    parts = urlsplit(endpoint.url)
    try:
        async with asyncio.timeout(_CONNECT_SECONDS / 2):
            _reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 443)
    except (TimeoutError, OSError):
        return False
    writer.close()
    return True


def _no_answer(cause: BaseException) -> NoAnswer:
    """The trouble behind an exception; no address and no query gets into its text."""
    if isinstance(cause, aiohttp.ClientConnectorCertificateError):
        reason = getattr(cause.certificate_error, "verify_message", "")
        return NoAnswer(Trouble.CERTIFICATE, str(reason))
    if isinstance(cause, (aiohttp.ClientSSLError, ssl.SSLError)):
        return NoAnswer(Trouble.TLS, str(getattr(getattr(cause, "os_error", cause), "reason", "") or ""))
    if isinstance(cause, aiohttp.ConnectionTimeoutError):
        return NoAnswer(Trouble.CONNECT_TIMEOUT)
    if isinstance(cause, TimeoutError) and not getattr(cause, "errno", None):
        return NoAnswer(Trouble.ANSWER_TIMEOUT)
    if isinstance(cause, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError):
        return NoAnswer(Trouble.CUT)
    if isinstance(cause, aiohttp.ClientResponseError):
        return NoAnswer(Trouble.MALFORMED)
    inner = getattr(cause, "os_error", cause)
    if isinstance(inner, sockets.gaierror):
        return NoAnswer(Trouble.NAME, str(inner.strerror or ""))
    number = getattr(inner, "errno", None)
    return NoAnswer(_TROUBLE_BY_ERRNO.get(number, Trouble.CUT), os.strerror(number)) if number else NoAnswer(Trouble.CUT)
