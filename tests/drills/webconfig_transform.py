# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m drills.webconfig_transform``: both writers against Microsoft's recorded answers, and hostile files. Non-zero when a figure is missed."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from conftest import _shared

from . import COLLECTION_IS_IMPORTABLE

assert COLLECTION_IS_IMPORTABLE
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.xdt import transform
from unit.xdt import recorded

__all__ = ["main"]

#: Share of the random cases that the msft writer has to give to the byte, log included.
AIM = 0.995
SECONDS, SECONDS_OF_LARGE = 1.0, 3.0
LARGE = 500_000
INSERT = b'<configuration xmlns:xdt="http://schemas.microsoft.com/XML-Document-Transform"><add key="drill" xdt:Transform="Insert"/></configuration>'


def _msft(cases: Iterable[recorded.Case]) -> tuple[int, int, list[str]]:
    missed, total = [], 0
    for case in cases:
        total += 1
        if difference := recorded.difference(case, recorded.asked(case, "msft")):
            missed.append(f"msft {case.name}: {difference}")
    return total - len(missed), total, missed


def _exact(cases: Iterable[recorded.Case]) -> tuple[int, int, list[str]]:
    missed, total = [], 0
    for case in cases:
        if case.is_broken or case.output is None:
            continue
        total += 1
        result = recorded.asked(case, "exact")
        if result.output is None or recorded.meaning(result.output) != recorded.meaning(case.output):
            missed.append(f"exact {case.name}")
    return total - len(missed), total, missed


def _hostile(folder: Path) -> tuple[int, int, list[str]]:
    spec = importlib.util.spec_from_file_location("make_hostile", folder / "make_hostile.py")
    assert spec and spec.loader
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    cases = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    cases = cases.get("cases", cases)
    missed = []
    for name, case in cases.items():
        data = maker.make(name)
        begin = time.process_time()
        try:
            outcome = "accept" if transform(data, INSERT).output is not None else "reject"
        except FarmError:
            outcome = "reject"
        spent = time.process_time() - begin
        allowed = SECONDS_OF_LARGE if len(data) > LARGE else SECONDS
        wrong = case["require"] not in (outcome, "either")
        if wrong or spent > allowed:
            missed.append(f"hostile {name}: {outcome} in {spent:.2f} s")
    return len(cases) - len(missed), len(cases), missed


def main() -> int:
    """Prints the figures; the last line is the summary."""
    golden = _shared("golden", "WEBFARM_GOLDEN")
    if golden is None:
        print("webconfig transforms: the recorded answers are not here (WEBFARM_GOLDEN)")
        return 0
    measures: list[tuple[str, Callable[[], tuple[int, int, list[str]]], float]] = [
        ("chosen cases, msft", lambda: _msft(recorded.chosen_cases(golden)), 1.0),
        ("chosen cases, exact", lambda: _exact(recorded.chosen_cases(golden)), 1.0),
        ("random cases, msft", lambda: _msft(recorded.random_cases(golden)), AIM),
        ("random cases, exact", lambda: _exact(recorded.random_cases(golden)), 1.0),
        ("hostile files", lambda: _hostile(golden / "hostile-xml"), 1.0),
    ]
    parts, failed = [], False
    for name, measure, aim in measures:
        right, total, missed = measure()
        for line in missed[:20]:
            print(line)
        print(f"{name}: {right}/{total}")
        failed = failed or right < aim * total
        parts.append(f"{name} {right}/{total}")
    print(f"webconfig transforms: {'; '.join(parts)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
