# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run cases on targets, and hold every answer against what is expected of all of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from .answer import differences, full_differences, masked
from .case import Case
from .targets import Answers, Target

ANSWERS = Path(__file__).with_name("answers")
RECORD = " (record)"


@dataclass(frozen=True)
class Verdict:
    """What came of one case on one target; ``differences`` empty means: it answered as all have to."""

    case: Case
    target: str
    differences: tuple[str, ...] = ()
    answers: tuple[Any, ...] = field(default=(), repr=False)

    @property
    def is_equal(self) -> bool:
        return not self.differences


def run(target: Target, cases: Iterable[Case]) -> Iterator[Verdict]:
    """The verdicts of one target, which has to be running."""
    for case, answers in target.answers([case for case in cases if case.runs_on(target.name)]):
        yield judged(case, target.name, answers)


def judged(case: Case, target: str, answers: Answers) -> Verdict:
    """The verdict over the answers to one case."""
    about = [line for index, call in enumerate(case.calls) for line in differences(call.expects, answers[index], f"call {index + 1}")]
    return against_record(Verdict(case, target, tuple(about), tuple(masked(answer) for answer in answers)))


def against_record(verdict: Verdict) -> Verdict:
    """The verdict with every difference to the answers on record besides those to what the case is about."""
    recorded = recorded_answers(verdict.case.group).get(verdict.case.name)
    if recorded is None or len(recorded) != len(verdict.answers):
        found = ["there is no answer on record: run with --record"]
    else:
        pairs = enumerate(zip(recorded, verdict.answers, strict=True), start=1)
        found = [line for index, (expected, answer) in pairs for line in full_differences(expected, answer, f"call {index}{RECORD}")]
    about = [line for line in verdict.differences if RECORD not in line and "on record" not in line]
    return replace(verdict, differences=(*about, *found))


@cache
def recorded_answers(group: str) -> Mapping[str, list[Any]]:
    """The whole masked answers of a group's cases, as the target that was recorded gave them."""
    file = ANSWERS / f"{group}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def record(verdicts: Iterable[Verdict]) -> None:
    """Put the answers of these verdicts on record, in place of those that are there."""
    by_group: dict[str, dict[str, Any]] = {}
    for verdict in verdicts:
        by_group.setdefault(verdict.case.group, dict(recorded_answers(verdict.case.group)))[verdict.case.name] = list(verdict.answers)
    ANSWERS.mkdir(exist_ok=True)
    for group, answers in by_group.items():
        (ANSWERS / f"{group}.json").write_text(json.dumps(answers, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    recorded_answers.cache_clear()


def digest(case: Case) -> str:
    """Eight digits that change when the case or the answer on record changes: then nobody has confirmed it yet."""
    content = {
        "start": repr(case.start),
        "calls": [[call.module, call.request, call.check_mode] for call in case.calls],
        "answers": recorded_answers(case.group).get(case.name),
    }
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:8]
