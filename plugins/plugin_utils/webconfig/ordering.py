# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order of a collection: IIS takes the first handler and the first rewrite rule that fits, so where an item stands is part of what it means."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ConfigEditError
from .layout import insert_beside, remove_child
from .nodes import Element
from .placing import below, pick
from .steps import Step

__all__ = ["ANY", "Position", "put_in_order"]

#: As the name of a sibling: all of them.
ANY = "*"


@dataclass(frozen=True, kw_only=True)
class Position:
    """Before or after a sibling: the one that ``step`` names (``*``: every one), or ``anchor`` itself. ``optional``: only if there is one."""

    step: Step = Step(ANY)
    after: bool = False
    optional: bool = False
    anchor: Element | None = None


def put_in_order(element: Element, position: Position) -> bool:
    """Moves ``element`` when it stands on the wrong side of the sibling; True when it was moved."""
    parent = element.parent
    anchor = position.anchor or (_anchor(element, parent, position) if parent is not None else None)
    if parent is None or anchor is None:
        return False
    if (parent.index(element) > parent.index(anchor)) == position.after:
        return False
    remove_child(element)
    insert_beside(anchor, element, after=position.after)
    return True


def _anchor(element: Element, parent: Element, position: Position) -> Element | None:
    if position.step.name == ANY:
        others = [one for one in parent.elements() if one is not element and one.local_name not in ("clear", "remove")]
        return (others[-1] if position.after else others[0]) if others else None
    found = [one for one in below([parent], [position.step]) if one is not element]
    anchor = pick(found, f"<{position.step}>")
    if anchor is None and not position.optional:
        raise ConfigEditError(
            f"<{element.name}> is to stand {'after' if position.after else 'before'} <{position.step}>, which is not in <{parent.name}>.",
            line=parent.line or None,
            next_step="Name an element that is there, or leave the order out.",
        )
    return anchor
