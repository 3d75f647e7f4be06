# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backplane in memory, shared by nodes, and SignalR's scale-out bus over it: cursors (`s-...`) mean the same on every node."""

from __future__ import annotations

import threading
import zlib
from collections import deque
from dataclasses import dataclass, field

from .iis_view import AppView
from .messages import Message, Subscription, Waker, format_cursor, parse_cursor

NOTHING_YET = 0xFFFFFFFFFFFFFFFF
PREFIX = "s-"
_KEPT = 10_000


class BackplaneUnreachable(Exception):
    """Nobody can send while the backplane is down."""

    def __init__(self) -> None:
        super().__init__("The backplane cannot be reached.")


@dataclass
class _Stream:
    count: int = 0
    messages: deque[Message] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def after(self, identifier: int) -> list[tuple[int, Message]]:
        first = 0 if identifier == NOTHING_YET else identifier + 1
        offset = self.count - len(self.messages)
        return [(number, self.messages[number - offset]) for number in range(max(first, offset), self.count)]


class Backplane:
    """What a database with SignalR's tables is to a farm. `is_down` True: every send fails until it is False again."""

    def __init__(self, *, streams: int = 1) -> None:
        self.is_down = False
        self.streams = [_Stream() for _turn in range(streams)]
        self._wakers: set[Waker] = set()
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        """Stores a message and wakes every listener of every node; :class:`BackplaneUnreachable` while it is down."""
        if self.is_down:
            raise BackplaneUnreachable
        with self._lock:
            stream = self.streams[zlib.crc32(message.topic.encode()) % len(self.streams)]
            stream.messages.append(message)
            stream.count += 1
            wakers = list(self._wakers)
        for waker in wakers:
            waker.wake()

    def join(self, waker: Waker) -> None:
        """Wakes this listener from now on."""
        with self._lock:
            self._wakers.add(waker)

    def leave(self, waker: Waker) -> None:
        """Wakes it no longer."""
        with self._lock:
            self._wakers.discard(waker)


class Backplanes:
    """A backplane for every application of a farm: nodes that are given the same object share them."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Backplane] = {}

    def __call__(self, app: AppView) -> Backplane:
        """The one that this application uses on every node."""
        return self._known.setdefault((app.site.casefold(), app.virtual_path.casefold()), Backplane())


class ScaleoutBus:
    """SignalR's `ScaleoutMessageBus`: every message goes over the backplane, every node filters."""

    def __init__(self, backplane: Backplane) -> None:
        self._backplane = backplane

    def publish(self, message: Message) -> None:
        """See :class:`MessageBus`."""
        self._backplane.send(message)

    def subscribe(self, topics: list[str], cursor: str | None, waker: Waker) -> Subscription:
        """See :class:`MessageBus`. Only prefix and number of streams decide whether a cursor is taken."""
        streams = self._backplane.streams
        parsed = parse_cursor(cursor or "", PREFIX)
        if parsed is None or len(parsed) != len(streams):
            parsed = [(str(index), stream.count - 1 if stream.count else NOTHING_YET) for index, stream in enumerate(streams)]
        self._backplane.join(waker)
        return _ScaleoutSubscription(self._backplane, set(topics), parsed, waker)


class _ScaleoutSubscription:
    def __init__(self, backplane: Backplane, topics: set[str], cursors: list[tuple[str, int]], waker: Waker) -> None:
        self._backplane = backplane
        self._topics = topics
        self._cursors = cursors
        self._looked_at = [identifier for _key, identifier in cursors]
        self._waker = waker

    def take(self, limit: int) -> list[Message]:
        taken: list[Message] = []
        for index, (key, _identifier) in enumerate(self._cursors):
            # An identifier ahead of this bus finds nothing until the numbers catch up: the client is deaf, without an error.
            for number, message in self._backplane.streams[index].after(self._looked_at[index]):
                if message.topic in self._topics:
                    if len(taken) == limit:
                        self._waker.wake()
                        return taken
                    taken.append(message)
                    self._cursors[index] = (key, number)
                self._looked_at[index] = number
        return taken

    def cursor(self) -> str:
        return format_cursor(PREFIX, self._cursors)

    def add(self, topic: str) -> None:
        self._topics.add(topic)

    def remove(self, topic: str) -> None:
        self._topics.discard(topic)

    def close(self) -> None:
        self._backplane.leave(self._waker)
