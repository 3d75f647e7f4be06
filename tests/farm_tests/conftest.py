# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A WinRM endpoint in this process, and playbook runs against it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from farm.executor.drive import Drive
from farm.executor.model import ModelExecutor
from farm.executor.transfer import FileTransfer
from farm.winrm.authentication import Accounts
from farm.winrm.endpoint import Endpoint
from farm.winrm.payload import Request

USER, PASSWORD = "deploy", "Correct-Horse-7"
COLLECTION_MODULE = """#!powershell
#AnsibleRequires -CSharpUtil Ansible.Basic
$spec = @{
    options = @{
        request = @{ type = 'str'; required = $true; no_log = $true }
    }
    supports_check_mode = $true
}
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)
$module.Result.answer = 'from PowerShell'
$module.ExitJson()
"""


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop in a thread of its own: the servers run there while a test waits for a playbook."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
def call(loop: asyncio.AbstractEventLoop) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Run a coroutine there and give its result back."""
    return lambda coroutine: asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)


@dataclass
class RecordingNode:
    """A node model that only notes what it was asked."""

    calls: list[tuple[str, dict[str, Any], bool]] = field(default_factory=list)

    def run(self, module: str, request: dict[str, Any], *, check_mode: bool) -> dict[str, Any]:
        self.calls.append((module, request, check_mode))
        return {"changed": module == "node_change", "answer": "from the model"}


@dataclass
class Onlooker:
    """Notes the requests and what was carried out."""

    requests: int = 0
    commands: list[Request] = field(default_factory=list)

    async def request(self) -> None:
        self.requests += 1

    @asynccontextmanager
    async def carrying_out(self, request: Request) -> AsyncIterator[None]:
        self.commands.append(request)
        yield


@dataclass
class StubHost:
    """One Windows host on the loopback, with what happened to it."""

    endpoint: Endpoint
    node: RecordingNode
    onlooker: Onlooker
    folder: Path

    def variables(self, transport: str = "basic", **changes: Any) -> dict[str, Any]:
        """Connection variables for an inventory."""
        return {
            "ansible_connection": "winrm",
            "ansible_host": self.endpoint.host,
            "ansible_port": self.endpoint.port,
            "ansible_winrm_scheme": "http",
            "ansible_winrm_transport": transport,
            "ansible_user": USER,
            "ansible_password": PASSWORD,
            **changes,
        }


@pytest.fixture
def stub_host(tmp_path: Path, call: Callable[[Coroutine[Any, Any, Any]], Any]) -> Iterator[StubHost]:
    node, onlooker, folder = RecordingNode(), Onlooker(), tmp_path / "drive_c"
    accounts = Accounts({USER: PASSWORD}, tmp_path / "accounts")
    executor = ModelExecutor(node, FileTransfer(Drive(folder)))
    endpoint = Endpoint(executor, accounts, onlooker, host="127.0.1.1", port=0)
    call(endpoint.start())
    yield StubHost(endpoint, node, onlooker, folder)
    call(endpoint.stop())


@dataclass(frozen=True)
class PlaybookRun:
    """How a playbook ended: exit code, output, and the results by task name."""

    exit_code: int
    output: str
    results: dict[str, dict[str, Any]]


@pytest.fixture
def playbook(tmp_path: Path) -> Callable[..., PlaybookRun]:
    """Run tasks on a host; a scratch collection webfarm.signalr with two private modules of .ps1 is on the path."""
    modules = tmp_path / "tree" / "ansible_collections" / "webfarm" / "signalr" / "plugins" / "modules"
    modules.mkdir(parents=True)
    for name in ("node_state", "node_change"):
        (modules / f"{name}.ps1").write_text(COLLECTION_MODULE)
    other = tmp_path / "tree" / "ansible_collections" / "ansible" / "windows" / "plugins" / "modules"
    other.mkdir(parents=True)
    (other / "win_copy.ps1").write_text(COLLECTION_MODULE)

    def run(variables: dict[str, Any], tasks: list[dict[str, Any]], *arguments: str) -> PlaybookRun:
        (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": {"web01": variables}}}))
        (tmp_path / "play.json").write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
        (tmp_path / "ansible.cfg").write_text("[defaults]\n")
        environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "tree"),
            "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).with_name("callback")),
            "ANSIBLE_CALLBACKS_ENABLED": "result_lines",
            "RESULT_LINES": str(tmp_path / "results"),
            "ANSIBLE_RETRY_FILES_ENABLED": "false",
            "ANSIBLE_LOCAL_TEMP": str(tmp_path / "local"),
            "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"),
            "ANSIBLE_HOME": str(tmp_path / "home"),
        }
        command = [
            str(Path(sys.executable).with_name("ansible-playbook")),
            "-i",
            str(tmp_path / "hosts.json"),
            str(tmp_path / "play.json"),
            *arguments,
        ]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
        lines = (tmp_path / "results").read_text().splitlines() if (tmp_path / "results").exists() else []
        results = {line["task"]: line["result"] for line in map(json.loads, lines)}
        return PlaybookRun(done.returncode, done.stdout + done.stderr, results)

    return run
