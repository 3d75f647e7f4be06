# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node model by itself: what a request may hold, how it fails and dies, and what the web server in front of it sees.

What it answers to the calls of the contract is held against the real modules in tests/conformance.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from farm.node import Account, ManualClock, NodeDied, NodeModel, Start, checked_fault, starting_state
from farm.node.errors import NodeError
from farm.node.paths import WindowsPaths
from farm.node.state import NodeState, load
from farm.signalr.iis_view import AppView

FOLDER = r"C:\inetpub\wwwroot\chat"
CONFIG = rf"{FOLDER}\web.config"
SERVICE = r"CORP\svc-chat"
PASSWORD = "Chat-Pool-2026!"


def _change(model: NodeModel, *operations: dict[str, Any], **after: Any) -> dict[str, Any]:
    numbered = [{"id": str(index), **operation} for index, operation in enumerate(operations, start=1)]
    return model.run("node_change", {"contract": 1, "run": "r1", "operations": numbered, "after": after})


def _write(path: str, data: bytes = b"new") -> dict[str, Any]:
    return {"op": "write_file", "path": path, "content": base64.b64encode(data).decode()}


def _chat(model: NodeModel) -> AppView:
    return next(app for app in model.iis_view() if app.virtual_path != "/" or app.pool == "ChatPool")


@pytest.fixture
def model(tmp_path: Path) -> NodeModel:
    return starting_state(tmp_path / "web01", 1, clock=ManualClock())


def _one(**operation: Any) -> dict[str, Any]:
    return {"contract": 1, "run": "r", "operations": [{"id": "1", **operation}], "after": {}}


REFUSED = [
    ("node_state", {"contract": 1}, "missing field readings"),
    ("node_state", {"contract": 2, "readings": {}}, "contract 2 is not spoken here"),
    ("node_state", {"contract": 1, "readings": {"weather": {}}}, "unknown reading weather"),
    ("node_state", {"contract": 1, "readings": {"files": {"path": "C:\\"}}}, "unknown field path"),
    ("node_state", {"contract": 1, "readings": {"host": {"all": True}}}, "unknown field all"),
    ("node_change", {"contract": 1, "run": "r 1", "operations": [], "after": {}}, "run has to be"),
    ("node_change", {"contract": 1, "run": "r", "operations": [{"op": "write_file"}], "after": {}}, "operation 1 has no id"),
    ("node_change", _one(op="make_directory", path="C:\\x", mode="0755"), "unknown field mode"),
    ("node_change", _one(op="set_pool", name="x", settings={"queue": 1}), "unknown field queue"),
    ("node_change", _one(op="set_pool", name="x", settings={"auto_start": 1}), "true or false"),
]


@pytest.mark.parametrize(("module", "request_", "reason"), REFUSED)
def test_what_the_contract_does_not_know_is_refused_loudly(model: NodeModel, module: str, request_: dict[str, Any], reason: str) -> None:
    answer = model.run(module, request_)
    assert answer["failed"] and reason in answer["msg"]


@pytest.mark.parametrize(
    ("written", "path"),
    [
        (r"c:\INETPUB\wwwroot\Chat\WEB.CONFIG", CONFIG),
        ("C:/inetpub/wwwroot/chat/web.config", CONFIG),
        (r"%SystemDrive%\inetpub\wwwroot\other\..\chat\web.config", CONFIG),
        (
            r"%windir%\Microsoft.NET\Framework64\v4.0.30319\Config\machine.config",
            r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\Config\machine.config",
        ),
    ],
)
def test_paths_have_no_case_and_may_have_variables(model: NodeModel, written: str, path: str) -> None:
    assert model.paths.local(written) == model.paths.local(path)
    assert model.paths.windows(model.paths.local(written)) == path


@pytest.mark.parametrize("path", ["D:\\x", "web.config", r"\\server\share\x", "C:web.config", "C:\\a*b", "C:\\a:b"])
def test_paths_that_are_not_on_this_machine_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(NodeError):
        WindowsPaths(tmp_path).local(path)


def test_no_path_leads_out_of_the_drive(tmp_path: Path) -> None:
    assert WindowsPaths(tmp_path / "drive").local(r"C:\..\..\..\etc\passwd").is_relative_to(tmp_path / "drive")


def test_everything_survives_the_process_and_no_password_is_in_the_file(tmp_path: Path) -> None:
    model = starting_state(tmp_path, 1, user_name=SERVICE, identity_type="SpecificUser", password=PASSWORD)
    again = NodeModel(tmp_path)
    assert again.state == model.state and again.state.pool("chatpool").password == PASSWORD
    assert PASSWORD not in (tmp_path / "node.json").read_text()
    with pytest.raises(ValueError, match="what no NodeState has: weather"):
        NodeState.from_json({**json.loads((tmp_path / "node.json").read_text()), "weather": "rain"})


def test_the_start_is_three_servers_that_are_no_farm(tmp_path: Path) -> None:
    views = [_chat(starting_state(tmp_path / f"n{index}", index)) for index in (1, 2, 3)]
    configs = {(view.physical_path / "web.config").read_bytes() for view in views}
    assert [view.websockets_installed for view in views] == [True, False, True]
    assert len({(view.physical_path / "release.txt").read_text() for view in views}) == 2
    assert {view.identity for view in views} == {"ApplicationPoolIdentity"}
    assert len(configs) == 1 and b"<machineKey " not in configs.pop()


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ({"virtual_path": "/"}, {"virtual_path": "/"}),
        ({"virtual_path": "/area/chat"}, {"virtual_path": "/area/chat"}),
        ({"host_header": "chat.example"}, {"host_names": ("chat.example",)}),
        ({"site": "Chat", "virtual_path": "/"}, {"site": "Chat", "site_id": 2}),
        ({"user_name": SERVICE, "identity_type": "SpecificUser", "password": PASSWORD}, {"identity": SERVICE, "pool_state": "Started"}),
    ],
)
def test_a_node_can_start_otherwise(tmp_path: Path, changes: dict[str, Any], facts: dict[str, Any]) -> None:
    view = _chat(starting_state(tmp_path, 1, **changes))
    assert {name: getattr(view, name) for name in facts} == facts


def test_a_start_can_bring_a_key_a_file_or_uploads(tmp_path: Path) -> None:
    keyed = starting_state(tmp_path / "a", 1, machine_key=(("validationKey", "AB"),), uploads=True, enable_32bit=True)
    assert b'<machineKey validationKey="AB" />\r\n' in (_chat(keyed).physical_path / "web.config").read_bytes()
    assert keyed.paths.local(r"C:\inetpub\uploads\kept.txt").exists()
    assert "Framework64" not in str(_chat(keyed).config_files[0].path)
    broken = starting_state(tmp_path / "b", 1, start=Start(web_config="<configuration"))
    assert (_chat(broken).physical_path / "web.config").read_text() == "<configuration"


@pytest.mark.parametrize(
    ("account", "password"),
    [
        (Account(SERVICE, password=PASSWORD), "wrong"),
        (Account(SERVICE, password=PASSWORD, enabled=False), PASSWORD),
        (Account(SERVICE, password=PASSWORD, password_expired=True), PASSWORD),
        (Account(SERVICE, is_gmsa=True, gmsa_usable=False), ""),
        (Account("CORP\\somebody-else", password=PASSWORD), PASSWORD),
    ],
)
def test_a_pool_whose_identity_cannot_log_on_is_stopped_at_the_first_request(tmp_path: Path, account: Account, password: str) -> None:
    model = starting_state(tmp_path, 1, accounts=[account], user_name=SERVICE, identity_type="SpecificUser", password=password)
    assert _chat(model).pool_state == "Stopped" and _chat(model).pool_failure
    events = model.run(
        "node_state", {"contract": 1, "readings": {"events": {"since": "2020-01-01T00:00:00.0000000Z", "pools": ["ChatPool"]}}}
    )
    assert [event["id"] for event in events["state"]["events"]] == [5021, 5057, 5059]


def test_a_hardened_server_wants_the_batch_right(tmp_path: Path) -> None:
    model = starting_state(tmp_path, 1, user_name=SERVICE, identity_type="SpecificUser", password=PASSWORD)
    model.state.pools_have_batch_right = False
    assert "logon type" in _chat(model).pool_failure
    _change(
        model, {"op": "grant_right", "account": SERVICE, "right": "SeBatchLogonRight"}, {"op": "start_pool", "name": "ChatPool", "wait": 5}
    )
    assert _chat(model).pool_state == "Started"


def test_installing_a_feature_replaces_every_worker_process(tmp_path: Path) -> None:
    model = starting_state(tmp_path, 2)
    before = _chat(model).recycles
    _change(model, {"op": "install_feature", "name": "Web-WebSockets"})
    assert _chat(model).websockets_installed and _chat(model).recycles > before


@pytest.mark.parametrize("moment", ["die_before", "die_after"])
def test_a_machine_that_dies_keeps_what_it_had_written_and_answers_nothing(model: NodeModel, moment: str) -> None:
    model.faults.append(checked_fault({"operation": "write_file", "target": r"C:\b.txt", "kind": moment, "times": 1}))
    with pytest.raises(NodeDied):
        _change(model, _write(r"C:\a.txt"), _write(r"C:\b.txt"))
    assert model.paths.local(r"C:\a.txt").exists()
    assert model.paths.local(r"C:\b.txt").exists() == (moment == "die_after")
    assert model.iis_view() == []
    with pytest.raises(NodeDied):
        _change(model)
    model.boot()
    assert _change(model, _write(r"C:\b.txt"))["outcomes"][0]["changed"] == (moment == "die_before")


def test_a_machine_can_die_in_the_middle_of_a_file(model: NodeModel) -> None:
    model.faults.append(checked_fault({"operation": "write_file", "kind": "half_written"}))
    with pytest.raises(NodeDied):
        _change(model, _write(r"C:\a.txt", b"0123456789"))
    assert model.paths.local(r"C:\a.txt").read_bytes() == b"01234"


def test_configuration_that_was_not_committed_is_gone_when_the_machine_dies(model: NodeModel) -> None:
    model.faults.append(checked_fault({"operation": "write_file", "kind": "die_before"}))
    with pytest.raises(NodeDied):
        _change(model, {"op": "set_pool", "name": "ChatPool", "settings": {"enable_32bit": True}}, _write(r"C:\a.txt"))
    assert load(model.root / "node.json").pool("ChatPool").settings["enable_32bit"] is False


def test_a_file_that_is_held_for_long_is_named_after_about_six_seconds(model: NodeModel) -> None:
    model.faults.append(checked_fault({"operation": "write_file", "kind": "sharing_violation"}))
    before = model.node.clock.now()
    answer = _change(model, _write(CONFIG))
    assert answer["failure"]["code"] == "sharing_violation" and "being used by another process" in answer["failure"]["text"]
    assert 5 < (model.node.clock.now() - before).total_seconds() < 7


def test_replace_goes_on_after_error_1177(model: NodeModel) -> None:
    model.faults.append(checked_fault({"operation": "replace_file", "kind": "error_1177", "times": 1}))
    stage = {**_write(CONFIG), "op": "stage_file"}
    answer = _change(model, stage, {"op": "replace_file", "path": CONFIG, "staged_sha256": hashlib.sha256(b"new").hexdigest()})
    assert not answer.get("failed") and model.paths.local(CONFIG).read_bytes() == b"new"


def test_the_rest_of_a_folder_is_told_and_no_failure(model: NodeModel) -> None:
    model.faults.append(checked_fault({"operation": "delete_tree", "kind": "sharing_violation", "times": 1}))
    answer = _change(model, {"op": "remove_directory", "path": FOLDER})
    assert answer["outcomes"][0]["detail"]["left"] == [rf"{FOLDER}.r1.deleted"] and not model.paths.local(FOLDER).exists()


def test_a_reading_that_fails_is_told_as_not_determined(model: NodeModel) -> None:
    model.faults.append(checked_fault({"operation": "accounts", "kind": "timeout"}))
    answer = model.run("node_state", {"contract": 1, "readings": {"accounts": {"accounts": []}, "host": {}}})
    assert answer["state"]["accounts"] is None and answer["state"]["host"] and "timeout" in answer["undetermined"]["accounts"]


@pytest.mark.parametrize(
    "fault", [{"kind": "disk_full"}, {"operation": "x", "kind": "meteor"}, {"operation": "x", "kind": "disk_full", "node": "a"}]
)
def test_a_fault_that_is_none_is_refused(fault: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="fault"):
        checked_fault(fault)


def test_one_wrong_password_is_one_failed_logon(model: NodeModel) -> None:
    asked = {"accounts": [{"name": SERVICE, "password": "wrong"}, {"name": r"CORP\gmsa-chat$"}]}
    model.run("node_state", {"contract": 1, "readings": {"accounts": asked}})
    assert model.state.account(SERVICE).failed_logons == 1


def test_requests_come_in_while_a_pool_is_stopping(tmp_path: Path) -> None:
    waiting, go_on = threading.Event(), threading.Event()

    class Held(ManualClock):
        def pause(self, seconds: float) -> None:
            waiting.set()
            assert go_on.wait(30)
            super().pause(seconds)

    model = starting_state(tmp_path, 1, clock=Held(), stop_seconds=0.04)
    stopping = threading.Thread(target=_change, args=(model, {"op": "stop_pool", "name": "ChatPool", "wait": 5}))
    stopping.start()
    try:
        assert waiting.wait(30)
        assert _chat(model).pool_state == "Stopping"
    finally:
        go_on.set()
        stopping.join(30)
    assert _chat(model).pool_state == "Stopped"
