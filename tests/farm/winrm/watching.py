# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What looks on while a node serves WinRM: it counts, and makes faults happen where the wire is concerned."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from .payload import Request

__all__ = ["Drop", "Watcher"]


class Drop(Exception):
    """The connection is to be cut, with no answer."""


class Watcher(Protocol):
    """Sees every request and every command of one node."""

    async def request(self) -> None:
        """Called before each request of a known caller is looked at; may wait, may raise ``Drop``."""

    def carrying_out(self, request: Request) -> AbstractAsyncContextManager[None]:
        """Held while a command is carried out; entering and leaving it may wait or raise ``Drop``."""
