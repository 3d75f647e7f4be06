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
from .nodes import Element, Kind, Markup, Node

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
_NAME = re.compile(r"""[^\s/>"'=<!?]++""")
_IS_DECLARATION = re.compile(r"<\?xml[ \t\r\n]")


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
    document = Element(name="", offset=0, lines=lines)
    current, depth, position = document, 0, 0
    pieces = split(text)
    if len(pieces) > MAX_NODES:
        raise _over(f"The file has more than {MAX_NODES} nodes.", name, lines, sum(map(len, pieces[:MAX_NODES])))
    inside: list[Node] = document.children
    open_tag, markup, name_of = Element.read, Markup.read, _NAME.match
    for raw in pieces:
        second = raw[1:2] if raw[0] == "<" else ""
        if not second:
            inside.append(markup(Kind.TEXT, raw, position, lines, current))
        elif second == "/":
            current.end = raw
            if current.parent is None:
                raise _over("Unexpected end tag.", name, lines, position)
            current, depth = current.parent, depth - 1
            inside = current.children
        elif second == "!":
            inside.append(markup(Kind.COMMENT if raw[2] == "-" else Kind.CDATA, raw, position, lines, current))
        elif second == "?":
            kind = Kind.DECLARATION if position == 0 and _IS_DECLARATION.match(raw) else Kind.INSTRUCTION
            inside.append(markup(kind, raw, position, lines, current))
        else:
            end = name_of(raw, 1).end()  # type: ignore[union-attr]
            element = open_tag(raw[1:end], raw[end:-1], position, lines, current)
            if raw.count("=") > MAX_ATTRIBUTES and len(element.attributes) > MAX_ATTRIBUTES:
                raise _over(f"An element has more than {MAX_ATTRIBUTES} attributes.", name, lines, position)
            inside.append(element)
            if depth >= MAX_DEPTH:
                raise _over(f"Elements are nested more than {MAX_DEPTH} deep.", name, lines, position)
            if not element.self_closing:
                current, depth, inside = element, depth + 1, element.children
        position += len(raw)
    if position != len(text):
        raise _over("Unexpected markup.", name, lines, 0)
    return document
