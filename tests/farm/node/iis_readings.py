# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The readings of the machine and of IIS: host, features, sites, pools, worker processes, events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .accounts import Notes
from .clock import from_text, to_text
from .iis import Iis, binding_of
from .paths import WindowsPaths
from .state import Application, NodeState, Pool, Site

#: Events that tell why an application does not start.
EVENT_IDS = frozenset({5002, 5011, 5021, 5057, 5059, 1309, 1026})
MAXIMUM_EVENTS = 20

_HOST_FIELDS = (
    "os_version",
    "powershell_version",
    "language_mode",
    "dotnet_release",
    "iis_version",
    "is_administrator",
    "boot_time",
    "pending_reboot",
    "shared_configuration",
)
_APPLICATION_UNKNOWN = ("pool", "physical_path", "resolved_path")
_POOL_UNKNOWN = ("has_password", "password_equal")


@dataclass(frozen=True)
class IisReadings:
    """What a node tells of itself and of IIS."""

    state: NodeState
    paths: WindowsPaths
    iis: Iis

    def read_host(self, _asked: dict[str, Any], _notes: Notes) -> dict[str, Any]:
        facts = {name: getattr(self.state, name) for name in _HOST_FIELDS}
        return {"computer_name": self.state.name.upper(), **facts, "now": to_text(self.iis.clock.now())}

    def read_features(self, asked: dict[str, Any], notes: Notes) -> dict[str, Any]:
        return {name: {"state": self._feature(name, notes)} for name in asked["names"]}

    def _feature(self, name: str, notes: Notes) -> str:
        state = self.state.features.get(self.state.feature(name) or "", "Unknown")
        if state in ("Installed", "Available", "Removed", "Unknown"):
            return state
        notes[f"features.{name}"] = f"The feature is in the state {state}."  # until the restart neither there nor not there
        return "Unknown"

    def read_iis(self, asked: dict[str, Any], _notes: Notes) -> dict[str, Any]:
        applications = [self._application(item["site"], item["path"]) for item in asked["applications"]]
        passwords = {item["name"]: item.get("password") for item in asked["pools"]}
        used = [app["pool"] for app in applications if app["pool"]]
        return {"applications": applications, "pools": self._pools(passwords, used), "web_socket": self._web_socket()}

    def read_workers(self, asked: dict[str, Any], _notes: Notes) -> dict[str, Any]:
        return {name: self._workers(self.state.pool(name)) for name in asked["pools"]}

    def read_events(self, asked: dict[str, Any], _notes: Notes) -> list[dict[str, Any]]:
        since, pools = from_text(asked["since"]), {name.casefold() for name in asked["pools"]}
        told = [
            {name: event[name] for name in ("time", "provider", "id", "text")}
            for event in self.state.events
            if event["id"] in EVENT_IDS
            and from_text(event["time"]) >= since
            and (not pools or not event["pool"] or event["pool"].casefold() in pools)
        ]
        return told[-MAXIMUM_EVENTS:]

    # ---- inside

    def _application(self, site_name: str, path: str) -> dict[str, Any]:
        site = self.state.site(site_name)
        application = site.application(path) if site else None
        told: dict[str, Any] = {"site": site_name, "path": path, "site_exists": site is not None, "exists": application is not None}
        told["site_id"] = site.id if site else None
        told["site_state"] = site.state if site else None
        told["bindings"] = [binding_of(binding) for binding in site.bindings] if site else []
        told["child_applications"] = [child.path for child in site.children(path)] if site else []
        if site is None or application is None:
            return {**told, **dict.fromkeys(_APPLICATION_UNKNOWN), "virtual_directories": [], "shares_folder_with": []}
        return {
            **told,
            "pool": application.pool,
            "physical_path": application.physical_path,
            "resolved_path": self.paths.resolved(application.physical_path),
            "virtual_directories": [
                {"path": item["path"], "physical_path": item["physical_path"], "resolved_path": self.paths.resolved(item["physical_path"])}
                for item in application.virtual_directories
            ],
            "shares_folder_with": list(self._sharing(site, application)),
        }

    def _sharing(self, site: Site, application: Application) -> Iterable[dict[str, str]]:
        folder = self._folder(application)
        for other_site, other in self.iis.applications():
            if other is not application and folder and self._folder(other) == folder:
                yield {"site": other_site.name, "path": other.path}

    def _folder(self, application: Application) -> str:
        return (self.paths.resolved(application.physical_path) or "").casefold()

    def _pools(self, passwords: dict[str, str | None], used: Iterable[str]) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for name in (*passwords, *used):
            pool = self.state.pool(name)
            key = pool.name if pool else name
            if key not in told:
                told[key] = self._pool(pool, passwords.get(name))
        return told

    def _pool(self, pool: Pool | None, password: str | None) -> dict[str, Any]:
        if pool is None:
            settings = Pool(name="").settings
            return {"exists": False, "state": None, **dict.fromkeys(settings), **dict.fromkeys(_POOL_UNKNOWN), "applications": []}
        self.iis.settle(pool)
        return {
            "exists": True,
            "state": pool.state,
            **pool.settings,
            "has_password": bool(pool.password),
            "password_equal": None if password is None else (pool.password or "") == password,
            "applications": self.iis.applications_of(pool.name),
        }

    def _web_socket(self) -> dict[str, Any]:
        there = self.state.has_web_sockets
        return {
            "module_registered": there,
            "enabled": self.state.web_socket_enabled if there else None,
            "locked": self.state.web_socket_locked if there else None,
        }

    def _workers(self, pool: Pool | None) -> list[dict[str, Any]]:
        return [
            {"process_id": worker.process_id, "started": worker.started, "state": worker.state} for worker in (pool.workers if pool else ())
        ]
