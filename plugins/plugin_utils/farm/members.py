# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who belongs to a farm. A key may change only when every one of them was read in this run.

An AWX slice, a disabled host, ``--limit``, an unreachable node, ``serial`` and ``strategy: free`` all show here as a member that was not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import MemberNotRead
from .snapshot import NodeSnapshot

__all__ = ["Membership"]


@dataclass(frozen=True)
class Membership:
    """The union of what the declaration, the inventory group and the nodes' own markers say."""

    declared: tuple[str, ...]
    group: tuple[str, ...]
    marked: tuple[str, ...]
    read: tuple[str, ...]

    @classmethod
    def of(cls, *, declared: Iterable[str], group: Iterable[str], snapshots: Mapping[str, NodeSnapshot]) -> Membership:
        marked = {str(member) for snapshot in snapshots.values() for member in snapshot.marker.get("members") or ()}
        return cls(tuple(sorted(set(declared))), tuple(sorted(set(group))), tuple(sorted(marked)), tuple(sorted(snapshots)))

    @property
    def members(self) -> tuple[str, ...]:
        return tuple(sorted({*self.declared, *self.group, *self.marked, *self.read}))

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.members) - set(self.read)))

    def require_all_read(self, what: str) -> None:
        """Raises MemberNotRead naming each missing member and who says that it is one."""
        if not self.missing:
            return
        said = [f"'{name}' ({' and '.join(self._known_by(name))})" for name in self.missing]
        raise MemberNotRead(
            f"{what} needs every member of the farm, and this run has not read {', '.join(said)}.",
            next_step="Run against the whole farm in one batch (no --limit, no slice, no serial, strategy linear) with every node reachable; "
            "or take a node that is gone for good out of farm_members, the group and the other nodes' markers.",
        )

    def _known_by(self, name: str) -> list[str]:
        sources = {"declared in farm_members": self.declared, "in the inventory group": self.group, "named by a node's marker": self.marked}
        return [words for words, names in sources.items() if name in names]
