# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A document as the engine sees it: names with namespaces, values, and which node came from where.

Read nodes keep their raw slices (``source``); what a transform created has none and is ``is_new``.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any

from ..webconfig.nodes import Attribute as RawAttribute
from ..webconfig.nodes import Element as RawElement
from .log import Place

__all__ = ["XDT_NAMESPACE", "XMLNS_NAMESPACE", "XML_NAMESPACE", "Attr", "Document", "Element", "Kind", "Leaf", "Node", "detach", "index_of"]

XDT_NAMESPACE = "http://schemas.microsoft.com/XML-Document-Transform"
XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
XMLNS_NAMESPACE = "http://www.w3.org/2000/xmlns/"


class Kind(enum.Enum):
    """Node types other than elements; the value is the name that the engine's messages give such a node."""

    TEXT = "#text"
    WHITESPACE = "#whitespace"
    SIGNIFICANT = "#significant-whitespace"
    CDATA = "#cdata-section"
    COMMENT = "#comment"
    INSTRUCTION = "#instruction"
    DECLARATION = "xml"
    DOCTYPE = "#doctype"


class Attr:
    """An attribute; ``xmlns`` declarations are attributes too, as in .NET."""

    __slots__ = ("local", "namespace", "owner", "prefix", "shift", "source", "value")

    def __init__(self, prefix: str, local: str, namespace: str, value: str, *, source: RawAttribute | None = None) -> None:
        self.prefix = prefix
        self.local = local
        self.namespace = namespace
        self.value = value
        self.source = source
        self.owner: Element | None = None
        self.shift: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        return f"{self.prefix}:{self.local}" if self.prefix else self.local

    @property
    def is_declaration(self) -> bool:
        return self.namespace == XMLNS_NAMESPACE

    def clone(self) -> Attr:
        return Attr(self.prefix, self.local, self.namespace, self.value)

    def place(self, file: str) -> Place:
        if self.shift is not None:
            return Place(file, *self.shift)
        if self.owner is None or self.owner.source is None or self.source is None:
            return Place(file)
        lines = self.owner.source.lines
        return Place(file, lines.line(self.source.offset), lines.column(self.source.offset)) if lines else Place(file)


class Leaf:
    """Text, comment and the like. ``value`` has its references resolved; ``raw`` is what was read."""

    __slots__ = ("kind", "parent", "raw", "target", "value")

    def __init__(self, kind: Kind, value: str, *, raw: str | None = None, target: str = "") -> None:
        self.kind = kind
        self.value = value
        self.raw = raw
        self.target = target  # of a processing instruction
        self.parent: Element | Document | None = None

    @property
    def name(self) -> str:
        return self.target if self.kind is Kind.INSTRUCTION else self.kind.value

    @property
    def is_text(self) -> bool:
        """Whether XPath sees it as text."""
        return self.kind in (Kind.TEXT, Kind.WHITESPACE, Kind.SIGNIFICANT, Kind.CDATA)


class Element:
    """An element. Attributes are read when somebody asks: most elements of a file are never looked at."""

    __slots__ = ("_attributes", "children", "is_empty", "layout", "local", "namespace", "parent", "prefix", "scope", "shift", "source")

    def __init__(
        self, prefix: str, local: str, namespace: str, *, source: RawElement | None = None, scope: dict[str, str] | None = None
    ) -> None:
        self.prefix = prefix
        self.local = local
        self.namespace = namespace
        self.source = source
        self.scope = scope or {}
        self.parent: Element | Document | None = None
        self.children: list[Node] = []
        self.is_empty = source.self_closing if source is not None else True
        self.layout: Any = None
        self.shift: tuple[int, int] | None = None
        self._attributes: list[Attr] | None = None if source is not None else []

    @property
    def name(self) -> str:
        return f"{self.prefix}:{self.local}" if self.prefix else self.local

    @property
    def is_new(self) -> bool:
        """Whether a transform created it."""
        return self.source is None

    @property
    def is_untouched(self) -> bool:
        """Whether nobody looked at its attributes yet, so that none was changed."""
        return self._attributes is None

    @property
    def attributes(self) -> list[Attr]:
        if self._attributes is None:
            self._attributes = []
            for raw in self.source.attributes if self.source else ():
                prefix, _colon, local = raw.name.rpartition(":")
                if prefix == "xmlns" or raw.name == "xmlns":
                    namespace = XMLNS_NAMESPACE
                else:
                    namespace = XML_NAMESPACE if prefix == "xml" else self.scope.get(prefix, "") if prefix else ""
                self.add(Attr(prefix, local, namespace, raw.value, source=raw))
        return self._attributes

    def add(self, attribute: Attr) -> None:
        attribute.owner = self
        self.attributes.append(attribute)

    def attribute(self, name: str) -> Attr | None:
        """The attribute written ``name``, prefix included."""
        return next((found for found in self.attributes if found.name == name), None)

    def xdt(self, local: str) -> Attr | None:
        """The attribute ``xdt:local``, whatever the prefix."""
        return next((found for found in self.attributes if found.local == local and found.namespace == XDT_NAMESPACE), None)

    def place(self, file: str) -> Place:
        if self.shift is not None:
            return Place(file, *self.shift)
        return Place(file, self.source.line, self.source.column) if self.source is not None else Place(file)

    def elements(self) -> list[Element]:
        return [child for child in self.children if isinstance(child, Element)]

    def append(self, node: Node) -> None:
        node.parent = self
        self.children.append(node)

    def walk(self) -> Iterator[Element]:
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.elements()))


class Document:
    """The document node."""

    __slots__ = ("children", "parent")
    name = "#document"

    def __init__(self) -> None:
        self.children: list[Node] = []
        self.parent = None

    @property
    def root(self) -> Element | None:
        return next((child for child in self.children if isinstance(child, Element)), None)

    def append(self, node: Node) -> None:
        node.parent = self
        self.children.append(node)


Node = Element | Leaf


def index_of(node: Node) -> int:
    """Where ``node`` stands among its siblings."""
    if node.parent is None:
        raise ValueError("the node stands in no element")
    return node.parent.children.index(node)  # nodes have no equality but identity


def detach(node: Node) -> None:
    """Take ``node`` out of its parent."""
    if node.parent is None:
        raise ValueError("the node stands in no element")
    del node.parent.children[index_of(node)]
    node.parent = None
