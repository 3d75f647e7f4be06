# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WAS and the configuration of IIS: what runs, what a change makes of it, and when an identity stops a pool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .accounts import pool_failure
from .clock import Clock, to_text
from .errors import NodeError, missing_pool, missing_site
from .state import Application, NodeState, Pool, Site, Worker

WAS = "Microsoft-Windows-WAS"

#: What WAS writes when a pool's identity cannot log on.
_IDENTITY_EVENTS = (
    (5021, "The identity of application pool {pool} is invalid. The user name or password that is specified for the identity may be "
           "incorrect, or the user may not have batch logon rights. ({reason})"),
    (5057, "Application pool {pool} has been disabled. Windows Process Activation Service (WAS) did not create a worker process to serve "
           "the application pool because the application pool identity is invalid."),
    (5059, "Application pool {pool} has been disabled. Windows Process Activation Service (WAS) encountered a failure when it started a "
           "worker process to serve the application pool."),
)  # fmt: skip


class Iis:
    """IIS of one node, over the node's state."""

    def __init__(self, state: NodeState, clock: Clock) -> None:
        self.state = state
        self.clock = clock

    # ---- looking

    def known_pool(self, name: str) -> Pool:
        pool = self.state.pool(name)
        if pool is None:
            raise missing_pool(name)
        self.settle(pool)
        return pool

    def known_site(self, name: str) -> Site:
        site = self.state.site(name)
        if site is None:
            raise missing_site(name)
        return site

    def applications(self) -> Iterator[tuple[Site, Application]]:
        for site in self.state.sites:
            for application in site.applications:
                yield site, application

    def applications_of(self, pool: str) -> list[dict[str, str]]:
        return [{"site": site.name, "path": app.path} for site, app in self.applications() if app.pool.casefold() == pool.casefold()]

    def settle(self, pool: Pool) -> None:
        """Let a pending start or stop come to its end when its time has come."""
        if pool.next_state and self._timestamp() >= pool.due:
            pool.state, pool.next_state = pool.next_state, ""

    # ---- pools

    def start(self, pool: Pool) -> None:
        pool.failure = ""
        pool.recycles += 1
        self._later(pool, "Starting", "Started", self.state.start_seconds)
        if pool.settings["start_mode"] == "AlwaysRunning":
            self._start_worker(pool)

    def stop(self, pool: Pool) -> None:
        pool.workers.clear()
        self._later(pool, "Stopping", "Stopped", self.state.stop_seconds)

    def end_workers(self, pool: Pool) -> None:
        pool.workers.clear()
        pool.state, pool.next_state = "Stopped", ""

    def wait_for(self, pool: Pool, wanted: str, seconds: float) -> bool:
        """Whether the pool came to the state within ``seconds``."""
        deadline = self._timestamp() + seconds
        self.settle(pool)
        while pool.state != wanted and pool.next_state and self._timestamp() < deadline:
            self.clock.pause(min(0.05, max(0.001, pool.due - self._timestamp())))
            self.settle(pool)
        return pool.state == wanted

    def recycle(self, pool: Pool) -> None:
        """Every worker process is replaced by a new one, which has to log on anew."""
        pool.recycles += 1
        had_worker = bool(pool.workers)
        pool.workers.clear()
        if had_worker or pool.settings["start_mode"] == "AlwaysRunning":
            self._start_worker(pool)

    def configuration_changed(self, pools: Iterable[Pool]) -> None:
        """What WAS does after a commit: a started pool whose settings changed is recycled."""
        for pool in pools:
            self.settle(pool)
            if pool.state == "Started":
                self.recycle(pool)

    def request(self, pool: Pool) -> bool:
        """A request: WAS starts a worker process where there is none, or disables the pool when its identity cannot log on."""
        self.settle(pool)
        is_first = pool.state == "Started" and not pool.workers
        if is_first:
            self._start_worker(pool)
        return is_first

    def request_to_all(self) -> bool:
        """A request to every application; whether that started or ended anything."""
        served = {application.pool.casefold() for _site, application in self.applications()}
        started = [self.request(pool) for pool in self.state.pools if pool.name.casefold() in served]
        return True in started

    # ---- events

    def log(self, event_id: int, text: str, *, pool: str = "", provider: str = WAS) -> None:
        event = {"time": to_text(self.clock.now()), "provider": provider, "id": event_id, "text": text, "pool": pool}
        self.state.events.append(event)

    # ---- inside

    def _start_worker(self, pool: Pool) -> None:
        if reason := pool_failure(self.state, pool):
            pool.workers.clear()
            pool.state, pool.next_state, pool.failure = "Stopped", "", reason
            for event_id, text in _IDENTITY_EVENTS:
                self.log(event_id, text.format(pool=pool.name, reason=reason), pool=pool.name)
            return
        for _index in range(pool.settings["max_processes"]):
            self.state.next_process_id += 4
            pool.workers.append(Worker(self.state.next_process_id, to_text(self.clock.now())))

    def _later(self, pool: Pool, now: str, then: str, seconds: float) -> None:
        if seconds <= 0:
            pool.state, pool.next_state = then, ""
        else:
            pool.state, pool.next_state, pool.due = now, then, self._timestamp() + seconds

    def _timestamp(self) -> float:
        return self.clock.now().timestamp()


def identity_of(pool: Pool) -> str:
    """The account that the pool's worker processes run as."""
    kind = pool.settings["identity_type"]
    return str(pool.settings["user_name"]) if kind == "SpecificUser" else str(kind)


def binding_of(stored: dict[str, Any]) -> dict[str, Any]:
    """A binding with its parts: ``*:443:chat.example`` is port 443 for the host ``chat.example``."""
    information = str(stored["information"])
    address_and_port, _colon, host = information.rpartition(":")
    port = address_and_port.rpartition(":")[2]
    is_web = stored["protocol"] in ("http", "https")
    return {
        "protocol": stored["protocol"],
        "information": information,
        "host": host if is_web else "",
        "port": int(port) if is_web and port.isdigit() else None,
        "ssl_flags": int(stored.get("ssl_flags", 0)),
    }


def refuse_while_busy(pool: Pool) -> None:
    """A pool that is starting or stopping takes no order (0x80070425)."""
    if pool.state in ("Starting", "Stopping"):
        raise NodeError("failed", "The service cannot accept control messages at this time. (Exception from HRESULT: 0x80070425)")
