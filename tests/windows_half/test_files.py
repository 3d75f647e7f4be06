# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations on single files, each with its undo, and what is left in the folder."""

from __future__ import annotations

import fcntl
import threading
from typing import Any

import pytest

from .machine import CONFIG, FAILING, Machine, b64, op, sha256

OLD, NEW, OTHER = b"<configuration/>", b"<configuration>\r\n</configuration>\r\n", b"<x/>"

WRITES = [
    ("replaces", OLD, {"content": b64(NEW), "expect": {"sha256": sha256(OLD)}}, True),
    ("makes", None, {"content": b64(NEW), "expect": {"absent": True}}, True),
    ("is equal", NEW, {"content": b64(NEW)}, False),
    ("empties", OLD, {"content": ""}, True),
]


@pytest.mark.parametrize(("before", "fields", "changed"), [case[1:] for case in WRITES], ids=[case[0] for case in WRITES])
def test_write_file(machine: Machine, before: bytes | None, fields: dict[str, Any], changed: bool) -> None:
    path = r"C:\t\web.config"
    machine.path(path).parent.mkdir()
    if before is not None:
        machine.put(path, before)
    failing = op("write_file", path=path, **fields)
    machine.failed(failing, FAILING)
    assert machine.files(r"C:\t") == ({} if before is None else {"web.config": before})
    assert machine.did(failing) == [changed]
    assert set(machine.files(r"C:\t")) == {"web.config"}
    assert machine.did({**failing, "expect": None}) == [False]


EXPECTATIONS = [
    (OLD, {"sha256": sha256(OTHER)}, "precondition"),
    (None, {"sha256": sha256(OLD)}, "precondition"),
    (OLD, {"absent": True}, "precondition"),
    (None, {"absent": False}, "precondition"),
]


@pytest.mark.parametrize(("before", "expect", "code"), EXPECTATIONS)
@pytest.mark.parametrize("name", ["write_file", "replace_file"])
def test_an_expectation_fails_before_anything_is_touched(
    machine: Machine, name: str, before: bytes | None, expect: dict[str, Any], code: str
) -> None:
    path = r"C:\inetpub\a.config"
    if before is not None:
        machine.put(path, before)
    found = machine.files()
    answer = machine.failed(
        op("write_file", path=CONFIG, content=b64(NEW)), op(name, path=path, content=b64(NEW), staged_sha256=sha256(NEW), expect=expect)
    )
    assert (answer["failure"]["id"], answer["failure"]["code"], answer["outcomes"]) == ("2", code, [])
    assert answer["failure"]["target"] == path
    assert machine.files() == found


def test_a_folder_that_is_not_there(machine: Machine) -> None:
    assert machine.failed(op("write_file", path=r"C:\no\a.config", content=b64(NEW)))["failure"]["code"] == "not_found"


def test_stage_replace_settle(machine: Machine) -> None:
    machine.put(CONFIG, OLD)
    folder = r"C:\inetpub\wwwroot\chat"
    others = set(machine.files(folder)) - {"web.config"}
    stage = op("stage_file", path=CONFIG, content=b64(NEW), expect={"sha256": sha256(OLD)})
    answer = machine.change(stage)
    assert answer["outcomes"][0]["detail"] == {"sha256": sha256(NEW), "staged": str(machine.path(CONFIG)) + ".r1.new.config"}
    assert machine.files(folder)["web.config"] == OLD
    replace = op("replace_file", path=CONFIG, staged_sha256=sha256(NEW), expect={"sha256": sha256(OLD)})
    assert machine.did(stage, replace, replace) == [False, True, False]
    assert machine.files(folder)["web.config.r1.old.config"] == OLD
    assert machine.did(op("settle_file", path=CONFIG)) == [True]
    assert machine.files(folder)["web.config"] == NEW
    assert set(machine.files(folder)) - {"web.config"} == others
    assert machine.did(op("settle_file", path=CONFIG), replace) == [False, False]


def test_undo_of_stage_and_replace(machine: Machine) -> None:
    machine.put(CONFIG, OLD)
    found = machine.files()
    stage = op("stage_file", path=CONFIG, content=b64(NEW))
    replace = op("replace_file", path=CONFIG, staged_sha256=sha256(NEW))
    machine.failed(stage, replace, FAILING)
    assert machine.files() == found
    machine.did(stage)
    machine.failed(replace, FAILING)
    assert machine.files(r"C:\inetpub\wwwroot\chat")["web.config"] == OLD
    assert machine.did(replace) == [True]


def test_replacing_a_file_that_was_not_there(machine: Machine) -> None:
    path = r"C:\inetpub\new.config"
    stage, replace = op("stage_file", path=path, content=b64(NEW)), op("replace_file", path=path, staged_sha256=sha256(NEW))
    machine.failed(stage, replace, FAILING)
    assert not machine.path(path).exists()
    assert machine.did(stage, replace) == [True, True]
    assert machine.path(path).read_bytes() == NEW


REPLACE_FAULTS = [
    ({}, "not_found"),
    ({CONFIG + ".r1.new.config": OTHER}, "precondition"),
]


@pytest.mark.parametrize(("files", "code"), REPLACE_FAULTS)
def test_replacing_without_what_was_staged(machine: Machine, files: dict[str, bytes], code: str) -> None:
    machine.put(CONFIG, OLD)
    for path, data in files.items():
        machine.put(path, data)
    assert machine.failed(op("replace_file", path=CONFIG, staged_sha256=sha256(NEW)))["failure"]["code"] == code
    assert machine.path(CONFIG).read_bytes() == OLD


#: What a killed run leaves: the files beside web.config, what restore_file makes of them.
LEFTOVERS = [
    ("switched", {"": NEW, ".r0.old.config": OLD}, OLD, True),
    ("staged only", {"": OLD, ".r0.new.config": NEW}, OLD, True),
    ("error 1177", {".r0.old.config": OLD, ".r0.new.config": NEW}, OLD, True),
    ("nothing", {"": OLD}, OLD, False),
]


@pytest.mark.parametrize(("files", "content", "changed"), [case[1:] for case in LEFTOVERS], ids=[case[0] for case in LEFTOVERS])
def test_restore_what_another_run_left(machine: Machine, files: dict[str, bytes], content: bytes, changed: bool) -> None:
    path = r"C:\t\web.config"
    for suffix, data in files.items():
        machine.put(path + suffix, data)
    assert machine.did(op("restore_file", path=path, run="r0")) == [changed]
    assert machine.files(r"C:\t") == {"web.config": content}


def test_error_1177_is_finished_by_the_same_operation(machine: Machine) -> None:
    path = r"C:\t\web.config"
    machine.put(path + ".r1.old.config", OLD)
    machine.put(path + ".r1.new.config", NEW)
    machine.did(op("replace_file", path=path, staged_sha256=sha256(NEW)))
    assert machine.files(r"C:\t") == {"web.config": NEW, "web.config.r1.old.config": OLD}


def test_settling_does_not_remove_the_last_copy(machine: Machine) -> None:
    path = r"C:\t\web.config"
    machine.put(path + ".r1.old.config", OLD)
    assert machine.failed(op("settle_file", path=path))["failure"]["code"] == "not_found"
    assert machine.files(r"C:\t") == {"web.config.r1.old.config": OLD}


def test_delete_file(machine: Machine) -> None:
    machine.put(CONFIG, OLD)
    machine.failed(op("delete_file", path=CONFIG), FAILING)
    assert machine.path(CONFIG).read_bytes() == OLD
    assert machine.did(op("delete_file", path=CONFIG), op("delete_file", path=CONFIG)) == [True, False]
    assert machine.failed(op("delete_file", path=r"C:\inetpub"))["failure"]["code"] == "access_denied"


SECURITY = {"owner": "O:S-1-5-21-1-2-3-1001G:SY", "rules": "D:PAI(A;;FA;;;SY)(A;;FA;;;BA)(A;;FR;;;IU)"}


@pytest.mark.parametrize("name", ["write_file", "replace_file"])
def test_owner_and_access_rules_stay(machine: Machine, name: str) -> None:
    machine.put(CONFIG, OLD)
    file = str(machine.path(CONFIG))
    machine.write_json("security.json", {file: SECURITY})
    machine.did(op("stage_file", path=CONFIG, content=b64(NEW)), op(name, path=CONFIG, content=b64(NEW), staged_sha256=sha256(NEW)))
    security = machine.read_json("security.json")
    assert security[file] == SECURITY
    assert security[file + ".r1.new.config"]["rules"] == SECURITY["rules"], "the staged file had its rules before its bytes"


@pytest.mark.parametrize(("seconds", "code"), [(0.05, None), (60, "sharing_violation")])
def test_a_file_that_is_held(machine: Machine, seconds: float, code: str | None) -> None:
    """Another program has the file that has to be written; it lets go after a moment, or not in time."""
    held = machine.path(CONFIG + ".r1.new.config")
    held.touch()
    with held.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        timer = threading.Timer(seconds, lambda: fcntl.flock(file, fcntl.LOCK_UN))
        timer.start()
        answer = machine.change(op("stage_file", path=CONFIG, content=b64(NEW)))
        timer.cancel()
    assert answer.get("failure", {}).get("code") == code
