# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same playbooks with PowerShell's engine behind the endpoint: Ansible's wrapper and a module's own text run for real."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from farm.executor.engine import Engine
from farm.executor.real import RealExecutor
from farm.winrm.authentication import Accounts
from farm.winrm.endpoint import Endpoint

from .conftest import PASSWORD, USER, Onlooker, RecordingNode, StubHost

pytestmark = pytest.mark.slow

READS_THE_NODE = """#!powershell
#AnsibleRequires -CSharpUtil Ansible.Basic
$spec = @{ options = @{ request = @{ type = 'str'; required = $true; no_log = $true } }; supports_check_mode = $true }
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)
$manager = New-Object Microsoft.Web.Administration.ServerManager
$module.Result.pools = @($manager.ApplicationPools | ForEach-Object { $_.Name })
$module.Result.computer = $env:COMPUTERNAME
$path = [Environment]::ExpandEnvironmentVariables($module.Params.request).Replace('\\', [IO.Path]::DirectorySeparatorChar)
$module.Result.size = if (Test-Path -LiteralPath $path) { (Get-Item -LiteralPath $path).Length } else { -1 }
$module.ExitJson()
"""


@pytest.fixture(scope="session")
def engine(real_tools: Path, loop: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(real_tools, tmp_path_factory.mktemp("engine"), workers=1)
    asyncio.run_coroutine_threadsafe(engine.start(), loop).result(60)
    yield engine
    asyncio.run_coroutine_threadsafe(engine.stop(), loop).result(60)


@pytest.fixture
def real_host(engine: Engine, real_tools: Path, tmp_path: Path, call: Callable[[Coroutine[Any, Any, Any]], Any]) -> Iterator[StubHost]:
    root, onlooker = tmp_path / "web01", Onlooker()
    subprocess.run([real_tools / "iis-model" / "iis-model", "init", root], check=True, capture_output=True)
    accounts = Accounts({USER: PASSWORD}, tmp_path / "accounts")
    endpoint = Endpoint(RealExecutor(engine, root, "web01"), accounts, onlooker, host="127.0.1.1", port=0)
    call(endpoint.start())
    yield StubHost(endpoint, RecordingNode(), onlooker, root / "drive_c")
    call(endpoint.stop())


def test_a_file_goes_up_and_a_module_reads_it_there(real_host: StubHost, playbook: Callable, tmp_path: Path) -> None:
    plugins = tmp_path / "tree" / "ansible_collections" / "webfarm" / "signalr" / "plugins"
    (plugins / "modules" / "node_state.ps1").write_text(READS_THE_NODE)
    (tmp_path / "up.bin").write_bytes(bytes(range(256)) * 2000)
    (plugins / "action").mkdir()
    (plugins / "action" / "up_and_read.py").write_text(
        "from ansible.plugins.action import ActionBase\n"
        "class ActionModule(ActionBase):\n"
        "    def run(self, tmp=None, task_vars=None):\n"
        "        super().run(tmp, task_vars)\n"
        "        folder = self._make_tmp_path()\n"
        "        path = self._connection._shell.join_path(folder, 'up.bin')\n"
        "        self._transfer_file(self._task.args['up'], path)\n"
        "        self._connection.fetch_file(path, self._task.args['up'] + '.down')\n"
        "        result = self._execute_module('webfarm.signalr.node_state', {'request': path}, task_vars=task_vars)\n"
        "        self._remove_tmp_path(folder, force=True)\n"
        "        result['after'] = self._execute_module('webfarm.signalr.node_state', {'request': path}, task_vars=task_vars)['size']\n"
        "        return result\n"
    )
    (plugins / "modules" / "up_and_read.py").write_text("")
    run = playbook(real_host.variables(), [{"name": "task", "webfarm.signalr.up_and_read": {"up": str(tmp_path / "up.bin")}}])
    result = run.results["task"]
    assert run.exit_code == 0, run.output
    assert (result["size"], result["after"], result["computer"]) == (512000, -1, "WEB01")
    assert "ChatPool" in result["pools"]
    assert result["invocation"]["module_args"]["request"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert (tmp_path / "up.bin.down").read_bytes() == (tmp_path / "up.bin").read_bytes()
    assert not list((real_host.folder / "Windows" / "Temp").iterdir())
