# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an edited document's text reads back as what the document holds.

A tree is its tags, texts and comments in their order. So the text must fall apart into the very pieces that the tree was joined from, and every
tag that somebody looked into must give back the attributes that the tree has. That is as sure as comparing two trees, and takes a fraction of it.
"""

from __future__ import annotations

from itertools import zip_longest

from .lines import Lines
from .nodes import Element, read_attributes
from .tokens import split

__all__ = ["difference"]


def _joined(slices: list[str]) -> list[str]:
    """Slices with adjoining texts as one, as a reader takes them."""
    found: list[str] = []
    text: list[str] = []
    for raw in slices:
        if raw[:1] == "<":
            if text:
                found.append("".join(text))
                text = []
            found.append(raw)
        elif raw:
            text.append(raw)
    return [*found, "".join(text)] if text else found


def difference(wanted: Element, slices: list[str], text: str) -> str:
    """Where ``text``, which is well-formed, differs from ``wanted`` with its ``slices``; empty when nowhere. Names no value."""
    ours, theirs = slices, split(text)
    if ours != theirs and (ours := _joined(slices)) != theirs:
        number = next(n for n, (one, other) in enumerate(zip_longest(ours, theirs)) if one != other)
        return f"the content in line {Lines(text).line(sum(map(len, theirs[:number])))}"
    waiting = [wanted]
    while waiting:
        element = waiting.pop()
        waiting += element.elements()
        if element.is_untouched or not element.name:
            continue
        read, tail = read_attributes(element.raw_attributes, 0)
        if tail != element.tail or [(one.name, one.raw) for one in read] != [(one.name, one.raw) for one in element.attributes]:
            return f"the attributes of <{element.name}> in line {element.line}"
    return ""
