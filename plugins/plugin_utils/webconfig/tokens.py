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
from .nodes import Element, Kind, Markup

__all__ = ["read_nodes"]

_TOKEN = re.compile(
    r"""<!--(?P<comment>.*?)-->
      | <!\[CDATA\[(?P<cdata>.*?)\]\]>
      | <\?(?P<instruction>.*?)\?>
      | </(?P<end>[^>]*+)>
      | <(?P<start>[^\s/>"'=<!?]++)(?P<attributes>(?:[^>"']|"[^"]*+"|'[^']*+')*+)>
      | (?P<text>[^<]++)""",
    re.DOTALL | re.VERBOSE,
)
_IS_DECLARATION = re.compile(r"<\?xml[ \t\r\n]")
_MARKUP = {"comment": Kind.COMMENT, "cdata": Kind.CDATA, "instruction": Kind.INSTRUCTION, "text": Kind.TEXT}


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
    current, depth, count, position, end = document, 0, 0, 0, len(text)
    token = _TOKEN.match
    while position < end:
        match = token(text, position)
        if match is None:
            raise _over("Unexpected markup.", name, lines, position)
        count += 1
        if count > MAX_NODES:
            raise _over(f"The file has more than {MAX_NODES} nodes.", name, lines, position)
        group = match.lastgroup
        if group == "attributes":
            element = Element.read(name=match["start"], raw=match["attributes"], offset=position, lines=lines)
            if match["attributes"].count("=") > MAX_ATTRIBUTES and len(element.attributes) > MAX_ATTRIBUTES:
                raise _over(f"An element has more than {MAX_ATTRIBUTES} attributes.", name, lines, position)
            current.append(element)
            if depth + 1 > MAX_DEPTH:
                raise _over(f"Elements are nested more than {MAX_DEPTH} deep.", name, lines, position)
            if not element.self_closing:
                current, depth = element, depth + 1
        elif group == "end":
            current.end = match.group()
            if current.parent is None:
                raise _over("Unexpected end tag.", name, lines, position)
            current, depth = current.parent, depth - 1
        else:
            kind = _MARKUP[group or "text"]
            if position == 0 and _IS_DECLARATION.match(text):
                kind = Kind.DECLARATION
            current.append(Markup(kind=kind, raw=match.group(), offset=position, lines=lines))
        position = match.end()
    return document
