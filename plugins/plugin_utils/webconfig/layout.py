# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""White space round what is inserted and removed: new lines look like their neighbours, and nothing else moves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import ConfigEditError
from .nodes import Attribute, Element, Kind, Markup, Node

__all__ = ["attribute_space", "insert_beside", "insert_child", "line_end_before", "remove_child", "remove_attribute", "unit_of_indent"]

_LINE_END = re.compile(r"\r\n|\r|\n")
_DEFAULT_UNIT = "  "


def _last_line_end(text: str) -> re.Match[str] | None:
    last = None
    for last in _LINE_END.finditer(text):  # noqa: B007  the last one is what counts
        pass
    return last


def _backwards(node: Element) -> Iterator[str]:
    """Raw slices before the content's end of ``node``, nearest first."""
    for child in reversed(node.children):
        yield child.write() if isinstance(child, Element) else child.raw
    current = node
    while current.parent is not None:
        yield current.start_tag()
        siblings = current.parent.children
        for child in reversed(siblings[: current.parent.index(current)]):
            yield child.write() if isinstance(child, Element) else child.raw
        current = current.parent


def line_end_before(parent: Element) -> str:
    """The line end nearest before the end of ``parent``; else the document's first; else LF."""
    for raw in _backwards(parent):
        if found := _last_line_end(raw):
            return found.group()
    document = parent
    while document.parent is not None:
        document = document.parent
    first = _LINE_END.search(document.write())
    return first.group() if first else "\n"


def _indent_of(node: Node) -> str | None:
    """White space between the start of the line and ``node``; ``None`` when something else stands there before it."""
    parent = node.parent
    if parent is None:
        return None
    number = parent.index(node)
    if number == 0:
        return "" if not parent.name else None
    before = parent.children[number - 1]
    if isinstance(before, Markup) and before.is_blank:
        end = _last_line_end(before.raw)
        if end:
            return before.raw[end.end() :]
        return before.raw if number == 1 and not parent.name else None
    return None


def unit_of_indent(parent: Element) -> str:
    """One step of indentation, learnt from ``parent`` and those around it, then from any element of the document."""
    for inner in parent.ancestors():
        outer = inner.parent
        if outer is None or not outer.name:
            continue
        near, far = _indent_of(inner), _indent_of(outer)
        if near is not None and far is not None and near.startswith(far) and len(near) > len(far):
            return near[len(far) :]
    top = parent
    while top.parent is not None:
        top = top.parent
    for element in top.walk():
        far = _indent_of(element) if element.name else None
        for child in element.elements() if far is not None else ():
            near = _indent_of(child)
            if near is not None and near.startswith(far or "") and len(near) > len(far or ""):
                return near[len(far or "") :]
    return _DEFAULT_UNIT


def _blank(raw: str) -> Markup:
    return Markup(kind=Kind.TEXT, raw=raw)


def _refuse_text(parent: Element) -> None:
    if any(isinstance(child, Markup) and child.kind in (Kind.TEXT, Kind.CDATA) and not child.is_blank for child in parent.children):
        raise ConfigEditError(
            f"<{parent.name}> holds text; an element inserted there would change it.",
            line=parent.line or None,
            next_step="Edit it by hand.",
        )


def _child_indent(parent: Element, own: str) -> str:
    for child in reversed(parent.children):
        if isinstance(child, Element) or child.kind is Kind.COMMENT:
            indent = _indent_of(child)
            if indent is not None:
                return indent
    return own + unit_of_indent(parent)


def _enclosing_indent(parent: Element) -> str:
    """Where the end tag of ``parent`` goes: its own indent, or that of the nearest ancestor that begins a line."""
    for element in parent.ancestors():
        indent = _indent_of(element)
        if indent is not None:
            return indent
    return ""


def insert_child(parent: Element, child: Element, *, first: bool = False) -> None:
    """Put ``child`` on a line of its own at the end of ``parent`` (``first``: before all other elements, after leading comments)."""
    _refuse_text(parent)
    line_end = line_end_before(parent)
    own = _enclosing_indent(parent)
    break_before = _blank(line_end + _child_indent(parent, own))
    if first:
        number = next((n for n, node in enumerate(parent.children) if isinstance(node, Element)), None)
        if number is not None:
            if number and isinstance(parent.children[number - 1], Markup) and parent.children[number - 1].is_blank:  # type: ignore[union-attr]
                parent.insert(number, child, break_before)
            else:
                parent.insert(number, break_before, child)
            return
    number = len(parent.children)
    closing = parent.children[-1] if parent.children else None
    if not isinstance(closing, Markup) or not closing.is_blank:
        parent.insert(number, break_before, child, _blank(line_end + own))
        return
    end = _last_line_end(closing.raw)
    if end is None:  # blanks before the end tag on the same line
        parent.insert(number, break_before, child, _blank(line_end + own))
        return
    head, tail = closing.raw[: end.start()], closing.raw[end.start() :]
    parent.remove(closing)
    pieces: list[Node] = [_blank(head)] if head else []
    parent.insert(number - 1, *pieces, break_before, child, _blank(tail))


def remove_child(child: Element) -> None:
    """Take ``child`` out, with its line when nothing else stands on it."""
    parent = child.parent
    if parent is None:
        raise ConfigEditError("The element is in no document.", next_step="Find it anew.")
    number = parent.index(child)
    before = parent.children[number - 1] if number else None
    after = parent.children[number + 1] if number + 1 < len(parent.children) else None
    parent.remove(child)
    if not isinstance(before, Markup) or not before.is_blank:
        return
    ends_line = after is None or (isinstance(after, Markup) and after.is_blank and _LINE_END.match(after.raw.lstrip(" \t")))
    end = _last_line_end(before.raw)
    if ends_line and end:
        before.raw = before.raw[: end.start()]
    elif ends_line:
        before.raw = ""
    if not before.raw:
        parent.remove(before)


def attribute_space(element: Element) -> str:
    """White space before an attribute that is added: a line of its own where all after the first have one, else a blank."""
    others = element.attributes[1:]
    if others and all(_LINE_END.search(attribute.space) for attribute in others):
        return others[-1].space
    return " "


def remove_attribute(element: Element, attribute: Attribute) -> None:
    """Take an attribute out with the white space before it."""
    element.attributes = [other for other in element.attributes if other is not attribute]


def insert_beside(anchor: Element, child: Element, *, after: bool) -> None:
    """Put ``child`` on a line of its own before or after ``anchor``; comments on the lines above an element, or behind it, go with it."""
    parent = anchor.parent
    if parent is None:
        raise ConfigEditError("The element is in no document.", next_step="Find it anew.")
    _refuse_text(parent)
    indent = _indent_of(anchor)
    own_line = _blank(line_end_before(parent) + (_child_indent(parent, _enclosing_indent(parent)) if indent is None else indent))
    number = parent.index(anchor)
    if after:
        number += 1
        while number + 1 < len(parent.children) and _is_comment_behind(parent.children[number], parent.children[number + 1]):
            number += 2
        if number < len(parent.children):
            parent.insert(number, own_line, child)
        else:  # the end tag stands on the anchor's line
            parent.insert(number, own_line, child, _blank(line_end_before(parent) + _enclosing_indent(parent)))
        return
    while number >= 3 and _is_comment_above(parent, number):
        number -= 2
    if number and isinstance(before := parent.children[number - 1], Markup) and before.is_blank and _LINE_END.search(before.raw):
        parent.insert(number, child, own_line)
    else:
        parent.insert(number, own_line, child, _blank(own_line.raw))


def _is_comment_behind(space: Node, comment: Node) -> bool:
    return (
        isinstance(space, Markup)
        and space.is_blank
        and not _LINE_END.search(space.raw)
        and isinstance(comment, Markup)
        and comment.kind is Kind.COMMENT
    )


def _is_comment_above(parent: Element, number: int) -> bool:
    """Whether the child at ``number`` has a comment on the line right above it, with nothing else on that line."""
    before, comment, space = parent.children[number - 3 : number]
    return (
        isinstance(space, Markup)
        and space.is_blank
        and len(_LINE_END.findall(space.raw)) == 1
        and isinstance(comment, Markup)
        and comment.kind is Kind.COMMENT
        and isinstance(before, Markup)
        and before.is_blank
        and _LINE_END.search(before.raw) is not None
    )
