# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The health file: a balancer that asks every node for a file sends no new requests to a node that has none.

Draining takes the file away and leaves a note beside it, so that a later run can tell its own drain from an operator's. The note's name ends in
``.config``, which IIS never serves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import FarmError
from .contract import MemberStatus

__all__ = ["HealthFile"]


@dataclass(frozen=True)
class HealthFile:
    """``path`` on the node; ``content`` is what a member in rotation answers with."""

    path: str
    content: str = "ready"

    @property
    def note(self) -> str:
        return f"{self.path}.drained.config"

    @property
    def readings(self) -> dict[str, Any]:
        return {"files": {"paths": [self.path, self.note], "content": False}}

    def status(self, files: Mapping[str, Any]) -> MemberStatus:
        """From the node's answer to ``readings``. Raises FarmError when it does not tell: a member that is not seen is not a drained one."""
        present, noted = ((files.get(path) or {}).get("exists") for path in (self.path, self.note))
        if present is None or noted is None:
            raise FarmError(
                "Whether the health file is there was not determined.",
                where=self.path,
                next_step="Connect with an account that may read its folder.",
            )
        return MemberStatus(in_rotation=present, drained_by_us=noted and not present)

    def drain(self) -> list[dict[str, Any]]:
        return [
            {"op": "write_file", "path": self.note, "content": self.content.encode("utf-8")},  # one may be left of an earlier drain
            {"op": "delete_file", "path": self.path},
        ]

    def readmit(self) -> list[dict[str, Any]]:
        return [
            {"op": "write_file", "path": self.path, "content": self.content.encode("utf-8"), "expect": {"absent": True}},
            {"op": "delete_file", "path": self.note},
        ]
