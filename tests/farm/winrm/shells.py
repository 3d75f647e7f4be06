# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remote shells: commands that collect their input, run once, and keep their output until it is fetched."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from ..executor.contract import Outcome
from .soap import UNKNOWN_SHELL, Fault, Faulted

__all__ = ["Command", "Shells"]

UNKNOWN_COMMAND = Fault(
    2150858843,
    "w:InvalidSelectors",
    "The Windows Remote Shell received a request to perform an operation on a command identifier that does not exist.",
)
Run = Callable[[str, bytes], Awaitable[Outcome]]


@dataclass
class Command:
    """One command of a shell."""

    command_line: str = field(repr=False)
    stdin: bytearray = field(default_factory=bytearray, repr=False)
    task: asyncio.Task[Outcome] | None = None

    def send(self, data: bytes, *, is_last: bool, run: Run) -> None:
        """Take input in; with the last piece of it the command begins to run."""
        self.stdin += data
        if is_last and self.task is None:
            self.task = asyncio.create_task(_run(run, self.command_line, bytes(self.stdin)))
            self.task.add_done_callback(_look_at)

    async def outcome(self, timeout: float) -> Outcome | None:
        """What the command wrote; None when it is still running after ``timeout`` seconds."""
        if self.task is None:
            # It waits for input that was lost on the way. Windows would let the client wait for the whole time-out; a second is enough
            # to keep a client that asks again and again from doing so without a pause.
            await asyncio.sleep(min(timeout, 1))
            return None
        done, _pending = await asyncio.wait([self.task], timeout=timeout)
        return self.task.result() if done else None


async def _run(run: Run, command_line: str, stdin: bytes) -> Outcome:
    return await run(command_line, stdin)


def _look_at(task: asyncio.Task[Outcome]) -> None:
    """A client that never asks for the outcome must not make asyncio complain about it."""
    if not task.cancelled():
        task.exception()


class Shells:
    """The shells of one node."""

    def __init__(self) -> None:
        self._shells: dict[str, dict[str, Command]] = {}

    def open(self) -> str:
        """A new shell's id."""
        shell_id = str(uuid.uuid4()).upper()
        self._shells[shell_id] = {}
        return shell_id

    def start(self, shell_id: str, command_line: str) -> tuple[str, Command]:
        """A new command in a shell; it runs when its input has come. Raises ``Faulted`` for an unknown shell."""
        command_id, command = str(uuid.uuid4()).upper(), Command(command_line)
        self._of(shell_id)[command_id] = command
        return command_id, command

    def command(self, shell_id: str, command_id: str) -> Command:
        """Raises ``Faulted`` for an unknown shell or command."""
        found = self._of(shell_id).get(command_id)
        if found is None:
            raise Faulted(UNKNOWN_COMMAND)
        return found

    def end(self, shell_id: str, command_id: str) -> None:
        """Forget a command; what it has begun it carries out, as a process that was not killed in time would."""
        self._of(shell_id).pop(command_id, None)

    def close(self, shell_id: str) -> None:
        """Forget a shell and its commands."""
        self._of(shell_id)
        del self._shells[shell_id]

    def _of(self, shell_id: str) -> dict[str, Command]:
        if shell_id not in self._shells:
            raise Faulted(UNKNOWN_SHELL)
        return self._shells[shell_id]
