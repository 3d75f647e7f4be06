# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person may know of a node: a snapshot without anything secret in it."""

from __future__ import annotations

from typing import Any

from ..iis.pools import pool_trouble
from ..machinekey import NodeKey
from .snapshot import NodeSnapshot

__all__ = ["key_facts", "node_facts"]


def node_facts(snapshot: NodeSnapshot) -> dict[str, Any]:
    """The node as ``node_info`` returns it and the report shows it."""
    state, application, pool = snapshot.state, snapshot.application, snapshot.pool
    return {
        "host": snapshot.host,
        "windows": {
            name: state.host.get(name) for name in ("computer_name", "os_version", "powershell_version", "language_mode", "iis_version")
        },
        "pending_reboot": state.host.get("pending_reboot"),
        "features": dict(state.features),
        "application": {
            "site": application.site,
            "path": application.path,
            "exists": application.exists,
            "site_state": application.site_state,
            "physical_path": application.physical_path,
            "bindings": [f"{binding.protocol} {binding.information}" for binding in application.bindings],
            "virtual_directories": [dict(item) for item in application.virtual_directories],
            "child_applications": list(application.child_applications),
            "shares_folder_with": [str(name) for name in application.shares_folder_with],
        },
        "pool": None
        if pool is None
        else {
            "name": pool.name,
            "state": pool.state,
            "trouble": pool_trouble(pool, state.events),
            "identity": pool.identity,
            "bitness": pool.bitness,
            "applications": [str(name) for name in pool.applications],
        },
        "machine_key": key_facts(snapshot.key),
        "releases": [
            {"id": release.id, "complete": release.is_complete} for release in (state.releases.releases if state.releases else ())
        ],
        "release": live_release(snapshot),
        "marker": dict(snapshot.marker),
        "lease": {name: snapshot.lease.get(name) for name in ("holder", "expires")} if snapshot.lease else None,
        "undetermined": dict(state.undetermined),
    }


def key_facts(key: NodeKey | None) -> dict[str, Any] | None:
    """Where the effective key comes from and what is wrong with it; the key itself only as a fingerprint."""
    if key is None:
        return None
    return {
        "kind": key.kind,
        "fingerprint": key.fingerprint,
        "validation": key.values.get("validation"),
        "decryption": key.values.get("decryption"),
        "origins": {
            name: {"level": origin.level or "ASP.NET's default", "file": origin.file, "line": origin.line}
            for name, origin in key.origins.items()
        },
        "findings": [
            {"severity": finding.severity, "attribute": finding.attribute, "sentence": finding.sentence, "effect": finding.effect}
            for finding in key.findings
        ],
        "problems": [problem.sentence for problem in key.problems],
    }


def live_release(snapshot: NodeSnapshot) -> str | None:
    """The id of the release that the application serves; None for a folder of another kind."""
    releases = snapshot.state.releases.releases if snapshot.state.releases else ()
    return next((release.id for release in releases if snapshot.application.serves(release)), None)
