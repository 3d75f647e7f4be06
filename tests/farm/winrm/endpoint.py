# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP side of one node's WinRM service: who asks, what is sealed, and which shell it is about."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from ..executor.contract import Executor, Outcome, RemoteCommand, Unreachable
from . import soap
from .authentication import ENCRYPTED_TYPE, Accounts, Negotiation, is_encrypted
from .payload import read_request
from .shells import Shells
from .soap import Faulted, Message
from .watching import Drop, Watcher

__all__ = ["Endpoint"]

MAX_ENVELOPE = 500 * 1024
"""``MaxEnvelopeSizekb`` of a new Windows Server; a larger request is answered with HTTP status 413."""
SOAP_TYPE = "application/soap+xml;charset=UTF-8"
CHALLENGES = ("Negotiate", 'Basic realm="WSMAN"')


@dataclass(frozen=True)
class _Caller:
    """How this request's answer has to be sealed, or that nobody known is asking."""

    negotiation: Negotiation | None = None
    is_known: bool = False
    challenge: str | None = None


class Endpoint:
    """WinRM of one node on one address. ``start`` binds, ``stop`` ends every connection: nothing answers there any more."""

    def __init__(self, executor: Executor, accounts: Accounts, watcher: Watcher, *, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._executor, self._accounts, self._watcher = executor, accounts, watcher
        self._shells = Shells()
        self._negotiations: weakref.WeakKeyDictionary[asyncio.BaseTransport, Negotiation] = weakref.WeakKeyDictionary()
        self._runner: web.ServerRunner | None = None
        self._one_at_a_time = asyncio.Lock()

    async def start(self) -> None:
        """Listen; with port 0 a free one is taken, and ``port`` tells which."""
        self._runner = web.ServerRunner(web.Server(self._handle), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1] if self.port == 0 else self.port  # type: ignore[union-attr]

    async def cut(self) -> None:
        """Stop listening and cut what is connected, as when the machine goes away; safe inside of a request's handler."""
        if self._runner is not None and self._runner.server is not None:
            for site in self._runner.sites:
                await site.stop()
            for connection in list(self._runner.server.connections):
                if connection.transport is not None:
                    connection.transport.abort()

    async def stop(self) -> None:
        """Cut everything and wait for the handlers to end."""
        await self.cut()
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        transport = request.transport
        if request.method != "POST" or request.path.rstrip("/") != "/wsman" or transport is None:
            return web.Response(status=404)
        if (request.content_length or 0) > MAX_ENVELOPE * 2:
            return _too_large()
        body = await request.read()
        caller = self._caller(request, transport)
        if not caller.is_known:
            return _unauthorized(caller.challenge)
        if not body:
            return web.Response(content_type="application/soap+xml", charset="UTF-8")
        try:
            await self._watcher.request()
            return await self._answer(caller, request.content_type, body)
        except (Drop, Unreachable):
            transport.abort()  # type: ignore[attr-defined]
            return web.Response()

    def _caller(self, request: web.BaseRequest, transport: asyncio.BaseTransport) -> _Caller:
        scheme, _separator, token = request.headers.get("Authorization", "").partition(" ")
        known = self._negotiations.get(transport)
        if scheme.lower() == "basic":
            return _Caller(is_known=self._accounts.accepts_basic(token))
        if scheme.lower() == "negotiate":
            if known is None or known.complete:
                known = self._negotiations[transport] = Negotiation(self._accounts)
            reply = known.step(token)
            if reply is None:
                del self._negotiations[transport]
                return _Caller()
            return _Caller(known, known.complete, None if known.complete else f"Negotiate {reply}")
        return _Caller(known, known is not None and known.complete)

    async def _answer(self, caller: _Caller, content_type: str, body: bytes) -> web.Response:
        sealed = is_encrypted(content_type)
        if sealed != (caller.negotiation is not None):
            return web.Response(
                status=500 if not sealed else 400, text="The server accepts sealed messages from Negotiate, and only from it."
            )
        try:
            data = caller.negotiation.decrypt(body) if caller.negotiation else body
        except ValueError as error:
            return web.Response(status=400, text=str(error))
        if len(data) > MAX_ENVELOPE:
            return _too_large()
        status, reply = await self._soap_answer(data)
        if caller.negotiation:
            return web.Response(status=status, body=caller.negotiation.encrypt(reply), headers={"Content-Type": ENCRYPTED_TYPE})
        return web.Response(status=status, body=reply, headers={"Content-Type": SOAP_TYPE})

    async def _soap_answer(self, data: bytes) -> tuple[int, bytes]:
        message_id = ""
        try:
            message = Message.parse(data)
            message_id = message.message_id
            if message.resource != soap.COMMAND_SHELL:
                raise Faulted(soap.UNKNOWN_RESOURCE)
            return 200, soap.answer(message, await self._body(message))
        except Faulted as error:
            return 500, soap.fault_answer(error.fault, message_id)

    async def _body(self, message: Message) -> str:
        operations: dict[str, Callable[[Message], str]] = {
            f"{soap.TRANSFER}/Create": lambda _: soap.created(self._shells.open()),
            f"{soap.TRANSFER}/Delete": self._delete,
            f"{soap.SHELL}/Command": self._command,
            f"{soap.SHELL}/Send": self._send,
            f"{soap.SHELL}/Signal": self._signal,
        }
        if message.action == f"{soap.SHELL}/Receive":
            return await self._receive(message)
        operation = operations.get(message.action)
        if operation is None:
            raise Faulted(soap.UNKNOWN_ACTION)
        return operation(message)

    def _command(self, message: Message) -> str:
        command_id, command = self._shells.start(message.shell_id, message.command_line)
        if message.options.get("WINRS_CONSOLEMODE_STDIN", "TRUE").upper() == "TRUE":  # no input will come
            command.send(b"", is_last=True, run=self._run)
        return f"<rsp:CommandResponse><rsp:CommandId>{command_id}</rsp:CommandId></rsp:CommandResponse>"

    def _send(self, message: Message) -> str:
        data, is_last = message.standard_input
        self._shells.command(message.shell_id, message.command_id).send(data, is_last=is_last, run=self._run)
        return "<rsp:SendResponse/>"

    async def _receive(self, message: Message) -> str:
        outcome = await self._shells.command(message.shell_id, message.command_id).outcome(message.timeout)
        if outcome is None:
            raise Faulted(soap.OPERATION_TIMED_OUT)
        return soap.received(message.command_id, stdout=outcome.stdout, stderr=outcome.stderr, exit_code=outcome.exit_code)

    def _signal(self, message: Message) -> str:
        self._shells.end(message.shell_id, message.command_id)
        return "<rsp:SignalResponse/>"

    def _delete(self, message: Message) -> str:
        self._shells.close(message.shell_id)
        return ""

    async def _run(self, command_line: str, stdin: bytes) -> Outcome:
        command = RemoteCommand(command_line, stdin, read_request(command_line, stdin))
        async with self._one_at_a_time, self._watcher.carrying_out(command.request):
            return await self._executor.execute(command)


def _unauthorized(challenge: str | None) -> web.Response:
    response = web.Response(status=401)
    for value in (challenge,) if challenge else CHALLENGES:
        response.headers.add("WWW-Authenticate", value)
    return response


def _too_large() -> web.Response:
    return web.Response(status=413, headers={"Connection": "close"})
