# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release's way over the nodes: which one to go back to, and whether a new worker process serves it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ..errors import FarmError
from ..iis.releases import WantedRelease
from ..iis.state import Release
from ..machinekey import MachineKey, apply_key
from .declaration import EMPTY_CONFIG
from .facts import live_release
from .scope import FarmScope
from .snapshot import NodeSnapshot

__all__ = ["earlier_release", "old_workers", "rolled_back_release"]


def earlier_release(snapshot: NodeSnapshot, wanted: str | None) -> Release:
    """The release ``wanted``, or the newest complete one that does not serve now. Raises FarmError when there is none."""
    folder = snapshot.state.releases
    own = [release for release in (folder.releases if folder else ()) if release.is_of(snapshot.application_name)]
    complete = [release for release in own if release.is_complete]
    live = live_release(snapshot)
    if wanted:
        found = next((release for release in complete if release.id.lower() == wanted.lower()), None)
    else:
        others = [release for release in complete if release.id != live]
        found = max(others, key=lambda release: str((release.manifest or {}).get("staged", "")), default=None)
    if found is None:
        kept = ", ".join(release.id for release in complete) or "none"
        raise FarmError(
            f"There is no complete release {wanted!r} to go back to." if wanted else "There is no earlier release to go back to.",
            where=snapshot.host,
            next_step=f"Releases on the node: {kept}. Deploy the package again instead.",
        )
    return found


def rolled_back_release(scope: FarmScope, found: Release, config: Mapping[str, Any] | None, key: MachineKey | None) -> WantedRelease:
    """An earlier release as it has to serve now: with the farm's key of today, which may not be the one that it served with.

    ``config``: its web.config as the reading ``files`` tells it. Raises FarmError when that was not determined: it may hold another key.
    """
    path, config = f"{found.path}\\web.config", config or {}
    if config.get("exists") is not False and config.get("content") is None:
        raise FarmError(
            "The web.config of the release was not determined, so neither was its machine key.",
            where=path,
            next_step="Connect with an account that is an administrator of the node, or deploy the package again instead.",
        )
    data = base64.b64decode(config["content"]) if config.get("content") is not None else None
    if key is not None:
        data = apply_key(data if data is not None else EMPTY_CONFIG, key, name=path)
    return WantedRelease(id=found.id, root=scope.root, manifest=found.manifest or {}, files=(), config=data)


def old_workers(snapshot: NodeSnapshot, pool: str, *, since: str) -> list[int]:
    """Process ids of the pool's workers that were there before ``since`` (the node's own clock, UTC text) and still take requests."""
    workers = snapshot.state.workers.get(pool.lower(), ())
    return [worker.process_id for worker in workers if worker.started and worker.started < since and worker.state != "Stopping"]
