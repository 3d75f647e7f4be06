# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every balancer driver can say of a member, and when a member may be taken out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import FarmError

__all__ = ["MemberStatus", "require_another"]


@dataclass(frozen=True)
class MemberStatus:
    """One member as its balancer sees it.

    ``in_rotation``: new requests are sent to it. ``drained_by_us``: this collection took it out, so it may put it back; a member that an operator
    took out stays out.
    """

    in_rotation: bool
    drained_by_us: bool = False

    @property
    def words(self) -> str:
        return "ready" if self.in_rotation else "drained by this collection" if self.drained_by_us else "taken out by an operator"


def require_another(member: str, statuses: Mapping[str, MemberStatus]) -> None:
    """Raises FarmError when ``member`` is the last one that is known to be in rotation."""
    others = [name for name, status in statuses.items() if name != member and status.in_rotation]
    if not others:
        raise FarmError(
            f"'{member}' is the last member that is known to be in rotation, so it is not drained.",
            where="balancer",
            next_step="Ask for the status of all members first (balancer_member with state: status), and bring another one back.",
        )
