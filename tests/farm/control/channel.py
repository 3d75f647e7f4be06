# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control channel of a farm: JSON lines over a unix socket, one answer a question."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .farm import Farm
from .node import NodeRefused
from .watching import FaultRefused

__all__ = ["ControlClient", "ControlError", "serve_control"]


class ControlError(RuntimeError):
    """The farm said no, or does not answer; the text says why."""


@dataclass(frozen=True)
class ControlClient:
    """Asks a running farm. Every method raises ``ControlError``."""

    path: Path

    def ask(self, command: str, **arguments: Any) -> Any:
        """One question and its answer."""
        try:
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(60)
                link.connect(str(self.path))
                link.sendall(json.dumps({"command": command, **arguments}).encode() + b"\n")
                with link.makefile("rb") as reader:
                    line = reader.readline()
                    if command == "stop":
                        reader.read()  # the farm's process closes the connection when it ends
        except OSError as error:
            raise ControlError(f"No farm answers at {self.path}: {error.strerror or error}") from error
        answer = json.loads(line) if line else {"error": "the farm ended"}
        if "error" in answer:
            raise ControlError(answer["error"])
        return answer["result"]

    def status(self) -> dict[str, Any]:
        """Per node: ``alive``, ``broken``, ``faults``."""
        return dict(self.ask("status"))

    def calls(self) -> dict[str, Any]:
        """Per node: ``total`` module calls since the last reset, by module, and what each of them was."""
        return dict(self.ask("calls"))

    def reset_calls(self) -> None:
        """Count anew."""
        self.ask("reset-calls")

    def break_node(self, node: str, kind: str, farm: str = "") -> None:
        """``python -m farm break`` lists the kinds."""
        self.ask("break", node=node, kind=kind, farm=farm)

    def repair(self, node: str = "") -> None:
        """Undo what was broken on a node, or on all of them."""
        self.ask("repair", node=node)

    def fault(self, node: str, kind: str, **match: Any) -> None:
        """A fault that is to come."""
        self.ask("fault", node=node, fault={"kind": kind, **match})

    def stop(self) -> None:
        """End the farm and wait until it has ended; its folders stay."""
        self.ask("stop")


async def serve_control(farm: Farm, path: Path, stop: asyncio.Event) -> asyncio.Server:
    """Listen until the server is closed; ``stop`` is set when somebody asks for the end."""

    async def on_connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await _answer(farm, stop, line)).encode() + b"\n")
                await writer.drain()
        finally:
            writer.close()

    path.unlink(missing_ok=True)
    return await asyncio.start_unix_server(on_connect, str(path))


async def _answer(farm: Farm, stop: asyncio.Event, line: bytes) -> dict[str, Any]:
    try:
        question = json.loads(line)
        command = COMMANDS[question.pop("command")]
    except (ValueError, KeyError, AttributeError):
        return {"error": f"There is no such command; there are {', '.join(COMMANDS)}."}
    try:
        return {"result": await command(farm, stop, question)}
    except (NodeRefused, FaultRefused, KeyError, OSError) as error:
        return {"error": str(error)}


async def _status(farm: Farm, _stop: asyncio.Event, _question: Mapping[str, Any]) -> Any:
    return farm.status()


async def _describe(farm: Farm, _stop: asyncio.Event, _question: Mapping[str, Any]) -> Any:
    return farm.description()


async def _calls(farm: Farm, _stop: asyncio.Event, _question: Mapping[str, Any]) -> Any:
    return farm.calls()


async def _reset_calls(farm: Farm, _stop: asyncio.Event, _question: Mapping[str, Any]) -> Any:
    farm.reset_calls()


async def _break(farm: Farm, _stop: asyncio.Event, question: Mapping[str, Any]) -> Any:
    await farm.break_node(question["node"], question["kind"], question.get("farm", ""))


async def _repair(farm: Farm, _stop: asyncio.Event, question: Mapping[str, Any]) -> Any:
    await farm.repair(question.get("node", ""))


async def _fault(farm: Farm, _stop: asyncio.Event, question: Mapping[str, Any]) -> Any:
    farm.add_fault(question["node"], question["fault"])


async def _stop(_farm: Farm, stop: asyncio.Event, _question: Mapping[str, Any]) -> Any:
    stop.set()


COMMANDS: dict[str, Callable[[Farm, asyncio.Event, dict[str, Any]], Awaitable[Any]]] = {
    "status": _status,
    "describe": _describe,
    "calls": _calls,
    "reset-calls": _reset_calls,
    "break": _break,
    "repair": _repair,
    "fault": _fault,
    "stop": _stop,
}
