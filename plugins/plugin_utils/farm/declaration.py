# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a farm is declared to be, put together with what was found: the pool that is meant, the release's final web.config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import FarmError
from ..iis.package import Package, valid_release_id
from ..iis.pools import WantedIdentity, WantedPool
from ..iis.releases import WantedRelease
from ..machinekey import MachineKey, apply_key, judge
from ..webconfig import Document
from ..webconfig.edits import apply_edits
from .scope import FarmScope
from .snapshot import NodeSnapshot

__all__ = ["EMPTY_CONFIG", "carried_key", "final_config", "identity_warnings", "wanted_pool", "wanted_release"]

#: What an application without a web.config starts from.
EMPTY_CONFIG = b'<?xml version="1.0" encoding="utf-8"?>\r\n<configuration>\r\n</configuration>\r\n'

#: Settings of a pool that a declaration may name, with the types that IIS gives them.
_POOL_SETTINGS: Mapping[str, type | tuple[type, ...]] = {
    "auto_start": bool,
    "start_mode": str,
    "enable_32bit": bool,
    "runtime_version": str,
    "pipeline_mode": str,
    "max_processes": int,
    "idle_timeout": (int, float),
    "periodic_restart": (int, float),
    "shutdown_time_limit": (int, float),
    "rapid_fail_protection": bool,
}


def wanted_pool(scope: FarmScope, snapshot: NodeSnapshot, identity: WantedIdentity | None, settings: Mapping[str, Any]) -> WantedPool:
    """The application's own pool, or the one it will get. Raises FarmError for a setting that a pool does not have."""
    for name, value in settings.items():
        kind = _POOL_SETTINGS.get(name)
        if kind is None:
            raise FarmError(
                f"'{name}' is no setting of an application pool that can be declared here.",
                next_step=f"Known are {', '.join(_POOL_SETTINGS)}.",
            )
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise FarmError(f"The pool setting '{name}' cannot be {value!r}.", next_step="Correct farm_app_pool_settings.")
    return WantedPool(snapshot.application.pool or scope.pool, identity, dict(settings))


def identity_warnings(snapshot: NodeSnapshot, wanted: WantedPool) -> list[str]:
    """What the node could not see of the wanted account: said, never taken for a fault."""
    if wanted.identity is None or wanted.identity.type != "SpecificUser":
        return []
    account = snapshot.state.accounts.get(wanted.identity.user.lower())
    warnings = []
    if account is None or account.exists is None:
        reason = snapshot.state.undetermined.get("accounts", "the node could not ask the directory")
        warnings.append(
            f"{snapshot.host}: whether '{wanted.identity.user}' exists and is enabled was not determined ({reason}). "
            "A logon with delegation, or become on the node, makes it visible."
        )
    pool = snapshot.state.pool(wanted.name)
    if wanted.identity.password and pool is not None and pool.has_password and pool.password_equal is None:
        warnings.append(
            f"{snapshot.host}: whether the pool '{pool.name}' has the wanted password was not determined; it was left as it is."
        )
    return warnings


def carried_key(snapshot: NodeSnapshot, decided: MachineKey | None) -> MachineKey | None:
    """The key that a release's web.config has to hold on this node: the farm's, once decided, or the one that the application's own file holds.

    A key that the application inherits from above needs no copy, unless the farm's key is another one.
    """
    held = snapshot.key
    own_level = {"site"} if snapshot.application_name.path == "/" else {f"app {snapshot.application_name.path}"}
    inherited = (
        held is not None
        and held.kind == "literal"
        and not {origin.level.lower() for origin in held.origins.values()} & {level.lower() for level in own_level}
    )
    if decided is not None:
        return None if inherited and held is not None and held.fingerprint == decided.fingerprint else decided
    return held.key if held is not None and not inherited else None


def final_config(
    package: Package,
    *,
    key: MachineKey | None,
    edits: Sequence[Mapping[str, Any]] = (),
    policy: str = "refuse",
    development_fingerprints: Sequence[str] = (),
) -> bytes | None:
    """The release's web.config as it will serve: the packaged one with the declared edits and the farm's key. None: there is none and needs none.

    Raises FarmError when the package brings a literal key that is not the farm's: silently it would either split the farm or be lost.
    """
    if package.web_config is None and key is None and not edits:
        return None
    data = package.web_config if package.web_config is not None else EMPTY_CONFIG
    where = f"web.config of {package.name}"
    document = Document.parse(data, name=where)
    packaged = _packaged_key(document)
    if (
        packaged is not None
        and policy == "refuse"
        and packaged not in {text.strip().lower() for text in development_fingerprints}
        and key is not None
        and packaged != key.fingerprint
    ):
        raise FarmError(
            f"The package brings a machine key of its own (fingerprint {packaged}); the farm's is {key.fingerprint}.",
            where=where,
            next_step="Take it out of the package, list its fingerprint in farm_machine_key_development_fingerprints if it is a developer's, "
            "or set farm_app_package_key_policy: override.",
        )
    apply_edits(document, edits, where=where)
    data = document.to_bytes()
    return apply_key(data, key, name=where) if key is not None else data


def wanted_release(scope: FarmScope, package: Package, *, release: str | None, config: bytes | None) -> WantedRelease:
    """The release that a package makes; without an id it is called by its content."""
    release_id = valid_release_id(release or package.content_sha256[:12])
    return WantedRelease(
        id=release_id,
        root=scope.root,
        manifest=package.manifest(release_id),
        files=[entry.as_manifest() for entry in package.entries],
        config=config,
    )


def _packaged_key(document: Document) -> str | None:
    """The fingerprint of the literal machine key that a document holds."""
    values = {
        name: value
        for name in ("validationKey", "decryptionKey", "validation", "decryption")
        if (value := document.get("/configuration/system.web/machineKey", name)) is not None
    }
    return judge(values).fingerprint if values else None
