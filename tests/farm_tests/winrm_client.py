# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A quick stand-in for Ansible: pywinrm, and the payload of ansible-core 2.19 to 2.21 without the wrapper's text."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import winrm.protocol
from farm.control.running import RunningFarm

SEPARATOR = b"\n\0\0\0\0\n"
COMMAND = ["-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Unrestricted", "-EncodedCommand"]
BOOTSTRAP = base64.b64encode("# bootstrap".encode("utf-16-le")).decode()
SOURCE = (
    "#!powershell\n$spec = @{ options = @{ request = @{ type = 'str'; required = $true; no_log = $true } }; supports_check_mode = $true }\n"
)


def module_payload(module: str, request: dict[str, Any], *, check_mode: bool = False) -> bytes:
    """Standard input of a module call."""
    script = f"ansible_collections.webfarm.signalr.plugins.modules.{module}.ps1"
    arguments = {"request": json.dumps(request), "_ansible_check_mode": check_mode, "_ansible_module_name": f"webfarm.signalr.{module}"}
    manifest = {
        "scripts": {script: {"path": script, "script": base64.b64encode(SOURCE.encode()).decode()}},
        "actions": [
            {
                "name": "module_wrapper.ps1",
                "params": {
                    "Script": script,
                    "ForModule": True,
                    "Environment": {},
                    "Variables": [{"Name": "complex_args", "Value": arguments}],
                },
                "secure_params": {},
            }
        ],
    }
    return json.dumps({"name": "exec_wrapper", "script": "", "params": {}}).encode() + SEPARATOR + json.dumps(manifest).encode()


@dataclass
class WinRmClient:
    """Calls modules on one node of a running farm; connection errors are those of requests and pywinrm."""

    farm: RunningFarm
    node: str
    transport: str = "basic"

    def _protocol(self) -> winrm.protocol.Protocol:
        known = self.farm.description["nodes"][self.node]
        secrets = json.loads((Path(self.farm.directory) / "secrets.json").read_text())
        return winrm.protocol.Protocol(
            f"http://{known['address']}:{known['winrm_port']}/wsman",
            transport=self.transport,
            username="deploy",
            password=secrets["password"],
            operation_timeout_sec=10,
            read_timeout_sec=20,
        )

    def run(self, stdin: bytes) -> tuple[int, bytes, bytes]:
        """Exit code, standard output, standard error."""
        protocol = self._protocol()
        shell = protocol.open_shell(codepage=65001)
        command = protocol.run_command(shell, "PowerShell", [*COMMAND, BOOTSTRAP], console_mode_stdin=False)
        for start in range(0, len(stdin), 200_000):
            protocol.send_command_input(shell, command, stdin[start : start + 200_000], end=start + 200_000 >= len(stdin))
        stdout, stderr, code = protocol.get_command_output(shell, command)
        protocol.cleanup_command(shell, command)
        protocol.close_shell(shell)
        return code, stdout, stderr

    def module(self, name: str, request: dict[str, Any], *, check_mode: bool = False) -> dict[str, Any]:
        """The module's result."""
        _code, stdout, _stderr = self.run(module_payload(name, request, check_mode=check_mode))
        return dict(json.loads(stdout))

    def state(self, **readings: Any) -> dict[str, Any]:
        """What node_state reads."""
        return dict(self.module("node_state", {"contract": 1, "readings": readings}))

    def change(self, *operations: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
        """What node_change did."""
        numbered = [{"id": str(number), **operation} for number, operation in enumerate(operations, start=1)]
        request = {"contract": 1, "run": "test", "operations": numbered, "after": {}}
        return dict(self.module("node_change", request, check_mode=check_mode))
