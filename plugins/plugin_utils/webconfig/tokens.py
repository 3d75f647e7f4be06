# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text -> nodes with their raw slices. The text must have been found well-formed before: the tokeniser only cuts.

Every alternative is possessive or bounded, so that no input makes it backtrack.
"""

from __future__ import annotations

import re

from ..errors import ConfigSyntaxError
from .limits import MAX_ATTRIBUTES, MAX_DEPTH, MAX_NODES
from .lines import Lines
from .nodes import Element

__all__ = ["read_nodes", "split"]

_TOKEN = re.compile(
    r"""[^<]++
      | <[^\s/>"'=<!?]++[^>"']*+(?:(?:"[^"]*+"|'[^']*+')[^>"']*+)*+>
      | </[^>]*+>
      | <!--.*?-->
      | <!\[CDATA\[.*?\]\]>
      | <\?.*?\?>""",
    re.DOTALL | re.VERBOSE,
)
_LONG = 5 * MAX_ATTRIBUTES  # the shortest attribute has five characters: space, name, equals, two quotes


def split(text: str) -> list[str]:
    """``text`` cut into tags, texts, comments and so on. What is no markup at all is left out."""
    return _TOKEN.findall(text)


def _over(what: str, name: str, lines: Lines, offset: int) -> ConfigSyntaxError:
    return ConfigSyntaxError(
        what, where=name, line=lines.line(offset), column=lines.column(offset), next_step="No configuration needs that."
    )


def read_nodes(text: str, *, name: str = "") -> Element:
    """The document: a nameless element whose children are everything in ``text``. Raises ``ConfigSyntaxError`` over a limit."""
    lines = Lines(text)
    if text.count("<") > 2 * MAX_NODES:
        raise _over(f"The file has more than {MAX_NODES} nodes.", name, lines, len(text))
    document = Element.read("", "", 0, lines, None)
    current, depth, position = document, 0, 0
    pieces = split(text)
    if len(pieces) > MAX_NODES:
        raise _over(f"The file has more than {MAX_NODES} nodes.", name, lines, sum(map(len, pieces[:MAX_NODES])))
    inside = document.content()
    open_tag = Element.read
    for raw in pieces:
        if raw[0] != "<" or (second := raw[1]) == "!" or second == "?":
            inside.append((raw, position))
        elif second == "/":
            current.end = raw
            if current.parent is None:
                raise _over("Unexpected end tag.", name, lines, position)
            current, depth = current.parent, depth - 1
            inside = current.content()
        else:
            tag = raw[1:-1].split(None, 1)[0]
            if tag[-1] == "/":
                tag = tag[:-1]
            element = open_tag(tag, raw[len(tag) + 1 : -1], position, lines, current)
            if len(raw) > _LONG and len(element.attributes) > MAX_ATTRIBUTES:
                raise _over(f"An element has more than {MAX_ATTRIBUTES} attributes.", name, lines, position)
            inside.append(element)
            if depth >= MAX_DEPTH:
                raise _over(f"Elements are nested more than {MAX_DEPTH} deep.", name, lines, position)
            if not element.self_closing:
                current, depth, inside = element, depth + 1, element.content()
        position += len(raw)
    if position != len(text):
        raise _over("Unexpected markup.", name, lines, 0)
    return document
