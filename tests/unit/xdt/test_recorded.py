# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both writers against what Microsoft's engine answered. The scores are printed: ``pytest -s`` shows them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.xdt import transform
from unit.xdt import recorded

EMPTY = b'<x xmlns:xdt="http://schemas.microsoft.com/XML-Document-Transform"/>'


def _msft(cases: Iterable[recorded.Case], which: str) -> None:
    found = [(case.name, recorded.difference(case, recorded.asked(case, "msft"))) for case in cases]
    missed = [one for one in found if one[1]]
    print(f"{which}: msft {len(found) - len(missed)}/{len(found)} byte- and log-equal")
    assert not missed


def _exact(cases: Iterable[recorded.Case], which: str) -> None:
    total, missed = 0, []
    for case in cases:
        if case.is_broken:
            continue
        total += 1
        result = recorded.asked(case, "exact")
        same_log = [entry[:2] for entry in recorded.log_of(result)] == [entry[:2] for entry in case.log]
        if result.output is None or not same_log or recorded.meaning(result.output) != recorded.meaning(case.output):
            missed.append(case.name)
    print(f"{which}: exact {total - len(missed)}/{total} semantically equal, with the same log")
    assert not missed


def test_the_chosen_cases_to_the_byte(golden: Path) -> None:
    _msft(recorded.chosen_cases(golden), "xdt")


def test_the_chosen_cases_by_meaning(golden: Path) -> None:
    _exact(recorded.chosen_cases(golden), "xdt")


def test_a_tenth_of_the_random_cases(golden: Path) -> None:
    _msft(recorded.random_cases(golden, step=10), "xdt-random, each tenth")
    _exact(recorded.random_cases(golden, step=10), "xdt-random, each tenth")


@pytest.mark.slow
def test_all_random_cases(golden: Path) -> None:
    _msft(recorded.random_cases(golden), "xdt-random")
    _exact(recorded.random_cases(golden), "xdt-random")


def test_a_transform_that_does_nothing_changes_no_byte(golden: Path) -> None:
    changed, read = [], 0
    for case in (*recorded.chosen_cases(golden), *recorded.random_cases(golden, step=3)):
        try:
            result = transform(case.source, EMPTY)
        except FarmError:
            continue
        read += 1
        if result.output != case.source:
            changed.append(case.name)
    print(f"no-op: {read - len(changed)}/{read} byte-equal")
    assert read
    assert not changed
