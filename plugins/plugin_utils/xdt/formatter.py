# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""White space between elements: what is inserted gets an indent, what is removed takes its own with it, all else stays.

Runs once, before the document is written, over the whole of it; a node that no transform created keeps what is round it.
"""

from __future__ import annotations

from collections.abc import Callable

from .dom import Document, Element, Kind, Leaf, Node
from .layout import AttributeLayout
from .log import NULL_REFERENCE

__all__ = ["FormatError", "Formatter"]

_DEFAULT_TAB = "\t"


class FormatError(Exception):
    """Microsoft's formatter gives up here; ours only says so when it has to do as that one does."""


def _line_start(blanks: str) -> int:
    """Where the last line end in white space begins; -1 without one."""
    for number in range(len(blanks) - 1, -1, -1):
        if blanks[number] == "\n" and number and blanks[number - 1] == "\r":
            return number - 1
        if blanks[number] in "\r\n":
            return number
        if blanks[number] not in " \t":
            return -1
    return -1


def _one_line(indent: str) -> str:
    """The trap undone: where nothing stands before the root's first line, each level of Microsoft's indent begins a line again."""
    if indent.count("\n") < 2:
        return indent
    line_end = "\r\n" if "\r\n" in indent else "\n"
    return line_end + indent.replace("\r", "").replace("\n", "")


def _is_blank(node: Node | Document | None) -> bool:
    return isinstance(node, Leaf) and node.kind is Kind.WHITESPACE


def _is_new(node: Node | Document | None) -> bool:
    while node is not None and not isinstance(node, Element):
        node = node.parent
    return node is not None and node.is_new


class Formatter:
    """``exact``: without the traps of Microsoft's formatter (blank lines between inserted levels, crashes)."""

    def __init__(self, document: Document, layout_of: Callable[[Element], AttributeLayout], *, exact: bool) -> None:
        self._document = document
        self._layout_of = layout_of
        self._exact = exact
        self._indents: list[str] = []
        self._attribute_indents: list[str | None] = []
        self._indent: str | None = ""
        self._attribute_indent: str | None = None
        self._one_tab: str | None = None
        self._node: Node | Document | None = None
        self._previous: Node | Document | None = None

    def run(self) -> None:
        self._children(self._document)

    def _visit(self, node: Node) -> None:
        self._previous, self._node = self._node, node

    def _children(self, parent: Element | Document) -> None:
        number = 0
        while number < len(parent.children):
            node = parent.children[number]
            self._visit(node)
            if isinstance(node, Element):
                number += self._element(node, number)
            elif node.kind is Kind.WHITESPACE:
                number += self._blanks(node, number)
            elif node.kind is Kind.COMMENT and self._needs_indent(node):
                number += self._indent_before(node, number)
            number += 1

    def _element(self, node: Element, number: int) -> int:
        moved = self._indent_before(node, number) if self._needs_indent(node) else 0
        if not self._exact or not node.is_untouched:
            self._layout_of(node).update(node, self)
        self._indents.append(self.current_indent)
        self._indent = None
        self._attribute_indents.append(self._attribute_indent)
        self._attribute_indent = None
        self._reorder(node)
        self._children(node)
        self._visit(node)
        self._indent = self._indents.pop()
        self._attribute_indent = self._attribute_indents.pop()
        if not node.is_empty and self._needs_indent(node):
            node.append(Leaf(Kind.WHITESPACE, self._indent_in(node)))
        return moved

    def _reorder(self, node: Element) -> None:
        """New elements that stand behind the white space of the end tag go before it."""
        if node.is_new or not node.children or _is_blank(node.children[-1]):
            return
        number = len(node.children) - 1
        while number >= 0 and isinstance(node.children[number], Element) and _is_new(node.children[number]):
            number -= 1
        if number >= 0 and _is_blank(node.children[number]):
            node.children.append(node.children.pop(number))

    def _blanks(self, node: Leaf, number: int) -> int:
        moved = 0
        previous = self._previous
        if _is_blank(previous) and isinstance(previous, Leaf):
            # Something between them was removed.
            keep_previous = _line_start(node.value) < 0 and _line_start(previous.value) >= 0
            moved = self._drop(node if keep_previous else previous, number, node)
        start = _line_start(node.value)
        if start >= 0:
            self._set_indent(node.value[start:])
        return moved

    def _drop(self, blank: Leaf, number: int, node: Leaf) -> int:
        parent = blank.parent
        if parent is None:
            if not self._exact:
                raise FormatError(NULL_REFERENCE)
            return 0
        at = number if blank is node else next(n for n in range(number, -1, -1) if parent.children[n] is blank)
        del parent.children[at]
        blank.parent = None
        if self._exact and blank is node:
            self._node = self._previous  # what comes next stands behind the white space that stayed
        return -1

    def _set_indent(self, indent: str) -> None:
        if self._indent != indent:
            self._indent = indent
            self._one_tab = None
            self._attribute_indent = None

    def _needs_indent(self, node: Node) -> bool:
        previous = self._previous
        if isinstance(previous, Leaf) and previous.kind in (Kind.WHITESPACE, Kind.TEXT):
            return False
        return _is_new(node) or _is_new(previous)

    def _indent_before(self, node: Node, number: int) -> int:
        """Insert white space before ``node``; how many nodes that are."""
        parent = node.parent
        if parent is None or isinstance(parent, Document):
            if not self._exact:
                raise FormatError("Cannot insert the node in the specified location.")
            return 0
        blank = Leaf(Kind.WHITESPACE, self._indent_in(parent))
        blank.parent = parent
        parent.children.insert(number, blank)
        return 1

    def _indent_in(self, parent: Element) -> str:
        """What is inserted among the children of ``parent``; beside text white space means something, so there it is Microsoft's."""
        if self._exact and not any(isinstance(child, Leaf) and child.kind in (Kind.TEXT, Kind.CDATA) for child in parent.children):
            return _one_line(self.current_indent)
        return self.current_indent

    @property
    def current_indent(self) -> str:
        if self._indent is None:
            found = self._look_ahead()
            self._indent = found if found is not None else self._indents[-1] + self.one_tab
        return self._indent

    @property
    def attribute_indent(self) -> str:
        """What stands before an attribute that begins a line."""
        if self._attribute_indent is None:
            found = self._sibling_indent()
            self._attribute_indent = found if found is not None else self.current_indent + self.one_tab
            if self._exact:
                self._attribute_indent = _one_line(self._attribute_indent)
        return self._attribute_indent

    @property
    def one_tab(self) -> str:
        if self._one_tab is None:
            self._one_tab = self._compute_tab()
        return self._one_tab

    def _look_ahead(self) -> str | None:
        parent = self._node.parent if self._node is not None else None
        siblings = parent.children if parent is not None else []
        for sibling in siblings[:-1]:
            if isinstance(sibling, Leaf) and sibling.kind is Kind.WHITESPACE:
                start = _line_start(sibling.value)
                if start >= 0:
                    return sibling.value[start:]
        return None

    def _compute_tab(self) -> str:
        if not self._indents:
            return _DEFAULT_TAB
        for inner, outer in zip(reversed(self._indents), reversed(self._indents[:-1]), strict=False):
            if inner.startswith(outer):
                return inner[len(outer) :]
        outermost = self._indents[0]
        for number, character in enumerate(outermost[:-1]):
            if character not in "\r\n":
                return outermost[number + 1 :]
        return _DEFAULT_TAB

    def _sibling_indent(self) -> str | None:
        parent = self._node.parent if self._node is not None else None
        found = None
        before = True
        for sibling in parent.children if parent is not None else ():
            if sibling is self._node:
                before = False
            elif isinstance(sibling, Element):
                found = self._layout_of(sibling).new_line_string(None)
            if not before and found is not None:
                return found
        return None
