# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The run's private store: who may read it, what belongs to whom, and what becomes of it when its run is dead."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.store import RunStore


def a_store(tmp_path: Path, run: str, *, owner_pid: int | None = None) -> RunStore:
    return RunStore.open(tmp_path / run, owner_pid=os.getpid() if owner_pid is None else owner_pid)


def a_dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    store = a_store(tmp_path, "run")
    store.farm("chat", "Default Web Site/chat", check_mode=False).put("snapshot", "web01", "a key")
    assert {stat.S_IMODE(path.stat().st_mode) for path in store.folder.rglob("*")} == {0o600, 0o700}
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700


PARTS = [
    ("chat", "Site/a", False),
    ("chat", "Site/a", True),
    ("chat", "Site/b", False),
    ("other", "Site/a", False),
    ("chat~Site", "a", False),
]


def test_every_farm_application_and_mode_has_entries_of_its_own(tmp_path: Path) -> None:
    store = a_store(tmp_path, "run")
    for number, (farm, application, check_mode) in enumerate(PARTS):
        store.farm(farm, application, check_mode=check_mode).put("note", "a host", number)
        store.farm(farm, application, check_mode=check_mode).put("note", "another/host", number)
    told = [store.farm(farm, application, check_mode=check_mode).all("note") for farm, application, check_mode in PARTS]
    assert told == [{"a host": number, "another/host": number} for number in range(len(PARTS))]


def test_a_decision_is_made_once_and_an_error_is_not_kept(tmp_path: Path) -> None:
    farm = a_store(tmp_path, "run").farm("chat", "Site/a", check_mode=False)

    def fails() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        farm.decide("key", fails)
    assert [farm.decide("key", lambda: "the first"), farm.decide("key", lambda: "the second")] == ["the first"] * 2


def test_what_a_dead_run_left_is_swept_and_cannot_come_back(tmp_path: Path) -> None:
    dead = a_store(tmp_path, "dead", owner_pid=a_dead_process())
    left = dead.farm("chat", "Site/a", check_mode=False)
    left.put("snapshot", "web01", "a key")
    living = a_store(tmp_path, "living")
    a_store(tmp_path, "next")
    assert living.folder.is_dir() and not list((tmp_path / "dead").iterdir())
    with pytest.raises(FileNotFoundError):
        left.put("snapshot", "web02", "a key")  # a worker that outlived its run
    assert not list((tmp_path / "dead").iterdir())
