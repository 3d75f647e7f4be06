# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What travels over a message bus, and what a bus offers to one listening request."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from typing import Protocol

INITIALIZE, ADD_TO_GROUP, REMOVE_FROM_GROUP, ABORT = "initialize", "add-to-group", "remove-from-group", "abort"


class CursorError(Exception):
    """The cursor has this bus's prefix but is not well-formed; SignalR's FormatException."""


class Acknowledgement:
    """Lets the sender of a command wait until the connection it is for has heard it, on whatever node and loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    def give(self) -> None:
        """Says that the command was heard."""
        self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self, seconds: float) -> bool:
        """Whether it was heard in time."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        return True


@dataclass(frozen=True)
class Command:
    """Tells one connection something: `group` is the topic's name for group commands."""

    kind: str
    group: str = ""
    acknowledgement: Acknowledgement | None = None


@dataclass(frozen=True)
class Message:
    """JSON text for clients, or a command for the server, under the topic it is sent to."""

    topic: str
    value: str | Command


class Waker:
    """Wakes one listening request from whatever thread a message comes."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self.event = asyncio.Event()

    def wake(self) -> None:
        """Sets the event; safe from another thread."""
        if threading.get_ident() == self._thread:
            self.event.set()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.event.set)


class Subscription(Protocol):
    """The place of one listening request on the bus."""

    def take(self, limit: int) -> list[Message]:
        """The next messages, at most `limit` of them; moves the cursor."""

    def cursor(self) -> str:
        """The place, as the client sends it back."""

    def add(self, topic: str) -> None:
        """Listens to one more topic, from now on."""

    def remove(self, topic: str) -> None:
        """Listens to a topic no longer."""

    def close(self) -> None:
        """Leaves the bus."""


class MessageBus(Protocol):
    """One application domain's way to its subscribers, and to those of other nodes behind a backplane."""

    def publish(self, message: Message) -> None:
        """Sends to all subscribers; raises what the backplane raises."""

    def subscribe(self, topics: list[str], cursor: str | None, waker: Waker) -> Subscription:
        """Listens to topics from a cursor (None or a foreign one: from now); :class:`CursorError` for a broken one."""


def parse_cursor(text: str, prefix: str) -> list[tuple[str, int]] | None:
    """Keys and identifiers of a cursor; None when it is of another bus. :class:`CursorError` when it is broken."""
    if not text.startswith(prefix):
        return None
    found: list[tuple[str, int]] = []
    for part in text[len(prefix) :].split("|"):
        key, comma, identifier = part.partition(",")
        if not comma or not key or not identifier or any(known == key for known, _rest in found):
            raise CursorError("Invalid cursor.")
        try:
            found.append((key, int(identifier, 16)))
        except ValueError as error:
            raise CursorError("Invalid cursor.") from error
    return found


def format_cursor(prefix: str, cursors: list[tuple[str, int]]) -> str:
    """The cursor as text: hexadecimal identifiers, upper case."""
    return prefix + "|".join(f"{key},{identifier:X}" for key, identifier in cursors)
