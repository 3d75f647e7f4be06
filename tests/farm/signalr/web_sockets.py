# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The webSockets transport: one frame per envelope or result, and the client's calls as frames."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import WSCloseCode, WSMsgType, web

from .answers import SIGNALR_HEADERS
from .channel import Channel
from .envelope import Envelope
from .pages import DotNetError

if TYPE_CHECKING:
    from .receiver import Receiver

LARGEST_MESSAGE = 64 * 1024
_READ_LIMIT = 4 * 1024 * 1024
# How long a client has to answer a close frame, real seconds.
_CLOSE_SECONDS = 0.5


class WebSocketChannel(Channel):
    """A socket; closing it without /abort is no stop."""

    reader: asyncio.Task[None] | None = None

    @property
    def is_upgrade(self) -> bool:
        """Whether the client asks for a socket, and every proxy on the way let it."""
        headers = self.call.request.headers
        return headers.get("Upgrade", "").strip().casefold() == "websocket" and "upgrade" in headers.get("Connection", "").casefold()

    async def open(self, receiver: Receiver) -> None:
        """Upgrades, and starts to read what the client calls."""
        socket = web.WebSocketResponse(timeout=_CLOSE_SECONDS, compress=False, max_msg_size=_READ_LIMIT)
        socket.headers.update(SIGNALR_HEADERS)
        await socket.prepare(self.call.request)
        self.response = socket
        self.reader = asyncio.create_task(self._read(receiver))

    @property
    def socket(self) -> web.WebSocketResponse:
        """The upgraded response."""
        if not isinstance(self.response, web.WebSocketResponse):
            raise TypeError("the socket is not open yet")
        return self.response

    async def write(self, envelope: Envelope) -> None:
        await self.socket.send_str(envelope.to_json())

    async def keep_alive(self) -> None:
        await self.socket.send_str("{}")

    async def end(self, envelope: Envelope) -> None:
        await self._close()

    async def fail(self) -> None:
        await self._close()

    async def _close(self) -> None:
        if self.reader is not None:
            self.reader.cancel()
            await asyncio.gather(self.reader, return_exceptions=True)
        await self.socket.close(code=WSCloseCode.OK)

    async def _read(self, receiver: Receiver) -> None:
        try:
            async for message in self.socket:
                if message.type is not WSMsgType.TEXT or len(message.data.encode()) > LARGEST_MESSAGE:
                    # "Buffer length exceeded", or binary: the connection goes without a close frame.
                    if self.call.request.transport is not None:
                        self.call.request.transport.close()
                    return
                result = await receiver.endpoint.receive(receiver.connection_id, message.data)
                if result is not None:
                    await self.socket.send_str(result)
        except (ConnectionError, DotNetError):
            return
        finally:
            receiver.lose_client()
