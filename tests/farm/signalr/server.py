# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One IIS node's HTTP side, on its own address: HTTP.sys in front, one application domain per application behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from . import pages
from .answers import Answer, cut
from .backplane import Backplane, Backplanes
from .domain import ApplicationDomain
from .iis_view import AppView, IisView, find_application
from .options import ServerOptions

_Key = tuple[str, str]


class SignalRNode:
    """Serves what `iis()` says at this moment; it is asked before each request and every `options.poll` seconds.

    A change of an application's physical path, its recycles, its pool or site state, or the content of one of its
    configuration files ends the application domain; the next request starts a new one. `port` 0 takes a free one.
    `backplane` None: messages stay on the node; :class:`Backplanes` gives every application its own.
    """

    def __init__(
        self,
        *,
        name: str,
        address: str,
        port: int,
        iis: Callable[[], IisView],
        options: ServerOptions | None = None,
        backplane: Backplane | Backplanes | None = None,
    ) -> None:
        self.name = name
        self.address = address
        self.port = port
        self.options = options or ServerOptions()
        self.events: list[dict[str, Any]] = []
        self.requests = 0
        self._iis = iis
        self._backplane = backplane
        self._domains: dict[_Key, ApplicationDomain] = {}
        self._generations: dict[_Key, int] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._happened = asyncio.Condition()
        self._runner: web.ServerRunner | None = None
        self._watcher: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The node's own address, without a path."""
        return f"http://{self.address}:{self.port}"

    @property
    def open_connections(self) -> int:
        """How many requests are listening on this node."""
        return sum(domain.open_connections for domain in self._domains.values())

    async def start(self) -> None:
        """Listens; returns when requests can come."""
        server = web.Server(self._handle, handler_cancellation=True, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.address, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._watcher = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Ends every application and stops listening."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        for key in list(self._domains):
            self._recycle(key, "stopped")
        await asyncio.gather(*self._ending)
        if self._runner is not None:
            await self._runner.cleanup()

    async def kill(self) -> None:
        """The machine is gone: nothing listens any more, and every connection is cut where it is."""
        if self._runner is not None and self._runner.server is not None:
            for listening in self._runner.sites:
                await listening.stop()
            for connection in list(self._runner.server.connections):
                if connection.transport is not None:
                    connection.transport.abort()
        await self.stop()

    async def wait_for_event(self, kind: str, **facts: Any) -> dict[str, Any]:
        """The first event of that kind with these facts, past or to come; the caller bounds the time."""

        def found() -> dict[str, Any] | None:
            wanted = {"event": kind} | facts
            return next((event for event in self.events if wanted.items() <= event.items()), None)

        async with self._happened:
            await self._happened.wait_for(lambda: found() is not None)
        event = found()
        if event is None:
            raise LookupError(kind)
        return event

    def refresh(self, view: IisView | None = None) -> None:
        """Ends the applications whose files or IIS configuration have changed; without an application running nobody is asked."""
        if not self._domains:
            return
        current = {(app.site, app.virtual_path): app for app in (self._iis() if view is None else view)}
        for key, domain in list(self._domains.items()):
            reason = _change(domain, current.get(key))
            if reason:
                self._recycle(key, reason)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self.options.poll)
            self.refresh()

    def _recycle(self, key: _Key, reason: str) -> None:
        domain = self._domains.pop(key)
        self._record({"event": "recycled", "site": key[0], "generation": domain.generation, "reason": reason})
        task = asyncio.create_task(domain.stop())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def _record(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        task = asyncio.ensure_future(self._announce())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _announce(self) -> None:
        async with self._happened:
            self._happened.notify_all()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests += 1
        raw_path, _mark, query = request.raw_path.partition("?")
        path = unquote(raw_path)
        view = self._iis()
        app = find_application(view, request.headers.get("Host", ""), path)
        if app is None:
            return await self._refuse(view, request).send(request)
        self.refresh(view)
        if not app.is_running:
            if self.options.when_stopped == "close":
                cut(request)
            return await pages.http_sys(int(self.options.when_stopped)).send(request)
        return await self._domain(app).respond(request, path, query)

    def _refuse(self, view: IisView, request: web.BaseRequest) -> Answer:
        """Sites with other names: HTTP.sys knows no such host. No site at all: it knows no such address."""
        has_names = bool(view) and all(app.host_names for app in view)
        return pages.http_sys(400 if has_names else 404)

    def _domain(self, app: AppView) -> ApplicationDomain:
        key = (app.site, app.virtual_path)
        if key not in self._domains:
            self._generations[key] = self._generations.get(key, 0) + 1
            generation = self._generations[key]
            self._domains[key] = ApplicationDomain(
                node_name=self.name,
                generation=generation,
                app=app,
                options=self.options,
                backplane=self._backplane(app) if isinstance(self._backplane, Backplanes) else self._backplane,
                record_event=lambda event: self._record(event | {"site": app.site, "generation": generation}),
            )
            self._record({"event": "started", "site": app.site, "generation": generation})
        return self._domains[key]


def _change(domain: ApplicationDomain, now: AppView | None) -> str:
    """Why a domain must end, or nothing."""
    if now is None:
        return "removed"
    if not now.is_running:
        return "stopped"
    before = domain.app
    for reason, old, new in (
        ("physical path changed", before.physical_path, now.physical_path),
        ("pool recycled", (before.recycles, before.pool), (now.recycles, now.pool)),
        ("configuration files changed", before.config_files, now.config_files),
    ):
        if old != new:
            return reason
    changed = domain.find_changed_file()
    return f"{changed.name} changed" if changed else ""
