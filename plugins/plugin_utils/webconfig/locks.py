# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lockAttributes, lockAllAttributesExcept, lockElements, lockAllElementsExcept and lockItem, as ``ConfigurationElement`` keeps them.

A list says what a level forbids to the levels below. It is inherited whole; what a level adds to it holds from the next one on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

__all__ = ["LOCK_ATTRIBUTES", "LockList", "Locks", "split_names"]

ALL = "*"
LOCK_ATTRIBUTES = ("lockItem", "lockAttributes", "lockAllAttributesExcept", "lockElements", "lockAllElementsExcept")


def split_names(value: str) -> list[str]:
    """The names in a list attribute."""
    return [name.strip() for name in re.split(r"[,:;]", value) if name.strip()]


@dataclass
class LockList:
    """Names, and which of them came from above."""

    names: dict[str, bool] = field(default_factory=dict)  # name -> inherited

    def inherited(self) -> LockList:
        """The list as the level below sees it."""
        return LockList(dict.fromkeys(self.names, True))

    def from_above(self, *names: str) -> bool:
        return any(self.names.get(name, False) for name in names)


@dataclass
class Locks:
    """All that is locked at one element. ``None``: nobody wrote such a list."""

    item: bool = False
    item_inherited: bool = False
    attributes: LockList | None = None
    attributes_except: LockList | None = None
    elements: LockList | None = None
    elements_except: LockList | None = None

    def inherited(self) -> Locks:
        """What the same element of the level below starts from."""
        return Locks(
            item=self.item,
            item_inherited=self.item,
            attributes=self.attributes and self.attributes.inherited(),
            attributes_except=self.attributes_except and self.attributes_except.inherited(),
            elements=self.elements and self.elements.inherited(),
            elements_except=self.elements_except and self.elements_except.inherited(),
        )

    def forbids_element(self, name: str) -> bool:
        """Whether the element itself may not be written."""
        if self.item and self.item_inherited:
            return True
        if self.elements and name in self.elements.names:
            return True
        return bool(self.elements_except and self.elements_except.names and name not in self.elements_except.names)

    def forbids_child(self, name: str) -> bool:
        """Whether a level above forbids a child element of this name."""
        if self.item_inherited:
            return True
        if self.elements and self.elements.from_above(ALL, name):
            return True
        kept = self.elements_except
        return bool(kept and any(kept.names.values()) and name not in kept.names)

    def forbids_attribute(self, name: str) -> bool:
        """Whether a level above forbids an attribute of this name; the lists themselves may always be written."""
        if name in ("lockAttributes", "lockAllAttributesExcept"):
            return False
        if self.attributes and (name in self.attributes.names or ALL in self.attributes.names):
            return True
        return bool(self.attributes_except is not None and name not in self.attributes_except.names)
