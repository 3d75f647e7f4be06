# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A typed change of one node: what it does, what it costs those who use the node, and what the node looks like afterwards."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .state import NodeState

__all__ = ["Change", "Effect", "Operation"]

#: One operation of ``node_change``, without its id. May hold a secret, so it is never shown.
Operation = Mapping[str, Any]


class Effect(enum.IntEnum):
    """What a change costs those who use the node, in rising order."""

    NONE = 0
    APPLICATION_RESTART = 1
    POOL_RECYCLE = 2
    ALL_POOLS = 3
    REBOOT = 4

    @property
    def words(self) -> str:
        return {
            Effect.NONE: "nothing restarts",
            Effect.APPLICATION_RESTART: "the application restarts",
            Effect.POOL_RECYCLE: "the application pool is recycled",
            Effect.ALL_POOLS: "every application pool of the server is recycled",
            Effect.REBOOT: "the server has to be restarted",
        }[self]


@dataclass(frozen=True)
class Change:
    """One thing to be done on one node.

    ``before`` and ``after`` are for people and hold no secret. ``operations`` go to ``node_change`` as they are. ``apply`` gives the state that
    the node will have: check mode shows it, and the answer of a real change is compared with it.
    """

    kind: str  # the outcome's name, as the role that brings it: "websockets", "release", "app_pool", ...
    target: str
    before: str
    after: str
    effect: Effect
    operations: tuple[Operation, ...] = field(repr=False)
    apply: Callable[[NodeState], NodeState] = field(repr=False, compare=False)
    also_hits: tuple[str, ...] = ()  # other applications that the effect reaches

    def as_result(self) -> dict[str, Any]:
        """For the plan that a person reads."""
        return {
            "kind": self.kind,
            "target": self.target,
            "before": self.before,
            "after": self.after,
            "effect": self.effect.words,
            "also_hits": list(self.also_hits),
        }
