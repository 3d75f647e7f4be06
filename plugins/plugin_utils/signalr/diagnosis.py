# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an answer, or the lack of one, means: the first row of the table of symptoms that fits."""

from __future__ import annotations

from .pages import read_page
from .port import Answer, Endpoint, NoAnswer
from .symptoms import OTHERWISE, RULES, SILENCE
from .verdict import Ask, Diagnosis, Symptom, Verdict

__all__ = ["Ask", "Diagnosis", "Verdict", "diagnose", "diagnose_silence", "not_signalr"]


def diagnose(answer: Answer, *, ask: Ask, endpoint: Endpoint, holder: Endpoint | None = None) -> Diagnosis:
    """What ``answer`` of ``endpoint`` means. ``holder`` is where the token came from, if one was shown."""
    page = read_page(answer.body)
    symptom = Symptom(
        ask=ask,
        endpoint=endpoint,
        status=answer.status,
        body=answer.body,
        page=page,
        server=answer.headers.get("server", ""),
        location=answer.headers.get("location", ""),
        holder=holder,
    )
    rule = next((rule for rule in RULES if rule.when(symptom)), OTHERWISE)
    said = page.said or answer.reason
    if page.where and rule.verdict is not Verdict.ACCEPTED:
        said = f"{said} ({page.where})"
    names = {"from": (holder or endpoint).name, "to": endpoint.name}
    return Diagnosis(
        verdict=rule.verdict,
        status=answer.status,
        said=said,
        cause=rule.cause.format_map(names),
        next_step=rule.next_step,
    )


def diagnose_silence(silence: NoAnswer, *, endpoint: Endpoint) -> Diagnosis:
    """What it means that ``endpoint`` gave no answer."""
    verdict, cause, next_step = SILENCE[silence.trouble]
    return Diagnosis(verdict=verdict, said=silence.what, cause=cause.format_map({"to": endpoint.name}), next_step=next_step)


def not_signalr(answer: Answer, reason: str, *, endpoint: Endpoint) -> Diagnosis:
    """What it means that ``endpoint`` answered negotiate with 200 and something else than a connection token."""
    page = read_page(answer.body)
    return Diagnosis(
        verdict=Verdict.NOT_SIGNALR,
        status=answer.status,
        said=page.title or page.said,
        cause=f"What answers at {endpoint.name} is not an ASP.NET SignalR 2 server: {reason}.",
        next_step="Check the hub's path and what is deployed there; a login or maintenance page answers with 200, too.",
    )
