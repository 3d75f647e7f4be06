# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node remembers besides its files: IIS's configuration and what runs, features, accounts, rights, events."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from .paths import is_below

#: IIS's defaults (IIS_schema.xml); durations in seconds.
POOL_DEFAULTS: dict[str, Any] = {
    "auto_start": True,
    "start_mode": "OnDemand",
    "enable_32bit": False,
    "runtime_version": "v4.0",
    "pipeline_mode": "Integrated",
    "max_processes": 1,
    "idle_timeout": 1200,
    "periodic_restart": 104400,
    "identity_type": "ApplicationPoolIdentity",
    "user_name": "",
    "shutdown_time_limit": 90,
    "rapid_fail_protection": True,
}

FEATURES = {
    "Web-Server": "Installed",
    "Web-WebServer": "Installed",
    "Web-Asp-Net45": "Installed",
    "Web-Net-Ext45": "Installed",
    "Web-ISAPI-Ext": "Installed",
    "Web-ISAPI-Filter": "Installed",
    "Web-WebSockets": "Available",
    "Web-AppInit": "Available",
    "Web-Mgmt-Console": "Available",
    "NET-Framework-45-ASPNET": "Installed",
    "NET-WCF-HTTP-Activation45": "Available",
}


@dataclass
class Worker:
    """A worker process; ``started`` is a time of the contract."""

    process_id: int
    started: str
    state: str = "Running"


@dataclass
class Pool:
    """An application pool. ``next_state`` is reached at ``due`` (a POSIX time); ``failure`` says why WAS stopped it."""

    name: str
    settings: dict[str, Any] = field(default_factory=lambda: dict(POOL_DEFAULTS))
    password: str | None = field(default=None, repr=False)
    state: str = "Started"
    next_state: str = ""
    due: float = 0
    recycles: int = 0
    workers: list[Worker] = field(default_factory=list)
    failure: str = ""


@dataclass
class Application:
    """An application of a site; ``virtual_directories`` are those besides ``/``, as ``{"path", "physical_path"}``."""

    path: str
    physical_path: str
    pool: str = "DefaultAppPool"
    virtual_directories: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Site:
    """A site; a binding is ``{"protocol", "information", "ssl_flags"}``."""

    name: str
    id: int
    applications: list[Application]
    bindings: list[dict[str, Any]] = field(default_factory=lambda: [{"protocol": "http", "information": "*:80:", "ssl_flags": 0}])
    state: str = "Started"

    def application(self, path: str) -> Application | None:
        return next((app for app in self.applications if app.path.casefold() == path.casefold()), None)

    def children(self, path: str) -> list[Application]:
        return [app for app in self.applications if is_below(app.path, path)]


@dataclass
class Account:
    """An account as this node sees it. ``seen`` false: a directory that this logon cannot ask."""

    name: str
    password: str | None = field(default=None, repr=False)
    enabled: bool = True
    locked: bool = False
    expired: bool = False
    password_expired: bool = False
    is_gmsa: bool = False
    gmsa_usable: bool = True
    batch_right: bool = False
    seen: bool = True
    failed_logons: int = 0


@dataclass
class NodeState:
    """All of it; names of pools, sites, accounts and features have no case.

    ``pools_have_batch_right``: the group IIS_IUSRS, which every pool identity is in, may log on as a batch job; hardened servers take that away.
    """

    name: str
    os_version: str = "10.0.20348"
    powershell_version: str = "5.1.20348.2849"
    language_mode: str = "FullLanguage"
    dotnet_release: int = 528449
    iis_version: str = "10.0"
    is_administrator: bool = True
    boot_time: str = "2026-01-05T03:00:00.0000000Z"
    pending_reboot: bool = False
    shared_configuration: bool = False
    stop_seconds: float = 0
    start_seconds: float = 0
    free_bytes: int = 40 * 1024**3
    pools: list[Pool] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    features: dict[str, str] = field(default_factory=lambda: dict(FEATURES))
    features_needing_restart: list[str] = field(default_factory=list)
    web_socket_enabled: bool = True
    web_socket_locked: bool = True
    pools_have_batch_right: bool = True
    accounts: list[Account] = field(default_factory=list)
    access: dict[str, dict[str, str]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    next_process_id: int = 4000

    def pool(self, name: str) -> Pool | None:
        return _named(self.pools, name)

    def site(self, name: str) -> Site | None:
        return _named(self.sites, name)

    def account(self, name: str) -> Account | None:
        return _named(self.accounts, name)

    def feature(self, name: str) -> str | None:
        """The feature's own spelling, or None."""
        return next((known for known in self.features if known.casefold() == name.casefold()), None)

    @property
    def has_web_sockets(self) -> bool:
        return self.features.get("Web-WebSockets") == "Installed"

    def to_json(self) -> dict[str, Any]:
        data = asdict(self)
        for holder in (*data["pools"], *data["accounts"]):
            holder["password"] = _sealed(holder["password"])
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> NodeState:
        _refuse_unknown(cls, data)
        data = dict(data)
        data["pools"] = [_pool(item) for item in data.get("pools", ())]
        data["sites"] = [_site(item) for item in data.get("sites", ())]
        data["accounts"] = [Account(**{**item, "password": _opened(item["password"])}) for item in data.get("accounts", ())]
        return cls(**data)


def save(state: NodeState, file: Path) -> None:
    """Write the state so that a reader sees the old one or the new one, never half of it."""
    temporary = file.with_name(file.name + ".new")
    temporary.write_text(json.dumps(state.to_json(), indent=1) + "\n", encoding="utf-8")
    temporary.chmod(0o600)
    os.replace(temporary, file)


def load(file: Path) -> NodeState:
    """The state that :func:`save` wrote."""
    return NodeState.from_json(json.loads(file.read_text(encoding="utf-8")))


def _pool(data: dict[str, Any]) -> Pool:
    workers = [Worker(**worker) for worker in data.get("workers", ())]
    return Pool(
        **{**data, "workers": workers, "password": _opened(data.get("password")), "settings": {**POOL_DEFAULTS, **data.get("settings", {})}}
    )


def _site(data: dict[str, Any]) -> Site:
    return Site(**{**data, "applications": [Application(**app) for app in data["applications"]]})


def _sealed(password: str | None) -> str | None:
    # IIS encrypts what it stores. Nothing is protected by this; it keeps a password out of a search for its text.
    return None if password is None else f"[enc:{base64.b64encode(password.encode('utf-8')).decode('ascii')}:enc]"


def _opened(sealed: str | None) -> str | None:
    return None if sealed is None else base64.b64decode(sealed.removeprefix("[enc:").removesuffix(":enc]")).decode("utf-8")


def _refuse_unknown(kind: type, data: Iterable[str]) -> None:
    known = {item.name for item in fields(kind)}
    if unknown := sorted(set(data) - known):
        raise ValueError(f"node.json has what no {kind.__name__} has: {', '.join(unknown)}")


def _named(items: Iterable[Any], name: str) -> Any:
    return next((item for item in items if item.name.casefold() == name.casefold()), None)
