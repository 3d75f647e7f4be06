# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a node that operations work with, and the one commit of a call's IIS changes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .clock import Clock
from .errors import NodeError
from .faults import Faults
from .files import NodeFiles
from .iis import Iis
from .state import NodeState, Pool, Site
from .undo import Done, Trail

COMMIT_ATTEMPTS = 5
CHANGED_ON_DISK = "Cannot commit configuration changes because the file has changed on disk"


@dataclass(frozen=True)
class Node:
    """One machine."""

    state: NodeState
    files: NodeFiles
    iis: Iis
    faults: Faults
    clock: Clock

    def path(self, text: str) -> str:
        return self.files.paths.normal(text)


@dataclass
class IisBatch:
    """Changes of sites and pools that have not been committed yet.

    They are made in memory at once, so that later operations see them; WAS and other readers take them up at the commit.
    """

    node: Node
    changed_pools: list[str] = field(default_factory=list)
    _again: list[Callable[[], None]] = field(default_factory=list)
    _before: tuple[list[Site], list[Pool]] | None = None

    def change(self, make: Callable[[], None], *, pool: str | None = None) -> None:
        """Make one change; ``make`` checks what it expects and is called again when the file changed meanwhile."""
        if self._before is None:
            self._before = (copy.deepcopy(self.node.state.sites), copy.deepcopy(self.node.state.pools))
        make()
        self._again.append(make)
        if pool is not None:
            self.changed_pools.append(pool)

    def commit(self) -> None:
        """Write all changes at once and let WAS take them up."""
        if self._before is None:
            return
        for attempt in range(COMMIT_ATTEMPTS):
            if not self.node.faults.take("commit", "applicationHost.config", "changed_on_disk"):
                break
            if attempt == COMMIT_ATTEMPTS - 1:
                self.roll_back()
                raise NodeError("sharing_violation", CHANGED_ON_DISK)
            self._restore()
            self.node.clock.pause(0.1)
            for make in self._again:
                make()
        try:
            self.node.faults.refuse("commit", "applicationHost.config")
        except NodeError:
            self.roll_back()
            raise
        pools = [pool for name in dict.fromkeys(self.changed_pools) if (pool := self.node.state.pool(name))]
        self._forget()
        self.node.iis.configuration_changed(pools)

    def roll_back(self) -> None:
        """Drop what was not committed."""
        self._restore()
        self._forget()

    def _restore(self) -> None:
        if self._before is not None:
            self.node.state.sites[:], self.node.state.pools[:] = copy.deepcopy(self._before)

    def _forget(self) -> None:
        self._before = None
        self._again.clear()
        self.changed_pools.clear()


@dataclass
class Call:
    """One call of node_change on a node."""

    node: Node
    run: str
    batch: IisBatch
    trail: Trail = field(default_factory=Trail)
    #: IIS changes made in memory and not committed: the operation, how it is called, and its outcome.
    pending: list[tuple[dict[str, Any], str, Done]] = field(default_factory=list)
