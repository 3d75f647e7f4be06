# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PowerShell's engine as a service: one process for all nodes, asked over a unix socket.

A message is four bytes of length, most significant first, then JSON: ``{"args", "stdin", "env", "cwd"}`` and back ``{"stdout", "stderr", "rc"}``.
"""

from __future__ import annotations

import asyncio
import json
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..processes import end_with_parent
from ..sockets import socket_path
from .contract import Outcome

__all__ = ["Engine", "EngineUnavailable"]

STANDINS = Path(__file__).with_name("standins")
CACHE = Path(__file__).resolve().parents[3] / ".cache" / "psengine"
"""Compiled C#, which every farm can use again."""


class EngineUnavailable(RuntimeError):
    """The real parts are not here, or the engine did not start; the text says which."""


@dataclass
class Engine:
    """``tools`` is the folder with psengine and iis-model in it; ``folder`` gets the socket and the log.

    ``reuse``: how many calls one process serves. C# types keep static fields from one call to the next there, also our stand-ins'.
    """

    tools: Path
    folder: Path
    workers: int = 4
    reuse: int = 50
    _process: asyncio.subprocess.Process | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        # The engine keeps as many used processes as it has workers, each for one set of scripts: half of them for reading, half for
        # changing. More calls at a time would push each other's processes out, and a new one costs more than the call.
        self._turns = asyncio.Semaphore(max(1, self.workers // 2))

    @property
    def socket(self) -> Path:
        return socket_path(self.folder, "engine.sock")

    async def start(self) -> None:
        """Returns when the engine answers; raises ``EngineUnavailable``."""
        program = self.tools / "psengine" / "psengine"
        if not program.exists():
            raise EngineUnavailable(f"There is no PowerShell engine at {program}.")
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "engine.log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(str(program), "--serve", "--socket", str(self.socket), "--workers", str(self.workers), "--reuse", str(self.reuse)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                preexec_fn=end_with_parent,
                env={**os.environ, "PSENGINE_CACHE": os.environ.get("PSENGINE_CACHE", str(CACHE)), **self._preload()},
            )
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line.startswith(b"psengine: serving on"):
            raise EngineUnavailable(f"The PowerShell engine did not start: see {self.folder / 'engine.log'}.")

    def _preload(self) -> dict[str, str]:
        model = self.tools / "iis-model"
        files = [model / "app" / "Microsoft.Web.Administration.dll", model / "features.ps1"]
        files += sorted(STANDINS.glob("*.cs")) + sorted(STANDINS.glob("*.ps1"))
        return {"PSENGINE_PRELOAD": ":".join(map(str, files)), "PSModulePath": str(model / "modules")}

    async def run(self, arguments: Sequence[str], stdin: bytes, environment: Mapping[str, str], folder: Path) -> Outcome:
        """One command line, carried out; raises ``EngineUnavailable`` when the engine is gone."""
        message = {"args": list(arguments), "stdin": stdin.decode(), "env": dict(environment), "cwd": str(folder)}
        data = json.dumps(message).encode()
        try:
            async with self._turns:
                answer = await self._exchange(data)
        except (OSError, asyncio.IncompleteReadError) as error:
            raise EngineUnavailable(f"The PowerShell engine went away: see {self.folder / 'engine.log'}.") from error
        return Outcome(stdout=answer["stdout"].encode(), stderr=answer["stderr"].encode(), exit_code=answer["rc"])

    async def _exchange(self, data: bytes) -> dict[str, Any]:
        reader, writer = await asyncio.open_unix_connection(str(self.socket))
        try:
            writer.write(struct.pack(">I", len(data)) + data)
            await writer.drain()
            (size,) = struct.unpack(">I", await reader.readexactly(4))
            return dict(json.loads(await reader.readexactly(size)))
        finally:
            writer.close()

    async def stop(self) -> None:
        """End the engine and its processes."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
