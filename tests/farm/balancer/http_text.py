# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP/1.1 as bytes: heads are taken apart, bodies are only passed on, chunk by chunk as they were sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

LARGEST_HEAD = 64 * 1024
_PIECE = 64 * 1024


class Broken(Exception):
    """The other side ended in the middle of a message, or sent what is no HTTP."""


class WatchedReader(asyncio.StreamReader):
    """A reader that says when its side has ended, without anybody reading from it."""

    def __init__(self) -> None:
        super().__init__(limit=LARGEST_HEAD)
        self.ended = asyncio.Event()

    def feed_eof(self) -> None:
        self.ended.set()
        super().feed_eof()

    def set_exception(self, exc: Exception) -> None:  # type: ignore[override]
        self.ended.set()
        super().set_exception(exc)


@dataclass(frozen=True)
class Head:
    """A request or response head: its first line, and its fields in order."""

    first: str
    fields: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """All values of a field, joined by commas; "" without one."""
        return ",".join(value for known, value in self.fields if known.casefold() == name)

    def with_field(self, name: str, value: str) -> Head:
        """The same head with one more field."""
        return Head(self.first, (*self.fields, (name, value)))

    def to_bytes(self) -> bytes:
        """As it goes over the wire."""
        return "\r\n".join([self.first, *(f"{name}: {value}" for name, value in self.fields), "", ""]).encode("latin-1")

    @property
    def status(self) -> int:
        """The status of a response head."""
        parts = self.first.split(" ", 2)
        return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0

    @property
    def method(self) -> str:
        """The method of a request head."""
        return self.first.split(" ", 1)[0]

    @property
    def is_upgrade(self) -> bool:
        """Whether a request asks for another protocol."""
        return "upgrade" in self.get("connection").casefold() and bool(self.get("upgrade"))

    @property
    def wants_close(self) -> bool:
        """Whether the connection ends with this message."""
        return "close" in self.get("connection").casefold() or "HTTP/1.0" in self.first

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies of a request."""
        pairs = (part.strip().partition("=") for part in self.get("cookie").replace(",", ";").split(";"))
        return {name: value for name, _equals, value in pairs if name}


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """The next head; None when the connection ended before one."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise Broken from error
        return None
    except (asyncio.LimitOverrunError, ConnectionError) as error:
        raise Broken from error
    first, *rows = raw.decode("latin-1").split("\r\n")[:-2]
    fields = (row.partition(":") for row in rows)
    return Head(first, tuple((name, value.strip()) for name, _colon, value in fields))


async def relay_body(head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, until_close: bool) -> None:
    """Passes a body on as its head frames it; `until_close` for a response without a length."""
    try:
        if "chunked" in head.get("transfer-encoding").casefold():
            await _relay_chunks(reader, writer)
        elif head.get("content-length"):
            await _relay_bytes(reader, writer, int(head.get("content-length")))
        elif until_close:
            await relay_all(reader, writer)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
        raise Broken from error


async def relay_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Passes on whatever comes, to the end."""
    while data := await reader.read(_PIECE):
        writer.write(data)
        await writer.drain()


async def _relay_bytes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: int) -> None:
    while count:
        data = await reader.read(min(count, _PIECE))
        if not data:
            raise Broken
        count -= len(data)
        writer.write(data)
        await writer.drain()


async def _relay_chunks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        writer.write(line + await reader.readexactly(size + 2))
        await writer.drain()
        if not size:
            return
