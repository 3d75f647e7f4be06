# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Features, rights, access, records, leases, and the rules of a call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .chain import ChainError
from .machine import CONFIG, FAILING, FOLDER, Machine, b64, op, sha256

SERVICE = r"CONTOSO\svc"


def test_install_feature(machine: Machine) -> None:
    install = op("install_feature", name="Web-WebSockets")
    answer = machine.change(install, install, features={"names": ["Web-WebSockets"]}, iis={"applications": [], "pools": []})
    assert [(o["changed"], o["detail"]) for o in answer["outcomes"]] == [
        (True, {"restart_needed": False}),
        (False, {"restart_needed": False}),
    ]
    assert answer["state"]["features"] == {"Web-WebSockets": {"state": "Installed"}}
    assert answer["state"]["iis"]["web_socket"]["module_registered"] is True
    assert machine.failed(op("install_feature", name="No-Such"))["failure"]["code"] == "not_found"


@pytest.mark.parametrize(("state", "restart", "code"), [("Removed", False, "failed"), ("Available", True, None)])
def test_features_that_need_more(machine: Machine, state: str, restart: bool, code: str | None) -> None:
    catalogue = machine.read_json("features.json")
    next(f for f in catalogue["features"] if f["name"] == "Web-WebSockets").update(state=state, needsRestart=restart)
    machine.write_json("features.json", catalogue)
    answer = machine.change(op("install_feature", name="Web-WebSockets"), host={})
    assert answer.get("failure", {}).get("code") == code
    assert answer["state"]["host"]["pending_reboot"] is restart
    if not code:
        assert answer["outcomes"][0]["detail"] == {"restart_needed": True}


def test_grant_right(machine: Machine) -> None:
    machine.write_json("accounts.json", {SERVICE: {"batch": False}})
    grant = op("grant_right", account=SERVICE, right="SeBatchLogonRight")
    machine.failed(grant, FAILING)
    assert machine.read_json("accounts.json")[SERVICE]["batch"] is False
    assert machine.did(grant, grant) == [True, False]
    assert machine.read_json("accounts.json")[SERVICE]["batch"] is True
    assert machine.failed({**grant, "account": "CONTOSO\\no"})["failure"]["code"] == "not_found"
    assert machine.failed({**grant, "right": "SeTcbPrivilege"})["failure"]["code"] == "failed"


def test_grant_access(machine: Machine) -> None:
    folder = str(machine.path(r"C:\inetpub\wwwroot"))
    before = "D:PAI(A;OICI;FA;;;BA)"
    machine.write_json("security.json", {folder: {"rules": before}})
    grant = op("grant_access", path=r"C:\inetpub\wwwroot", account="IIS AppPool\\ChatPool", rights="Modify")
    machine.failed(grant, FAILING)
    assert machine.read_json("security.json")[folder]["rules"] == before
    assert machine.did(grant, grant) == [True, False]
    assert machine.read_json("security.json")[folder]["rules"].startswith(before + "(A;OICI;Modify;")
    machine.write_json("accounts.json", {})
    assert machine.failed({**grant, "account": "CONTOSO\\no"})["failure"]["code"] == "not_found"
    assert machine.failed({**grant, "path": r"C:\no"})["failure"]["code"] == "not_found"
    assert machine.failed({**grant, "rights": "FullControl"})["failure"]["code"] == "failed"


# ---- records


def test_records(machine: Machine) -> None:
    content = {"farm": "f", "members": ["a", "b"], "empty": [], "one": [1], "text": "<>&'\u00e4", "time": "2026-01-31T12:00:00.0000000Z"}
    write = op("write_record", folder=FOLDER, name="marker", content=content)
    machine.failed(write, FAILING)
    assert not machine.path(FOLDER).exists()
    answer = machine.change(write, write, records={"folder": FOLDER})
    assert [outcome["changed"] for outcome in answer["outcomes"]] == [True, False]
    assert answer["outcomes"][0]["target"] == FOLDER + r"\marker.json"
    assert answer["state"]["records"]["marker"] == content
    assert json.loads(machine.path(FOLDER + r"\marker.json").read_bytes()) == content
    assert machine.read_json("security.json")[str(machine.path(FOLDER))]["rules"] == "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
    delete = op("delete_record", folder=FOLDER, name="marker")
    machine.failed(delete, FAILING)
    assert machine.did({**write, "content": {"b": 1}}, delete, delete) == [True, True, False]
    assert machine.failed(op("write_record", folder=FOLDER, name="x", content={}))["failure"]["code"] == "failed"


def lease(run: str, expires: str = "2099-01-01T00:00:00Z") -> dict[str, str]:
    return {"run": run, "holder": f"job of {run}", "expires": expires}


def acquire(wanted: dict[str, str], *, by_force: bool = False) -> dict[str, Any]:
    return op("acquire_lease", folder=FOLDER, lease=wanted, break_=by_force)


LEASES = [
    ("free", None, False, None),
    ("own", lease("r1", "2099-02-01T00:00:00Z"), False, None),
    ("held", lease("r0"), False, "lease_held"),
    ("broken", lease("r0"), True, None),
    ("expired", lease("r0", "2020-01-01T00:00:00Z"), False, None),
    ("no time", lease("r0", "soon"), False, None),
]


@pytest.mark.parametrize(("held", "by_force", "code"), [case[1:] for case in LEASES], ids=[case[0] for case in LEASES])
def test_acquire_lease(machine: Machine, held: dict[str, str] | None, by_force: bool, code: str | None) -> None:
    path = FOLDER + r"\lease.json"
    if held:
        machine.put(path, json.dumps(held).encode())
    machine.change(acquire(lease("r1"), by_force=by_force), FAILING)
    assert (json.loads(machine.path(path).read_bytes()) if held else None) == held, "a failed call leaves it as it was"
    answer = machine.change(acquire(lease("r1"), by_force=by_force), records={"folder": FOLDER})
    assert answer.get("failure", {}).get("code") == code
    assert answer["state"]["records"]["lease"] == (held if code else lease("r1"))
    if code:
        assert "job of r0" in answer["failure"]["text"]
    else:
        assert answer["outcomes"][0]["detail"] == {"previous": held}


def test_release_lease(machine: Machine) -> None:
    release = op("release_lease", folder=FOLDER, run="r1")
    assert machine.did(release, acquire(lease("r2")), release, {**release, "run": "r2"}) == [False, True, False, True]
    assert not machine.path(FOLDER + r"\lease.json").exists()
    assert not machine.path(FOLDER + r"\lease.lock").exists()


# ---- the call


def test_unknown_operation(machine: Machine) -> None:
    answer = machine.failed(op("write_file", path=CONFIG, content=b64(b"x")), op("format_disk", path="C:"))
    assert (answer["failure"]["id"], answer["failure"]["code"], answer["outcomes"]) == ("2", "unknown_operation", [])


def test_check_mode_asks_and_touches_nothing(machine: Machine) -> None:
    found = machine.files()
    write = op("write_file", path=CONFIG, content=b64(b"x"))
    answer = machine.change(write, check_mode=True, host={})
    assert (answer["changed"], answer["outcomes"], answer["state"]) == (False, [], {})
    answer = machine.change({**write, "expect": {"absent": True}}, check_mode=True)
    assert answer["failure"]["code"] == "precondition"
    assert machine.files() == found


def test_state_is_read_after_a_failure_too(machine: Machine) -> None:
    answer = machine.change(op("write_file", path=CONFIG, content=b64(b"x")), FAILING, files={"paths": [CONFIG]})
    assert answer["failed"]
    assert answer["msg"].startswith("start_pool NoSuchPool: ")
    assert (answer["changed"], answer["undone"]) == (False, True)
    assert answer["state"]["files"][CONFIG]["exists"] is True


def test_what_cannot_be_undone_is_named(machine: Machine) -> None:
    faults = [{"operation": "Start", "from": 1, "exception": {"hresult": "0x80070005", "message": "Access is denied."}}]
    machine.write_json("faults.json", {"faults": faults})
    answer = machine.change(op("stop_pool", name="ChatPool", wait=5), FAILING)
    assert (answer["changed"], answer["undone"], answer["left"]) == (True, False, ["stop_pool ChatPool: Access is denied."])


def test_an_operation_without_undo_stays(machine: Machine) -> None:
    answer = machine.change(op("recycle_pool", name="ChatPool"), FAILING)
    assert (answer["changed"], answer["undone"], answer["left"]) == (True, True, [])


@pytest.mark.parametrize(
    "request_", [{"run": "../x", "operations": []}, {"operations": []}, {"run": "r", "operations": [{"op": "write_file", "id": "1"}]}]
)
def test_requests_that_lack_something(machine: Machine, request_: dict[str, Any]) -> None:
    answer = machine.run("node_change", request_)
    assert answer["failed"]
    assert answer["msg"]


def test_no_secret_in_the_arguments_that_come_back(machine: Machine) -> None:
    request = json.dumps({"contract": 1, "run": "r1", "operations": [], "note": "Geheim-1"})
    answer = machine.chain.call("node_change", request, root=machine.root)
    assert answer["invocation"]["module_args"]["request"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert "Geheim-1" not in json.dumps(answer)


def test_a_node_that_dies_between_replacing_and_starting(machine: Machine) -> None:
    """The next run finds the former file and puts it back, whatever came of the dead one's answer."""
    former = machine.path(CONFIG).read_bytes()
    machine.write_json("faults.json", {"faults": [{"operation": "Start", "call": 1, "exit": True}]})
    with pytest.raises(ChainError):
        machine.change(
            op("stop_pool", name="ChatPool", wait=5),
            op("stage_file", path=CONFIG, content=b64(b"<x/>")),
            op("replace_file", path=CONFIG, staged_sha256=sha256(b"<x/>")),
            op("start_pool", name="ChatPool", wait=5),
        )
    assert machine.path(CONFIG).read_bytes() == b"<x/>"
    restore = op("restore_file", path=CONFIG, run="r1")
    assert machine.did(restore, op("start_pool", name="ChatPool", wait=5), restore, run="r2") == [True, True, False]
    assert machine.path(CONFIG).read_bytes() == former
    assert [name for name in machine.files(r"C:\inetpub") if ".r1." in name] == []
