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
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.store import RunStore, is_running, process_identity


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


def test_names_may_be_of_any_length_and_shape(tmp_path: Path) -> None:
    """Fifty hosts make a long name of a decision, and a package's path is a name, too."""
    store = a_store(tmp_path, "run")
    farm = store.farm("chat", "Site/" + "a" * 300, check_mode=False)
    names = ["key of " + " ".join(f"web{n:02}.corp.example" for n in range(count)) for count in (50, 51)]
    names += ["/srv/" + "x/" * 200, "..", "\u00e9" * 90, "a~b", "a%7Eb", "A", "a"]
    for number, name in enumerate(names):
        assert farm.decide(name, lambda number=number: number) == number
        farm.put("note", name, number)
    assert farm.all("note") == {name: number for number, name in enumerate(names)}
    assert [farm.get("decision", name) for name in names] == list(range(len(names)))
    assert store.farm("chat", "Site/" + "a" * 301, check_mode=False).all("note") == {}


def test_one_of_many_processes_decides(tmp_path: Path) -> None:
    a_store(tmp_path, "run")
    script = (
        "import sys, os; sys.path.insert(0, sys.argv[1])\n"
        "from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.store import RunStore, is_running, process_identity\n"
        "farm = RunStore.open(sys.argv[2], owner_pid=os.getpid()).farm('chat', 'Site/a', check_mode=False)\n"
        "sys.stdin.readline()\n"
        "print(farm.decide('key', lambda: os.urandom(8).hex()))\n"
    )
    tree = next(path for path in sys.path if (Path(path) / "ansible_collections" / "webfarm" / "signalr").exists())
    command = [sys.executable, "-c", script, tree, str(tmp_path / "run")]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _turn in range(3)]
    decisions = {process.communicate("\n", timeout=60)[0].strip() for process in processes}
    assert len(decisions) == 1 and decisions != {""}


@pytest.mark.parametrize(
    ("change", "runs"),
    [
        ({}, True),
        ({"started": "1"}, False),  # the number was given to a later process
        ({"controller": "another"}, None),
        ({"pid": 0}, False),
        ({"pid": "x"}, False),
        ({"pid": 2**22 + 1}, False),
    ],
)
def test_whether_a_process_still_runs(change: dict[str, object], runs: bool | None) -> None:
    assert is_running({**process_identity(os.getpid()), **change}) is runs


def test_a_process_that_nobody_has_waited_for_is_dead() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    identity = process_identity(process.pid)
    assert is_running(identity) is True
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is still in the table
    assert is_running(identity) is False
    process.communicate()


def test_a_run_has_one_name_and_another_run_another(tmp_path: Path) -> None:
    one, other = a_store(tmp_path, "one"), a_store(tmp_path, "two")
    assert one.run_id == a_store(tmp_path, "one").run_id != other.run_id
    assert one.owner["pid"] == os.getpid()
