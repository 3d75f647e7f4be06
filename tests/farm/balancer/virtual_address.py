# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A virtual address in front of the nodes: round robin per request over the healthy ones, streams and WebSockets included.

No request is sent twice. What is under way at a node that stops being healthy goes on: that is what a drain is.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from .http_text import Broken, Head, WatchedReader, read_head, relay_all, relay_body

PROBE_SECONDS = 2.0
_NO_MEMBER = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 26\r\nConnection: close\r\n\r\n"
_NO_MEMBER_TEXT = b"No member is healthy here."


@dataclass(frozen=True)
class MemberStatus:
    """What the balancer knows of a member: `requests` it was sent so far, `open_connections` still under way."""

    healthy: bool
    requests: int
    open_connections: int


@dataclass
class _Member:
    name: str
    address: str
    port: int
    healthy: bool = False
    requests: int = 0
    open_connections: int = 0

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self.address, self.port)


class VirtualAddress:
    """`members` are (name, address, port). Without `health_path` a member is healthy when it takes a connection.

    `interval` is the time between two rounds of probes, seconds; `health_host` the host name they ask for.
    `affinity_cookie` names a cookie that keeps a client at its member while that is healthy. `port` 0 takes a free one.
    """

    def __init__(
        self,
        *,
        address: str,
        port: int,
        members: Sequence[tuple[str, str, int]],
        health_path: str | None = None,
        interval: float = 0.2,
        health_host: str | None = None,
        affinity_cookie: str | None = None,
    ) -> None:
        self.address = address
        self.port = port
        self._members = [_Member(*member) for member in members]
        self._health_path = health_path
        self._health_host = health_host
        self._interval = interval
        self._affinity_cookie = affinity_cookie
        self._turn = itertools.count()
        self._changed = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._prober: asyncio.Task[None] | None = None
        self._clients: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The virtual address, without a path."""
        return f"http://{self.address}:{self.port}"

    async def start(self) -> None:
        """Listens, after a first round of probes."""
        await self._probe_all()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, self.address, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        self._prober = asyncio.create_task(self._probe_forever())

    async def stop(self) -> None:
        """Stops listening and ends what is under way."""
        tasks = [*self._clients, *([self._prober] if self._prober else [])]
        if self._server is not None:
            self._server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def status(self) -> dict[str, MemberStatus]:
        """Every member by name."""
        return {member.name: MemberStatus(member.healthy, member.requests, member.open_connections) for member in self._members}

    async def wait_for(self, member: str, *, healthy: bool) -> None:
        """Waits until a member is or is not healthy; the caller bounds the time. KeyError for an unknown name."""
        found = {known.name: known for known in self._members}[member]
        async with self._changed:
            await self._changed.wait_for(lambda: found.healthy is healthy)

    async def wait_until_idle(self, member: str) -> None:
        """Waits until nothing is under way at a member; the caller bounds the time."""
        found = {known.name: known for known in self._members}[member]
        async with self._changed:
            await self._changed.wait_for(lambda: found.open_connections == 0)

    async def _probe_forever(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            await self._probe_all()

    async def _probe_all(self) -> None:
        results = await asyncio.gather(*(self._probe(member) for member in self._members))
        async with self._changed:
            for member, healthy in zip(self._members, results, strict=True):
                member.healthy = healthy
            self._changed.notify_all()

    async def _probe(self, member: _Member) -> bool:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                reader, writer = await member.connect()
                try:
                    if self._health_path is None:
                        return True
                    host = self._health_host or f"{member.address}:{member.port}"
                    writer.write(f"GET {self._health_path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("ascii"))
                    head = await read_head(reader)
                    return head is not None and head.status == 200
                finally:
                    writer.close()
        except (OSError, Broken, TimeoutError):
            return False

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        reader = WatchedReader()
        return asyncio.StreamReaderProtocol(reader, lambda _same, writer: self._accept(reader, writer))

    def _accept(self, reader: WatchedReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._clients.add(task)
        task.add_done_callback(self._clients.discard)

    async def _serve(self, reader: WatchedReader, writer: asyncio.StreamWriter) -> None:
        """One client connection, request by request."""
        try:
            while (head := await read_head(reader)) is not None:
                if not await self._forward(head, reader, writer):
                    break
            writer.close()
        except (Broken, ConnectionError, asyncio.CancelledError):
            # A member that ended in the middle looks to the client as it would without a balancer.
            writer.transport.abort()

    async def _forward(self, head: Head, reader: WatchedReader, writer: asyncio.StreamWriter) -> bool:
        """Sends one request to a member; True when the connection can take another."""
        for member in self._order(head):
            try:
                async with asyncio.timeout(PROBE_SECONDS):
                    upstream = await member.connect()
            except (OSError, TimeoutError):
                await self._mark_down(member)
                continue
            member.requests += 1
            member.open_connections += 1
            try:
                return await self._exchange(head, member, (reader, writer), upstream)
            finally:
                upstream[1].transport.abort()
                async with self._changed:
                    member.open_connections -= 1
                    self._changed.notify_all()
        writer.write(_NO_MEMBER + _NO_MEMBER_TEXT)
        await writer.drain()
        return False

    def _order(self, head: Head) -> list[_Member]:
        """The healthy members, the one whose turn it is first."""
        healthy = [member for member in self._members if member.healthy]
        if not healthy:
            return []
        wanted = head.cookies.get(self._affinity_cookie) if self._affinity_cookie else None
        turn = next(self._turn) % len(healthy)
        ordered = healthy[turn:] + healthy[:turn]
        return sorted(ordered, key=lambda member: member.name != wanted) if wanted else ordered

    async def _mark_down(self, member: _Member) -> None:
        async with self._changed:
            member.healthy = False
            self._changed.notify_all()

    async def _exchange(
        self,
        head: Head,
        member: _Member,
        client: tuple[WatchedReader, asyncio.StreamWriter],
        upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> bool:
        reader, writer = client
        up_reader, up_writer = upstream
        peer = writer.get_extra_info("peername") or ("",)
        up_writer.write(head.with_field("X-Forwarded-For", str(peer[0])).to_bytes())
        sending = asyncio.create_task(relay_body(head, reader, up_writer, until_close=False))
        answering = asyncio.create_task(self._answer(head, member, up_reader, writer))
        gone = asyncio.create_task(reader.ended.wait())
        tasks = {sending, answering, gone}
        try:
            await asyncio.wait({answering, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                raise Broken
            response = answering.result()
            if response.status == 101:
                await self._tunnel(client, upstream)
                return False
            await sending
            return not (head.wants_close or response.wants_close)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self, request: Head, member: _Member, up_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Head:
        """Passes the member's answer on; of a 101 only the head."""
        response = await read_head(up_reader)
        if response is None:
            raise Broken
        shown = response
        if self._affinity_cookie and request.cookies.get(self._affinity_cookie) != member.name:
            shown = response.with_field("Set-Cookie", f"{self._affinity_cookie}={member.name}; path=/; HttpOnly")
        writer.write(shown.to_bytes())
        await writer.drain()
        has_no_body = request.method == "HEAD" or response.status in (101, 204, 304)
        if not has_no_body:
            is_framed = bool(response.get("content-length") or response.get("transfer-encoding"))
            await relay_body(response, up_reader, writer, until_close=True)
            if not is_framed:
                return response.with_field("Connection", "close")
        return response

    async def _tunnel(
        self, client: tuple[asyncio.StreamReader, asyncio.StreamWriter], upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    ) -> None:
        """Both directions of an upgraded connection, until either side ends."""
        ways = {
            asyncio.create_task(relay_all(client[0], upstream[1])),
            asyncio.create_task(relay_all(upstream[0], client[1])),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            with suppress(ConnectionError):
                await asyncio.gather(*ways, return_exceptions=True)
