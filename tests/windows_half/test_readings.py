# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every reading of node_state, run for real."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from .machine import CONFIG, FOLDER, Machine, b64, sha256

CHAT = {"site": "Default Web Site", "path": "/chat"}
HOST_FIELDS = {
    "computer_name": "NODE1",
    "os_version": "10.0.20348",
    "powershell_version": "7.6.9",
    "language_mode": "FullLanguage",
    "dotnet_release": 528449,
    "iis_version": "10.0",
    "is_administrator": True,
    "pending_reboot": False,
    "shared_configuration": False,
}


def test_host(machine: Machine) -> None:
    host = machine.read(host={})["host"]
    assert {name: host[name] for name in HOST_FIELDS} == HOST_FIELDS
    assert host["boot_time"] < host["now"]
    assert host["now"].endswith("Z")
    assert len(host["now"]) == len("2026-01-31T12:00:00.0000000Z")


def test_what_the_host_does_not_tell_is_undetermined(machine: Machine) -> None:
    machine.write_json("machine.json", {"dotnet_release": None})
    answer = machine.run("node_state", {"readings": {"host": {}}})
    assert answer["state"]["host"]["dotnet_release"] is None
    assert answer["state"]["host"]["iis_version"] == "10.0"
    assert answer["undetermined"] == {"host.dotnet_release": "Access is denied."}


def test_features(machine: Machine) -> None:
    features = machine.read(features={"names": ["Web-WebSockets", "web-server", "No-Such"]})["features"]
    assert features == {"Web-WebSockets": {"state": "Available"}, "web-server": {"state": "Installed"}, "No-Such": {"state": "Unknown"}}


def test_iis_application_and_its_pool(machine: Machine) -> None:
    answer = machine.read(iis={"applications": [{"site": "default web site", "path": "/chat"}], "pools": []})["iis"]
    (application,) = answer["applications"]
    assert application["pool"] == "ChatPool"
    assert application["physical_path"] == r"C:\inetpub\wwwroot\chat"
    assert application["resolved_path"] == str(machine.path(r"C:\inetpub\wwwroot\chat"))
    assert application["bindings"] == [{"protocol": "http", "information": "*:80:", "host": "", "port": 80, "ssl_flags": 0}]
    pool = answer["pools"]["ChatPool"]
    expected = {"state": "Started", "idle_timeout": 1200, "periodic_restart": 104400, "shutdown_time_limit": 90, "max_processes": 1}
    assert {name: pool[name] for name in expected} == expected
    assert pool["identity_type"] == "ApplicationPoolIdentity"
    assert pool["applications"] == [CHAT]
    assert answer["web_socket"] == {"module_registered": False, "enabled": None, "locked": None}


def test_iis_things_that_are_not_there(machine: Machine) -> None:
    answer = machine.read(iis={"applications": [{"site": "x", "path": "/"}, {**CHAT, "path": "/no"}], "pools": [{"name": "No"}]})["iis"]
    assert [(a["site_exists"], a["exists"], a["pool"], a["bindings"] != []) for a in answer["applications"]] == [
        (False, False, None, False),
        (True, False, None, True),
    ]
    assert answer["pools"] == {"No": {**dict.fromkeys(machine.pool()), "exists": False, "applications": []}}


def test_iis_children_and_shared_folders(machine: Machine) -> None:
    machine.change(
        {"op": "set_application", "site": "Default Web Site", "path": "/chat/admin", "physical_path": r"C:\inetpub\wwwroot\admin"},
        {"op": "set_application", "site": "Default Web Site", "path": "/twin", "physical_path": r"%SystemDrive%\inetpub\wwwroot\chat"},
    )
    chat, root = machine.read(iis={"applications": [CHAT, {**CHAT, "path": "/"}], "pools": []})["iis"]["applications"]
    assert chat["child_applications"] == ["/chat/admin"]
    assert chat["shares_folder_with"] == [{"site": "Default Web Site", "path": "/twin"}]
    assert root["child_applications"] == ["/chat", "/chat/admin", "/twin"]


@pytest.mark.parametrize(("sent", "equal"), [("Sommer2026", True), ("sommer2026", False), (None, None)])
def test_password_is_compared_on_the_node(machine: Machine, sent: str | None, equal: bool | None) -> None:
    machine.did(
        {"op": "set_pool", "name": "ChatPool", "settings": {"identity_type": "SpecificUser", "user_name": r"C\s", "password": "Sommer2026"}}
    )
    asked = {"name": "ChatPool"} | ({} if sent is None else {"password": sent})
    pool = machine.read(iis={"applications": [], "pools": [asked]})["iis"]["pools"]["ChatPool"]
    assert (pool["has_password"], pool["password_equal"], pool["user_name"]) == (True, equal, r"C\s")


def test_broken_application_host_is_not_an_empty_server(machine: Machine) -> None:
    file = machine.root / "config" / "applicationHost.config"
    file.write_text(file.read_text().replace("</sites>", ""))
    answer = machine.run("node_state", {"readings": {"iis": {"applications": [CHAT], "pools": []}, "host": {}}})
    assert answer["state"]["iis"] is None
    assert "applicationHost.config" in answer["undetermined"]["iis"]
    assert answer["state"]["host"]["computer_name"] == "NODE1"


CONFIG_WITH_REFERENCES = rb"""<?xml version="1.0"?>
<configuration>
  <appSettings file="..\up.config"/>
  <connectionStrings configSource="config\db.config"/>
  <system.web><machineKey configSource="key.config"/><pages configSource="C:\x.config"/></system.web>
</configuration>"""


def test_configuration_chain(machine: Machine) -> None:
    machine.put(CONFIG, CONFIG_WITH_REFERENCES)
    machine.put(r"C:\inetpub\wwwroot\chat\Key.config", b"<machineKey/>")
    machine.put(r"C:\inetpub\wwwroot\Web.Config", b"<configuration/>")
    (answer,) = machine.read(configuration={"applications": [{**CHAT, "path": "/chat/sub"}]})["configuration"]
    levels = [(f["level"], f.get("bitness", f.get("virtual_path")), f["exists"]) for f in answer["files"]]
    assert levels == [
        ("machine", 32, True),
        ("machine", 64, True),
        ("root", 32, True),
        ("root", 64, True),
        ("site", "/", True),
        ("app", "/chat", True),
        ("dir", "/chat/sub", False),
    ]
    chat = answer["files"][5]
    assert (base64.b64decode(chat["content"]), chat["sha256"]) == (CONFIG_WITH_REFERENCES, sha256(CONFIG_WITH_REFERENCES))
    assert [(r["name"], r["exists"]) for r in chat["references"]] == [("config\\db.config", False), ("key.config", True)]
    assert base64.b64decode(chat["references"][1]["content"]) == b"<machineKey/>"


@pytest.mark.parametrize(
    "content",
    [
        b"<configuration><a configSource='x.config'></configuration>",
        b"<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>",
        b"",
    ],
)
def test_configuration_that_is_no_xml_is_told_as_bytes(machine: Machine, content: bytes) -> None:
    machine.put(CONFIG, content)
    (answer,) = machine.read(configuration={"applications": [CHAT]})["configuration"]
    assert base64.b64decode(answer["files"][-1]["content"]) == content


def test_configuration_of_a_site_that_is_not_there(machine: Machine) -> None:
    (answer,) = machine.read(configuration={"applications": [{"site": "x", "path": "/"}]})["configuration"]
    assert [file["level"] for file in answer["files"]] == ["machine", "machine", "root", "root"]


def test_files(machine: Machine) -> None:
    data = machine.put(r"C:\t\a.bin", bytes(range(256)))
    paths = [r"C:\t\a.bin", r"C:\t", r"C:\no"]
    files = machine.read(files={"paths": paths, "content": True})["files"]
    nothing = {"is_directory": False, "size": None, "sha256": None, "content": None}
    assert files == {
        paths[0]: {"exists": True, "is_directory": False, "size": 256, "sha256": sha256(data), "content": b64(data)},
        paths[1]: {**nothing, "exists": True, "is_directory": True},
        paths[2]: {**nothing, "exists": False},
    }


def test_listing(machine: Machine) -> None:
    for name in (r"C:\t\b.txt", r"C:\t\B.txt", r"C:\t\a\x.txt", "C:\\t\\\u00e4.txt", r"C:\t\.keep"):
        machine.put(name, b"1")
    listing = machine.read(listing={"paths": [r"C:\t", r"C:\no"]})["listing"]
    assert [entry["path"] for entry in listing[r"C:\t"]] == [".keep", "B.txt", "a/x.txt", "b.txt", "\u00e4.txt"]
    assert listing[r"C:\no"] is None


def test_releases(machine: Machine) -> None:
    content, config = b"123", b"<configuration/>"
    machine.put(r"C:\rel\releases\b\bin\x.dll", content)
    machine.put(r"C:\rel\releases\b\web.config", config)
    machine.put(r"C:\rel\manifests\b.json", json.dumps({"id": "b", "owned": ["web.config"]}).encode())
    machine.put(r"C:\rel\releases\a\x", b"")
    answer = machine.read(releases={"root": r"C:\rel", "hashes": True})["releases"]
    assert (answer["exists"], answer["free_bytes"]) == (True, 50000000000)
    first, second = answer["releases"]
    assert (first["id"], first["manifest"], first["file_count"], first["config_sha256"]) == ("a", None, 1, None)
    assert second["path"] == r"C:\rel\releases\b"
    assert (second["file_count"], second["total_bytes"], second["config_sha256"]) == (1, 3, sha256(config))
    assert second["content_sha256"] == sha256(f"{sha256(content)} 3 bin/x.dll\n".encode())
    assert "content_sha256" not in machine.read(releases={"root": r"C:\rel", "hashes": False})["releases"]["releases"][0]


ACCOUNTS = {
    r"CONTOSO\svc": {"password": "Right-1", "batch": False},
    r"CONTOSO\off": {"password": "x", "enabled": False, "locked": True, "expired": True, "passwordExpired": True},
    r"CONTOSO\g$": {"gmsa": True, "usable": False},
    r"CONTOSO\hidden": {"seen": False},
}
ACCOUNT_CASES: list[tuple[str, str | None, dict[str, Any]]] = [
    (r"CONTOSO\svc", "Right-1", {"exists": True, "logon": "ok", "batch_right": False, "is_gmsa": False, "gmsa_usable": None}),
    (r"contoso\SVC", "wrong", {"logon": "The user name or password is incorrect."}),
    (r"CONTOSO\svc", None, {"logon": None, "enabled": True}),
    (r"CONTOSO\off", None, {"enabled": False, "locked": True, "expired": True, "password_expired": True}),
    (r"CONTOSO\g$", None, {"is_gmsa": True, "gmsa_usable": False}),
    (r"CONTOSO\no", None, {"exists": False, "enabled": None, "batch_right": None}),
]


@pytest.mark.parametrize(("name", "password", "expected"), ACCOUNT_CASES)
def test_accounts(machine: Machine, name: str, password: str | None, expected: dict[str, Any]) -> None:
    machine.write_json("accounts.json", ACCOUNTS)
    asked = {"name": name} | ({} if password is None else {"password": password})
    account = machine.read(accounts={"accounts": [asked]})["accounts"][name]
    assert {field: account[field] for field in expected} == expected


def test_account_whose_state_the_directory_does_not_show(machine: Machine) -> None:
    machine.write_json("accounts.json", ACCOUNTS)
    answer = machine.run("node_state", {"readings": {"accounts": {"accounts": [{"name": r"CONTOSO\hidden"}]}}})
    account = answer["state"]["accounts"][r"CONTOSO\hidden"]
    assert (account["exists"], account["enabled"], account["locked"]) == (True, None, None)
    assert answer["undetermined"][r"accounts.CONTOSO\hidden.enabled"] == "Access is denied."


def test_records(machine: Machine) -> None:
    machine.put(FOLDER + r"\marker.json", b'\xef\xbb\xbf{"farm": "f", "members": ["a"], "n": 1, "f": 1.5, "t": null}')
    machine.put(FOLDER + r"\journal.json", b"{ half")
    records = machine.read(records={"folder": FOLDER})["records"]
    assert records["marker"] == {"farm": "f", "members": ["a"], "n": 1, "f": 1.5, "t": None}
    assert records["lease"] is None
    assert list(records["journal"]) == ["unreadable"]


def test_workers(machine: Machine) -> None:
    machine.tool("warm", "ChatPool")
    workers = machine.read(workers={"pools": ["chatpool", "No"]})["workers"]
    assert workers["No"] == []
    (worker,) = workers["chatpool"]
    assert worker["process_id"] > 0
    assert worker["state"] == "Running"
    assert worker["started"].endswith("Z")


def test_events_of_a_pool_without_secrets(machine: Machine) -> None:
    key = "0123456789ABCDEF" * 4
    lines = [
        {"time": f"2026-01-0{day}T00:00:00Z", "source": "Microsoft-Windows-WAS", "id": 5021, "pool": pool, "message": text}
        for day, pool, text in [(1, "Old", "pool Old"), (2, "ChatPool", f"pool ChatPool password=abc {key}"), (3, "Chat", "pool Chat")]
    ]
    (machine.root / "events.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    events = machine.read(events={"since": "2026-01-02T00:00:00Z", "pools": ["ChatPool"]})["events"]
    assert [(event["id"], event["time"]) for event in events] == [(5021, "2026-01-02T00:00:00.0000000Z")]
    assert "abc" not in events[0]["text"]
    assert key not in events[0]["text"]


def test_at_most_twenty_events_the_latest(machine: Machine) -> None:
    lines = [{"time": f"2026-01-01T00:00:{n:02d}Z", "source": "ASP.NET 4.0.30319.0", "id": 1309, "message": str(n)} for n in range(30)]
    (machine.root / "events.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    events = machine.read(events={"since": "2026-01-01T00:00:00Z", "pools": ["ChatPool"]})["events"]
    assert [event["text"] for event in events] == [str(n) for n in range(10, 30)]


REFUSED = [
    ("{", "not JSON"),
    ("[]", "not an object"),
    ('{"contract": 2}', "contract"),
]


@pytest.mark.parametrize(("text", "says"), REFUSED)
def test_request_that_is_none(machine: Machine, text: str, says: str) -> None:
    answer = machine.chain.call("node_state", text, root=machine.root)
    assert answer["failed"]
    assert says in answer["msg"]


def test_unknown_reading_and_relative_path(machine: Machine) -> None:
    answer = machine.run("node_state", {"readings": {"nope": {}, "files": {"paths": ["web.config"]}}})
    assert answer["state"] == {"nope": None, "files": None}
    assert set(answer["undetermined"]) == {"nope", "files"}


def test_iis_that_cannot_be_read(machine: Machine) -> None:
    """Nothing that was asked for is read: the readings say so, the call does not fail."""
    machine.write_json(
        "faults.json",
        {"faults": [{"operation": "Load", "from": 1, "exception": {"type": "System.IO.FileNotFoundException", "message": "gone"}}]},
    )
    answer = machine.run("node_state", {"readings": {"iis": {"applications": [], "pools": []}, "workers": {"pools": []}}})
    assert answer["state"]["iis"] is None
    assert answer["undetermined"]["iis"] == "gone"
