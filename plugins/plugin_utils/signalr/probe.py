# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The key probe: ask a node for a token, and ask another whether it can read it, without leaving a trace on either.

Two questions, because one is not enough. A node whose machineKey cannot be *used* (``<hex>,IsolateApps``, say) refuses every token in the
same words as a node with *another* key; only its own negotiate, which needs the key, tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from . import protocol
from .diagnosis import Ask, Diagnosis, Verdict, diagnose, diagnose_silence, not_signalr
from .port import Answer, Call, Endpoint, HttpPort, NoAnswer

__all__ = ["Reading", "negotiate", "present_token"]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What one endpoint said about itself. ``negotiations`` holds one entry for a node, several for a virtual address, none if it failed."""

    endpoint: Endpoint
    diagnosis: Diagnosis
    negotiations: tuple[protocol.Negotiation, ...] = field(default=(), repr=False)
    server: str = ""

    @property
    def first(self) -> protocol.Negotiation | None:
        """The first negotiation, or None."""
        return self.negotiations[0] if self.negotiations else None

    @property
    def is_good(self) -> bool:
        """Whether the endpoint gave a token each time it was asked."""
        return self.diagnosis.is_good


async def negotiate(port: HttpPort, endpoint: Endpoint, *, hub: str | None = None) -> Reading:
    """Ask ``endpoint`` for a connection token. Nothing is connected; an idle application is started by it, as by any request."""
    try:
        answer = await port.exchange(endpoint, Call(target=protocol.negotiate_target(hub=hub)))
    except NoAnswer as silence:
        return Reading(endpoint=endpoint, diagnosis=diagnose_silence(silence, endpoint=endpoint))
    server = answer.headers.get("server", "")
    if answer.status != 200:
        diagnosis = diagnose(answer, ask=Ask.NEGOTIATE, endpoint=endpoint)
        if answer.status == 500 and diagnosis.verdict is Verdict.FAILED and await _answers_ping(port, endpoint):
            diagnosis = _only_the_key_fails(diagnosis, endpoint)
        return Reading(endpoint=endpoint, diagnosis=diagnosis, server=server)
    try:
        negotiation = protocol.parse_negotiate(answer.body)
    except protocol.NotSignalR as fault:
        return Reading(endpoint=endpoint, diagnosis=not_signalr(answer, fault.reason, endpoint=endpoint), server=server)
    accepted = Diagnosis(verdict=Verdict.ACCEPTED, status=200)
    return Reading(endpoint=endpoint, diagnosis=accepted, negotiations=(negotiation,), server=server)


async def _answers_ping(port: HttpPort, endpoint: Endpoint) -> bool:
    """Whether SignalR answers there what it can answer without the machine key."""
    try:
        answer = await port.exchange(endpoint, Call(target="/ping"))
    except NoAnswer:
        return False
    return answer.status == 200 and protocol.is_pong(answer.body)


def _only_the_key_fails(diagnosis: Diagnosis, endpoint: Endpoint) -> Diagnosis:
    # Known by behaviour, not by words: customErrors hides them from remote callers, and a localized Windows translates them.
    return replace(
        diagnosis,
        verdict=Verdict.UNUSABLE,
        cause=f"{endpoint.name} answers ping and fails negotiate: its machineKey (or another section that negotiate needs) cannot be used.",
        next_step="Read the ASP.NET 1309 event in the node's Application log; write an explicit key (role farm_machine_key).",
    )


async def present_token(port: HttpPort, holder: Reading, endpoint: Endpoint, *, token_index: int = 0) -> Diagnosis:
    """Ask ``endpoint`` whether it can read a token that ``holder`` gave; accepted, refused, identity or what else it came to."""
    token = holder.negotiations[token_index].token
    try:
        answer: Answer = await port.exchange(endpoint, Call(target=protocol.key_probe_target(token)))
    except NoAnswer as silence:
        return diagnose_silence(silence, endpoint=endpoint)
    return diagnose(answer, ask=Ask.TOKEN, endpoint=endpoint, holder=holder.endpoint)
