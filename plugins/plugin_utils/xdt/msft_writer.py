# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes a document as Microsoft's engine does: same bytes, with what that engine changes in passing."""

from __future__ import annotations

import codecs
import re

from ..errors import ConfigSyntaxError
from .dom import Attr, Document, Element, Kind, Leaf
from .formatter import FormatError, Formatter
from .layout import TAIL
from .names import NameScope
from .outer_xml import attribute_text, leaf_text, outer_xml
from .preservation import Layouts
from .reading import Loaded, load

__all__ = ["WriteError", "text_of", "write"]

_LONGEST_LINE = 160
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_UTF16 = {
    "utf-16": (codecs.BOM_UTF16_LE, "utf-16-le"),
    "utf-16le": (codecs.BOM_UTF16_LE, "utf-16-le"),
    "unicode": (codecs.BOM_UTF16_LE, "utf-16-le"),
    "utf-16be": (codecs.BOM_UTF16_BE, "utf-16-be"),
    "unicodefffe": (codecs.BOM_UTF16_BE, "utf-16-be"),
    "utf-8": (codecs.BOM_UTF8, "utf-8"),
}
_BOM_CODECS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class WriteError(Exception):
    """The document cannot be written; nothing is."""


def text_of(node: Element | Leaf) -> str:
    """What a node becomes inside a comment."""
    return outer_xml(node) if isinstance(node, Element) else leaf_text(node)


def write(document: Document, source: Loaded) -> bytes:
    """Format and write. Raises ``WriteError`` where the engine throws, ``ConfigSyntaxError`` where it cannot read its source."""
    layouts = Layouts(source, exact=False)
    try:
        Formatter(document, layouts.layout_of, exact=False).run()
    except FormatError as error:
        raise WriteError(str(error)) from None
    text = _Text(layouts)
    for node in document.children:
        text.node(node)
    data = _encoded("".join(text.out), source)
    try:
        load(data, name=source.name, as_microsoft=True, keep_blanks=True)
    except ConfigSyntaxError as error:
        raise WriteError(f"The result would not be well-formed XML: {error.what}") from None
    return data


def _encoded(text: str, source: Loaded) -> bytes:
    if source.bom in _BOM_CODECS:
        return source.bom + text.encode(_BOM_CODECS[source.bom], "replace")
    if source.declared is None:
        return text.encode("utf-8", "replace")
    label = source.declared.lower()
    try:
        bom, codec = _UTF16.get(label) or (b"", codecs.lookup(label).name)
    except LookupError:
        raise WriteError(f"'{source.declared}' is not a supported encoding name.") from None
    if not codec.startswith("utf"):  # .NET replaces each UTF-16 unit that an encoding lacks
        text = _ASTRAL.sub("??", text)
    return bom + text.encode(codec, "replace")


class _Text:
    """The text so far and the column in it, which decides where long tags are broken."""

    def __init__(self, layouts: Layouts) -> None:
        self.out: list[str] = []
        self._layouts = layouts
        self._scope = NameScope()
        self._column = 1

    def _put(self, text: str) -> None:
        self.out.append(text)
        line_end = text.rfind("\n")
        if line_end >= 0:
            self._column = 1
            text = text[line_end + 1 :]
        self._column += _units(text)

    def node(self, node: Element | Leaf) -> None:
        if isinstance(node, Element):
            self._element(node)
            return
        if node.kind is Kind.COMMENT and ("--" in node.value or node.value.endswith("-")):
            raise WriteError("An XML comment cannot contain '--', and '-' cannot be the last character.")
        text = leaf_text(node)
        # The engine takes out the blank that .NET puts before the end of an empty tag, and takes it out here too.
        self._put(text.replace(" />", "/>") if node.kind in (Kind.CDATA, Kind.INSTRUCTION, Kind.DOCTYPE) else text)

    def _element(self, element: Element) -> None:
        prefix = self._scope.start(element)
        name = f"{prefix}:{element.local}" if prefix else element.local
        self._put(f"<{name}")
        self._attributes(element)
        for declared, namespace in self._scope.declarations():
            self._put(f' {declared}="{attribute_text(namespace)}"')
        if element.is_empty:
            self._put("/>")
        else:
            self._put(">")
            for child in element.children:
                self.node(child)
            self._put(f"</{name}>")
        self._scope.end()

    def _attributes(self, element: Element) -> None:
        layout = self._layouts.layout_of(element)
        by_name: dict[str, Attr] = {}
        for attribute in element.attributes:
            by_name.setdefault(attribute.name, attribute)
        for name in layout.order:
            found = by_name.get(name)
            if found is None:
                continue
            prefix = self._scope.attribute(found)
            text = f'{prefix}:{found.local}="' if prefix else f'{found.local}="'
            text += f'{attribute_text(found.value)}"'
            if name in layout.spaces:
                space = layout.spaces[name]
            elif self._column + _units(text) + 1 > _LONGEST_LINE:
                space = layout.new_line if layout.new_line is not None else "\r\n"
            else:
                space = " "
            self._put(space + text)
        if TAIL in layout.spaces:
            self._put(layout.spaces[TAIL])


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text) if not text.isascii() else len(text)
