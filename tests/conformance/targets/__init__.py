# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machines that answer: the node model, the real modules on PowerShell's engine, a Windows server that a user names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

from ..case import Case

#: The answers of one case, call by call.
Answers = list[dict[str, Any]]


class NotToBeHad(Exception):
    """The target is not on this machine; the text says what is missing."""


class Target(Protocol):
    """Something that answers all calls of a case, each case from its own starting state."""

    name: str

    def running(self) -> AbstractContextManager[Target]:
        """Start what it needs; it ends with the block. :class:`NotToBeHad` when it cannot be started."""

    def answers(self, cases: Iterable[Case]) -> Iterator[tuple[Case, Answers]]:
        """The answers to every case that it :meth:`Case.runs_on`, in order."""

    def label(self) -> str:
        """What is written beside a case that it confirmed."""
