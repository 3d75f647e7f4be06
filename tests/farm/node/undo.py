# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has been done in one call, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .errors import NodeError

Undo = Callable[[], None]


@dataclass(frozen=True)
class Done:
    """The outcome of one operation; ``undo`` is None where there is nothing to put back."""

    changed: bool
    detail: dict[str, Any] = field(default_factory=dict)
    undo: Undo | None = None


UNCHANGED = Done(False)


@dataclass
class Trail:
    """The operations done so far, with what undoes them."""

    steps: list[tuple[str, Undo]] = field(default_factory=list)

    def add(self, label: str, done: Done) -> None:
        if done.undo is not None:
            self.steps.append((label, done.undo))

    def walk_back(self) -> list[str]:
        """Undo everything in reverse; what could not be undone, with the reason."""
        left = []
        while self.steps:
            label, undo = self.steps.pop()
            try:
                undo()
            except NodeError as error:
                left.append(f"{label}: {error.text}")
        return left
