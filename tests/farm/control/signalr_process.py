# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft's SignalR server in front of one node: a process that reads the node's files and follows the state of its IIS."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..executor.engine import EngineUnavailable

__all__ = ["SignalRProcess"]


@dataclass
class SignalRProcess:
    """``configuration`` is what the running process was started with."""

    tools: Path
    folder: Path
    configuration: Mapping[str, Any] = field(default_factory=dict)
    _process: asyncio.subprocess.Process | None = field(default=None, repr=False)

    async def start(self, configuration: Mapping[str, Any]) -> None:
        """Returns when it listens. Raises ``EngineUnavailable``."""
        program = self.tools / "signalr-node" / "signalr-node"
        if not program.exists():
            raise EngineUnavailable(f"There is no SignalR server at {program}.")
        file = self.folder / "signalr-node.json"
        file.write_text(json.dumps(configuration, indent=1), encoding="utf-8")
        with (self.folder / "signalr-node.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(str(program), "--config", str(file), "--exit-with-stdin"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise EngineUnavailable(f"The SignalR server did not start: see {self.folder / 'signalr-node.log'}.")
        self.configuration = configuration

    async def kill(self) -> None:
        """End it at once."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def stop(self) -> None:
        """End it; it is killed when it does not end by itself within its shutdown time."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
