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
from .nodes import Attribute, Element, Kind, Markup

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
_ATTRIBUTE = re.compile(r"""([ \t\r\n]+)([^ \t\r\n=]+)([ \t\r\n]*=[ \t\r\n]*)("[^"]*+"|'[^']*+')""")
_MARKUP = {"comment": Kind.COMMENT, "cdata": Kind.CDATA, "instruction": Kind.INSTRUCTION, "text": Kind.TEXT}


def _attributes(raw: str, offset: int) -> tuple[list[Attribute], str]:
    """The attributes of a start tag and what follows the last one; ``offset`` is where ``raw`` begins."""
    found, position = [], 0
    while match := _ATTRIBUTE.match(raw, position):
        space, name, equals, quoted = match.groups()
        found.append(Attribute(space=space, name=name, equals=equals, quote=quoted[0], raw=quoted[1:-1], offset=offset + match.start(2)))
        position = match.end()
    return found, raw[position:]


def _over(what: str, name: str, lines: Lines, offset: int) -> ConfigSyntaxError:
    return ConfigSyntaxError(
        what, where=name, line=lines.line(offset), column=lines.column(offset), next_step="No configuration needs that."
    )


def read_nodes(text: str, *, name: str = "") -> Element:
    """The document: a nameless element whose children are everything in ``text``. Raises ``ConfigSyntaxError`` over a limit."""
    lines = Lines(text)
    document = Element(name="", offset=0, lines=lines)
    current, depth, count, position = document, 0, 0, 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise ConfigSyntaxError(
                "Unexpected markup.", where=name, line=lines.line(position), column=lines.column(position), next_step="Repair the XML."
            )
        count += 1
        if count > MAX_NODES:
            raise _over(f"The file has more than {MAX_NODES} nodes.", name, lines, position)
        if match["start"] is not None:
            attributes, tail = _attributes(match["attributes"], match.start("attributes"))
            if len(attributes) > MAX_ATTRIBUTES:
                raise _over(f"An element has more than {MAX_ATTRIBUTES} attributes.", name, lines, position)
            closed = tail.endswith("/")
            element = Element(
                name=match["start"],
                attributes=attributes,
                tail=tail[: len(tail) - closed],
                self_closing=closed,
                offset=position,
                lines=lines,
            )
            current.append(element)
            if depth + 1 > MAX_DEPTH:
                raise _over(f"Elements are nested more than {MAX_DEPTH} deep.", name, lines, position)
            if not closed:
                current, depth = element, depth + 1
        elif match["end"] is not None:
            current.end = match.group()
            if current.parent is None:
                raise _over("Unexpected end tag.", name, lines, position)
            current, depth = current.parent, depth - 1
        else:
            kind = next(found for group, found in _MARKUP.items() if match[group] is not None)
            if kind is Kind.INSTRUCTION and position == 0 and match.group()[5:6].isspace() and match.group().startswith("<?xml"):
                kind = Kind.DECLARATION
            current.append(Markup(kind=kind, raw=match.group(), offset=position, lines=lines))
        position = match.end()
    return document
