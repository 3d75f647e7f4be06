# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who has confirmed which case: the file that says what has been held against what.

A confirmation carries the digest of its case. When the case or the answer on record changes, nobody has confirmed it any more.
The file has no dates: it changes only when what is known changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .case import Case
from .outcome import Verdict, digest

FILE = Path(__file__).with_name("confirmed.json")


@dataclass(frozen=True)
class Confirmations:
    """For each case the labels of the targets that gave the answer on record: ``model``, ``powershell``, ``windows 10.0.20348``."""

    by_case: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, cases: Iterable[Case], file: Path = FILE) -> Confirmations:
        """Those that still hold."""
        known = json.loads(file.read_text(encoding="utf-8"))["cases"] if file.exists() else {}
        held = {}
        for case in cases:
            entry = known.get(case.name, {})
            held[case.name] = tuple(entry.get("by", ())) if entry.get("digest") == digest(case) else ()
        return cls(held)

    def updated(self, verdicts: Iterable[Verdict], labels: Mapping[str, str]) -> Confirmations:
        """With the verdicts of a run: a target that answered otherwise is taken out, one that answered so is put in."""
        by_case = {name: set(by) for name, by in self.by_case.items()}
        for verdict in verdicts:
            (set.add if verdict.is_equal else set.discard)(by_case.setdefault(verdict.case.name, set()), labels[verdict.target])
        return Confirmations({name: tuple(sorted(by)) for name, by in by_case.items()})

    def write(self, cases: Iterable[Case], file: Path = FILE) -> None:
        entries = {case.name: {"digest": digest(case), "by": list(self.by_case.get(case.name, ()))} for case in cases}
        lines = ",\n".join(f'  "{name}": {json.dumps(entry)}' for name, entry in sorted(entries.items()))
        file.write_text('{"cases": {\n' + lines + "\n}}\n", encoding="utf-8")

    def kinds(self, case: Case) -> frozenset[str]:
        """``model``, ``powershell``, ``windows``, without versions."""
        return frozenset(label.partition(" ")[0] for label in self.by_case.get(case.name, ()))
