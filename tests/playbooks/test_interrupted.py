# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes that fail, nodes that die, runs that are killed: the farm has one key afterwards, or the next run gives it one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from .harness import NODES, Run, Site

pytestmark = pytest.mark.slow

FIRST = {"validation_key": "A1" * 8 + "0F1E2D3C4B5A69788796A5B4C3D2E1F0" * 3 + "7C" * 8, "decryption_key": "5B9A3E7D1C8F2046" * 4}
SECOND = {"validation_key": "C3" * 8 + "1A2B3C4D5E6F708192A3B4C5D6E7F809" * 3 + "8D" * 8, "decryption_key": "0D4E8F2A6B1C9753" * 4}
PLAY = [{"hosts": "signalr_farm", "gather_facts": False, "roles": [{"role": "webfarm.signalr.farm_machine_key"}]}]


Keyed = tuple[Site, dict[str, str], dict[str, str]]


def give(site: Site, key: dict[str, str]) -> Run:
    """The key change alone, with a key by variable so that before and after can be told apart."""
    play = site.write_playbook("key.yml", PLAY)
    return site.play(play, farm_machine_key_value=key, farm_machine_key_accept_weak=True, farm_machine_key_proof_wait=5)


def keys(site: Site) -> list[str]:
    return [(site.key(node) or ("",))[0] for node in NODES]


def traces(site: Site, node: str) -> list[str]:
    """The farm's staged and previous files, its journal, and the note of a drain that nobody ended."""
    found = [path.name for path in site.drive(node).rglob("*.config") if any(part in path.name for part in (".new.", ".old.", ".drained."))]
    return found + [path.name for path in site.drive(node).rglob("journal.json")]


@pytest.fixture
def keyed(shared: Site) -> tuple[Site, dict[str, str], dict[str, str]]:
    """A farm, the key that it has, and another one. What the test before has left is mended as a person would: by running again."""
    shared.farm.control.repair()
    if len(set(keys(shared))) != 1 or keys(shared)[0] not in (FIRST["validation_key"], SECOND["validation_key"]):
        done = give(shared, FIRST)
        assert not done.failed, done.output
    return (shared, FIRST, SECOND) if keys(shared)[0] == FIRST["validation_key"] else (shared, SECOND, FIRST)


#: Where it goes wrong on web02 -> the fault, and whether the node is known to be as before.
FAULTS: dict[str, dict[str, Any]] = {
    "the file cannot be staged: no room": {"kind": "disk_full", "operation": "stage_file"},
    "the file is locked for good": {"kind": "sharing_violation", "operation": "replace_file"},
    "the pool does not stop": {"kind": "timeout", "operation": "stop_pool"},
    "the pool does not start": {"kind": "timeout", "operation": "start_pool"},
    "the answer to prepare is lost": {"kind": "drop", "operation": "stage_file", "when": "after"},
    "the answer to switch is lost": {"kind": "drop", "operation": "replace_file", "when": "after"},
    "the switch never arrives": {"kind": "drop", "operation": "replace_file", "when": "before"},
}


@pytest.mark.parametrize("what", FAULTS)
def test_when_one_node_fails_the_farm_has_one_key_in_the_end(keyed: Keyed, what: str) -> None:
    site, old, new = keyed
    site.farm.control.fault("web02", **FAULTS[what])
    failed = give(site, new)
    assert failed.failed
    assert "web02" in failed.output
    site.farm.control.repair()
    again = give(site, new)
    assert not again.failed, again.output
    assert keys(site) == [new["validation_key"]] * 3
    assert [traces(site, node) for node in NODES] == [[], [], []]


def test_when_a_node_refuses_its_key_every_node_has_the_old_one(keyed: Keyed) -> None:
    """The fault is one that the node undoes itself, so all of them can be told apart from a lost node: none keeps the new key."""
    site, old, new = keyed
    site.farm.control.fault("web02", "disk_full", operation="replace_file")
    failed = give(site, new)
    assert failed.failed and "disk_full" in failed.output
    assert keys(site) == [old["validation_key"]] * 3
    assert [traces(site, node) for node in NODES] == [[], [], []]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_node_that_dies_at_the_switch_is_named_and_finished_by_the_next_run(keyed: Keyed, when: str) -> None:
    site, old, new = keyed
    site.farm.control.fault("web03", "die", operation="replace_file", when=when)
    failed = give(site, new)
    assert failed.failed and "web03" in failed.output
    alive = {site.key("web01"), site.key("web02")}
    assert len(alive) == 1
    site.farm.control.repair("web03")
    again = give(site, new)
    assert not again.failed, again.output
    assert keys(site) == [new["validation_key"]] * 3
    assert [traces(site, node) for node in NODES] == [[], [], []]


def test_a_file_that_is_held_for_a_moment_is_tried_again(keyed: Keyed) -> None:
    site, old, new = keyed
    site.farm.control.fault("web02", "sharing_violation", operation="replace_file", times=2)
    done = give(site, new)
    assert not done.failed, done.output
    assert keys(site) == [new["validation_key"]] * 3


#: What is killed -> the playbook's arguments, and how many calls the nodes get from a run of it that comes to its end.
KILLED = {"a key change": 12, "the whole site": 40}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("what", KILLED)
def test_a_run_that_is_killed_is_finished_by_the_next(site: Site, what: str, seed: int) -> None:
    """At a moment that nobody chose. The next run must neither wait for the dead one's lease nor need a person."""
    chosen = random.Random(f"{what} {seed}")
    variables = site.directory / "variables.yml"
    variables.write_text(f"farm_machine_key_value: {SECOND}\nfarm_machine_key_accept_weak: true\nfarm_machine_key_authority: variable\n")
    book: str | Path = "site.yml"
    if what == "a key change":
        assert not site.play("site.yml").failed
        book = site.write_playbook("key.yml", PLAY)
    site.farm.control.reset_calls()
    process = subprocess.Popen(
        site.command(book, "-e", f"@{variables}"),
        env=site.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _wait_for_calls(site, chosen.randrange(1, KILLED[what]), process)
    os.killpg(process.pid, signal.SIGKILL) if chosen.random() < 0.5 else process.send_signal(signal.SIGKILL)
    process.wait(30)
    again = site.play("site.yml", "-e", f"@{variables}")
    assert not again.failed, again.output
    assert keys(site) == [SECOND["validation_key"]] * 3
    assert [traces(site, node) for node in NODES] == [[], [], []]
    quiet = site.play("site.yml", "-e", f"@{variables}")
    assert not quiet.failed, quiet.output
    assert set(quiet.changed.values()) == {0}


def _wait_for_calls(site: Site, count: int, process: subprocess.Popen[bytes]) -> None:
    """Until the nodes have been asked ``count`` times in all, or the run is over."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if sum(sum(calls["modules"].values()) for calls in site.farm.control.calls().values()) >= count:
            return
        time.sleep(0.02)
