# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A farm as a process: serving until somebody ends it, started in the background, and started for the time of a test."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .channel import ControlClient, ControlError, serve_control
from .farm import Farm
from .specification import FarmSpecification

__all__ = ["RunningFarm", "running_farm", "serve", "start_in_background"]

TESTS = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class RunningFarm:
    """A farm in another process. ``description`` is what ``farm.json`` says."""

    description: dict[str, Any]

    @property
    def directory(self) -> Path:
        return Path(self.description["directory"])

    @property
    def inventory(self) -> Path:
        return Path(self.description["inventory"])

    @property
    def control(self) -> ControlClient:
        return ControlClient(Path(self.description["control"]))

    @property
    def virtual_address(self) -> str:
        return str(self.description["virtual_address"])

    def url(self, node: str) -> str:
        """The node's own HTTP address."""
        return str(self.description["nodes"][node]["http"])

    @classmethod
    def at(cls, directory: Path) -> RunningFarm:
        """The farm that was started in a directory; raises ``ControlError`` when there is none."""
        try:
            return cls(json.loads((directory / "farm.json").read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise ControlError(f"There is no running farm in {directory}.") from error


async def serve(specification: FarmSpecification, *, ready_fd: int = 1, exit_with_stdin: bool = False) -> None:
    """Run a farm until it is told to stop, by the control channel, SIGTERM, SIGINT, or the end of standard input.

    When everything listens, one line of JSON (``farm.json``) is written to the file descriptor ``ready_fd``.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if exit_with_stdin:
        threading.Thread(target=_wait_for_end_of_stdin, args=(loop, stop), daemon=True).start()
    async with Farm(specification) as farm:
        description = farm.description()
        server = await serve_control(farm, Path(description["control"]), stop)
        line = json.dumps(description)
        (specification.directory / "farm.json").write_text(line + "\n", encoding="utf-8")
        with os.fdopen(ready_fd, "w", closefd=ready_fd != 1) as ready:
            ready.write(line + "\n")
        await stop.wait()
        server.close()
        (specification.directory / "farm.json").unlink(missing_ok=True)
        Path(description["control"]).unlink(missing_ok=True)


def _wait_for_end_of_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    try:
        loop.call_soon_threadsafe(stop.set)
    except RuntimeError:  # the loop has ended before
        return


def start_in_background(directory: Path, arguments: list[str]) -> RunningFarm:
    """Start ``python -m farm start`` with these arguments as a process that outlives this one; raises ``ControlError``."""
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / "farm.log"
    reader, writer = os.pipe()
    with log.open("wb") as stream:
        subprocess.Popen(
            [*_command(arguments), "--foreground", "--ready-fd", str(writer)],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            pass_fds=(writer,),
            start_new_session=True,
            env=_environment(),
        )
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as ready:
        line = ready.readline()
    return RunningFarm(_described(line, log))


@contextmanager
def running_farm(directory: Path, *arguments: str) -> Iterator[RunningFarm]:
    """A farm for the time of a ``with`` block, in a process that ends with this one; free ports unless ``arguments`` say otherwise.

    ``arguments`` are those of ``python -m farm start``: ``"--nodes", "2"``, ``"--real"`` and so on.
    """
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / "farm.log"
    ports = [] if "--port" in arguments else ["--port", "0", "--http-port", "0"]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*_command(["--directory", str(directory), *ports, *arguments]), "--foreground", "--exit-with-stdin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stream,
            env=_environment(),
        )
    assert process.stdin is not None and process.stdout is not None
    try:
        yield RunningFarm(_described(process.stdout.readline().decode(), log))
    finally:
        process.stdin.close()
        process.stdout.close()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _command(arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", "farm", "start", *arguments]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])}


def _described(line: str, log: Path) -> dict[str, Any]:
    if not line:
        tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
        raise ControlError("The farm did not start: " + ("\n".join(tail) or f"see {log}"))
    return dict(json.loads(line))
