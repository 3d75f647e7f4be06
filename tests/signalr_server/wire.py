# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that shows what is on the wire: reason phrases, chunks as they were sent, connections that are cut."""

from __future__ import annotations

import asyncio
import base64
import os
import struct
from dataclasses import dataclass, field

SECONDS = 20.0  # a bound against hanging, never an expectation


class Cut(Exception):
    """The server ended the connection before the answer was complete."""


@dataclass
class Reply:
    """The head of an answer, and its body when it was read."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def framing(self) -> str:
        """How the end of the body is known."""
        if self.headers.get("Transfer-Encoding", "").casefold() == "chunked":
            return "chunked"
        return "content-length" if "Content-Length" in self.headers else "close"

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8")


@dataclass
class Stream:
    """An answer that is still coming, or an upgraded connection."""

    head: Reply
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    pending: list[bytes] = field(default_factory=list)

    async def chunk(self) -> bytes | None:
        """The next chunk as it was sent; None at the end; :class:`Cut` when there is no end."""
        async with asyncio.timeout(SECONDS):
            try:
                size = int((await self.reader.readline()).strip() or b"x", 16)
                data = await self.reader.readexactly(size)
                await self.reader.readexactly(2)
            except (ConnectionError, ValueError, asyncio.IncompleteReadError) as error:
                raise Cut from error
        return data or None

    async def send_frame(self, text: str | bytes, opcode: int = 1) -> None:
        """Sends one masked frame."""
        data = text.encode() if isinstance(text, str) else text
        mask = os.urandom(4)
        size = len(data)
        head = bytes([0x80 | opcode]) + (
            bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack(">H", size) if size < 65536 else b"\xff" + struct.pack(">Q", size)
        )
        self.writer.write(head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(data)))
        await self.writer.drain()

    async def frame(self) -> tuple[int, bytes]:
        """The next frame's opcode and payload; :class:`Cut` when the connection ends without one."""
        async with asyncio.timeout(SECONDS):
            try:
                first, second = await self.reader.readexactly(2)
                size = second & 0x7F
                if size >= 126:
                    width, code = (2, ">H") if size == 126 else (8, ">Q")
                    (size,) = struct.unpack(code, await self.reader.readexactly(width))
                return first & 0x0F, await self.reader.readexactly(size)
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                raise Cut from error

    def close(self) -> None:
        """Lets go of the connection."""
        self.writer.close()


async def connect(
    port: int, method: str, target: str, headers: dict[str, str] | None = None, body: str | None = None, *, address: str = "127.0.0.1"
) -> Stream:
    """Sends a request and reads the head of its answer."""
    reader, writer = await asyncio.open_connection(address, port)
    lines = [f"{method} {target} HTTP/1.1"]
    fields = {"Host": f"{address}:{port}"} | (headers or {})
    if fields.get("Upgrade"):
        fields["Sec-WebSocket-Key"] = base64.b64encode(os.urandom(16)).decode()
    data = (body or "").encode()
    if body is not None:
        fields |= {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8", "Content-Length": str(len(data))}
    lines += [f"{name}: {value}" for name, value in fields.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + data)
    async with asyncio.timeout(SECONDS):
        try:
            await writer.drain()
            raw = await reader.readuntil(b"\r\n\r\n")
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            writer.close()
            raise Cut from error
    status_line, *rows = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
    _version, status, reason = status_line.split(" ", 2)
    found = {name: value.strip() for name, _colon, value in (row.partition(":") for row in rows)}
    return Stream(Reply(int(status), reason, found), reader, writer)


async def exchange(
    port: int, method: str, target: str, headers: dict[str, str] | None = None, body: str | None = None, *, address: str = "127.0.0.1"
) -> Reply:
    """A request and its whole answer."""
    stream = await connect(port, method, target, headers, body, address=address)
    try:
        if stream.head.framing == "chunked":
            parts = []
            while (part := await stream.chunk()) is not None:
                parts.append(part)
            stream.head.body = b"".join(parts)
        else:
            async with asyncio.timeout(SECONDS):
                stream.head.body = await stream.reader.readexactly(int(stream.head.headers.get("Content-Length", "0")))
    except (ConnectionError, asyncio.IncompleteReadError) as error:
        raise Cut from error
    finally:
        stream.close()
    return stream.head
