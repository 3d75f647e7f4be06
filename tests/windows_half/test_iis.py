# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sites, applications and pools: what is changed, how it is committed, what runs afterwards, and the way back."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .machine import CONFIG, FAILING, FOLDER, Machine, b64, op

PASSWORD = "Winter-2026!"
SERVICE = {"identity_type": "SpecificUser", "user_name": r"CONTOSO\svc", "password": PASSWORD}
CHANGED_ON_DISK = {"hresult": "0x80070020", "message": "Cannot commit configuration changes because the file has changed on disk"}


def configuration(machine: Machine) -> str:
    return (machine.root / "config" / "applicationHost.config").read_text()


def application(machine: Machine, site: str = "Default Web Site", path: str = "/chat") -> dict[str, Any]:
    answer = machine.change(iis={"applications": [{"site": site, "path": path}], "pools": []})
    found: dict[str, Any] = answer["state"]["iis"]["applications"][0]
    return found


def pool(machine: Machine, name: str = "ChatPool", password: str | None = None) -> dict[str, Any]:
    asked = {"name": name} | ({} if password is None else {"password": password})
    found: dict[str, Any] = machine.change(iis={"applications": [], "pools": [asked]})["state"]["iis"]["pools"][name]
    return found


SETTINGS: dict[str, Any] = {
    "auto_start": False,
    "start_mode": "AlwaysRunning",
    "enable_32bit": True,
    "runtime_version": "",
    "pipeline_mode": "Classic",
    "max_processes": 2,
    "idle_timeout": 0,
    "periodic_restart": 3600,
    "identity_type": "NetworkService",
    "shutdown_time_limit": 15,
    "rapid_fail_protection": False,
}


@pytest.mark.parametrize("name", ["ChatPool", "New Pool"])
def test_set_pool_and_its_undo(machine: Machine, name: str) -> None:
    before = configuration(machine)
    change = op("set_pool", name=name, settings=SETTINGS)
    machine.failed(change, op("make_directory", path=r"C:\inetpub\wwwroot\iisstart.htm"))
    assert configuration(machine) == before, "nothing was committed"
    machine.failed(change, FAILING)
    assert pool(machine, name)["exists"] is (name == "ChatPool")
    machine.failed(change, op("write_file", path=CONFIG, content=b64(b"x")), FAILING)
    assert machine.did(change, change) == [True, False]
    found = pool(machine, name)
    assert {field: found[field] for field in SETTINGS} == SETTINGS


def test_undo_of_a_pool_after_the_commit_brings_back_its_password(machine: Machine) -> None:
    machine.did(op("set_pool", name="ChatPool", settings=SERVICE))
    other = {**SERVICE, "user_name": r"CONTOSO\other", "password": "other"}
    machine.failed(op("set_pool", name="ChatPool", settings=other), op("recycle_pool", name="ChatPool"), FAILING)
    found = pool(machine, password=PASSWORD)
    assert (found["user_name"], found["password_equal"]) == (r"CONTOSO\svc", True)


def test_password_is_told_nowhere(machine: Machine) -> None:
    answers = [
        machine.change(op("set_pool", name="ChatPool", settings=SERVICE), FAILING),
        machine.change(op("set_pool", name="ChatPool", settings={**SERVICE, "max_processes": PASSWORD})),
        machine.change(op("set_pool", name="ChatPool", settings={**SERVICE, "identity_type": PASSWORD})),
        machine.change(op("set_pool", name="ChatPool", settings=SERVICE), iis={"applications": [], "pools": [{"name": "ChatPool"}]}),
    ]
    assert [bool(answer.get("failed")) for answer in answers] == [True, True, True, False]
    assert PASSWORD not in str(answers)


def test_password_has_a_case_and_equal_is_no_change(machine: Machine) -> None:
    machine.did(op("set_pool", name="ChatPool", settings=SERVICE))
    again = op("set_pool", name="chatpool", settings={**SERVICE, "user_name": r"contoso\SVC"})
    assert machine.did(again) == [False]
    assert machine.did(op("set_pool", name="ChatPool", settings={"password": PASSWORD.lower()})) == [True]


POOL_EXPECTATIONS = [
    ({"exists": True, "identity_type": "ApplicationPoolIdentity", "idle_timeout": 1200}, None),
    ({"exists": False}, "precondition"),
    ({"user_name": r"CONTOSO\svc"}, "precondition"),
    ({"idle_timeout": 1}, "precondition"),
]


@pytest.mark.parametrize(("expect", "code"), POOL_EXPECTATIONS)
def test_what_is_expected_of_a_pool(machine: Machine, expect: dict[str, Any], code: str | None) -> None:
    answer = machine.change(
        op("write_file", path=CONFIG, content=b64(b"x")), op("set_pool", name="ChatPool", settings=SETTINGS, expect=expect)
    )
    assert answer.get("failure", {}).get("code") == code
    assert (machine.path(CONFIG).read_bytes() == b"x") is (code is None)


def test_set_application_moves_one_that_is_there(machine: Machine) -> None:
    move = op("set_application", site="default web site", path="/chat", physical_path=r"C:\rel\1", pool="DefaultAppPool")
    expecting = {**move, "expect": {"physical_path": r"C:\inetpub\wwwroot\chat"}}
    machine.failed(expecting, op("recycle_pool", name="ChatPool"), FAILING)
    assert application(machine)["physical_path"] == r"C:\inetpub\wwwroot\chat"
    assert application(machine)["pool"] == "ChatPool"
    assert machine.did(expecting, move) == [True, False]
    found = application(machine)
    assert (found["physical_path"], found["pool"]) == (r"C:\rel\1", "DefaultAppPool")
    assert machine.failed(expecting)["failure"]["code"] == "precondition"


def test_set_application_makes_one(machine: Machine) -> None:
    make = op("set_application", site="Default Web Site", path="/new", physical_path=r"C:\new", pool="ChatPool", expect={"exists": False})
    machine.failed(make, op("recycle_pool", name="ChatPool"), FAILING)
    assert not application(machine, path="/new")["exists"]
    assert machine.did(make) == [True]
    assert application(machine, path="/new")["pool"] == "ChatPool"
    assert machine.failed({**make, "path": "/x", "physical_path": None})["failure"]["code"] == "not_found"
    assert machine.failed({**make, "site": "No"})["failure"]["code"] == "not_found"


def test_other_virtual_directories_stay(machine: Machine) -> None:
    file = machine.root / "config" / "applicationHost.config"
    folder = r'<virtualDirectory path="/" physicalPath="C:\inetpub\wwwroot\chat" />'
    assert folder in file.read_text()
    file.write_text(file.read_text().replace(folder, folder + r'<virtualDirectory path="/up" physicalPath="C:\up" />'))
    machine.did(op("set_application", site="Default Web Site", path="/chat", physical_path=r"C:\rel\1"))
    found = application(machine)
    assert found["virtual_directories"] == [{"path": "/up", "physical_path": r"C:\up", "resolved_path": str(machine.path(r"C:\up"))}]


def binding(information: str, protocol: str = "http", **more: Any) -> dict[str, Any]:
    return {"protocol": protocol, "information": information, **more}


def test_set_site(machine: Machine) -> None:
    make = op("set_site", name="Farm", physical_path=r"C:\farm", bindings=[binding("*:81:"), binding("*:81:a.test")])
    machine.failed(make, op("recycle_pool", name="ChatPool"), FAILING)
    assert not application(machine, "Farm", "/")["site_exists"]
    assert machine.did(make, make) == [True, False]
    change = op("set_site", name="farm", physical_path=r"C:\farm2", bindings=[binding("*:81:a.test"), binding("*:82:b.test")])
    machine.failed(change, op("recycle_pool", name="ChatPool"), FAILING)
    found = application(machine, "Farm", "/")
    assert (found["physical_path"], sorted(b["information"] for b in found["bindings"])) == (r"C:\farm", ["*:81:", "*:81:a.test"])
    assert machine.did(change) == [True]
    found = application(machine, "Farm", "/")
    assert [(b["information"], b["host"], b["port"]) for b in found["bindings"]] == [
        ("*:81:a.test", "a.test", 81),
        ("*:82:b.test", "b.test", 82),
    ]
    assert machine.did(op("set_site", name="Farm", physical_path=r"C:\farm2")) == [False]
    assert machine.failed(op("set_site", name="No"))["failure"]["code"] == "not_found"


def test_one_commit_a_call_and_a_copy_of_what_was(machine: Machine) -> None:
    before = configuration(machine)
    machine.did(
        op("set_pool", name="P", settings={"start_mode": "AlwaysRunning"}),
        op("set_site", name="S", physical_path=r"C:\s", bindings=[binding("*:85:")]),
        op("set_application", site="S", path="/a", physical_path=r"C:\s\a", pool="P"),
        op("start_pool", name="P", wait=5),
        op("recycle_pool", name="P"),
    )
    assert machine.read_json("calls.json")["CommitChanges"] == 1
    assert machine.path(FOLDER + r"\applicationHost.r1.config").read_text() == before
    for run in ("r2", "r3", "r4"):
        machine.did(op("set_pool", name="P", settings={"max_processes": int(run[1])}), run=run)
    copies = sorted(path.name for path in machine.path(FOLDER).iterdir())
    assert copies == [f"applicationHost.r{n}.config" for n in (2, 3, 4)]


def test_nothing_to_do_is_no_commit(machine: Machine) -> None:
    assert machine.did(op("set_pool", name="ChatPool", settings={"idle_timeout": 1200}), op("start_pool", name="ChatPool", wait=1)) == [
        False,
        False,
    ]
    assert "CommitChanges" not in machine.read_json("calls.json")


COMMITS = [
    ("once", [{"operation": "CommitChanges", "call": 1, "exception": CHANGED_ON_DISK}], None, 2),
    ("always", [{"operation": "CommitChanges", "from": 1, "exception": CHANGED_ON_DISK}], "sharing_violation", 5),
    (
        "refused",
        [{"operation": "CommitChanges", "from": 1, "exception": {"hresult": "0x80070005", "message": "Denied."}}],
        "access_denied",
        1,
    ),
]


@pytest.mark.parametrize(("faults", "code", "commits"), [case[1:] for case in COMMITS], ids=[case[0] for case in COMMITS])
def test_commits_that_fail(machine: Machine, faults: list[dict[str, Any]], code: str | None, commits: int) -> None:
    machine.write_json("faults.json", {"faults": faults})
    answer = machine.change(
        op("make_directory", path=r"C:\d"),
        op("set_pool", name="ChatPool", settings=SERVICE, expect={"identity_type": "ApplicationPoolIdentity"}),
        op("set_application", site="Default Web Site", path="/chat", pool="ChatPool", physical_path=r"C:\d"),
    )
    assert answer.get("failure", {}).get("code") == code
    assert machine.read_json("calls.json")["CommitChanges"] == commits
    assert machine.path(r"C:\d").exists() is (code is None)
    assert PASSWORD not in str(answer)
    if code:
        assert (answer["failure"]["id"], answer["failure"]["target"]) == ("2", "ChatPool")
        assert [outcome["id"] for outcome in answer["outcomes"]] == ["1"]


# ---- what runs


def test_stop_and_start(machine: Machine) -> None:
    machine.tool("warm", "ChatPool")
    answer = machine.change(
        op("stop_pool", name="chatpool", wait=5), op("stop_pool", name="ChatPool", wait=5), op("start_pool", name="ChatPool", wait=5)
    )
    outcomes = answer["outcomes"]
    assert [outcome["changed"] for outcome in outcomes] == [True, False, True]
    assert [outcome["detail"]["was"] for outcome in outcomes] == ["Started", "Stopped", "Stopped"]
    assert outcomes[0]["detail"]["ended"] == []
    assert outcomes[0]["detail"]["seconds"] > 0


@pytest.mark.parametrize(("first", "state"), [("stop_pool", "Started"), ("start_pool", "Stopped")])
def test_undo_of_stop_and_start(machine: Machine, first: str, state: str) -> None:
    if first == "start_pool":
        machine.did(op("stop_pool", name="ChatPool", wait=5))
    machine.failed(op(first, name="ChatPool", wait=5), FAILING)
    assert pool(machine)["state"] == state


def test_a_pool_that_does_not_stop_loses_its_worker_process(machine: Machine) -> None:
    machine.write_json("settings.json", {"stopSeconds": 60, "startSeconds": 0, "activationSeconds": 0.2})
    machine.tool("warm", "ChatPool")
    answer = machine.change(op("stop_pool", name="ChatPool", wait=0.3), workers={"pools": ["ChatPool"]})
    assert answer["outcomes"][0]["detail"]["ended"] == [4004]
    assert answer["state"]["workers"] == {"ChatPool": []}
    assert pool(machine)["state"] == "Stopped"


def test_a_pool_that_does_not_start_in_time(machine: Machine) -> None:
    machine.did(op("stop_pool", name="ChatPool", wait=5))
    machine.write_json("settings.json", {"stopSeconds": 0, "startSeconds": 1.5, "activationSeconds": 0.2})
    answer = machine.change(op("start_pool", name="ChatPool", wait=0.3))
    assert answer["failure"]["code"] == "timeout"
    assert answer["undone"] is True
    assert pool(machine)["state"] == "Stopped"


def test_a_new_pool_is_waited_for(machine: Machine) -> None:
    """WAS does not know it for a moment; until then it has no state."""
    assert machine.did(op("set_pool", name="P", settings={}), op("start_pool", name="P", wait=5), op("recycle_pool", name="P")) == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    "account", [{"password": "other"}, {"password": PASSWORD, "batch": False}, {"password": PASSWORD, "enabled": False}]
)
def test_an_identity_that_cannot_log_on(machine: Machine, account: dict[str, Any]) -> None:
    machine.write_json("accounts.json", {r"CONTOSO\svc": account})
    answer = machine.failed(
        op("stop_pool", name="ChatPool", wait=5),
        op("set_pool", name="ChatPool", settings={**SERVICE, "start_mode": "AlwaysRunning"}),
        op("start_pool", name="ChatPool", wait=5),
    )
    assert (answer["failure"]["id"], answer["failure"]["code"]) == ("3", "identity")
    assert re.search("identity", answer["failure"]["text"])
    found = pool(machine)
    assert (found["state"], found["identity_type"]) == ("Started", "ApplicationPoolIdentity")


def test_recycling_a_stopped_pool_is_no_change(machine: Machine) -> None:
    assert machine.did(op("stop_pool", name="ChatPool", wait=5), op("recycle_pool", name="ChatPool")) == [True, False]


RUN_FAULTS = [
    ("stop_pool", [{"operation": "Stop", "exception": {"hresult": "0x80070005", "message": "Access is denied."}}], "access_denied"),
    ("recycle_pool", [{"operation": "Recycle", "exception": {"hresult": "0x80070425", "message": "Busy."}}], "failed"),
]


@pytest.mark.parametrize(("name", "faults", "code"), RUN_FAULTS)
def test_was_refuses(machine: Machine, name: str, faults: list[dict[str, Any]], code: str) -> None:
    machine.write_json("faults.json", {"faults": faults})
    assert machine.failed(op(name, name="ChatPool", wait=2))["failure"]["code"] == code
    assert pool(machine)["state"] == "Started"
