# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One real connection per transport: negotiate, connect, wait for the initialisation, start, call a hub if one is named, abort.

Unlike the key probe this has consequences: a hub that is named runs OnConnected and OnDisconnected, and its method.
The initialisation message travels through the message bus, so a backplane that is down shows here and nowhere before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from ..redact import mask_blobs
from . import protocol
from .diagnosis import Ask, Diagnosis, Verdict, diagnose, diagnose_silence
from .frames import READERS
from .port import Answer, Call, Endpoint, HttpPort, NoAnswer, Trouble
from .probe import negotiate

__all__ = ["HubCall", "TransportResult", "try_transport"]

#: A channel that brought this many messages without the one that is waited for will not bring it.
_MOST_MESSAGES = 200
#: Any unsigned number: the server writes it into the page that a browser would load.
_FRAME_ID = "1"


@dataclass(frozen=True, kw_only=True)
class HubCall:
    """A hub to connect to, and a method of it to call (none: connect only)."""

    hub: str
    method: str | None = None
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TransportResult:
    """How far a connection came. ``step`` is the last one tried: negotiate, connect, initialise, start, call, abort or done."""

    endpoint: Endpoint
    transport: str
    step: str
    diagnosis: Diagnosis

    @property
    def is_good(self) -> bool:
        """Whether the whole connection worked."""
        return self.diagnosis.is_good


class _Stopped(Exception):
    """The connection ended before it was done; carries why. Never leaves this module."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        self.diagnosis = diagnosis
        super().__init__(diagnosis.cause)


@dataclass
class _Connection:
    """One connection under way; ``step`` says where it is."""

    port: HttpPort
    endpoint: Endpoint
    transport: str
    call: HubCall | None
    token: str = field(default="", repr=False)
    step: str = "negotiate"

    @property
    def hub(self) -> str | None:
        return self.call.hub if self.call else None

    def request(self, action: str, *, method: str = "GET", form: dict[str, str] | None = None, **more: str) -> Call:
        target = protocol.transport_target(action, self.transport, self.token, hub=self.hub, **more)
        return Call(target=target, method=method, form=form)

    def judge(self, answer: Answer, is_right: Callable[[str], bool] = lambda _body: True) -> None:
        """Stop unless ``answer`` is a success and its body is as it should be."""
        if answer.status != 200:
            raise _Stopped(diagnose(answer, ask=Ask.TRANSPORT, endpoint=self.endpoint, holder=self.endpoint))
        if not is_right(answer.body):
            raise _Stopped(
                Diagnosis(
                    verdict=Verdict.FAILED,
                    status=answer.status,
                    cause=f"{self.endpoint.name} answered {self.step} with something else than SignalR does.",
                    next_step="Look for a proxy, cache or login page that answers in the application's place.",
                )
            )


@dataclass
class _Channel:
    """The receive side: envelopes as they come; ``send`` only where the transport has a way of its own."""

    envelopes: AsyncIterator[dict[str, Any]]
    send: Callable[[str], Any] | None = None


async def try_transport(
    port: HttpPort, endpoint: Endpoint, transport: str, *, call: HubCall | None = None, deadline: float = 30.0
) -> TransportResult:
    """Take one connection of ``transport`` through its whole life, within ``deadline`` seconds. Raises nothing but programming errors."""
    connection = _Connection(port, endpoint, transport, call)
    try:
        async with asyncio.timeout(deadline):
            await _live(connection)
        diagnosis = Diagnosis(verdict=Verdict.ACCEPTED, status=200)
    except _Stopped as stopped:
        diagnosis = stopped.diagnosis
    except NoAnswer as silence:
        diagnosis = _silent(connection, silence)
    except TimeoutError:
        diagnosis = _silent(connection, NoAnswer(Trouble.ANSWER_TIMEOUT))
    return TransportResult(endpoint=endpoint, transport=transport, step=connection.step, diagnosis=diagnosis)


async def _live(connection: _Connection) -> None:
    reading = await negotiate(connection.port, connection.endpoint, hub=connection.hub)
    if reading.first is None:
        raise _Stopped(reading.diagnosis)
    if connection.transport == "webSockets" and not reading.first.try_websockets:
        raise _Stopped(_not_offered(connection.endpoint))
    connection.token = reading.first.token
    connection.step = "connect"
    async with _OPENERS[connection.transport](connection) as channel:
        connection.step = "initialise"
        await _wait_for(connection, channel, protocol.is_initialised)
        connection.step = "start"
        connection.judge(await connection.port.exchange(connection.endpoint, connection.request("start")), protocol.is_started)
        if connection.call and connection.call.method:
            connection.step = "call"
            await _call_hub(connection, channel, connection.call)
        connection.step = "abort"
        connection.judge(await connection.port.exchange(connection.endpoint, connection.request("abort", method="POST", form={})))
    connection.step = "done"


async def _wait_for(connection: _Connection, channel: _Channel, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    seen = 0
    async for envelope in channel.envelopes:
        if is_it(envelope):
            return envelope
        seen += 1
        if seen >= _MOST_MESSAGES:
            break
    raise _Stopped(_never_came(connection))


async def _call_hub(connection: _Connection, channel: _Channel, call: HubCall) -> None:
    text = protocol.hub_call(call.hub, str(call.method), list(call.arguments))
    if channel.send is not None:
        await channel.send(text)
        result = await _wait_for(connection, channel, lambda envelope: envelope.get("I") == "0")
    else:
        answer = await connection.port.exchange(connection.endpoint, connection.request("send", method="POST", form={"data": text}))
        connection.judge(answer, lambda body: "I" in (protocol.parse_json_object(body) or {}))
        result = protocol.parse_json_object(answer.body) or {}
    if "E" in result:
        raise _Stopped(
            Diagnosis(
                verdict=Verdict.FAILED,
                status=200,
                said=mask_blobs(str(result["E"]))[:300],
                cause=f"The hub's method failed on {connection.endpoint.name}; if it sends to other clients, the backplane may be down.",
                next_step="Call the method with fitting arguments; compare with the other nodes; look at the backplane.",
            )
        )


# -- one way to open the channel per transport


@asynccontextmanager
async def _open_stream(connection: _Connection) -> AsyncIterator[_Channel]:
    is_frame = connection.transport == "foreverFrame"
    request = connection.request("connect", frameId=_FRAME_ID) if is_frame else connection.request("connect")
    reader = READERS[connection.transport]()
    async with connection.port.stream(connection.endpoint, request) as stream:
        connection.judge(stream.answer)

        async def envelopes() -> AsyncIterator[dict[str, Any]]:
            async for chunk in stream.chunks():
                for envelope in reader.feed(chunk):
                    yield envelope

        yield _Channel(envelopes())


@asynccontextmanager
async def _open_socket(connection: _Connection) -> AsyncIterator[_Channel]:
    reader = READERS[connection.transport]()
    async with connection.port.socket(connection.endpoint, connection.request("connect")) as socket:
        if socket.answer.status != 101:
            raise _Stopped(diagnose(socket.answer, ask=Ask.TRANSPORT, endpoint=connection.endpoint, holder=connection.endpoint))

        async def envelopes() -> AsyncIterator[dict[str, Any]]:
            while (text := await socket.receive()) is not None:
                for envelope in reader.feed(text):
                    yield envelope

        yield _Channel(envelopes(), socket.send)


@asynccontextmanager
async def _open_polls(connection: _Connection) -> AsyncIterator[_Channel]:
    reader = READERS[connection.transport]()

    async def envelopes() -> AsyncIterator[dict[str, Any]]:
        action, form = "connect", dict[str, str]()
        while True:
            answer = await connection.port.exchange(connection.endpoint, connection.request(action, method="POST", form=form))
            connection.judge(answer)
            for envelope in reader.feed(answer.body):
                form = {"messageId": str(envelope.get("C", ""))}
                yield envelope
            if not form:
                return
            action = "poll"

    yield _Channel(envelopes())


_OPENERS: dict[str, Callable[[_Connection], AbstractAsyncContextManager[_Channel]]] = {
    "webSockets": _open_socket,
    "serverSentEvents": _open_stream,
    "foreverFrame": _open_stream,
    "longPolling": _open_polls,
}


# -- what it means when it stops


def _not_offered(endpoint: Endpoint) -> Diagnosis:
    return Diagnosis(
        verdict=Verdict.NOT_OFFERED,
        status=200,
        said='"TryWebSockets":false',
        cause=f"{endpoint.name} does not offer WebSockets: the feature is missing, or was installed after the application started.",
        next_step="Install Web-WebSockets (role farm_websockets) and restart the application pool.",
    )


def _never_came(connection: _Connection) -> Diagnosis:
    what = "initialisation message" if connection.step == "initialise" else "result of the hub call"
    return Diagnosis(
        verdict=Verdict.FAILED,
        status=200,
        cause=f"The {connection.transport} channel of {connection.endpoint.name} ended before the {what} came: it travels through the "
        "backplane, which is down or out of reach for the pool's account; or a device between cuts the stream.",
        next_step="Check the backplane's database and the pool account's login; ask the node directly to tell the two apart.",
    )


def _silent(connection: _Connection, silence: NoAnswer) -> Diagnosis:
    if connection.step != "initialise" or silence.trouble not in (Trouble.ANSWER_TIMEOUT, Trouble.CUT):
        return diagnose_silence(silence, endpoint=connection.endpoint)
    return Diagnosis(
        verdict=Verdict.SILENT,
        status=200,
        said=silence.what,
        cause=f"The {connection.transport} channel of {connection.endpoint.name} opened and stayed silent or was cut: a backplane that is "
        "down or out of reach, or a device between that buffers the answer.",
        next_step="Check the backplane's database and the pool account's login; turn off response buffering and compression on the way.",
    )
