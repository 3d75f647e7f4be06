# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one family of errors that the core raises.

Every error says *what* is wrong, *where* (node, file, line) and *what to do next*, one sentence each, in the words that
ASP.NET, IIS or SignalR use themselves, so that they can be searched for. No error text ever holds a secret.
The action base class turns a ``FarmError`` into one failed task; nothing else translates errors.
"""

from __future__ import annotations

from typing import Any

__all__ = ["ConfigEditError", "ConfigSyntaxError", "FarmError", "KeyConflict", "MemberNotRead", "NodeFailure"]


class FarmError(Exception):
    """Something that a person has to know about: what, where, and the next step."""

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        line: int | None = None,
        column: int | None = None,
        next_step: str = "",
    ) -> None:
        self.what = what
        self.where = where
        self.line = line
        self.column = column
        self.next_step = next_step
        super().__init__(str(self))

    def __str__(self) -> str:
        return " ".join(part for part in (self._located(), self.next_step) if part)

    def _located(self) -> str:
        position = "" if self.line is None else f", line {self.line}" + ("" if self.column is None else f", column {self.column}")
        where = f"{self.where}{position}".lstrip(", ")
        return f"{where}: {self.what}" if where else self.what

    def at(self, where: str) -> FarmError:
        """Put ``where`` (a node, say) in front of the place that the error already names; returns the error itself."""
        self.where = f"{where}, {self.where}" if self.where else where
        self.args = (str(self),)
        return self


class ConfigSyntaxError(FarmError):
    """A configuration file that cannot be read: not well-formed, wrong encoding, over a limit, or refused on purpose."""


class ConfigEditError(FarmError):
    """An edit that would be ambiguous, have no effect, or damage the file."""


class KeyConflict(FarmError):
    """The farm's machine keys contradict each other or the declaration, and choosing one is not ours to do."""


class MemberNotRead(FarmError):
    """A farm-wide decision was asked for, and at least one member was not read in this run."""


class NodeFailure(FarmError):
    """A node refused or failed an operation.

    ``code`` is the contract's, ``undone`` says whether the node is as it was before the call, ``answer`` is the node's whole answer.
    """

    code: str = "failed"
    undone: bool = True
    answer: dict[str, Any] = {}
