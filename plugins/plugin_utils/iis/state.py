# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node as it was found: the answers of ``node_state`` as values.

Field names are those of docs/node_contract.md, which says what each means. ``None`` is "not determined", never "no".
Everything here is plain data without a secret: files are told by their hash, the pool's password only as equal or not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Account", "Application", "ApplicationName", "Binding", "NodeState", "Pool", "Release", "ReleaseFolder", "Worker"]


def _known(cls: type, data: Mapping[str, Any], **given: Any) -> dict[str, Any]:
    """The entries of ``data`` that ``cls`` has a field for: a newer node may answer more than we read."""
    names = {f.name for f in dataclasses.fields(cls)}
    return {name: value for name, value in data.items() if name in names and name not in given} | given


@dataclass(frozen=True, eq=False)
class ApplicationName:
    """A site's application, ``Default Web Site/chat``. IIS compares both parts without case, and so do two of these."""

    site: str
    path: str = "/"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ApplicationName) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        return self.site + ("" if self.path == "/" else self.path)

    @property
    def key(self) -> str:
        return str(self).lower()


@dataclass(frozen=True)
class Binding:
    protocol: str
    information: str
    host: str = ""
    port: int | None = None
    ssl_flags: int = 0


@dataclass(frozen=True)
class Application:
    site: str
    path: str
    site_exists: bool = True
    exists: bool = True
    site_state: str | None = None
    pool: str | None = None
    physical_path: str | None = None
    resolved_path: str | None = None
    bindings: tuple[Binding, ...] = ()
    virtual_directories: tuple[Mapping[str, str], ...] = ()
    child_applications: tuple[str, ...] = ()
    shares_folder_with: tuple[ApplicationName, ...] = ()

    @classmethod
    def from_answer(cls, data: Mapping[str, Any]) -> Application:
        return cls(
            **_known(
                cls,
                data,
                bindings=tuple(Binding(**_known(Binding, binding)) for binding in data.get("bindings") or ()),
                virtual_directories=tuple(dict(item) for item in data.get("virtual_directories") or ()),
                child_applications=tuple(data.get("child_applications") or ()),
                shares_folder_with=tuple(ApplicationName(item["site"], item["path"]) for item in data.get("shares_folder_with") or ()),
            )
        )

    @property
    def name(self) -> ApplicationName:
        return ApplicationName(self.site, self.path)

    def serves(self, release: Release) -> bool:
        """Whether its root is the release's folder, written with variables or without."""
        own = {path.lower() for path in (self.physical_path, self.resolved_path) if path}
        return not own.isdisjoint(path.lower() for path in (release.path, release.resolved_path) if path)

    @property
    def is_on_share(self) -> bool:
        """Content on a UNC path: N nodes, one file (refused by name, see docs/architecture.md)."""
        return (self.resolved_path or "").startswith("\\\\")


@dataclass(frozen=True)
class Pool:
    name: str
    exists: bool = True
    state: str | None = None
    auto_start: bool | None = None
    start_mode: str | None = None
    enable_32bit: bool | None = None
    runtime_version: str | None = None
    pipeline_mode: str | None = None
    max_processes: int | None = None
    idle_timeout: float | None = None
    periodic_restart: float | None = None
    identity_type: str | None = None
    user_name: str | None = None
    has_password: bool | None = None
    password_equal: bool | None = None
    shutdown_time_limit: float | None = None
    rapid_fail_protection: bool | None = None
    applications: tuple[ApplicationName, ...] = ()

    @classmethod
    def from_answer(cls, name: str, data: Mapping[str, Any]) -> Pool:
        hosted = tuple(ApplicationName(item["site"], item["path"]) for item in data.get("applications") or ())
        return cls(**_known(cls, data, name=name, applications=hosted))

    @property
    def bitness(self) -> int:
        """32 or 64: which machine.config and root web.config its worker processes read."""
        return 32 if self.enable_32bit else 64

    @property
    def identity(self) -> str:
        """What a person calls the identity: the account's name, or the built-in identity."""
        return (self.user_name or "") if self.identity_type == "SpecificUser" else (self.identity_type or "not determined")


@dataclass(frozen=True)
class Release:
    id: str
    path: str
    resolved_path: str = ""
    manifest: Mapping[str, Any] | None = None
    file_count: int | None = None
    total_bytes: int | None = None
    config_sha256: str | None = None
    content_sha256: str | None = None

    @property
    def is_complete(self) -> bool:
        """The manifest is written last, and nothing is missing by count and size (content hashes are compared on request only).

        There may be more than was staged: persistent folders, what the application itself writes, a file that an interrupted key change left.
        """
        manifest = self.manifest
        return manifest is not None and all(
            (getattr(self, name) or 0) >= int(manifest.get(name) or 0) for name in ("file_count", "total_bytes")
        )

    def is_of(self, application: ApplicationName) -> bool:
        """Whether it was staged for ``application``: two applications may have been given one folder. Rubble is anybody's."""
        return str((self.manifest or {}).get("application", application)).lower() == application.key


@dataclass(frozen=True)
class ReleaseFolder:
    root: str
    exists: bool = False
    free_bytes: int | None = None
    releases: tuple[Release, ...] = ()

    @classmethod
    def from_answer(cls, data: Mapping[str, Any]) -> ReleaseFolder:
        return cls(**_known(cls, data, releases=tuple(Release(**_known(Release, item)) for item in data.get("releases") or ())))

    def get(self, release_id: str) -> Release | None:
        return next((release for release in self.releases if release.id.lower() == release_id.lower()), None)


@dataclass(frozen=True)
class Account:
    name: str
    exists: bool | None = None
    enabled: bool | None = None
    locked: bool | None = None
    expired: bool | None = None
    password_expired: bool | None = None
    is_gmsa: bool | None = None
    gmsa_usable: bool | None = None
    logon: str | None = None
    batch_right: bool | None = None


@dataclass(frozen=True)
class Worker:
    process_id: int
    started: str
    state: str | None = None


def _still_compared(earlier: Pool | None, newer: Pool) -> Pool:
    """A later look that sent no password says nothing of it: what an earlier one found still holds for the same account."""
    if (
        earlier is None
        or newer.password_equal is not None
        or (earlier.identity_type, earlier.user_name) != (newer.identity_type, newer.user_name)
    ):
        return newer
    return dataclasses.replace(newer, password_equal=earlier.password_equal)


@dataclass(frozen=True)
class NodeState:
    """One node's answer, without the content of any file."""

    host: Mapping[str, Any] = field(default_factory=dict)
    features: Mapping[str, str | None] = field(default_factory=dict)
    applications: Mapping[str, Application] = field(default_factory=dict)  # by ApplicationName.key
    pools: Mapping[str, Pool] = field(default_factory=dict)  # by lower-case name
    web_socket: Mapping[str, Any] = field(default_factory=dict)
    releases: ReleaseFolder | None = None
    accounts: Mapping[str, Account] = field(default_factory=dict)  # by lower-case name
    records: Mapping[str, Any] = field(default_factory=dict)
    workers: Mapping[str, tuple[Worker, ...]] = field(default_factory=dict)
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by path as asked, without content
    events: tuple[Mapping[str, Any], ...] = ()
    undetermined: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> NodeState:
        """The result of ``node_state`` (or the state that ``node_change`` answers with) as a value; only what was read is there."""
        state: Mapping[str, Any] = answer.get("state") or {}
        iis = state.get("iis") or {}
        applications = [Application.from_answer(item) for item in iis.get("applications") or ()]
        releases = state.get("releases")
        return cls(
            host=dict(state.get("host") or {}),
            features={name: (item or {}).get("state") for name, item in (state.get("features") or {}).items()},
            applications={application.name.key: application for application in applications},
            pools={name.lower(): Pool.from_answer(name, item) for name, item in (iis.get("pools") or {}).items()},
            web_socket=dict(iis.get("web_socket") or {}),
            releases=ReleaseFolder.from_answer(releases) if releases else None,
            accounts={name.lower(): Account(**_known(Account, item, name=name)) for name, item in (state.get("accounts") or {}).items()},
            records=dict(state.get("records") or {}),
            workers={
                pool.lower(): tuple(Worker(**_known(Worker, item)) for item in items or ())
                for pool, items in (state.get("workers") or {}).items()
            },
            files={path: {name: item.get(name) for name in ("exists", "sha256")} for path, item in (state.get("files") or {}).items()},
            events=tuple(state.get("events") or ()),
            undetermined=dict(answer.get("undetermined") or {}),
        )

    def application(self, name: ApplicationName) -> Application:
        return self.applications.get(name.key) or Application(name.site, name.path, site_exists=False, exists=False)

    def pool(self, name: str | None) -> Pool | None:
        found = self.pools.get((name or "").lower())
        return found if found is not None and found.exists else None

    def updated(self, newer: NodeState) -> NodeState:
        """This state with whatever ``newer`` has read since laid over it."""
        return dataclasses.replace(
            self,
            host={**self.host, **newer.host},
            features={**self.features, **newer.features},
            applications={**self.applications, **newer.applications},
            pools={**self.pools, **{name: _still_compared(self.pools.get(name), pool) for name, pool in newer.pools.items()}},
            web_socket=newer.web_socket or self.web_socket,
            releases=newer.releases or self.releases,
            accounts={**self.accounts, **newer.accounts},
            records={**self.records, **newer.records},
            workers={**self.workers, **newer.workers},
            files={**self.files, **newer.files},
            events=newer.events or self.events,
        )

    def contradictions(self, predicted: NodeState) -> list[str]:
        """Where this state, as the node answers after a change, is not what the change was to bring. Only what was read is compared."""
        found = []
        for key, application in self.applications.items():
            wanted = predicted.applications.get(key, application)
            if (application.physical_path or "").lower() != (wanted.physical_path or "").lower():
                found.append(f"{application.name} serves {application.physical_path}, not {wanted.physical_path}")
        for key, pool in self.pools.items():
            expected = predicted.pools.get(key, pool)
            if pool.exists and expected.exists and pool.identity.lower() != expected.identity.lower():
                found.append(f"the application pool {pool.name} runs as {pool.identity}, not {expected.identity}")
        return found

    def with_pool(self, pool: Pool) -> NodeState:
        return dataclasses.replace(self, pools={**self.pools, pool.name.lower(): pool})

    def with_application(self, application: Application) -> NodeState:
        return dataclasses.replace(self, applications={**self.applications, application.name.key: application})
