# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether two trees mean the same: what an edited document holds, and what its bytes read back as."""

from __future__ import annotations

from itertools import groupby

from .nodes import Element, Kind, Markup, Node

__all__ = ["difference"]


def _content(element: Element) -> list[Element | tuple[str, str]]:
    """The children with adjoining texts joined, as a reader sees them."""

    def kind(node: Node) -> object:
        return node.kind if isinstance(node, Markup) else node

    found: list[Element | tuple[str, str]] = []
    for key, run in groupby(element.children, key=kind):
        nodes = list(run)
        if isinstance(key, Element):
            found.extend(node for node in nodes if isinstance(node, Element))
        elif key is Kind.TEXT:
            text = "".join(node.raw for node in nodes if isinstance(node, Markup))
            found.extend([("text", text)] if text else [])
        else:
            found.extend((node.kind.value, node.raw) for node in nodes if isinstance(node, Markup))
    return found


def difference(wanted: Element, found: Element) -> str:
    """Where ``found`` differs from ``wanted``; empty when nowhere. Names no value."""
    waiting = [(wanted, found)]
    while waiting:
        one, other = waiting.pop()
        if one.name != other.name:
            return f"<{one.name}> became <{other.name}> in line {other.line}"
        if not one.is_untouched or one.raw_attributes != other.raw_attributes:
            ours = [(attribute.name, attribute.value) for attribute in one.attributes]
            if ours != [(attribute.name, attribute.value) for attribute in other.attributes]:
                return f"the attributes of <{one.name}> in line {other.line}"
        left, right = _content(one), _content(other)
        if len(left) != len(right):
            return f"the content of <{one.name}> in line {other.line}"
        for mine, theirs in zip(left, right, strict=True):
            if isinstance(mine, Element) and isinstance(theirs, Element):
                waiting.append((mine, theirs))
            elif mine != theirs:
                return f"the content of <{one.name}> in line {other.line}"
    return ""
