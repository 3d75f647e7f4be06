# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who accepts whose connection token: every node and virtual address against every other, itself included."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .diagnosis import Diagnosis, Verdict
from .port import Endpoint, HttpPort
from .probe import Reading, negotiate, present_token

__all__ = ["Cell", "Matrix", "ask_all", "ask_matrix", "key_groups"]

#: Requests under way at a time; enough for a big farm, few enough for a balancer's connection limits.
CONCURRENCY = 12
#: A virtual address is asked several times, each time on a new connection, to meet more than one of the nodes behind it.
LEAST_ROUNDS, MOST_ROUNDS = 2, 6


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A token of ``source`` shown to ``target``. ``diagnosis`` is that of the worst of ``attempts`` tries, ``failures`` of which failed."""

    source: Endpoint
    target: Endpoint
    diagnosis: Diagnosis
    attempts: int = 0
    failures: int = 0


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """All cells, row by row in the order of ``endpoints`` (the source of the token is the row)."""

    endpoints: tuple[Endpoint, ...]
    cells: tuple[Cell, ...]

    @property
    def is_one_farm(self) -> bool:
        """Whether everyone accepts everyone's token."""
        return bool(self.cells) and all(cell.diagnosis.is_good for cell in self.cells)

    def cell(self, source: Endpoint, target: Endpoint) -> Cell:
        """The cell of these two."""
        width = len(self.endpoints)
        return self.cells[self.endpoints.index(source) * width + self.endpoints.index(target)]


def rounds_of(endpoint: Endpoint, nodes: int) -> int:
    """How often ``endpoint`` is asked when ``nodes`` nodes may stand behind it."""
    return min(max(LEAST_ROUNDS, nodes), MOST_ROUNDS) if endpoint.is_virtual else 1


async def ask_all(port: HttpPort, endpoints: Sequence[Endpoint], *, nodes: int, hub: str | None = None) -> list[Reading]:
    """Negotiate with every endpoint; the readings are in the order of ``endpoints``. ``nodes``: how many the farm has."""
    gate = asyncio.Semaphore(CONCURRENCY)

    async def ask(endpoint: Endpoint) -> Reading:
        answers: list[Reading] = []
        for _round in range(rounds_of(endpoint, nodes)):
            async with gate:
                answers.append(await negotiate(port, endpoint, hub=hub))
            if not answers[-1].is_good:
                return answers[-1]
        negotiations = tuple(negotiation for answer in answers for negotiation in answer.negotiations)
        return Reading(endpoint=endpoint, diagnosis=answers[0].diagnosis, negotiations=negotiations, server=answers[0].server)

    return list(await asyncio.gather(*(ask(endpoint) for endpoint in endpoints)))


async def ask_matrix(port: HttpPort, readings: Sequence[Reading]) -> Matrix:
    """Show every token to every endpoint that is fit to judge it."""
    gate = asyncio.Semaphore(CONCURRENCY)
    nodes = sum(not reading.endpoint.is_virtual for reading in readings)

    async def ask(source: Reading, target: Reading) -> Cell:
        unasked = _unasked(source, target)
        if unasked is not None:
            return Cell(source=source.endpoint, target=target.endpoint, diagnosis=unasked)
        tokens = range(len(source.negotiations))
        # Each token of a virtual address twice in a row: asked once each, a balancer that takes turns would hand every token to its own node.
        times = 2 if target.endpoint.is_virtual and source.endpoint.is_virtual else rounds_of(target.endpoint, nodes)
        found: list[Diagnosis] = []
        for index in (token for token in tokens for _time in range(times)):
            async with gate:
                found.append(await present_token(port, source, target.endpoint, token_index=index))
        failed = [diagnosis for diagnosis in found if not diagnosis.is_good]
        return Cell(
            source=source.endpoint,
            target=target.endpoint,
            diagnosis=failed[0] if failed else found[0],
            attempts=len(found),
            failures=len(failed),
        )

    cells = await asyncio.gather(*(ask(source, target) for source in readings for target in readings))
    return Matrix(endpoints=tuple(reading.endpoint for reading in readings), cells=tuple(cells))


def _unasked(source: Reading, target: Reading) -> Diagnosis | None:
    """Why this cell need not be asked; its own fault comes first, since it explains its whole column."""
    if not target.is_good:
        return target.diagnosis
    if source.is_good:
        return None
    return Diagnosis(
        verdict=Verdict.NO_TOKEN,
        cause=f"{source.endpoint.name} gave no token to show: {source.diagnosis.cause}",
        next_step=source.diagnosis.next_step,
    )


def key_groups(matrix: Matrix) -> list[list[str]]:
    """The nodes (not the virtual addresses) by key: names that accept each other's tokens stand in one group.

    Nodes that could not be asked are left out.
    """
    nodes = [endpoint for endpoint in matrix.endpoints if not endpoint.is_virtual]
    groups: list[list[Endpoint]] = []
    for node in nodes:
        if matrix.cell(node, node).diagnosis.verdict not in (Verdict.ACCEPTED, Verdict.REFUSED):
            continue
        home = next((group for group in groups if _accept_each_other(matrix, node, group)), None)
        if home is None:
            groups.append([node])
        else:
            home.append(node)
    return [[node.name for node in group] for group in groups]


def _accept_each_other(matrix: Matrix, node: Endpoint, group: Iterable[Endpoint]) -> bool:
    # "Unrecognized user identity" comes after decryption: such a token was read, so the key is the same.
    read = (Verdict.ACCEPTED, Verdict.IDENTITY)
    return all(matrix.cell(*pair).diagnosis.verdict in read for other in group for pair in ((node, other), (other, node)))
