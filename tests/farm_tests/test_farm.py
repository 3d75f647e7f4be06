# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A farm as a process: its starting state, what is counted, what people break, and that it leaves nothing behind."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError

import pytest
from farm.control.channel import ControlError
from farm.control.running import TESTS, RunningFarm, running_farm

from .winrm_client import WinRmClient

APPLICATION = {"site": "Default Web Site", "path": "/chat"}


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFarm]:
    with running_farm(tmp_path_factory.mktemp("farm")) as running:
        yield running


@pytest.fixture(autouse=True)
def _in_order(farm: RunningFarm) -> Iterator[None]:
    farm.control.reset_calls()
    yield
    farm.control.repair()


def negotiate(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{url}/chat/signalr/negotiate?clientProtocol=1.5", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_the_starting_state_is_the_one_that_brings_people_here(farm: RunningFarm) -> None:
    told = {
        name: WinRmClient(farm, name).state(
            features={"names": ["Web-WebSockets"]},
            iis={"applications": [APPLICATION], "pools": []},
            configuration={"applications": [APPLICATION]},
        )["state"]
        for name in farm.description["nodes"]
    }
    assert [state["features"]["Web-WebSockets"]["state"] for state in told.values()] == ["Installed", "Available", "Installed"]
    pools = [state["iis"]["pools"]["ChatPool"] for state in told.values()]
    assert {(pool["state"], pool["identity_type"]) for pool in pools} == {("Started", "ApplicationPoolIdentity")}
    folders = [Path(node["root"]) / "drive_c/inetpub/wwwroot/chat" for node in farm.description["nodes"].values()]
    assert [(folder / "release.txt").read_text().strip() for folder in folders] == ["1.1.0", "1.1.0", "1.0.0"]
    assert all("machineKey" not in (folder / "web.config").read_text() for folder in folders)
    assert {negotiate(farm.url(name))[0] for name in told} == {200}
    assert negotiate(farm.virtual_address)[0] == 200


@pytest.mark.parametrize("transport", ["basic", "ntlm"])
def test_module_calls_are_counted_by_node_with_what_was_asked(farm: RunningFarm, transport: str) -> None:
    WinRmClient(farm, "web01", transport).state(host={})
    WinRmClient(farm, "web02", transport).change({"op": "make_directory", "path": r"%ProgramData%\webfarm"}, check_mode=True)
    calls = farm.control.calls()
    assert {name: log["total"] for name, log in calls.items()} == {"web01": 1, "web02": 1, "web03": 0}
    assert [(call["module"], call["parts"], call["check_mode"]) for call in calls["web01"]["calls"] + calls["web02"]["calls"]] == [
        ("webfarm.signalr.node_state", ["host"], False),
        ("webfarm.signalr.node_change", ["make_directory"], True),
    ]
    farm.control.reset_calls()
    assert farm.control.calls()["web01"]["total"] == 0


BROKEN = [
    ("web-config", 500, "does not match the end tag"),
    ("pool-stopped", 503, "Service Unavailable"),
    ("key", 200, "ConnectionToken"),
    ("web-sockets", 200, '"TryWebSockets":'),
]


@pytest.mark.parametrize(("kind", "status", "text"), BROKEN, ids=[kind for kind, _rest, _rest in BROKEN])
def test_a_broken_node_shows_it_and_is_repaired(farm: RunningFarm, kind: str, status: int, text: str) -> None:
    config = Path(farm.description["nodes"]["web01"]["root"]) / "drive_c/inetpub/wwwroot/chat/web.config"
    before = config.read_bytes()
    farm.control.break_node("web01", kind)
    assert farm.control.status()["web01"]["broken"] == [kind]
    code, body = negotiate(farm.url("web01"))
    assert (code, text in body) == (status, True)
    assert (b"<machineKey" in config.read_bytes()) is (kind == "key")
    farm.control.repair("web01")
    assert negotiate(farm.url("web01"))[0] == 200
    assert config.read_bytes() == before


def test_a_wrong_pool_password_stops_the_pool_as_was_does(farm: RunningFarm) -> None:
    client = WinRmClient(farm, "web03")
    secrets = json.loads((farm.directory / "secrets.json").read_text())["accounts"]
    settings = {"identity_type": "SpecificUser", "user_name": r"CONTOSO\svc_chat", "password": secrets[r"CONTOSO\svc_chat"]}
    assert client.change({"op": "set_pool", "name": "ChatPool", "settings": settings})["changed"]
    assert negotiate(farm.url("web03"))[0] == 200
    farm.control.break_node("web03", "pool-password")
    assert negotiate(farm.url("web03"))[0] == 503
    farm.control.repair("web03")
    assert negotiate(farm.url("web03"))[0] == 200


def test_a_dead_node_answers_nothing_and_comes_back(farm: RunningFarm) -> None:
    farm.control.break_node("web02", "dead")
    with pytest.raises(OSError):
        negotiate(farm.url("web02"))
    with pytest.raises(Exception, match="refused"):
        WinRmClient(farm, "web02").state(host={})
    assert not farm.control.status()["web02"]["alive"]
    assert negotiate(farm.virtual_address)[0] == 200
    farm.control.repair("web02")
    assert negotiate(farm.url("web02"))[0] == 200
    assert WinRmClient(farm, "web02").state(host={})["state"]["host"]["computer_name"] == "WEB02"


REFUSALS = [
    (("break", {"node": "web09", "kind": "key"}), "There is no node web09; there are web01, web02, web03."),
    (("break", {"node": "web01", "kind": "nonsense"}), "There is no way 'nonsense' to break a node; there are key, "),
    (("fault", {"node": "web01", "fault": {"kind": "nonsense", "operation": "write_file"}}), "no such kind of fault: nonsense"),
    (("fault", {"node": "web01", "fault": {"kind": "drop", "wen": "before"}}), "There is no such fault: "),
    (("nonsense", {}), "There is no such command; there are status, "),
]


@pytest.mark.parametrize(("question", "text"), REFUSALS, ids=[text[:30] for _rest, text in REFUSALS])
def test_what_the_farm_does_not_know_it_says(farm: RunningFarm, question: tuple[str, dict], text: str) -> None:
    with pytest.raises(ControlError) as refused:
        farm.control.ask(question[0], **question[1])
    assert text in str(refused.value)


def test_secrets_are_for_the_owner_only_and_not_in_the_description(farm: RunningFarm) -> None:
    secrets = json.loads((farm.directory / "secrets.json").read_text())
    for name in ("secrets.json", "inventory.yml", "winrm-accounts"):
        assert (farm.directory / name).stat().st_mode & 0o077 == 0
    assert secrets["password"] not in json.dumps(farm.description)


def test_a_farm_is_taken_up_as_it_was_left_and_ends_with_its_parent(tmp_path: Path) -> None:
    with running_farm(tmp_path, "--nodes", "1", "--without-web-sockets", "") as farm:
        assert WinRmClient(farm, "web01").change({"op": "stop_pool", "name": "ChatPool", "wait": 5})["changed"]
        inventory = farm.inventory.read_text()
    assert not (tmp_path / "farm.json").exists()
    with running_farm(tmp_path, "--nodes", "1") as farm:
        assert negotiate(farm.url("web01"))[0] == 503
        assert _password(farm.inventory.read_text()) == _password(inventory)


def _password(inventory: str) -> str:
    return next(line for line in inventory.splitlines() if "ansible_password" in line)


def test_started_from_the_command_line_it_stays_until_it_is_stopped(tmp_path: Path) -> None:
    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "farm", *arguments], cwd=TESTS, capture_output=True, text=True, timeout=60, check=False
        )

    place = ("--directory", str(tmp_path))
    started = command("start", *place, "--nodes", "2", "--port", "0", "--http-port", "0")
    try:
        assert started.returncode == 0, started.stderr
        assert f"inventory: {tmp_path / 'inventory.yml'}" in started.stdout
        assert json.loads(command("calls", *place).stdout)["web02"]["total"] == 0
        assert command("break", *place, "web02", "key").returncode == 0
        assert json.loads(command("status", *place).stdout)["web02"]["broken"] == ["key"]
    finally:
        assert command("stop", *place).returncode == 0
    assert "There is no running farm" in command("status", *place).stderr


def test_the_web_server_answers_while_a_call_waits(tmp_path: Path) -> None:
    with running_farm(tmp_path, "--nodes", "1", "--stop-seconds", "1.5") as farm, ThreadPoolExecutor(1) as other:
        assert negotiate(farm.url("web01"))[0] == 200
        call = other.submit(WinRmClient(farm, "web01").change, {"op": "stop_pool", "name": "ChatPool", "wait": 30})
        seen = set()
        while not call.done():
            seen.add((negotiate(farm.url("web01"))[0], call.done()))
        assert (503, False) in seen
        assert call.result(10)["changed"]
