# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of one listening request, from the head of its answer to its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from . import json_text
from .channel import Channel
from .endpoint import Endpoint, connection_topic
from .envelope import Envelope
from .machine_key import GROUPS_TOKEN, to_token
from .messages import ABORT, ADD_TO_GROUP, INITIALIZE, REMOVE_FROM_GROUP, Command, CursorError, Message, Subscription, Waker

if TYPE_CHECKING:
    from .call import Call
    from .domain import ApplicationDomain


class Receiver:
    """Delivers what the bus has for a connection until somebody ends it.

    Ends: the client goes, a newer request of the same connection comes, an Abort comes over the bus, the application
    shuts down, and for longPolling the first envelope or the hold time.
    """

    def __init__(
        self, domain: ApplicationDomain, endpoint: Endpoint, call: Call, channel: Channel, connection_id: str, groups: list[str]
    ) -> None:
        self.domain = domain
        self.endpoint = endpoint
        self.call = call
        self.channel = channel
        self.connection_id = connection_id
        self.groups = groups
        self.waker = Waker()
        self.is_aborted = False
        self._is_superseded = False
        self._is_client_gone = False
        self._loop = asyncio.get_running_loop()

    def supersede(self) -> None:
        """Ends this request in favour of a newer one of the same connection."""
        self._is_superseded = True
        self.waker.wake()

    def lose_client(self) -> None:
        """Notes that the client has gone."""
        self._is_client_gone = True
        self.waker.wake()

    async def run(self) -> web.StreamResponse:
        """Serves the request to its end."""
        self.domain.track(self)
        subscription: Subscription | None = None
        try:
            await self.channel.open(self)
            try:
                subscription = self._subscribe()
                self._begin()
            except (CursorError, *self.domain.backplane_errors):
                await self.channel.fail()
                return self.channel.response
            await self._deliver(subscription)
            return self.channel.response
        finally:
            if subscription is not None:
                subscription.close()
            self.domain.untrack(self)

    def _subscribe(self) -> Subscription:
        topics = self.endpoint.topics(self.connection_id)
        topics += [self.endpoint.group_topic(group) for group in self.groups]
        cursor = self.call.query_or_form("messageId") if self.channel.reads_form else self.call.query.get("messageId")
        return self.domain.bus.subscribe(topics, cursor, self.waker)

    def _begin(self) -> None:
        if self.call.is_action("connect"):
            if not self.call.has_delayed_start:
                self.domain.record("connected", self.endpoint, self.connection_id)
            self.domain.bus.publish(Message(connection_topic(self.connection_id), Command(INITIALIZE)))
        elif self.call.is_action("reconnect"):
            self.domain.record("reconnected", self.endpoint, self.connection_id)

    async def _deliver(self, subscription: Subscription) -> None:
        timeouts = self.domain.options.timeouts
        keep_alive = self.domain.real_seconds(timeouts.keep_alive_seconds)
        quiet_since = started = self._loop.time()
        hold = self.domain.real_seconds(timeouts.connection) if self.channel.answers_once else None
        while not (self._is_superseded or self._is_client_gone or self.is_aborted):
            self.waker.event.clear()
            envelope = self._next(subscription)
            if envelope is not None:
                if self.channel.answers_once:
                    await self.channel.end(envelope)
                    return
                await self.channel.write(envelope)
                quiet_since = self._loop.time()
                continue
            if self.is_aborted or self.domain.is_stopping or (hold is not None and self._loop.time() >= started + hold):
                break
            waits = [quiet_since + keep_alive] if keep_alive else []
            waits += [started + hold] if hold is not None else []
            if await self._wake(min(waits, default=None)) or not keep_alive or self._loop.time() < quiet_since + keep_alive:
                continue
            await self.channel.keep_alive()
            quiet_since = self._loop.time()
        if not self._is_client_gone:
            await self.channel.end(Envelope(subscription.cursor(), is_shutting_down=self.domain.is_stopping))

    async def _wake(self, until: float | None) -> bool:
        """Waits for something to happen; False when it was only time."""
        try:
            async with asyncio.timeout_at(until):
                await self.waker.event.wait()
        except TimeoutError:
            return False
        return True

    def _next(self, subscription: Subscription) -> Envelope | None:
        """What to send now: None when there is nothing, and for an Abort, which no client is told."""
        messages = subscription.take(self.channel.batch)
        commands = [message.value for message in messages if isinstance(message.value, Command)]
        texts = [message.value for message in messages if isinstance(message.value, str)]
        has_initialized, groups_changed = False, False
        for command in commands:
            has_initialized = has_initialized or command.kind == INITIALIZE
            groups_changed = self._change_group(command, subscription) or groups_changed
            self.is_aborted = self.is_aborted or command.kind == ABORT
            if command.acknowledgement is not None:
                command.acknowledgement.give()
        if not messages or (self.is_aborted and not texts and not groups_changed):
            return None
        delay = self.domain.options.timeouts.long_poll_delay if self.channel.answers_once else 0.0
        return Envelope(subscription.cursor(), texts, has_initialized, False, self._groups_token() if groups_changed else None, delay)

    def _change_group(self, command: Command, subscription: Subscription) -> bool:
        topic = self.endpoint.group_topic(command.group)
        if command.kind == ADD_TO_GROUP and command.group not in self.groups:
            self.groups.append(command.group)
            subscription.add(topic)
            return True
        if command.kind == REMOVE_FROM_GROUP and command.group in self.groups:
            self.groups.remove(command.group)
            subscription.remove(topic)
            return True
        return False

    def _groups_token(self) -> str:
        plaintext = f"{self.connection_id}:{json_text.write(self.groups)}"
        return to_token(self.domain.key().protect(plaintext.encode(), GROUPS_TOKEN))
