# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bus of a node without a backplane: messages stay in the application domain, and so do its cursors (`d-...`)."""

from __future__ import annotations

import secrets
from collections import deque

from .messages import Message, Subscription, Waker, format_cursor, parse_cursor

BUFFER_SIZE = 1000
FRAGMENT_SIZE = BUFFER_SIZE // 4
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class _Topic:
    def __init__(self) -> None:
        self.count = 0
        self.messages: deque[Message] = deque(maxlen=BUFFER_SIZE)

    def append(self, message: Message) -> None:
        self.messages.append(message)
        self.count += 1

    def after(self, identifier: int) -> tuple[list[Message], int]:
        """One stored fragment from an identifier on, and the identifier that follows; what was overwritten is gone silently."""
        start = max(identifier, self.count - len(self.messages))
        end = min(self.count, start + FRAGMENT_SIZE - start % FRAGMENT_SIZE)
        offset = self.count - len(self.messages)
        return [self.messages[index - offset] for index in range(start, end)], end


class LocalBus:
    """SignalR's `MessageBus`: one store per topic."""

    def __init__(self) -> None:
        self.prefix = f"d-{secrets.randbits(32):X}-"
        self._topics: dict[str, _Topic] = {}
        self._keys: dict[str, str] = {}
        self._subscriptions: set[_LocalSubscription] = set()

    def publish(self, message: Message) -> None:
        """See :class:`MessageBus`."""
        self.topic(message.topic).append(message)
        for subscription in [known for known in self._subscriptions if message.topic in known.positions]:
            subscription.waker.wake()

    def subscribe(self, topics: list[str], cursor: str | None, waker: Waker) -> Subscription:
        """See :class:`MessageBus`."""
        for topic in topics:
            self.key(topic)
        positions = {topic: self.topic(topic).count for topic in topics}
        known = {key: topic for topic, key in self._keys.items()}
        parsed = parse_cursor(cursor or "", self.prefix)
        if parsed is not None and all(key in known for key, _rest in parsed):
            given = {known[key]: identifier for key, identifier in parsed if known[key] in positions}
            positions = {
                topic: identifier if identifier <= self.topic(topic).count else 0 for topic, identifier in (positions | given).items()
            }
        subscription = _LocalSubscription(self, positions, waker)
        self._subscriptions.add(subscription)
        return subscription

    def topic(self, name: str) -> _Topic:
        return self._topics.setdefault(name, _Topic())

    def key(self, topic: str) -> str:
        """The short name of a topic in cursors, in the order they were first listened to; the first is `B`."""
        if topic not in self._keys:
            self._keys[topic] = _short(len(self._keys) + 1)
        return self._keys[topic]

    def forget(self, subscription: _LocalSubscription) -> None:
        self._subscriptions.discard(subscription)


class _LocalSubscription:
    def __init__(self, bus: LocalBus, positions: dict[str, int], waker: Waker) -> None:
        self.bus = bus
        self.positions = positions
        self.waker = waker

    def take(self, limit: int) -> list[Message]:
        taken: list[Message] = []
        for topic, position in list(self.positions.items()):
            if len(taken) >= limit:
                break
            found, end = self.bus.topic(topic).after(position)
            kept = found[: limit - len(taken)]
            taken += kept
            if found:
                self.positions[topic] = end - (len(found) - len(kept))
        if any(self.bus.topic(topic).count > position for topic, position in self.positions.items()):
            self.waker.wake()
        return taken

    def cursor(self) -> str:
        return format_cursor(self.bus.prefix, [(self.bus.key(topic), position) for topic, position in self.positions.items()])

    def add(self, topic: str) -> None:
        self.positions.setdefault(topic, self.bus.topic(topic).count)
        self.bus.key(topic)

    def remove(self, topic: str) -> None:
        self.positions.pop(topic, None)

    def close(self) -> None:
        self.bus.forget(self)


def _short(number: int) -> str:
    digits = ""
    while True:
        digits = _DIGITS[number & 0x3F] + digits
        number >>= 6
        if not number:
            return digits
