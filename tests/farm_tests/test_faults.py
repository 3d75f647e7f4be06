# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault happens at the chosen moment, once, and leaves what it should leave: on the wire, and inside a node."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from farm.control.running import RunningFarm, running_farm

from .winrm_client import WinRmClient

FOLDER = {"op": "make_directory", "path": r"%ProgramData%\webfarm"}
FILE = r"%ProgramData%\notes.config"


def write(text: str) -> dict[str, Any]:
    return {"op": "write_file", "path": FILE, "content": base64.b64encode(text.encode()).decode(), "expect": {"absent": True}}


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFarm]:
    with running_farm(tmp_path_factory.mktemp("farm"), "--nodes", "2") as running:
        yield running


@pytest.fixture
def drive(farm: RunningFarm) -> Iterator[Path]:
    """Drive C: of web01, without what an earlier test made there."""
    drive = Path(farm.description["nodes"]["web01"]["root"]) / "drive_c"
    yield drive
    farm.control.repair()
    for path in (drive / "ProgramData").iterdir():
        path.rmdir() if path.is_dir() else path.unlink()
    farm.control.reset_calls()


# ---- on the wire: (fault, whether the call was carried out although its answer was lost)
LOST = [
    ({"kind": "drop", "when": "before", "module": "node_change"}, False),
    ({"kind": "drop", "when": "after", "module": "node_change"}, True),
    ({"kind": "drop", "when": "before", "operation": "make_directory"}, False),
    ({"kind": "drop", "when": "after", "operation": "make_directory"}, True),
    ({"kind": "drop", "request": 1}, False),
    ({"kind": "drop", "request": 3}, False),
]


@pytest.mark.parametrize(("fault", "carried_out"), LOST, ids=[str(sorted(fault.items())) for fault, _rest in LOST])
def test_a_connection_is_dropped_once_at_the_chosen_moment(
    farm: RunningFarm, drive: Path, fault: dict[str, Any], carried_out: bool
) -> None:
    client = WinRmClient(farm, "web01")
    farm.control.fault("web01", **fault)
    if "request" not in fault:
        assert client.state(host={})["state"]  # it waits for the module or operation that it was made for
    with pytest.raises(requests.ConnectionError):
        client.change(FOLDER)
    assert (drive / "ProgramData" / "webfarm").is_dir() is carried_out
    assert client.change(FOLDER)["changed"] is not carried_out


def test_a_fault_waits_for_the_kth_call_and_happens_as_often_as_it_says(farm: RunningFarm, drive: Path) -> None:
    client = WinRmClient(farm, "web01")
    farm.control.fault("web01", "drop", call=2, times=2, module="node_state")
    outcomes = []
    for _turn in range(4):
        try:
            client.state(host={})
            outcomes.append("answer")
        except requests.ConnectionError:
            outcomes.append("dropped")
    assert outcomes == ["answer", "dropped", "dropped", "answer"]
    assert WinRmClient(farm, "web02").state(host={})["state"]


def test_a_late_answer_is_late_and_whole(farm: RunningFarm, drive: Path) -> None:
    farm.control.fault("web01", "late", seconds=0.3, when="after")
    before = time.monotonic()
    assert WinRmClient(farm, "web01").change(FOLDER)["changed"]
    assert time.monotonic() - before >= 0.3


def test_an_answer_later_than_the_time_out_is_asked_for_again(farm: RunningFarm, drive: Path) -> None:
    class Impatient(WinRmClient):
        def _protocol(self):
            protocol = super()._protocol()
            protocol.operation_timeout_sec = 0
            return protocol

    farm.control.fault("web01", "late", seconds=0.2)
    assert Impatient(farm, "web01").change(FOLDER)["changed"]
    assert farm.control.calls()["web01"]["total"] == 1


# ---- death: (fault, what is on the disk afterwards of two operations)
DEATHS = [
    ({"kind": "die", "when": "before"}, (False, False)),
    ({"kind": "die", "when": "after"}, (True, True)),
    ({"kind": "die_before", "operation": "write_file"}, (True, False)),
    ({"kind": "die_after", "operation": "make_directory"}, (True, False)),
    ({"kind": "die_after", "operation": "write_file"}, (True, True)),
]


@pytest.mark.parametrize(("fault", "left"), DEATHS, ids=[f"{fault['kind']}-{n}" for n, (fault, _rest) in enumerate(DEATHS)])
def test_a_node_dies_at_an_operation_and_leaves_what_was_done(farm: RunningFarm, drive: Path, fault: dict, left: tuple[bool, bool]) -> None:
    client = WinRmClient(farm, "web01")
    farm.control.fault("web01", **fault)
    with pytest.raises(requests.ConnectionError):
        client.change(FOLDER, write("text"))
    for ask in (lambda: client.state(host={}), lambda: requests.get(farm.url("web01"), timeout=5)):
        with pytest.raises(requests.ConnectionError):
            ask()
    assert not farm.control.status()["web01"]["alive"]
    assert ((drive / "ProgramData/webfarm").is_dir(), (drive / "ProgramData/notes.config").exists()) == left
    farm.control.repair("web01")
    assert client.state(host={})["state"]


# ---- inside a node: (fault, code of the contract, Windows' own words)
REFUSED = [
    ("disk_full", "disk_full", "There is not enough space on the disk."),
    ("access_denied", "access_denied", "is denied."),
    ("sharing_violation", "sharing_violation", "because it is being used by another process."),
]


@pytest.mark.parametrize(("kind", "code", "text"), REFUSED, ids=[kind for kind, _rest, _rest in REFUSED])
def test_windows_refuses_an_operation_and_what_came_before_is_undone(
    farm: RunningFarm, drive: Path, kind: str, code: str, text: str
) -> None:
    client = WinRmClient(farm, "web01")
    farm.control.fault("web01", kind, operation="write_file")
    result = client.change(FOLDER, write("text"))
    assert (result["failed"], result["failure"]["code"], result["undone"]) == (True, code, True)
    assert text in result["failure"]["text"]
    assert list((drive / "ProgramData").iterdir()) == []
    farm.control.repair("web01")
    assert client.change(FOLDER, write("text"))["changed"]


def test_a_file_locked_for_a_moment_is_tried_again(farm: RunningFarm, drive: Path) -> None:
    farm.control.fault("web01", "sharing_violation", operation="write_file", target="notes.config", times=2)
    assert WinRmClient(farm, "web01").change(write("text"))["changed"]
    assert (drive / "ProgramData/notes.config").read_text() == "text"


def test_half_of_a_file_is_written_and_then_the_node_is_gone(farm: RunningFarm, drive: Path) -> None:
    farm.control.fault("web01", "half_written", operation="write_file")
    with pytest.raises(requests.ConnectionError):
        WinRmClient(farm, "web01").change(write("0123456789"))
    assert [path.read_text() for path in (drive / "ProgramData").iterdir()] == ["01234"]
