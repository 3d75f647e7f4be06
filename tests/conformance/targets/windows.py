# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Windows server that a user names: disposable, with IIS, reached as his inventory says.

One playbook makes all calls over one connection and writes down the answers; they are judged here afterwards.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..case import Call, Case, b64, change, op
from ..checkout import collections_path
from ..world import FILES, POOLS, ROOT, SITES, baseline, folders_of
from . import Answers, NotToBeHad

PLAYBOOK = Path(__file__).resolve().parents[1] / "windows" / "run.yml"


@dataclass
class WindowsTarget:
    """Answers over the connection of ``host`` in ``inventory``."""

    inventory: Path | None
    host: str | None
    name: str = "windows"
    _folder: Path = field(default=Path())
    _version: str = ""

    @contextmanager
    def running(self) -> Iterator[WindowsTarget]:
        if self.inventory is None or self.host is None:
            raise NotToBeHad("name a disposable server with --inventory and --host (docs/conformance.md)")
        with tempfile.TemporaryDirectory(prefix="conformance-windows-") as folder:
            self._folder = Path(folder)
            yield self

    def label(self) -> str:
        return f"{self.name} {self._version}".strip()

    def answers(self, cases: Iterable[Case]) -> Iterator[tuple[Case, Answers]]:
        chosen = list(cases)
        calls, answers = self._folder / "calls.json", self._folder / "answers.jsonl"
        calls.write_text(json.dumps(plan(chosen)), encoding="utf-8")
        self._play(calls, answers)
        by_name = {case.name: case for case in chosen}
        for line in answers.read_text(encoding="utf-8").splitlines() if answers.exists() else ():
            told = json.loads(line)
            self._version = told.get("os_version", self._version)
            if told.get("name") in by_name:
                yield by_name[told["name"]], told["answers"]

    def _play(self, calls: Path, answers: Path) -> None:
        """Run the playbook with its output on this terminal; AssertionError when it failed."""
        command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(self.inventory), str(PLAYBOOK)]
        command += ["-e", json.dumps({"conformance_host": self.host, "conformance_calls": str(calls), "conformance_answers": str(answers)})]
        collections_path()
        done = subprocess.run(command, check=False)
        assert done.returncode == 0, f"ansible-playbook ended with {done.returncode}; what it had done on {self.host} was cleaned up"


def plan(cases: Iterable[Case]) -> dict[str, Any]:
    """What the playbook is to do: for each case the call that sets it up, and its calls; and what has to be removed after each."""
    return {
        "root": ROOT,
        "sites": list(SITES),
        "pools": list(POOLS),
        "cases": [{"name": case.name, "setup": _told(set_up(case)), "calls": [_told(call) for call in case.calls]} for case in cases],
    }


def set_up(case: Case) -> Call:
    """The world and the case's starting state, by the very operations that are tested elsewhere."""
    files = {**FILES, **case.start.files}
    folders = [op("make_directory", path=path) for path in folders_of(files)]
    written = [op("write_file", path=path, content=b64(data)) for path, data in files.items() if data is not None]
    return change(*folders, *written, *baseline(), *case.start.setup, expects={}, run="setup")


def _told(call: Call) -> dict[str, Any]:
    return {"module": call.module, "request": call.request, "check_mode": call.check_mode}
