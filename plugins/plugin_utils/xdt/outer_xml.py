# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An element as .NET's OuterXml gives it, and the copy of a transform's element that goes into the document."""

from __future__ import annotations

import re

from ..webconfig.lines import Lines
from .dom import XDT_NAMESPACE, XML_NAMESPACE, Attr, Element, Kind, Leaf
from .limits import Budget
from .log import Place
from .names import NameScope

__all__ = ["attribute_text", "leaf_text", "outer_xml", "scrubbed_copy"]

_ATTRIBUTE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#xA;", "\r": "&#xD;"})
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_CONTROL = re.compile("[\u0001-\u0008\u000b\u000c\u000e-\u001f]")


def _controls(text: str) -> str:
    return _CONTROL.sub(lambda found: f"&#x{ord(found.group()):X};", text)


def attribute_text(value: str) -> str:
    """``value`` between double quotes, as XmlTextWriter escapes it."""
    return _controls(value.translate(_ATTRIBUTE))


def leaf_text(leaf: Leaf) -> str:
    """A node that is no element, as XmlTextWriter writes it."""
    if leaf.kind is Kind.TEXT:
        return _controls(leaf.value.translate(_TEXT))
    if leaf.kind is Kind.CDATA:
        return f"<![CDATA[{leaf.value}]]>"
    if leaf.kind is Kind.COMMENT:
        return f"<!--{leaf.value}-->"
    if leaf.kind is Kind.INSTRUCTION:
        return f"<?{leaf.target} {leaf.value}?>"
    return leaf.value


class _Writing:
    """Writes an element and copies it on the way, as reading the written text back would."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.length = 0
        self.scope = NameScope()
        self.places: list[tuple[Element | Attr, int]] = []
        self.nodes = 0

    def put(self, text: str) -> None:
        self.out.append(text)
        self.length += len(text)

    def element(self, element: Element, preserve: bool) -> Element:
        self.nodes += 1
        prefix = self.scope.start(element)
        name = f"{prefix}:{element.local}" if prefix else element.local
        copy = Element(prefix, element.local, element.namespace)
        self.places.append((copy, self.length + 1))
        self.put(f"<{name}")
        for attribute in element.attributes:
            written = self.scope.attribute(attribute)
            twin = Attr(written, attribute.local, attribute.namespace, attribute.value)
            if attribute.namespace == XML_NAMESPACE and attribute.local == "space":
                preserve = attribute.value == "preserve"
            self.places.append((twin, self.length + 1))
            self.put(f' {twin.name}="{attribute_text(attribute.value)}"')
            copy.add(twin)
        for name_of, namespace in self.scope.declarations():
            self.put(f' {name_of}="{attribute_text(namespace)}"')
        if element.is_empty:
            self.put(" />")
        else:
            copy.is_empty = False
            self.put(">")
            for child in element.children:
                if isinstance(child, Element):
                    copy.append(self.element(child, preserve))
                else:
                    self.nodes += 1
                    self.put(leaf_text(child))
                    copy.append(_reread(child, preserve))
            self.put(f"</{name}>")
        self.scope.end()
        return copy


def _reread(leaf: Leaf, preserve: bool) -> Leaf:
    kind = leaf.kind
    if kind in (Kind.TEXT, Kind.WHITESPACE, Kind.SIGNIFICANT):
        kind = Kind.TEXT if leaf.value.strip(" \t\r\n") else Kind.SIGNIFICANT if preserve else Kind.WHITESPACE
    return Leaf(kind, leaf.value, target=leaf.target, raw=leaf.raw if leaf.kind is Kind.CDATA else None)


def outer_xml(element: Element) -> str:
    """The element as text, with the namespaces that it inherits declared on it."""
    writing = _Writing()
    writing.element(element, preserve=False)
    return "".join(writing.out)


def scrubbed_copy(element: Element, place: Place, budget: Budget) -> Element:
    """A copy without ``xdt`` attributes, without declarations, and without the prefixes of attributes.

    Positions are those in the written text, moved to where the element stands in the transform: what the engine reports.
    """
    writing = _Writing()
    copy = writing.element(element, preserve=False)
    budget.spend("inserted nodes", writing.nodes)
    budget.spend("inserted characters", writing.length)
    lines = Lines("".join(writing.out))
    for node, offset in writing.places:
        node.shift = (lines.line(offset) + (place.line or 1) - 1, lines.column(offset) + (place.column or 1) - 2)
    for inner in copy.walk():
        kept = [one for one in inner.attributes if not one.is_declaration and one.namespace != XDT_NAMESPACE]
        inner.attributes[:] = kept
        for attribute in kept:
            attribute.prefix = ""
    return copy
