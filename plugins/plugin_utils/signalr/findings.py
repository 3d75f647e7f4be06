# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only shows when node is compared with node: the differences that make N good nodes a bad farm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .matrix import Cell, Matrix, key_groups
from .probe import Reading
from .protocol import mac_by_token_length
from .transports import TransportResult
from .verdict import Verdict

__all__ = ["ACCEPTABLE", "CODES", "Finding", "Release", "find_all"]

#: What may be found, and whether it is a fault (the farm is not one) or a warning.
CODES = {
    "node_not_answering": "fault",
    "keys_differ": "fault",
    "identities_differ": "fault",
    "token_refused": "fault",
    "mac_differs": "fault",
    "websockets_differ": "fault",
    "websockets_missing": "warning",
    "timeouts_differ": "warning",
    "versions_differ": "warning",
    "path_differs": "fault",
    "release_differs": "fault",
    "release_unexpected": "fault",
    "release_unknown": "fault",
    "transport_failed": "fault",
}
#: These a caller may choose to live with. A token that is not accepted is not among them: that is what a farm is about.
ACCEPTABLE = tuple(code for code in CODES if code not in ("node_not_answering", "keys_differ", "identities_differ", "token_refused"))


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing a person has to know. ``where`` are names of nodes and virtual addresses."""

    code: str
    where: tuple[str, ...]
    what: str
    next_step: str
    is_accepted: bool = False

    @property
    def severity(self) -> str:
        """``fault``, ``warning``, or ``accepted`` for what the caller said not to count."""
        return "accepted" if self.is_accepted else CODES[self.code]


@dataclass(frozen=True, kw_only=True)
class Release:
    """The release id that an endpoint serves; None with ``problem`` when it could not be read."""

    name: str
    release: str | None
    problem: str = ""


def find_all(
    readings: Sequence[Reading],
    matrix: Matrix,
    *,
    transports: Iterable[TransportResult] = (),
    releases: Sequence[Release] = (),
    expect_release: str | None = None,
) -> list[Finding]:
    """Everything that is to be said about the farm, the causes before what follows from them."""
    good = [reading for reading in readings if reading.is_good]
    return [
        *_not_answering(readings),
        *_keys(matrix),
        *_identities(matrix),
        *_refusals(matrix),
        *_differences(good),
        *_websockets(good),
        *_paths(good),
        *_releases(releases, expect_release),
        *_transports(transports),
    ]


def _not_answering(readings: Iterable[Reading]) -> Iterable[Finding]:
    for reading in readings:
        if not reading.is_good:
            diagnosis = reading.diagnosis
            said = f" It said: {diagnosis.said}" if diagnosis.said else ""
            yield Finding(
                code="node_not_answering", where=(reading.endpoint.name,), what=f"{diagnosis.cause}{said}", next_step=diagnosis.next_step
            )


def _keys(matrix: Matrix) -> Iterable[Finding]:
    groups = key_groups(matrix)
    if len(groups) < 2:
        return
    held = "; ".join(f"{_listed(group)} {'hold' if len(group) > 1 else 'holds'} one key" for group in groups)
    yield Finding(
        code="keys_differ",
        where=tuple(name for group in groups for name in group),
        what=f"There are {len(groups)} machine keys in the farm: {held}.",
        next_step="Give every node the same explicit machineKey (role farm_machine_key).",
    )


def _identities(matrix: Matrix) -> Iterable[Finding]:
    for cell in matrix.cells:
        if cell.diagnosis.verdict is Verdict.IDENTITY:
            where = (cell.source.name, cell.target.name)
            yield Finding(code="identities_differ", where=where, what=cell.diagnosis.cause, next_step=cell.diagnosis.next_step)
            return


def _refusals(matrix: Matrix) -> Iterable[Finding]:
    """Cells that no other finding explains: a node against itself, a virtual address, an answer from something between."""
    explained = (Verdict.ACCEPTED, Verdict.NO_TOKEN, Verdict.IDENTITY)
    through: dict[str, list[Cell]] = {}
    for cell in matrix.cells:
        verdict = cell.diagnosis.verdict
        if verdict in explained or not cell.attempts:
            continue
        virtual = next((one.name for one in (cell.target, cell.source) if one.is_virtual), None)
        if verdict is Verdict.REFUSED and virtual is not None:
            through.setdefault(virtual, []).append(cell)
        elif verdict is not Verdict.REFUSED or cell.source == cell.target:
            diagnosis = cell.diagnosis
            where = (cell.source.name, cell.target.name)
            yield Finding(code="token_refused", where=where, what=diagnosis.cause, next_step=diagnosis.next_step)
    for name, cells in through.items():
        failures, attempts = sum(cell.failures for cell in cells), sum(cell.attempts for cell in cells)
        yield Finding(
            code="token_refused",
            where=(name,),
            what=f"Through {name} {failures} of {attempts} tokens were refused: the nodes behind it do not all have the same machine key.",
            next_step=cells[0].diagnosis.next_step,
        )


@dataclass(frozen=True, kw_only=True)
class _Difference:
    """A value that should be the same everywhere."""

    code: str
    label: str
    value: Callable[[Any], Any]
    next_step: str


_DIFFERENCES = (
    _Difference(
        code="mac_differs",
        label="The tokens are protected by different algorithms, so the effective validation differs",
        value=lambda first: mac_by_token_length(first.token_length) or f"{first.token_length} characters",
        next_step="Set validation and decryption to the same values on every node; a node without a machineKey runs on HMACSHA256 and AES.",
    ),
    _Difference(
        code="timeouts_differ",
        label="The timeouts differ, and the node that a client negotiates with rules it on all others",
        value=lambda first: ", ".join(f"{name} {value}" for name, value in first.timeouts.items()),
        next_step="Set KeepAlive, DisconnectTimeout and ConnectionTimeout in code that is the same on every node.",
    ),
    _Difference(
        code="versions_differ",
        label="The nodes answer with different protocol versions, so they run different versions of SignalR",
        value=lambda first: first.protocol_version,
        next_step="Deploy the same release to every node.",
    ),
)


def _differences(good: Sequence[Reading]) -> Iterable[Finding]:
    for difference in _DIFFERENCES:
        by_value: dict[Any, list[str]] = {}
        for reading in good:
            for negotiation in reading.negotiations:
                names = by_value.setdefault(difference.value(negotiation), [])
                if reading.endpoint.name not in names:
                    names.append(reading.endpoint.name)
        if len(by_value) > 1:
            values = "; ".join(f"{_listed(names)}: {value}" for value, names in by_value.items())
            where = tuple(dict.fromkeys(name for names in by_value.values() for name in names))
            yield Finding(code=difference.code, where=where, what=f"{difference.label}. {values}.", next_step=difference.next_step)


def _websockets(good: Sequence[Reading]) -> Iterable[Finding]:
    lacking = [reading.endpoint.name for reading in good if not all(one.try_websockets for one in reading.negotiations)]
    if not lacking:
        return
    everyone = len(lacking) == len(good)
    yield Finding(
        code="websockets_missing" if everyone else "websockets_differ",
        where=tuple(lacking),
        what=f'{_listed(lacking)} {"say" if len(lacking) > 1 else "says"} "TryWebSockets":false: the WebSocket Protocol feature is missing, or was installed '
        "after the application started. "
        + ("" if everyone else "A client that moves there on reconnect does not fall back to another transport."),
        next_step="Install Web-WebSockets on every node (role farm_websockets) and restart the application pool.",
    )


def _paths(good: Sequence[Reading]) -> Iterable[Finding]:
    for reading in good:
        said = next((one.url for one in reading.negotiations if one.url.lower() != reading.endpoint.path.lower()), None)
        if said is not None:
            yield Finding(
                code="path_differs",
                where=(reading.endpoint.name,),
                what=f"{reading.endpoint.name} was asked at {reading.endpoint.path} and calls itself {said}: something on the way rewrites the "
                "path, and clients go on with the path that the server names.",
                next_step="Publish the application under the path it has on the nodes.",
            )


def _releases(releases: Sequence[Release], expected: str | None) -> Iterable[Finding]:
    unknown = [one for one in releases if one.release is None]
    for one in unknown:
        yield Finding(
            code="release_unknown",
            where=(one.name,),
            what=f"The release that {one.name} serves cannot be read: {one.problem}",
            next_step="Check release_path, and that the release was deployed to this node (role farm_app).",
        )
    known = [one for one in releases if one.release is not None]
    if expected is not None:
        for one in known:
            if one.release != expected:
                yield Finding(
                    code="release_unexpected",
                    where=(one.name,),
                    what=f"{one.name} serves release {one.release}, not {expected}.",
                    next_step="Deploy the release to this node and recycle its pool (role farm_app).",
                )
    elif len({one.release for one in known}) > 1:
        yield Finding(
            code="release_differs",
            where=tuple(one.name for one in known),
            what="The nodes serve different releases: " + "; ".join(f"{one.name} {one.release}" for one in known) + ".",
            next_step="Deploy one release to every node (role farm_app).",
        )


def _transports(results: Iterable[TransportResult]) -> Iterable[Finding]:
    for result in results:
        # That WebSockets are not offered is a finding of its own, with its own weight.
        if not result.is_good and result.diagnosis.verdict is not Verdict.NOT_OFFERED:
            said = f" It said: {result.diagnosis.said}" if result.diagnosis.said else ""
            yield Finding(
                code="transport_failed",
                where=(result.endpoint.name,),
                what=f"{result.transport} fails at {result.step}: {result.diagnosis.cause}{said}",
                next_step=result.diagnosis.next_step,
            )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
