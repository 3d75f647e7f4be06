# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks a running farm whether it is one: the whole probe, from a request to a report."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from ..errors import FarmError
from ..redact import mask_values
from .diagnosis import Ask, diagnose
from .findings import ACCEPTABLE, Finding, Release, find_all
from .matrix import CONCURRENCY, Matrix, ask_all, ask_matrix, key_groups
from .port import Call, Endpoint, HttpPort, NoAnswer
from .probe import Reading
from .protocol import TRANSPORTS, mac_by_token_length, parse_json_object
from .transports import HubCall, TransportResult, try_transport

__all__ = ["DEPTHS", "ProbeReport", "ProbeRequest", "RequestInvalid", "probe_farm"]

#: ``keys`` negotiates and shows tokens, without consequences; ``transports`` also takes a connection of each transport through its life.
DEPTHS = ("keys", "transports")
#: Seconds between two looks at nodes that may still be starting.
_PAUSE = 1.0
#: Longest text that counts as a release id.
_LONGEST_RELEASE = 200

Pause = Callable[[float], Awaitable[None]]


class RequestInvalid(FarmError):
    """A probe that makes no sense: no nodes, a name twice, an unknown depth or finding."""


@dataclass(frozen=True, kw_only=True)
class ProbeRequest:
    """What to ask whom. ``wait``: seconds in which nodes that are stopped, silent or unreachable may come up; ``deadline``: seconds that one
    connection of depth ``transports`` may take. ``accept`` holds codes of findings that do not count against the farm."""

    nodes: tuple[Endpoint, ...]
    virtual_addresses: tuple[Endpoint, ...] = ()
    depth: str = "keys"
    transports: tuple[str, ...] = TRANSPORTS
    call: HubCall | None = None
    expect_release: str | None = None
    release_path: str | None = None
    accept: tuple[str, ...] = ()
    wait: float = 0.0
    deadline: float = 30.0

    def __post_init__(self) -> None:
        names = [endpoint.name for endpoint in self.endpoints]
        twice = sorted({name for name in names if names.count(name) > 1})
        unknown = sorted(set(self.accept) - set(ACCEPTABLE))
        faults = (
            (not self.nodes, "No node is named.", "Name at least one node with its URL."),
            (
                bool(twice),
                f"The name {', '.join(twice)} is given more than once.",
                "Give every node and virtual address a name of its own.",
            ),
            (self.depth not in DEPTHS, f"There is no depth {self.depth}.", f"Choose one of {', '.join(DEPTHS)}."),
            (bool(unknown), f"There is no finding {', '.join(unknown)} to accept.", f"Choose from {', '.join(ACCEPTABLE)}."),
            (
                self.expect_release is not None and self.release_path is None,
                "A release is expected, but no file names the one that is served.",
                "Give release_path, the path of a file in the application that holds its release id.",
            ),
        )
        for is_fault, what, next_step in faults:
            if is_fault:
                raise RequestInvalid(what, next_step=next_step)

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The nodes, then the virtual addresses."""
        return self.nodes + self.virtual_addresses


@dataclass(frozen=True, kw_only=True)
class ProbeReport:
    """What the farm answered. Holds connection tokens (left out of the repr); only :meth:`as_result` may leave the process."""

    readings: tuple[Reading, ...]
    matrix: Matrix
    findings: tuple[Finding, ...]
    transports: tuple[TransportResult, ...] = ()
    releases: tuple[Release, ...] = field(default=())
    depth: str = "keys"

    @property
    def is_one_farm(self) -> bool:
        """Whether everyone accepts everyone's token and nothing was found that counts as a fault."""
        return self.matrix.is_one_farm and not any(finding.severity == "fault" for finding in self.findings)

    @property
    def summary(self) -> str:
        """The outcome in one or two sentences."""
        good = sum(cell.diagnosis.is_good for cell in self.matrix.cells)
        count = f"{good} of {len(self.matrix.cells)} token checks accepted"
        if self.is_one_farm:
            return f"The farm is one: {count}."
        faults = [finding for finding in self.findings if finding.severity == "fault"]
        first = f" {faults[0].what} {faults[0].next_step}" if faults else ""
        more = f" (And {len(faults) - 1} more.)" if len(faults) > 1 else ""
        return f"The farm is not one: {count}.{first}{more}"

    def as_result(self) -> dict[str, Any]:
        """Plain data without any token, in a stable order and without times: two probes of the same farm give equal results."""
        releases = {one.name: one.release for one in self.releases}
        result: dict[str, Any] = {
            "farm_is_one": self.is_one_farm,
            "summary": self.summary,
            "depth": self.depth,
            "key_groups": key_groups(self.matrix),
            "nodes": [_node_row(reading, releases) for reading in self.readings],
            "matrix": [
                {"from": cell.source.name, "to": cell.target.name, "attempts": cell.attempts, "failures": cell.failures}
                | _diagnosis_row(cell.diagnosis)
                for cell in self.matrix.cells
            ],
            "transports": [
                {"node": one.endpoint.name, "transport": one.transport, "step": one.step} | _diagnosis_row(one.diagnosis)
                for one in self.transports
            ],
            "findings": [
                {
                    "code": finding.code,
                    "severity": finding.severity,
                    "where": list(finding.where),
                    "what": finding.what,
                    "next_step": finding.next_step,
                }
                for finding in self.findings
            ],
        }
        tokens = [one.token for reading in self.readings for one in reading.negotiations]
        # Nothing above takes a token; this is the net below it, for a server that quotes the query in an error text.
        return mask_values(result, [*tokens, *(quote(token, safe="") for token in tokens)])


def _diagnosis_row(diagnosis: Any) -> dict[str, Any]:
    return {
        "verdict": diagnosis.verdict.value,
        "status": diagnosis.status,
        "said": diagnosis.said,
        "cause": diagnosis.cause,
        "next_step": diagnosis.next_step,
    }


def _node_row(reading: Reading, releases: dict[str, str | None]) -> dict[str, Any]:
    first = reading.first
    row = {
        "name": reading.endpoint.name,
        "url": reading.endpoint.url,
        "host_header": reading.endpoint.host_header,
        "is_virtual": reading.endpoint.is_virtual,
        "server": reading.server,
        "release": releases.get(reading.endpoint.name),
        "try_websockets": None if first is None else all(one.try_websockets for one in reading.negotiations),
        "protocol_version": None if first is None else first.protocol_version,
        "token_characters": None if first is None else first.token_length,
        "mac": None if first is None else mac_by_token_length(first.token_length),
        "timeouts": None if first is None else first.timeouts,
    }
    return row | _diagnosis_row(reading.diagnosis)


async def probe_farm(request: ProbeRequest, port: HttpPort, *, pause: Pause = asyncio.sleep) -> ProbeReport:
    """Ask the farm. Raises nothing for what the farm answers or leaves unanswered: that is the report."""
    hub = request.call.hub if request.call else None
    readings = await _read(request, port, hub, pause)
    matrix = await ask_matrix(port, readings)
    releases = await _ask_releases(request, port, readings)
    transports = await _try_transports(request, port, readings) if request.depth == "transports" else []
    findings = find_all(readings, matrix, transports=transports, releases=releases, expect_release=request.expect_release)
    return ProbeReport(
        readings=tuple(readings),
        matrix=matrix,
        findings=tuple(replace(finding, is_accepted=finding.code in request.accept) for finding in findings),
        transports=tuple(transports),
        releases=tuple(releases),
        depth=request.depth,
    )


async def _read(request: ProbeRequest, port: HttpPort, hub: str | None, pause: Pause) -> list[Reading]:
    """Negotiate everywhere; those that may still be starting are asked again until the time to wait is over."""
    readings = await ask_all(port, request.endpoints, nodes=len(request.nodes), hub=hub)
    clock = asyncio.get_running_loop().time
    end = clock() + request.wait
    # Bounded twice: a look at a node that hangs takes longer than the pause.
    for _look in range(int(request.wait / _PAUSE)):
        late = [reading.endpoint for reading in readings if reading.diagnosis.verdict.may_pass]
        if not late or clock() >= end:
            break
        await pause(_PAUSE)
        again = {reading.endpoint: reading for reading in await ask_all(port, late, nodes=len(request.nodes), hub=hub)}
        readings = [again.get(reading.endpoint, reading) for reading in readings]
    return readings


async def _ask_releases(request: ProbeRequest, port: HttpPort, readings: Iterable[Reading]) -> list[Release]:
    path = request.release_path
    if path is None:
        return []
    gate = asyncio.Semaphore(CONCURRENCY)

    async def ask(endpoint: Endpoint) -> Release:
        async with gate:
            return await _ask_release(port, endpoint, path)

    return list(await asyncio.gather(*(ask(reading.endpoint) for reading in readings if reading.is_good)))


async def _ask_release(port: HttpPort, endpoint: Endpoint, path: str) -> Release:
    """The release id an endpoint serves: the text of a file, or ``release`` in a JSON file. A relative path starts at the application."""
    target = path if path.startswith("/") else f"{endpoint.path.rsplit('/', 1)[0]}/{path}"
    try:
        answer = await port.exchange(endpoint, Call(target=quote(target), is_absolute=True))
    except NoAnswer as silence:
        return Release(name=endpoint.name, release=None, problem=f"{silence.what}.")
    if answer.status != 200:
        diagnosis = diagnose(answer, ask=Ask.NEGOTIATE, endpoint=endpoint)
        return Release(name=endpoint.name, release=None, problem=f"{answer.status} {diagnosis.said}.")
    listed = parse_json_object(answer.body)
    text = str(listed.get("release", "")) if listed is not None else answer.body.lstrip("\ufeff").strip()
    if not text or len(text) > _LONGEST_RELEASE or "\n" in text or "<" in text:
        return Release(name=endpoint.name, release=None, problem=f"{target} holds no release id.")
    return Release(name=endpoint.name, release=text)


async def _try_transports(request: ProbeRequest, port: HttpPort, readings: Sequence[Reading]) -> list[TransportResult]:
    gate = asyncio.Semaphore(CONCURRENCY)

    async def attempt(endpoint: Endpoint, transport: str) -> TransportResult:
        async with gate:
            return await try_transport(port, endpoint, transport, call=request.call, deadline=request.deadline)

    pairs = [(reading.endpoint, transport) for reading in readings if reading.is_good for transport in request.transports]
    return list(await asyncio.gather(*(attempt(endpoint, transport) for endpoint, transport in pairs)))
