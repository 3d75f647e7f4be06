# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes of the document, with .NET's refusals; whoever answers XPath is told."""

from __future__ import annotations

from ..errors import ConfigEditError
from ..webconfig.limits import MAX_DEPTH
from .dom import Attr, Document, Element, Leaf, Node, index_of
from .log import NULL_REFERENCE, XdtError
from .xpath import Mirror, Selected

__all__ = ["Tree"]


class Tree:
    """The document being transformed. Removals are settled later: many siblings are removed in one pass."""

    def __init__(self, document: Document, mirror: Mirror) -> None:
        self.document = document
        self._mirror = mirror
        self._unsettled: dict[int, Element | Document] = {}

    def settle(self) -> None:
        for parent in self._unsettled.values():
            parent.children[:] = [child for child in parent.children if child.parent is parent]
        self._unsettled.clear()

    def remove(self, node: Selected) -> None:
        parent = node.parent if not isinstance(node, Attr) else None
        if parent is None:
            raise XdtError(NULL_REFERENCE)
        node.parent = None  # type: ignore[union-attr]
        self._unsettled[id(parent)] = parent
        self._mirror.changed(parent, node, added=False)  # type: ignore[arg-type]

    def append(self, parent: Selected, node: Node) -> None:
        if isinstance(parent, Attr):
            raise XdtError(
                "The specified node cannot be inserted as the valid child of this node, because the specified node is the wrong type."
            )
        if isinstance(parent, Leaf):
            raise XdtError("The current node cannot contain other nodes.")
        self._insert(parent, len(parent.children), node)

    def insert_beside(self, sibling: Node, node: Node, *, after: bool) -> None:
        if sibling.parent is None:
            raise XdtError(NULL_REFERENCE)
        self.settle()
        self._insert(sibling.parent, index_of(sibling) + (1 if after else 0), node)

    def replace(self, old: Selected, new: Node) -> None:
        if isinstance(old, (Attr, Document)) or old.parent is None:
            raise XdtError(NULL_REFERENCE)
        self.settle()
        parent = old.parent
        number = index_of(old)
        self.remove(old)
        self.settle()
        self._insert(parent, number, new)

    def _insert(self, parent: Element | Document, number: int, node: Node) -> None:
        self.settle()
        if isinstance(parent, Document):
            if parent.root is not None and isinstance(node, Element):
                raise XdtError("This document already has a 'DocumentElement' node.")
        else:
            parent.is_empty = False
        if isinstance(node, Element):
            self._check_depth(parent, node)
        parent.children.insert(min(number, len(parent.children)), node)
        node.parent = parent
        self._mirror.changed(parent, node, added=True)
        self._mirror.grew(sum(1 for _each in node.walk()) if isinstance(node, Element) else 1, len(parent.children))

    def _check_depth(self, parent: Element | Document, node: Element) -> None:
        outside = 0
        current: Element | Document | None = parent
        while isinstance(current, Element):
            outside, current = outside + 1, current.parent
        inside, level = 0, [node]
        while level:
            inside, level = inside + 1, [child for element in level for child in element.elements()]
        if outside + inside > MAX_DEPTH:
            raise ConfigEditError(
                f"The transform would nest elements more than {MAX_DEPTH} deep.", next_step="No configuration needs that: correct it."
            )
