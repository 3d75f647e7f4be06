# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls carried out by PowerShell's engine: Ansible's own wrapper and the modules' own text, on an IIS object model over files.

The bytes of a module call go through as they came. Only the paths of the connection plugins' file scripts are put into the form of this
system, because there they reach .NET without anybody expanding them.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..winrm.payload import FetchFile, MakeTempFolder, ModuleCall, PutFile, RemoveItem, with_path
from .contract import Outcome, RemoteCommand, failed_module
from .drive import Drive, PathRefused
from .engine import Engine, EngineUnavailable
from .transfer import FileTransfer, refusal

__all__ = ["RealExecutor", "node_environment"]


def node_environment(root: Path, name: str) -> dict[str, str]:
    """The environment of a process on the node: its drive, its folders, and the machine that the IIS object model is to be."""
    drive = root / "drive_c"
    temp = str(drive / "Windows" / "Temp")
    return {
        "IIS_MODEL_ROOT": str(root),
        "SystemDrive": str(drive),
        "SystemRoot": str(drive / "Windows"),
        "windir": str(drive / "Windows"),
        "ProgramData": str(drive / "ProgramData"),
        "ALLUSERSPROFILE": str(drive / "ProgramData"),
        "TEMP": temp,
        "TMP": temp,
        "TMPDIR": temp,
        "COMPUTERNAME": name.upper(),
    }


@dataclass(frozen=True)
class RealExecutor:
    """One node of the IIS object model; ``root`` is its folder."""

    engine: Engine
    root: Path
    name: str
    extra_environment: dict[str, str] = field(default_factory=dict)

    @property
    def drive(self) -> Drive:
        return Drive(self.root / "drive_c", "%SystemDrive%")

    async def execute(self, command: RemoteCommand) -> Outcome:
        """Run it; an engine that is gone is a failed module's answer that says so."""
        request = command.request
        try:
            if isinstance(request, ModuleCall):
                return await self._engine(command)
            if isinstance(request, RemoveItem):  # PowerShell does not expand variables in a path
                return FileTransfer(self.drive).execute(request)
            if isinstance(request, MakeTempFolder):
                return self._as_windows(await self._engine(self._with_path(command, "Directory", request.directory)))
            if isinstance(request, PutFile | FetchFile):
                return await self._engine(self._with_path(command, "Path", request.path))
        except PathRefused as error:
            return Outcome(stderr=f"{error}\r\n".encode(), exit_code=1)
        except EngineUnavailable as error:
            return failed_module(str(error))
        return refusal(request, "PowerShell modules, which its engine carries out")

    async def _engine(self, command: RemoteCommand) -> Outcome:
        arguments = shlex.split(command.command_line)[1:]
        environment = {**node_environment(self.root, self.name), **self.extra_environment}
        return await self.engine.run(arguments, command.stdin, environment, self.root)

    def _with_path(self, command: RemoteCommand, parameter: str, path: str) -> RemoteCommand:
        return replace(command, stdin=with_path(command.stdin, parameter, str(self.drive.local(path))))

    def _as_windows(self, outcome: Outcome) -> Outcome:
        """A temporary folder's path as the controller has to know it, so that it can be joined and sent back."""
        if outcome.exit_code:
            return outcome
        return replace(outcome, stdout=f"{self.drive.windows(Path(outcome.stdout.decode().strip()))}\r\n".encode())
