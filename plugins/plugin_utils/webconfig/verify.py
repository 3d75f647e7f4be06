# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an edited document's text reads back as what the document holds.

A tag, a comment or a run of text ends where it ends whatever follows it. So a text falls apart into the very pieces it was joined from when each
piece, read alone, is that one piece; for those that came from the file and that nobody looked at this was shown when it was read. That libxml2
takes the whole is checked besides.
"""

from __future__ import annotations

from collections.abc import Iterable

from .nodes import Element, Kind, Markup, Node, read_attributes
from .tokens import split

__all__ = ["difference"]

_STARTS = {Kind.COMMENT: "<!--", Kind.CDATA: "<![CDATA[", Kind.INSTRUCTION: "<?", Kind.DECLARATION: "<?xml"}


def difference(nodes: Iterable[Node]) -> str:
    """Which of ``nodes``, all that may have been edited, would be read otherwise than it is held; empty when none. Names no value."""
    for node in nodes:
        if isinstance(node, Markup):
            if not _is_one_piece(node):
                return f"the {node.kind.value} in line {node.line}"
        elif not _is_one_tag(node.start_tag()) or (node.end and not _is_one_tag(node.end)) or not _has_its_attributes(node):
            return f"the attributes of <{node.name}> in line {node.line}"
    return ""


def _is_one_piece(node: Markup) -> bool:
    if node.kind is Kind.TEXT:
        return "<" not in node.raw
    return node.raw.startswith(_STARTS[node.kind]) and split(node.raw) == [node.raw]


def _is_one_tag(raw: str) -> bool:
    return raw.startswith("<") and split(raw) == [raw]


def _has_its_attributes(element: Element) -> bool:
    read, tail = read_attributes(element.raw_attributes, 0)
    return tail == element.tail and [(one.name, one.raw) for one in read] == [(one.name, one.raw) for one in element.attributes]
