# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that a test asks of a node: an operation that fails, or a machine that dies at it."""

from __future__ import annotations

from typing import Any

from .errors import WINDOWS_TEXT, NodeDied, NodeError

REFUSALS = tuple(WINDOWS_TEXT)
DEATHS = ("die_before", "die_after")
#: What the file layer does itself: half of the bytes on disk and then no machine; ReplaceFile's error 1177, after which the
#: target is gone and the backup is there; applicationHost.config changed by another process.
SPECIAL = ("half_written", "error_1177", "changed_on_disk")
KINDS = (*REFUSALS, *DEATHS, *SPECIAL)

_FIELDS = {"operation", "target", "kind", "times"}


def checked(fault: dict[str, Any]) -> dict[str, Any]:
    """The fault, if it is one: ``operation`` and ``kind``, and perhaps ``target`` and ``times``; ValueError otherwise."""
    if unknown := set(fault) - _FIELDS:
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(_FIELDS))}")
    if fault.get("kind") not in KINDS:
        raise ValueError(f"no such kind of fault: {fault.get('kind')}; there are {', '.join(KINDS)}")
    if not fault.get("operation"):
        raise ValueError("a fault needs the operation it happens at, '*' for any")
    return fault


class Faults:
    """The faults still to come. The list is the caller's own, so that one can be added while the node runs."""

    def __init__(self, pending: list[dict[str, Any]]) -> None:
        self.pending = pending

    def take(self, operation: str, target: str, *kinds: str) -> str | None:
        """The kind of the next fault that fits, used up once; None when there is none."""
        for fault in self.pending:
            if fault["kind"] in kinds and fault["operation"] in ("*", operation) and _fits(fault.get("target"), target):
                left = fault.get("times")
                if left is not None:
                    fault["times"] = left - 1
                    if left <= 1:
                        self.pending.remove(fault)
                return str(fault["kind"])
        return None

    def refuse(self, operation: str, target: str) -> None:
        """Raise what Windows would say, when a fault says so."""
        if kind := self.take(operation, target, *REFUSALS):
            raise NodeError(kind, WINDOWS_TEXT[kind](target))

    def die(self, moment: str, operation: str, target: str) -> None:
        """End the machine, when a fault says so; ``moment`` is ``die_before`` or ``die_after``."""
        if self.take(operation, target, moment):
            raise NodeDied(f"the machine went away: {moment} {operation} {target}")


def _fits(wanted: str | None, target: str) -> bool:
    return wanted in (None, "*") or str(wanted).casefold() in (target.casefold(), target.casefold().rpartition("\\")[2])
