# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows features: the WebSocket Protocol of IIS first of all.

A feature that adds a module to IIS changes globalModules, so every worker process of the server is recycled. ASP.NET looks for the WebSocket
capability once per application domain (at the first request, server variable WEBSOCKET_VERSION), so the application has to start anew after it.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

from ..errors import FarmError
from .change import Change, Effect, Operation
from .state import NodeState

__all__ = ["WEB_SOCKETS", "plan_features"]

#: The name that Install-WindowsFeature has for the "WebSocket Protocol" role service (DISM: IIS-WebSockets).
WEB_SOCKETS = "Web-WebSockets"


def plan_features(state: NodeState, names: Sequence[str], *, recycle_pool: str | None = None) -> list[Change]:
    """What installs the features of ``names`` that are missing; afterwards ``recycle_pool`` starts anew.

    Raises FarmError for a feature that this Windows does not know, or whose files were removed.
    """
    changes = []
    for name in dict.fromkeys(names):
        found = state.features.get(name)
        if found == "Installed":
            continue
        _refuse_unusable(name, found, state)
        operations: list[Operation] = [{"op": "install_feature", "name": name}]
        if recycle_pool:
            operations.append({"op": "recycle_pool", "name": recycle_pool})
        changes.append(
            Change(
                kind="websockets" if name == WEB_SOCKETS else "feature",
                target=f"Windows feature {name}",
                before="not installed",
                after="installed",
                effect=Effect.ALL_POOLS,
                operations=tuple(operations),
                apply=functools.partial(_installed, name=name),
                also_hits=tuple(sorted({str(app) for pool in state.pools.values() for app in pool.applications})),
            )
        )
    return changes


def _installed(before: NodeState, *, name: str) -> NodeState:
    return dataclasses.replace(before, features={**before.features, name: "Installed"})


def _refuse_unusable(name: str, found: str | None, state: NodeState) -> None:
    if found is None:
        raise FarmError(
            f"Whether the Windows feature '{name}' is installed could not be determined: {state.undetermined.get('features', 'it was not read')}.",
            next_step="Connect with an account that is an administrator of the node.",
        )
    if found == "Unknown":
        raise FarmError(
            f"This Windows knows no feature '{name}'.",
            next_step="Look the name up with Get-WindowsFeature; client editions of Windows have other names and are not supported.",
        )
    if found == "Removed":
        raise FarmError(
            f"The files of the Windows feature '{name}' were removed from this server (0x800f081f).",
            next_step="Install it once with a source, Install-WindowsFeature -Name NAME -Source PATH, and run again.",
        )
