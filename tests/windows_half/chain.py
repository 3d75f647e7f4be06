# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two private modules, run for real: Ansible's own wrapper, PowerShell's engine, an IIS object model over files.

One server process of the engine serves every node and every call; a node is a folder. The payload that Ansible makes for a
module is made once, with a placeholder for the arguments, as building it costs more than running it.
"""

from __future__ import annotations

import functools
import inspect
import json
import os
import shlex
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Chain", "ChainError", "RealNode", "node_environment", "preloaded", "running_chain"]

REPOSITORY = Path(__file__).resolve().parents[2]
STAND_INS = REPOSITORY / "tests" / "farm" / "executor" / "standins" / "WindowsStandIns.cs"
PLACEHOLDER = "@@the request of this call@@"


class ChainError(AssertionError):
    """The module did not answer with a result; the text is what the engine wrote."""


def preloaded(tools: Path) -> str:
    """The value of PSENGINE_PRELOAD: the IIS object model, the feature cmdlets, and the stand-ins for the rest of Windows."""
    model = tools / "iis-model"
    return os.pathsep.join(str(path) for path in (model / "app" / "Microsoft.Web.Administration.dll", model / "features.ps1", STAND_INS))


def node_environment(root: Path, name: str = "NODE1") -> dict[str, str]:
    """The variables of a process on the node whose machine is the folder ``root``."""
    drive = root / "drive_c"
    return {
        "IIS_MODEL_ROOT": str(root),
        "SystemDrive": str(drive),
        "SystemRoot": str(drive / "Windows"),
        "windir": str(drive / "Windows"),
        "ProgramData": str(drive / "ProgramData"),
        "COMPUTERNAME": name,
    }


@dataclass
class Chain:
    """A running server of the engine, and the payloads of the modules."""

    tools: Path
    socket_path: Path
    _payloads: dict[tuple[str, bool], tuple[list[str], str]] = field(default_factory=dict, repr=False)

    def call(self, module: str, request: str, *, root: Path, name: str = "NODE1", check_mode: bool = False) -> dict[str, Any]:
        """Run one module with one text as its request; the result as Ansible gets it. Raises ``ChainError`` without a result."""
        command, payload = self._payload(module, check_mode)
        # The payload is JSON; so the request stands in it as a JSON string, once more.
        stdin = payload.replace(json.dumps(PLACEHOLDER)[1:-1], json.dumps(request)[1:-1])
        answer = self._send({"args": command, "stdin": stdin, "env": node_environment(root, name), "cwd": str(root)})
        return _result(answer)

    def _payload(self, module: str, check_mode: bool) -> tuple[list[str], str]:
        key = (module, check_mode)
        if key not in self._payloads:
            self._payloads[key] = _built_apart(module, check_mode)
        return self._payloads[key]

    def _send(self, message: dict[str, Any]) -> dict[str, Any]:
        data = json.dumps(message).encode()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(120)
            link.connect(str(self.socket_path))
            link.sendall(struct.pack(">I", len(data)) + data)
            with link.makefile("rb") as reader:
                head = reader.read(4)
                if len(head) < 4:
                    raise ChainError("the engine closed the connection: its process has ended")
                answer: dict[str, Any] = json.loads(reader.read(struct.unpack(">I", head)[0]))
        return answer


def _built_apart(module: str, check_mode: bool) -> tuple[list[str], str]:
    """``build_payload`` in a process of its own: Ansible finds no collection whose packages were imported before its loader was there."""
    script = "import json, sys; from windows_half.chain import build_payload; print(json.dumps(build_payload(sys.argv[1], sys.argv[2] == 'check')))"
    done = subprocess.run(
        [sys.executable, "-c", script, module, "check" if check_mode else "run"],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "tests")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ChainError(f"Ansible could not build the call of {module}: {done.stderr}")
    command, payload = json.loads(done.stdout)
    return command, payload


@functools.cache
def _initialise(init_plugin_loader: Callable[[], None]) -> None:
    """Ansible wants this once in a process, and warns when it happens again."""
    init_plugin_loader()


def build_payload(module: str, check_mode: bool) -> tuple[list[str], str]:
    """The command line and standard input of the remote PowerShell, as ansible-core makes them for a Windows host."""
    from ansible.executor.module_common import modify_module
    from ansible.parsing.dataloader import DataLoader
    from ansible.plugins.loader import init_plugin_loader, module_loader
    from ansible.plugins.shell.powershell import ShellModule
    from ansible.release import __version__
    from ansible.template import Templar

    _initialise(init_plugin_loader)
    full_name = f"webfarm.signalr.{module}"
    found = module_loader.find_plugin_with_context(full_name, mod_type=".ps1")
    shell = ShellModule()
    arguments = {
        "request": PLACEHOLDER,
        "_ansible_check_mode": check_mode,
        "_ansible_no_log": False,
        "_ansible_debug": False,
        "_ansible_diff": False,
        "_ansible_verbosity": 0,
        "_ansible_version": __version__,
        "_ansible_module_name": full_name,
        "_ansible_syslog_facility": "LOG_USER",
        "_ansible_selinux_special_fs": [],
        "_ansible_socket": None,
        "_ansible_shell_executable": "/bin/sh",
        "_ansible_keep_remote_files": False,
        "_ansible_tmpdir": None,
        "_ansible_remote_tmp": "%TEMP%",
        "_ansible_ignore_unknown_opts": False,
        "_ansible_target_log_info": None,
    }
    wanted = {
        "module_name": full_name,
        "module_path": found.plugin_resolved_path,
        "module_args": arguments,
        "templar": Templar(loader=DataLoader(), variables={}),
        "task_vars": {},
        "environment": {},
        "remote_is_local": False,
        "shell_plugin": shell,  # asked for by newer versions of ansible-core
    }
    accepted = inspect.signature(modify_module).parameters
    built = modify_module(**{key: value for key, value in wanted.items() if key in accepted})
    lookup = getattr(built, "command_lookup", None)  # newer versions make the command line together with the module
    if lookup is None:
        command, data = shell.build_module_command("", "#!powershell", ""), built.b_module_data
    else:
        command, data = lookup(None, None, shell)
    return shlex.split(command)[1:], data.decode()


def _result(answer: dict[str, Any]) -> dict[str, Any]:
    text = answer["stdout"]
    start, end = text.find("{"), text.rfind("}")
    try:
        result: dict[str, Any] = json.loads(text[start : end + 1])
    except ValueError:
        raise ChainError(f"no result (exit code {answer['rc']}): {text}\n{answer['stderr']}") from None
    return result


@contextmanager
def running_chain(tools: Path, *, workers: int = 2) -> Iterator[Chain]:
    """Start the engine's server; it ends with the block, or with this process.

    A worker serves calls of one module again and again; two of them, so that both modules have one to stay with.
    """
    with tempfile.TemporaryDirectory(prefix="chain-") as folder:
        socket_path = Path(folder) / "engine"
        command = [str(tools / "psengine" / "psengine"), "--serve", "--socket", str(socket_path)]
        command += ["--workers", str(workers), "--reuse", "50", "--warm", "off"]
        environment = {**os.environ, "PSENGINE_PRELOAD": preloaded(tools), "PSModulePath": str(tools / "iis-model" / "modules")}
        environment["IIS_MODEL_ROOT"] = folder
        process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            if "serving" not in first:
                raise ChainError(f"the engine's server did not start: {first or process.wait(10)}")
            yield Chain(tools, socket_path)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@dataclass(frozen=True)
class RealNode:
    """One machine of the IIS object model: the folder ``root``."""

    root: Path
    chain: Chain
    name: str = "NODE1"

    def run(self, module: str, request: dict[str, Any], *, check_mode: bool = False) -> dict[str, Any]:
        """``node_state`` or ``node_change`` with a request of the contract; the module's result without ``invocation``."""
        text = json.dumps({"contract": 1, **request})
        result = self.chain.call(module, text, root=self.root, name=self.name, check_mode=check_mode)
        result.pop("invocation", None)
        return result

    def read(self, **readings: Any) -> dict[str, Any]:
        """The state of some readings; whatever could not be seen is an error here."""
        result = self.run("node_state", {"readings": readings})
        if result.get("failed") or result["undetermined"]:
            raise ChainError(json.dumps(result))
        state: dict[str, Any] = result["state"]
        return state

    @classmethod
    def make(cls, root: Path, chain: Chain, *, template: str = "farm-node", name: str = "NODE1") -> RealNode:
        """A fresh machine in an empty folder: the Default Web Site with /chat in ChatPool, or two sites."""
        tool = chain.tools / "iis-model" / "iis-model"
        subprocess.run([str(tool), "init", str(root), "--template", template], check=True, capture_output=True)
        return cls(root, chain, name)
