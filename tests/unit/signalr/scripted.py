# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A farm on paper: nodes that answer the probe by their key, and whatever else a case scripts. No network."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ansible_collections.webfarm.signalr.plugins.plugin_utils.signalr.port import Answer, Call, Endpoint, NoAnswer, Trouble

HTTP_SYS = {"server": "Microsoft-HTTPAPI/2.0"}
IIS = {"server": "Microsoft-IIS/10.0"}
Scripted = Answer | Trouble


@dataclass(kw_only=True)
class Node:
    """One node. ``overrides`` maps an action (negotiate, connect, ping, start, release.txt ...) to what it answers instead."""

    key: str = "A"
    websockets: bool = True
    mac_length: int = 128
    user: str = ""
    version: str = "1.5"
    keep_alive: float = 20.0
    path: str = "/signalr"
    release: str | None = None
    overrides: dict[str, Scripted | Sequence[Scripted]] = field(default_factory=dict)

    def token(self) -> str:
        """A token of this node: 'key+user=' padded to the length its MAC gives. Has all characters that need quoting."""
        return f"{self.key}+{self.user}/=".ljust(self.mac_length, "x")


@dataclass(kw_only=True)
class ScriptedPort:
    """Answers for endpoints by name; a virtual address takes its ``members`` in turn."""

    nodes: dict[str, Node]
    members: dict[str, Sequence[str]] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    stream_chunks: dict[str, Sequence[str]] = field(default_factory=dict)
    frames: Callable[[str], Sequence[str]] | None = None
    _turns: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    async def exchange(self, endpoint: Endpoint, call: Call) -> Answer:
        await asyncio.sleep(0)
        parts = urlsplit(call.target)
        action = parts.path.rsplit("/", 1)[-1]
        self.asked.append((endpoint.name, call.method, action))
        node = self._node(endpoint)
        if action in node.overrides:
            return self._scripted(endpoint, action, node.overrides[action])
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if action == "negotiate":
            return Answer(status=200, headers=IIS, body=negotiation(node))
        if action == "ping":
            return Answer(status=200, headers=IIS, body='{ "Response": "pong" }')
        if action == "release.txt":
            return Answer(status=200, headers=IIS, body=f"{node.release}\r\n") if node.release else Answer(status=404, headers=IIS)
        return self._with_token(node, action, query, call)

    def _with_token(self, node: Node, action: str, query: dict[str, str], call: Call) -> Answer:
        key, _plus, rest = query["connectionToken"].partition("+")
        if key != node.key:
            return Answer(status=400, headers=IIS, body="The ConnectionId is in the incorrect format.")
        if rest.partition("/=")[0] != node.user:
            text = "Unrecognized user identity.  The user identity cannot change during an active SignalR connection."
            return Answer(status=403, headers=IIS, body=text)
        bodies = {
            "start": '{ "Response": "started" }',
            "abort": "",
            "send": json.dumps({"I": "0", "R": (call.form or {}).get("data", "")}),
            "poll": json.dumps({"C": "d-1", "M": []}),
        }
        if action == "connect" and query["transport"] == "webSockets":
            return Answer(status=400, headers=IIS, body="Not a valid web socket request.")
        if action == "connect":
            return Answer(status=200, headers=IIS, body=json.dumps({"C": "d-0", "S": 1, "M": []}))
        return Answer(status=200, headers=IIS, body=bodies[action])

    @asynccontextmanager
    async def stream(self, endpoint: Endpoint, call: Call) -> AsyncIterator[Any]:
        transport = parse_qs(urlsplit(call.target).query)["transport"][0]
        yield _Stream(await self.exchange(endpoint, call), self.stream_chunks.get(transport, ()))

    @asynccontextmanager
    async def socket(self, endpoint: Endpoint, call: Call) -> AsyncIterator[Any]:
        answer = await self.exchange(endpoint, call)
        if answer.body == "Not a valid web socket request.":  # which means that the token was taken
            answer = Answer(status=101)
        yield _Socket(answer, self.frames or (lambda _sent: ()))

    def _node(self, endpoint: Endpoint) -> Node:
        names = self.members.get(endpoint.name, (endpoint.name,))
        self._turns[endpoint.name] += 1
        return self.nodes[names[(self._turns[endpoint.name] - 1) % len(names)]]

    def _scripted(self, endpoint: Endpoint, action: str, scripted: Scripted | Sequence[Scripted]) -> Answer:
        if isinstance(scripted, (list, tuple)):
            times = sum(one == (endpoint.name, "GET", action) for one in self.asked)
            scripted = scripted[min(times, len(scripted)) - 1]
        if isinstance(scripted, Trouble):
            raise NoAnswer(scripted)
        assert isinstance(scripted, Answer)
        return scripted


@dataclass
class _Stream:
    answer: Answer
    _chunks: Sequence[str]

    async def chunks(self) -> AsyncIterator[str]:
        for chunk in self._chunks:
            yield chunk


class _Socket:
    def __init__(self, answer: Answer, frames: Callable[[str], Sequence[str]]) -> None:
        self.answer = answer
        self._frames = frames
        self._waiting = list(frames("connect"))

    async def receive(self) -> str | None:
        return self._waiting.pop(0) if self._waiting else None

    async def send(self, text: str) -> None:
        self._waiting += self._frames(text)


def negotiation(node: Node) -> str:
    """The negotiate answer of a node, fields in SignalR's order."""
    return json.dumps(
        {
            "Url": node.path,
            "ConnectionToken": node.token(),
            "ConnectionId": "11111111-2222-3333-4444-555555555555",
            "KeepAliveTimeout": node.keep_alive,
            "DisconnectTimeout": 30.0,
            "ConnectionTimeout": 110.0,
            "TryWebSockets": node.websockets,
            "ProtocolVersion": node.version,
            "TransportConnectTimeout": 5.0,
            "LongPollDelay": 0.0,
        }
    )


def endpoints(*names: str, virtual: bool = False, path: str = "/signalr") -> tuple[Endpoint, ...]:
    """Endpoints of these names."""
    return tuple(Endpoint(name=name, url=f"http://{name}.example{path}", is_virtual=virtual) for name in names)
