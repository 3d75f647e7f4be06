# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret leaves: nothing that a run of the highest verbosity writes anywhere holds a key, a password or a token, however the run ends."""

from __future__ import annotations

import base64
import html
import json
import os
import re
import signal
import stat
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from farm.control.running import RunningFarm, running_farm

from .harness import NODES, ROOT, Run, Site
from .material import Key, new_key, release_folder, release_zip, write_key
from .secrets_search import files_below, leaks, tokens

pytestmark = pytest.mark.slow

CALLBACKS = Path(__file__).with_name("callbacks")
#: What people do with results: they end up in the fact cache.
KEEP_IN_THE_CACHE = {
    "hosts": "signalr_farm",
    "gather_facts": False,
    "tasks": [
        {
            "ansible.builtin.set_fact": {
                "cacheable": True,
                "what_was_read": "{{ farm_plan__read }}",
                "what_was_planned": "{{ farm_plan__result }}",
            },
        }
    ],
}


@dataclass
class Watched:
    """A farm whose secrets are known, and runs on it of which everything that they write lies in one folder."""

    site: Site
    secrets: dict[str, str] = field(repr=False)
    keys: list[Key] = field(default_factory=list, repr=False)
    runs: int = 0
    environment: dict[str, str] = field(default_factory=dict)  # more of Ansible's settings

    @property
    def folder(self) -> Path:
        """Where the runs write: output, logs, caches, reports, and all temporary files."""
        return self.site.directory / "written"

    @property
    def control(self) -> Any:
        return self.site.farm.control

    def know(self, name: str, key: Key) -> Key:
        self.secrets |= {f"validationKey of {name}": key[0], f"decryptionKey of {name}": key[1]}
        self.keys.append(key)
        return key

    def start(self, *arguments: str, **variables: Any) -> subprocess.Popen[bytes]:
        """Starts site.yml and what follows it; secrets go in a file, since Ansible itself prints the command line."""
        self.runs += 1
        self.folder.mkdir(exist_ok=True)
        (self.folder / "tmp").mkdir(exist_ok=True)
        given = self.site.directory / f"variables-{self.runs}.json"
        given.write_text(json.dumps({"farm_verify_report_directory": str(self.folder / "report"), **variables}))
        play = self.site.write_playbook("watched.yml", [{"import_playbook": str(ROOT / "playbooks" / "site.yml")}, KEEP_IN_THE_CACHE])
        environment = self.site.environment | {
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "ansible" / "tmp"),
            "ANSIBLE_HOME": str(self.folder / "ansible"),
            "TMPDIR": str(self.folder / "tmp"),
            "ANSIBLE_CACHE_PLUGIN": "jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(self.folder / "facts"),
            "ANSIBLE_LOG_PATH": str(self.folder / "log"),
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "everything",
            "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "1",
            "ANSIBLE_INJECT_INVOCATION": "1",
            "EVERYTHING_FILE": str(self.folder / "events"),
            **self.environment,
        }
        command = self.site.command(play, "-vvvvvv", "--diff", "--extra-vars", f"@{given}", *arguments)
        with (self.folder / f"output-{self.runs}").open("wb") as output:
            return subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )

    def finish(self, process: subprocess.Popen[bytes]) -> Run:
        code = process.wait(300)
        return Run(code, (self.folder / f"output-{self.runs}").read_text())

    def run(self, *arguments: str, **variables: Any) -> Run:
        return self.finish(self.start(*arguments, **variables))

    def found(self, texts: list[tuple[str, bytes]]) -> list[str]:
        return leaks(texts, self.secrets) + tokens(texts, self.keys)

    def found_on_the_controller(self, *, but: list[Path] | None = None) -> list[str]:
        return self.found(list(files_below(self.folder, but=but or ())))

    def found_on_the_nodes(self) -> list[str]:
        """Secrets in anything but the web.config files themselves and the pool's own password in IIS's configuration."""
        found = []
        for node in NODES:
            root = self.site.drive(node).parent
            files = [(name, content) for name, content in files_below(root) if not name.endswith("/web.config") and name != "node.json"]
            events = json.loads((root / "node.json").read_text())["events"]
            found += [f"{node}: {what}" for what in self.found([*files, ("the event log", json.dumps(events).encode())])]
        return found

    def private_folders(self) -> list[Path]:
        """The folders of runs' private stores."""
        return sorted((self.folder / "ansible" / "tmp").glob("*/webfarm.signalr*"))


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Every node has a key of its own; the package holds passwords."""
    directory = tmp_path_factory.mktemp("watched")
    with running_farm(directory / "farm") as farm:
        yield _watched(Site(farm, directory), farm)


def _watched(site: Site, farm: RunningFarm) -> Watched:
    known = json.loads((farm.directory / "secrets.json").read_text())
    secrets = {"ansible_password": known["password"], "the pool's password": known["accounts"][r"CONTOSO\svc_chat"]}
    secrets |= {"the database's password": "Xq7-é<&>-of-the-database", "the package's setting": "4f1c-SETTING-OF-THE-PACKAGE-9b"}
    return Watched(site, secrets)


def package(watched: Watched, release: str) -> dict[str, str]:
    """A release whose web.config holds what web.configs hold: a connection string with a password, and a setting that is one."""
    password, setting = (html.escape(watched.secrets[name]) for name in ("the database's password", "the package's setting"))
    configuration = (
        f'<connectionStrings><add name="Backplane" connectionString="Server=sql01;User ID=chat;Password={password}" /></connectionStrings>'
        f'<!-- <add key="ApiPassword" value="{setting}" /> -->'
    )
    original = Path(watched.site.farm.description["farms"]["chat"]["package"])
    folder = release_folder(watched.site.directory / f"release-{release}", original, release, configuration=configuration)
    return {"farm_app_package": str(release_zip(folder, watched.site.directory / f"{release}.zip")), "farm_app_release": release}


def own_keys(watched: Watched) -> None:
    """The old keys: one for each node."""
    for node in NODES:
        write_key(watched.site.live_folder(node) / "web.config", watched.know(f"{node} before run {watched.runs + 1}", new_key()))


def by_variable(watched: Watched) -> dict[str, Any]:
    """The new key, given by variable."""
    validation, decryption = watched.know(f"the variables of run {watched.runs + 1}", new_key())
    return {"farm_machine_key_value": {"validation_key": validation, "decryption_key": decryption}}


def a_token(watched: Watched, node: str) -> str:
    """A connection token of a node, as a client gets it."""
    with urllib.request.urlopen(f"{watched.site.farm.url(node)}/chat/signalr/negotiate?clientProtocol=1.5", timeout=30) as answer:
        return str(json.load(answer)["ConnectionToken"])


def test_the_search_finds_what_it_looks_for(watched: Watched) -> None:
    """Else the silence of the other tests would mean nothing."""
    own_keys(watched)
    key, password = watched.keys[0], watched.secrets["the database's password"]
    encoded = [
        base64.b64encode(b"." * shift + text + b"..") for shift in range(3) for text in (key[0].encode(), password.encode("utf-16-le"))
    ]
    texts = [key[1].lower().encode(), json.dumps(password).encode(), html.escape(password).encode(), *encoded]
    assert [bool(watched.found([("here", text)])) for text in texts] == [True] * len(texts)
    token = a_token(watched, "web01")
    for text in (token, quote(token, safe="")):
        assert watched.found([("there", f"connectionToken={text}&transport=webSockets".encode())]) == ["a connection token in there"]


def test_a_run_shows_no_secret(watched: Watched) -> None:
    """Keys change from each node's own to the variables'; pools get an account; a release with passwords goes out."""
    own_keys(watched)
    run = watched.run(**by_variable(watched), **package(watched, "2.0.0"))
    assert not run.failed, run.output[-3000:]
    assert {watched.site.key(node) for node in NODES} == {watched.keys[-1]}
    output = (watched.folder / "log").read_text()
    assert "WINRM STDOUT" in output and "fingerprint" in output  # it was as talkative as it can be
    assert (watched.folder / "events").stat().st_size > 10_000
    assert len(list((watched.folder / "facts").iterdir())) == 3
    assert len(list((watched.folder / "report").iterdir())) == 2
    assert watched.found_on_the_controller() == []
    assert watched.found_on_the_nodes() == []
    assert watched.private_folders() == []


def test_a_key_that_a_run_makes_is_shown_to_nobody(watched: Watched) -> None:
    for node in NODES:
        write_key(watched.site.live_folder(node) / "web.config", None)
    run = watched.run(**package(watched, "3.0.0"))
    assert not run.failed, run.output[-3000:]
    (made,) = {watched.site.key(node) for node in NODES}
    assert made is not None
    watched.know("the run's own making", made)
    assert watched.found_on_the_controller() == []
    assert watched.found_on_the_nodes() == []


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "a password that is wrong": ({"farm_app_pool_password": "Not-The-Password-7f3a"}, r"cannot log on"),
    "a key that is none": (
        {"farm_machine_key_value": {"validation_key": "0A1B2C3D" * 16 + "XYZ", "decryption_key": "4E5F6071" * 8}},
        r"invalid hex characters",
    ),
    "a key that is weak": (
        {"farm_machine_key_value": {"validation_key": "0123456789ABCDEF" * 8, "decryption_key": "FEDCBA9876543210" * 4}},
        r"weak|repeat",
    ),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_shows_no_secret(watched: Watched, refusal: str) -> None:
    variables, says = REFUSALS[refusal]
    own_keys(watched)
    given = [text for value in variables.values() for text in (value.values() if isinstance(value, dict) else [value])]
    watched.secrets |= {f"{refusal} ({number})": text for number, text in enumerate(given)}
    run = watched.run(**by_variable(watched) | variables)
    assert run.failed and re.search(says, run.output), run.output[-3000:]
    assert watched.found_on_the_controller() == []
    assert watched.found_on_the_nodes() == []


def test_nothing_is_sent_as_a_file(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """People who look for a mistake let Ansible keep the files that it sends: passwords would lie about on every node."""
    monkeypatch.setitem(watched.environment, "ANSIBLE_KEEP_REMOTE_FILES", "1")
    run = watched.run()
    assert run.failed and "Turn ANSIBLE_KEEP_REMOTE_FILES off" in run.output, run.output[-3000:]
    assert watched.found_on_the_controller() == []
    assert watched.found_on_the_nodes() == []


def hold(watched: Watched, process: subprocess.Popen[bytes], node: str, operation: str) -> None:
    """Comes back when the node has carried out the operation; its answer is late, so the run stands where it is."""
    deadline = time.monotonic() + 120
    while not any(operation in call["parts"] for call in watched.control.calls()[node]["calls"]):
        assert process.poll() is None, watched.finish(process).output[-3000:]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def processes_of(process: subprocess.Popen[bytes]) -> dict[int, bytes]:
    """The run's processes with their command lines, the workers in sessions of their own included."""
    children: dict[int, list[int]] = {}
    commands: dict[int, bytes] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            commands[int(folder.name)] = (folder / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue  # it has ended
        children.setdefault(parent, []).append(int(folder.name))
    found, todo = {}, [process.pid]
    while todo:
        pid = todo.pop()
        found[pid] = commands.get(pid, b"")
        todo += children.get(pid, [])
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_a_killed_run_leaves_behind_is_private_and_the_next_run_sweeps_it(watched: Watched, number: int) -> None:
    own_keys(watched)
    watched.control.reset_calls()
    watched.control.fault("web02", "late", when="after", operation="replace_file", seconds=8)
    variables = by_variable(watched)
    process = watched.start(**variables)
    try:
        hold(watched, process, "web02", "replace_file")
        running = processes_of(process)
        assert len(running) > 1
        assert watched.found([(f"the command line of {pid}", line) for pid, line in running.items()]) == []
        (private,) = watched.private_folders()
        assert watched.found(list(files_below(private))) != []  # the run is where it has something to hide
        for path in [private, private.parent, *private.rglob("*")]:
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
        assert watched.found_on_the_controller(but=[private]) == []
    finally:
        os.kill(process.pid, number)
        killed = watched.finish(process)
    assert killed.failed
    assert watched.found_on_the_controller(but=[private]) == []

    following = watched.run(**variables)  # at once: after SIGKILL the workers are still there
    assert not following.failed, following.output[-3000:]
    assert {watched.site.key(node) for node in NODES} == {watched.keys[-1]}
    deadline = time.monotonic() + 60
    while any(Path(f"/proc/{pid}").exists() for pid in running):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert watched.private_folders() == []
    assert watched.found_on_the_controller() == []
    assert watched.found_on_the_nodes() == []
    for node in NODES:
        assert [path.name for path in watched.site.drive(node).glob("ProgramData/webfarm.signalr/*/*.json")] == ["marker.json"]
