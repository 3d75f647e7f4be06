# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""White space of start tags as Microsoft's engine harvests it: from the file's text, read again beside its parser.

That second reader counts only LF as a line end and knows only double quotes, so that a lone CR or a quote in a single-quoted value
makes it lose tags, or fail. Files without either, nearly all, need no such care.
"""

from __future__ import annotations

import re

from ..errors import ConfigSyntaxError
from ..webconfig.lines import Lines
from ..webconfig.nodes import Element as RawElement
from ..webconfig.nodes import read_attributes
from .dom import Element
from .layout import AttributeLayout
from .reading import Loaded

__all__ = ["Layouts"]

_LONE_CR = re.compile(r"\r(?!\n)")
_START = re.compile(r"<([^\s/>\"'=<!?]+)((?:[^>\"']|\"[^\"]*+\"|'[^']*+')*+)>")
#: What Microsoft's parser takes for something without attributes when it was led to the wrong place.
_HARMLESS = re.compile(r"\s|<!--.*?-->|<\?.*?\?>", re.DOTALL)


def _from_slices(raw: RawElement, *, plain: bool) -> AttributeLayout:
    return AttributeLayout([(one.name, one.space) for one in raw.attributes], raw.tail, plain=plain)


class Layouts:
    """The layout of every tag: ``layout_of`` gives it. Raises ``ConfigSyntaxError`` where Microsoft's reader would fail."""

    def __init__(self, source: Loaded, *, exact: bool) -> None:
        self._exact = exact
        self._harvested: dict[int, AttributeLayout] | None = None
        if not exact and self._is_delicate(source):
            self._harvested = _Harvest(source).run()

    @staticmethod
    def _is_delicate(source: Loaded) -> bool:
        if _LONE_CR.search(source.text):
            return True
        if "='" not in source.text and not re.search(r"=\s+'", source.text):
            return False
        for element in source.raw.walk():
            if "'" in element.raw_attributes and any(one.quote == "'" and re.search('[">]', one.raw) for one in element.attributes):
                return True
        return False

    def layout_of(self, element: Element) -> AttributeLayout:
        if element.layout is None:
            if element.source is None:
                element.layout = AttributeLayout()
            elif self._harvested is not None:
                element.layout = self._harvested.get(id(element.source)) or AttributeLayout()
            else:
                element.layout = _from_slices(element.source, plain=self._exact)
        layout: AttributeLayout = element.layout
        return layout


class _Harvest:
    """The second reader."""

    def __init__(self, source: Loaded) -> None:
        self._source = source
        self._text = source.text
        self._at = 0
        self._line = 1
        self._column = 1

    def run(self) -> dict[int, AttributeLayout]:
        found: dict[int, AttributeLayout] = {}
        lines = Lines(self._text)
        for element in self._source.raw.walk():
            if not element.name:
                continue
            if self._read_to(lines.line(element.offset), lines.column(element.offset)):
                tag = self._read_tag()
                if tag is not None:
                    found[id(element)] = self._layout(tag)
        return found

    def _read(self) -> str:
        character = self._text[self._at : self._at + 1]
        self._at += 1
        if character == "\n":
            self._line, self._column = self._line + 1, 1
        else:
            self._column += 2 if character > "\uffff" else 1
        return character

    def _read_to(self, line: int, column: int) -> bool:
        while self._line < line and self._at < len(self._text):
            while self._at < len(self._text):
                character = self._read()
                if character == "\r" and self._text[self._at : self._at + 1] == "\n":
                    self._read()
                if character in "\r\n":
                    break
        while self._column < column and self._at < len(self._text):
            self._read()
        return (self._line, self._column) == (line, column)

    def _read_tag(self) -> str | None:
        start, quoted = self._at, False
        while self._at < len(self._text):
            character = self._read()
            if character == '"':
                quoted = not quoted
            elif character == ">" and not quoted:
                return self._text[start : self._at]
        return None

    def _layout(self, tag: str) -> AttributeLayout:
        shown = tag if tag.endswith("/>") else f"{tag[:-1]}/>"
        found = _START.match(shown)
        if found is None and not _HARMLESS.match(shown):
            raise self._failure(tag)
        attributes = read_attributes(found[2].removesuffix("/"), found.start(2))[0] if found else []
        places = Lines(shown)
        reader = _Harvest.__new__(_Harvest)
        reader._text, reader._at, reader._line, reader._column = tag, 0, 1, 1
        spaces, order = [], []
        for one in attributes:
            order.append(one.name)
            if reader._read_to(places.line(one.offset), places.column(one.offset)):
                spaces.append((one.name, _blanks_before(tag, reader._at)))
        end = len(tag) - (2 if tag.endswith("/>") else 1)
        layout = AttributeLayout(spaces, _blanks_before(tag, end) if reader._at <= end else None)
        layout.order[:] = order
        return layout

    def _failure(self, tag: str) -> ConfigSyntaxError:
        what = "There is an unclosed literal string."
        if tag.startswith("</"):
            what = "Unexpected end tag."
        elif not tag.startswith("<"):
            what = "Data at the root level is invalid."
        return ConfigSyntaxError(
            what,
            where=self._source.name,
            line=Lines(self._text).line(max(0, self._at - 1)),
            next_step="Microsoft's engine cannot read this file (a single-quoted > or a lone CR); the exact serializer can.",
        )


def _blanks_before(text: str, at: int) -> str:
    start = at
    while start and text[start - 1].isspace():
        start -= 1
    return text[start:at]
