# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The envelope (`PersistentResponse`) in which messages reach a client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Envelope:
    """`messages` are JSON texts; `delay` is in seconds (the wire has milliseconds)."""

    cursor: str
    messages: Sequence[str] = ()
    is_initializing: bool = False
    is_shutting_down: bool = False
    groups_token: str | None = None
    delay: float = 0.0

    def to_json(self) -> str:
        """The text, in the order C, S, T, G, L, M."""
        parts = [f'"C":"{self.cursor}"']
        parts += ['"S":1'] if self.is_initializing else []
        parts += ['"T":1'] if self.is_shutting_down else []
        parts += [f'"G":"{self.groups_token}"'] if self.groups_token is not None else []
        parts += [f'"L":{int(self.delay * 1000)}'] if self.delay else []
        return "{" + ",".join([*parts, '"M":[' + ",".join(self.messages) + "]"]) + "}"
