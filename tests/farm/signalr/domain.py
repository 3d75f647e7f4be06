# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One life of an application, from its first request to the change that restarts it: its configuration, key, bus, connections."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from . import cors, pages, static_files
from .answers import Answer
from .backplane import Backplane, BackplaneUnreachable, ScaleoutBus
from .call import Call, read_form
from .configuration import Configuration, find_file, read_bytes, read_configuration
from .dispatcher import process
from .endpoint import Endpoint
from .iis_view import AppView, is_inside
from .key_settings import KeyFault
from .local_bus import LocalBus
from .machine_key import CryptographicError, KeyMaterial, from_token
from .messages import MessageBus
from .options import ServerOptions
from .pages import DotNetError
from .query import Parameters
from .receiver import Receiver

_CRYPTOGRAPHIC = "System.Security.Cryptography.CryptographicException"
_OFFLINE = "App_Offline.htm"
_TEST_USER = "X-Test-User"


class ApplicationDomain:
    """Everything an application keeps between two restarts. `record_event` takes what happens to connections."""

    backplane_errors = (BackplaneUnreachable,)

    def __init__(
        self,
        *,
        node_name: str,
        generation: int,
        app: AppView,
        options: ServerOptions,
        backplane: Backplane | None,
        record_event: Callable[[dict[str, Any]], None],
    ) -> None:
        self.node_name = node_name
        self.generation = generation
        self.app = app
        self.options = options
        self.bus: MessageBus = LocalBus() if backplane is None else ScaleoutBus(backplane)
        # Looked at once: installing the WebSocket feature later needs a restart.
        self.has_websockets = app.websockets_installed
        self.configuration: Configuration = read_configuration(app)
        self.is_stopping = False
        self._ready_at = asyncio.get_running_loop().time() + options.start_seconds
        self._offline_file = app.physical_path / _OFFLINE
        self._offline_page = read_bytes(self._offline_file)
        self._is_folder_missing = not app.physical_path.is_dir()
        self._watched: dict[Path, bytes | None] = self.configuration.watched | {self._offline_file: self._offline_page}
        self._stamps = {path: _stamp(path) for path in self._watched}
        self._key: KeyMaterial | None = None
        self._record_event = record_event
        self._events: Counter[str] = Counter()
        self._receivers: dict[str, Receiver] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._requests = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def real_seconds(self, seconds: float) -> float:
        """How long a configured time really lasts."""
        return seconds * self.options.pace

    def key(self) -> KeyMaterial:
        """The key of this life; :class:`KeyFault` when the configuration's cannot be used."""
        if self._key is None:
            self._key = self.configuration.machine_key.material()
        return self._key

    def unprotect(self, token: str, purpose: str) -> str:
        """The plaintext of a token, nothing for one that is not accepted: a broken key and a foreign one look alike."""
        try:
            return self.key().unprotect(from_token(token), purpose).decode("utf-8")
        except (CryptographicError, KeyFault, UnicodeDecodeError):
            return ""

    def find_changed_file(self) -> Path | None:
        """The first watched file that is not as it was read; one that was written anew with the same bytes is the same."""
        for path, before in self._stamps.items():
            now = _stamp(path)
            if now != before:
                if read_bytes(path) != self._watched[path]:
                    return path
                self._stamps[path] = now
        return self.app.physical_path if self._is_folder_missing and self.app.physical_path.is_dir() else None

    def record(self, kind: str, endpoint: Endpoint, connection_id: str, **facts: Any) -> None:
        """Notes OnConnected, OnReconnected or OnDisconnected of every hub of a connection."""
        for name in endpoint.event_names():
            self._events[f"{name}.{kind}"] += 1
            self._record_event({"event": kind, "endpoint": name, "connectionId": connection_id} | facts)

    def statistics(self) -> dict[str, Any]:
        """What ProbeHub tells: hub events so far, and how many listen now."""
        counters = {"ConnectionsCurrent": len(self._receivers)} if self._receivers else {}
        return {"node": self.node_name, "generation": self.generation, "events": dict(sorted(self._events.items())), "counters": counters}

    @property
    def open_connections(self) -> int:
        """How many requests are listening."""
        return len(self._receivers)

    def track(self, receiver: Receiver) -> None:
        """Puts a listening request in the place of an older one of the same connection."""
        timer = self._timers.pop(receiver.connection_id, None)
        if timer is not None:
            timer.cancel()
        older = self._receivers.get(receiver.connection_id)
        if older is not None:
            older.supersede()
        self._receivers[receiver.connection_id] = receiver

    def untrack(self, receiver: Receiver) -> None:
        """A listening request has ended: after an Abort the connection is gone, else it has time to come back."""
        if self._receivers.get(receiver.connection_id) is not receiver:
            return
        del self._receivers[receiver.connection_id]
        if receiver.is_aborted:
            self.record("disconnected", receiver.endpoint, receiver.connection_id, stopCalled=True)
        elif not self.is_stopping:
            seconds = self.real_seconds(self.options.timeouts.disconnect + receiver.channel.threshold)
            loop = asyncio.get_running_loop()
            self._timers[receiver.connection_id] = loop.call_later(seconds, self._give_up, receiver)

    def _give_up(self, receiver: Receiver) -> None:
        self._timers.pop(receiver.connection_id, None)
        self.record("disconnected", receiver.endpoint, receiver.connection_id, stopCalled=False)

    async def stop(self) -> None:
        """Ends the application: polls are answered, sockets closed, streams end; what is left after a while is left to the caller."""
        self.is_stopping = True
        for timer in self._timers.values():
            timer.cancel()
        for receiver in list(self._receivers.values()):
            receiver.waker.wake()
        try:
            async with asyncio.timeout(self.options.shutdown_seconds):
                await self._idle.wait()
        except TimeoutError:
            for receiver in list(self._receivers.values()):
                if receiver.call.request.transport is not None:
                    receiver.call.request.transport.abort()

    async def respond(self, request: web.BaseRequest, path: str, query: str) -> web.StreamResponse:
        """Answers a request inside the application."""
        self._requests += 1
        self._idle.clear()
        try:
            # Requests wait at the door of a worker that is still starting, as in HTTP.sys's queue.
            await asyncio.sleep(max(0.0, self._ready_at - asyncio.get_running_loop().time()))
            answer = await self._answer(request, path, query)
            return await answer.send(request) if isinstance(answer, Answer) else answer
        finally:
            self._requests -= 1
            if not self._requests:
                self._idle.set()

    async def _answer(self, request: web.BaseRequest, path: str, query: str) -> Answer | web.StreamResponse:
        if self._is_folder_missing:
            return pages.folder_missing(self.app.physical_path / "web.config")
        if self._offline_page is not None:
            return pages.offline(self._offline_page)
        refusal = self._refusal(path)
        if refusal is not None:
            return refusal
        if len(query) > self.configuration.max_query_string:
            return pages.query_too_long()
        application = self.app.virtual_path
        try:
            answer = await self._process(request, path, query)
        except KeyFault as error:
            return pages.configuration_error(application, error.fault, remote=self._is_remote)
        except CryptographicError as error:
            return pages.unhandled(application, DotNetError(str(error), _CRYPTOGRAPHIC), remote=self._is_remote)
        except DotNetError as error:
            return pages.unhandled(application, error, remote=self._is_remote)
        if answer is not None:
            return answer
        inside = path[len(application.rstrip("/")) :]
        return static_files.find_answer(self.app.physical_path, inside, request.method) or pages.not_found(application, path)

    def _refusal(self, path: str) -> Answer | None:
        faults = self.configuration.faults
        below = [fault for folder, fault in self.configuration.faults_below if is_inside(folder, path)]
        if self.configuration.is_malformed and self.options.xml_errors == "iis":
            return pages.malformed_xml(faults[0].file)
        if self.configuration.native_fault is not None and not self.configuration.is_malformed:
            return pages.refused_by_iis(self.configuration.native_fault)
        fault = next(iter([*faults, *below]), None)
        return pages.configuration_error(self.app.virtual_path, fault, remote=self._is_remote) if fault else None

    @property
    def _is_remote(self) -> bool:
        return {"On": True, "Off": False}.get(self.configuration.custom_errors, self.options.remote_errors)

    async def _process(self, request: web.BaseRequest, path: str, query: str) -> Answer | web.StreamResponse | None:
        for mapped, has_hubs in ((self.app.hub_path, True), (self.options.raw_path, False)):
            base = self.app.virtual_path.rstrip("/") + mapped
            if not is_inside(base, path):
                continue
            policy = cors.Policy(self.options.cors if has_hubs else None)
            preflight = policy.preflight(request)
            if preflight is not None:
                return preflight
            name = request.headers.get(_TEST_USER, "") if self.options.test_user_header else ""
            # aiohttp reads headers as UTF-8 with surrogates, so a name arrives as it was sent.
            call = Call(request, base, path[len(base) :], Parameters(query), name, await read_form(request))
            answer = await process(self, call, has_hubs=has_hubs)
            return answer.with_headers(policy.headers(request)) if isinstance(answer, Answer) else answer
        return None


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = find_file(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
