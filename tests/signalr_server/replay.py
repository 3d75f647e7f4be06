# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays a recorded conversation against the simulated server and says where it answers otherwise."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from farm.signalr.backplane import Backplane
from farm.signalr.iis_view import ConfigLevel
from farm.signalr.options import ServerOptions, Timeouts
from farm.signalr.server import SignalRNode
from farm.signalr.standalone import StandaloneSite
from signalr_server.wire import Cut, Reply, Stream, connect, exchange

Step = dict[str, Any]

# A tenth of a second for every second of the recorded timeouts; the answers still announce the recorded ones.
PACE = 0.1
_MASKS = [
    (r'(?<="ConnectionToken":")([A-Za-z0-9+/=]+)', "{{token:%d}}"),
    (r'(?<="G":")([A-Za-z0-9+/=]+)', "{{groups-token:%d}}"),
    (r'(?<="ConnectionId":")([0-9a-f-]{36})', "{{guid}}"),
    (r"(?<=d-)([0-9A-F]{1,8})(?=-)", "{{prefix}}"),
    (r'(?<=,"T":")((?:[^"\\]|\\.)+)', "{{stack-trace}}"),
    (r'(?<="counters":)(\{[^}]*\})', "{{counters}}"),
    (r"^( +)(?=[{f])", "{{keep-alive}}"),
]
# Which of several streams carries a message is decided by .NET's hash of a string, random in each process.
_STREAMS = re.compile(r"(?<=\"C\":\")s-(\d+,[0-9A-F]+(?:\|\d+,[0-9A-F]+)+)")
_PAGE = {
    "title": r"<title>(.*?)\s*</title>",
    "parser_error": r"Parser Error Message:</b> (.*?)</p>",
    "exception": r"Exception Details:</b> (.*?)</p>",
    "source_line": r"<b>Line:</b> (\d+)",
    "requested_url": r"Requested URL:</b> (.*?)</p>",
}
_PREFIX = re.compile(r"d-([0-9A-F]{1,8})-")
_KEEP_ALIVES = ("data: {}\n\n", "<script>r(c, {});</script>\n\n", " ", "{}")
_VOLATILE = {"Date", "Sec-WebSocket-Accept"}


def mask(text: str) -> str:
    """A text with what changes from run to run replaced by placeholders."""
    for pattern, name in _MASKS:
        text = re.sub(pattern, lambda match, name=name: name % len(match[1]) if "%d" in name else name, text)  # type: ignore[misc]
    return _STREAMS.sub(lambda match: "s-" + "|".join(sorted(part.partition(",")[2] for part in match[1].split("|"))), text)


def masked(step: dict[str, Any], name: str) -> str:
    """A recorded text, masked."""
    return str(step[f"{name}_masked"]) if f"{name}_masked" in step else mask(str(step.get(name, "")))


class Replay:
    """One transcript. `differences` are sentences; empty when everything was as recorded."""

    def __init__(self, transcript: dict[str, Any], folder: Path) -> None:
        self.transcript = transcript
        self.folder = folder
        self.differences: list[str] = []
        self.nodes: dict[str, SignalRNode] = {}
        self.sites: dict[str, StandaloneSite] = {}
        self.open: dict[str, Stream] = {}
        self.backplanes: dict[str, Backplane] = {}
        self._prefixes: dict[str, str] = {}
        self._events: dict[str, int] = {}
        self.last_cursor = ""
        self.actions: dict[str, Callable[[Replay], Awaitable[None]]] = {}
        self.measurements: dict[str, Callable[[Replay, Step], Awaitable[None]]] = {}

    def prepare(self, name: str) -> StandaloneSite:
        """Writes a node's files; the test may change them before :meth:`play`."""
        recorded = self.transcript["nodes"][name]
        options = recorded["options"]
        extra = {"websockets_installed": options.get("websockets", True)}
        site = StandaloneSite(name, self.folder / name, extra=extra)
        site.write_config(recorded["web_config"])
        settings = options.get("timeouts", {})
        cors = options.get("cors")
        bus = options.get("backplane")
        if bus:
            self.backplanes.setdefault(bus["name"], Backplane(streams=bus.get("streams", 1)))
        server = ServerOptions(
            timeouts=Timeouts(**{key: float(value) for key, value in settings.items()}),
            jsonp=options.get("jsonp", False),
            detailed_errors=options.get("detailed_errors", False),
            cors=tuple(cors) if isinstance(cors, list) else cors,
            xml_errors=options.get("xml_errors", "aspnet"),
            remote_errors=options.get("remote_errors", False),
            when_stopped=options.get("when_stopped", "503"),
            pace=PACE,
            poll=0.05,
        )
        self.sites[name] = site
        self.nodes[name] = site.node(options=server, backplane=self.backplanes[bus["name"]] if bus else None)
        return site

    async def play(self) -> list[str]:
        """Starts the nodes, plays every step, ends the nodes."""
        async with AsyncExitStack() as stack:
            for node in self.nodes.values():
                await node.start()
                stack.push_async_callback(node.stop)
            for number, step in enumerate(self.transcript["steps"]):
                before = len(self.differences)
                await getattr(self, f"_{step['step'].replace('-', '_')}")(step)
                label = step.get("note") or step.get("request", {}).get("target", "")[:60]
                self.differences[before:] = [f"step {number} ({step['step']}, {label}): {text}" for text in self.differences[before:]]
            for stream in self.open.values():
                stream.close()
        return self.differences

    def differ(self, what: str, recorded: Any, found: Any) -> None:
        """Notes a difference, if it is one."""
        if recorded != found:
            self.differences.append(f"{what}: recorded {str(recorded)[:400]!r}, found {str(found)[:400]!r}")

    def _now(self, text: str) -> str:
        """A recorded text with the cursors' prefixes of this run."""
        return _PREFIX.sub(lambda match: f"d-{self._prefixes.get(match[1], match[1])}-", text)

    def recorded_token(self, *, index: int) -> str:
        """A connection token that the transcript uses, still percent-encoded."""
        targets = [step["request"]["target"] for step in self.transcript["steps"] if "request" in step]
        found = [match[1] for target in targets if (match := re.search(r"connectionToken=([^&]+)", target))]
        return found[index]

    def _learn(self, recorded: str, found: str) -> None:
        cursor = re.search(r'"C":"([^"]+)"', found)
        self.last_cursor = cursor[1] if cursor else self.last_cursor
        for old, new in zip(_PREFIX.findall(recorded), _PREFIX.findall(found), strict=False):
            self._prefixes[old] = new

    def _arguments(self, step: Step) -> tuple[int, str, str, dict[str, str], str | None]:
        request = step["request"]
        body = request.get("body")
        port = self.nodes[step["node"]].port
        return (
            port,
            request["method"],
            self._target(request["target"]),
            request.get("headers", {}),
            None if body is None else self._now(body),
        )

    def _target(self, target: str) -> str:
        shortened = re.fullmatch(r"(\S+\?)(x+)\.\.\. \((\d+) characters\)", target)
        return shortened[1] + "x" * int(shortened[3]) if shortened else self._now(target)

    async def _exchange(self, step: Step) -> None:
        recorded = step["response"]
        try:
            reply = await exchange(*self._arguments(step))
        except Cut:
            self.differ("cut", recorded.get("cut", False), True)
            return
        self.differ("cut", recorded.get("cut", False), False)
        if not recorded.get("cut"):
            self._compare(recorded, reply)

    def _compare(self, recorded: dict[str, Any], reply: Reply, *, is_complete: bool = True) -> None:
        self.differ("status", recorded["status"], reply.status)
        self.differ("reason", recorded["reason"], reply.reason)
        ignored = _VOLATILE | ({"Content-Length"} if "page" in recorded else set())
        headers = {name: value for name, value in reply.headers.items() if name not in ignored}
        self.differ("headers", _headers(recorded["headers"]), _headers(headers))
        if not is_complete:
            return
        self.differ("framing", recorded["framing"], reply.framing)
        if "page" in recorded:
            self.differ("page", recorded["page"], _page(reply.text))
        elif str(recorded.get("body", "")).startswith("("):
            self.differ("script", True, "createHubProxies" in reply.text)
        else:
            self._learn(str(recorded.get("body", "")), reply.text)
            self.differ("body", masked(recorded, "body"), mask(reply.text))

    async def _open(self, step: Step) -> None:
        recorded, name = step["response"], step.get("stream") or step["socket"]
        try:
            stream = await connect(*self._arguments(step))
        except Cut:
            self.differ("cut", recorded.get("cut", False), True)
            return
        is_complete = recorded["status"] >= 400
        if is_complete:
            stream.head = await exchange(*self._arguments(step))
        self._compare(recorded, stream.head, is_complete=is_complete)
        self.open[name] = stream

    async def _chunks(self, step: Step, *, to_the_end: bool) -> list[str]:
        found: list[str] = []
        while to_the_end or len(found) < len(step["chunks"]):
            chunk = await self.open[step["stream"]].chunk()
            if chunk is None:
                break
            if chunk.decode() not in _KEEP_ALIVES:
                found.append(chunk.decode())
        return found

    async def _read(self, step: Step) -> None:
        self._compare_chunks(step, await self._chunks(step, to_the_end=False))

    async def _end(self, step: Step) -> None:
        try:
            found = await self._chunks(step, to_the_end=True)
        except Cut:
            self.differ("end", step["how"], "cut")
            return
        self.differ("end", step["how"], "last chunk")
        self._compare_chunks(step, found)

    def _compare_chunks(self, step: Step, found: list[str]) -> None:
        for old, new in zip(step["chunks"], found, strict=False):
            self._learn(old["text"], new)
        self.differ("chunks", [masked(chunk, "text") for chunk in step["chunks"]], [mask(text) for text in found])

    async def _frame_out(self, step: Step) -> None:
        text = str(step["text"])
        long = re.search(r"^(.*?\[\")x+\.\.\. \((\d+) bytes\)$", text)
        if long:
            tail = '"],"I":1}'
            text = long[1] + "x" * (int(long[2]) - len(long[1]) - len(tail)) + tail
        await self.open[step["socket"]].send_frame(text)

    async def _frame_in(self, step: Step) -> None:
        while True:
            try:
                opcode, data = await self.open[step["socket"]].frame()
            except Cut:
                self.differ("frame", step, "connection closed without a close frame")
                return
            if opcode != 1 or data != b"{}" or step.get("text") == "{}":
                break
        self.differ("opcode", step["opcode"], opcode)
        if opcode != 1:
            self.differ("payload", step["hex"], data.hex())
            return
        self._learn(str(step.get("text", "")), data.decode())
        self.differ("frame", masked(step, "text"), mask(data.decode()))

    async def _event(self, step: Step) -> None:
        names = ("endpoint", "connectionId", "stopCalled", "generation", "reason")
        wanted = {"event": step["event"]} | {name: step[name] for name in names if name in step}
        node = self.nodes[step["site"]]
        try:
            async with asyncio.timeout(20):
                await node.wait_for_event(wanted.pop("event"), **wanted)
        except TimeoutError:
            self.differ("event", step, node.events[-3:])

    async def _action(self, step: Step) -> None:
        await self.actions[step["what"]](self)

    async def _measured(self, step: Step) -> None:
        measure = self.measurements.get(step["note"])
        if measure is not None:
            await measure(self, step)


def _headers(headers: dict[str, str]) -> dict[str, str]:
    return {name.casefold(): value.casefold() if name.casefold() == "connection" else value for name, value in headers.items()}


def _page(html: str) -> dict[str, str]:
    found = {name: re.search(pattern, html, re.DOTALL) for name, pattern in _PAGE.items()}
    return {name: match[1].strip() for name, match in found.items() if match}


def load(path: Path) -> dict[str, Any]:
    """A transcript."""
    return dict(json.loads(path.read_text(encoding="utf-8")))


def locked_above(folder: Path) -> tuple[ConfigLevel, ...]:
    """A root web.config that locks machineKey."""
    path = folder / "root" / "web.config"
    path.parent.mkdir(parents=True, exist_ok=True)
    element = '<machineKey validation="SHA1" />'
    path.write_text(
        f'<configuration><location path="." allowOverride="false"><system.web>{element}</system.web></location></configuration>'
    )
    return (ConfigLevel("root", path),)
