# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node's answer becomes: its state, its effective key, and nothing where something was not determined."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.facts import live_release, node_facts
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.rollout import old_workers
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.snapshot import NodeSnapshot
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.state import ApplicationName

from .nodes import KEY, MACHINE, PATH, PLAIN, SCOPE, answer, file, snapshot, with_key

ROOT = r"%SystemDrive%\inetpub\webfarm\chat-chat"


def changed(config: bytes | None = PLAIN, **files: dict[str, Any]) -> NodeSnapshot:
    """A node of which the files named (by level) were told otherwise."""
    told = answer(config, undetermined={"configuration": "Access is denied."})
    for item in told["state"]["configuration"][0]["files"]:
        item.update(files.get(item["level"], {}))
    return NodeSnapshot.from_answer("web01", SCOPE.application, told)


KINDS: dict[str, tuple[NodeSnapshot, str | None]] = {
    "no key": (snapshot(), "auto"),
    "a key": (snapshot(config=with_key(KEY)), "literal"),
    "no web.config": (snapshot(config=None), "auto"),
    "no application": (snapshot(exists=False), None),
    "broken": (snapshot(config=b"<configuration>"), "refused"),
    "content was not told": (changed(app={"content": None}), "refused"),
    "existence was not told": (changed(app={"exists": None, "content": None}), "refused"),
    "machine.config was not told": (changed(machine={"content": None}), "refused"),
    "configuration was not read": (snapshot(configuration=None), "refused"),
    "of another application": (snapshot(configuration=[{"site": "Default Web Site", "path": "/x", "files": []}]), "refused"),
}


@pytest.mark.parametrize(("found", "kind"), KINDS.values(), ids=KINDS)
def test_the_kind_of_key(found: NodeSnapshot, kind: str | None) -> None:
    assert (found.key.kind if found.key else None) == kind


def test_what_was_not_read_says_why() -> None:
    key = changed(app={"content": None}).key
    assert key is not None and key.problems[0].sentence == "The application's configuration could not be read: Access is denied."
    assert key.problems[0].origin.file == PATH


def test_configuration_that_was_not_asked_for_says_nothing() -> None:
    told = answer()
    del told["state"]["configuration"]
    assert NodeSnapshot.from_answer("web01", SCOPE.application, told).key is None


@pytest.mark.parametrize(("is_32bit", "kind"), [(False, "auto"), (True, "literal")])
def test_the_pools_bitness_chooses_the_machine_config(is_32bit: bool, kind: str) -> None:
    told = answer(pool={"enable_32bit": is_32bit})
    told["state"]["configuration"][0]["files"][0] = file(
        "machine", "x32", with_key(KEY, MACHINE.replace(b"</configuration>", b"<system.web></system.web></configuration>")), bitness=32
    )
    key = NodeSnapshot.from_answer("web01", SCOPE.application, told).key
    assert key is not None and key.kind == kind


def test_names_have_no_case() -> None:
    found = NodeSnapshot.from_answer("web01", ApplicationName("DEFAULT WEB SITE", "/CHAT"), answer(with_key(KEY)))
    assert found.application.exists and found.pool is not None and found.key is not None and found.key.kind == "literal"
    assert found.own_config is not None and found.own_config.path == PATH


def test_a_later_answer_is_laid_over_and_leaves_what_it_did_not_read() -> None:
    before = snapshot(config=with_key(KEY))
    later = {"contract": 1, "state": {"records": {"marker": {"farm": "chat"}, "lease": None, "journal": None}}, "undetermined": {}}
    after = before.updated(later)
    assert after.key is before.key and after.configuration == before.configuration and after.application.exists
    assert dict(after.marker) == {"farm": "chat"}
    assert before.updated(answer()).key != before.key, "a configuration that was read again counts"


@pytest.mark.parametrize(("record", "seen"), [(None, {}), ({"unreadable": "not JSON"}, {}), ({"run": "r"}, {"run": "r"}), ([1], {})])
def test_records(record: Any, seen: dict[str, Any]) -> None:
    found = snapshot(records={"marker": record, "lease": record, "journal": record})
    assert dict(found.marker) == dict(found.lease) == dict(found.journal) == seen


def test_no_bytes_of_a_file_are_kept() -> None:
    kept = pickle.dumps(snapshot(config=PLAIN.replace(b"<compilation", b"<!-- hunter2 --><compilation")))
    assert b"hunter2" not in kept


def test_facts_hold_no_key() -> None:
    told = str(node_facts(snapshot(config=with_key(KEY))))
    assert KEY.fingerprint in told and KEY.validation_key not in told and KEY.decryption_key not in told


@pytest.mark.parametrize("state", ["Started", "Stopped", None])
def test_serving(state: str | None) -> None:
    assert snapshot(pool={"state": state}).is_serving is (state == "Started")
    assert snapshot(exists=False).is_serving is False


@pytest.mark.parametrize("physical_path", [rf"{ROOT}\releases\r2", r"C:\inetpub\webfarm\chat-chat\RELEASES\R2"])
def test_the_release_that_serves(physical_path: str) -> None:
    release = {"id": "r2", "path": rf"{ROOT}\releases\r2", "resolved_path": r"C:\inetpub\webfarm\chat-chat\releases\r2"}
    told = answer(releases={"root": ROOT, "exists": True, "releases": [release]})
    assert live_release(NodeSnapshot.from_answer("web01", SCOPE.application, told)) is None
    told["state"]["iis"]["applications"][0] |= {"physical_path": physical_path, "resolved_path": physical_path}
    assert live_release(NodeSnapshot.from_answer("web01", SCOPE.application, told)) == "r2"


def test_old_workers_are_those_that_still_take_requests() -> None:
    times = {"old": "2026-01-31T11:59:59.0000000Z", "new": "2026-01-31T12:00:01.0000000Z"}
    workers = [
        {"process_id": 1, "started": times["old"], "state": "Running"},
        {"process_id": 2, "started": times["new"], "state": "Running"},
        {"process_id": 3, "started": times["old"], "state": "Stopping"},
        {"process_id": 4, "started": None, "state": "Running"},
        {"process_id": 5, "started": times["old"], "state": None},
    ]
    assert old_workers(snapshot(workers={"ChatPool": workers}), "CHATPOOL", since="2026-01-31T12:00:00.0000000Z") == [1, 5]
