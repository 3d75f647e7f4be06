# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A configuration file as nodes that keep the characters they were written with.

``Element.write`` joins the raw slices again; a tree that nobody edited gives back its text exactly. ``offset`` is the place in the
text a node was read from (``lines``); a clone keeps it, so that messages can name the line of the original.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field

from .escapes import unescape
from .lines import Lines

__all__ = ["Attribute", "Element", "Kind", "Markup", "Node"]


class Kind(enum.Enum):
    """What stands between tags."""

    TEXT = "text"
    CDATA = "cdata"
    COMMENT = "comment"
    INSTRUCTION = "processing instruction"
    DECLARATION = "XML declaration"


@dataclass(eq=False, slots=True, kw_only=True)
class Attribute:
    """One attribute of a start tag: the space before it, its name, ``=`` as written, its quote and what stands inside."""

    space: str = " "
    name: str
    equals: str = "="
    quote: str = '"'
    raw: str = field(repr=False)
    offset: int = -1  # of the name

    @property
    def value(self) -> str:
        """The value with references resolved; literal line breaks stay."""
        return unescape(self.raw)

    def write(self) -> str:
        return f"{self.space}{self.name}{self.equals}{self.quote}{self.raw}{self.quote}"

    def clone(self) -> Attribute:
        return Attribute(space=self.space, name=self.name, equals=self.equals, quote=self.quote, raw=self.raw, offset=self.offset)


@dataclass(eq=False, slots=True, kw_only=True)
class Markup:
    """Anything that is not an element, as written."""

    kind: Kind
    raw: str = field(repr=False)
    offset: int = -1
    lines: Lines | None = field(default=None, repr=False)
    parent: Element | None = field(default=None, repr=False)

    @property
    def line(self) -> int:
        """Line of the first character; 0 for a node that was not read from a file."""
        return self.lines.line(self.offset) if self.lines and self.offset >= 0 else 0

    @property
    def column(self) -> int:
        return self.lines.column(self.offset) if self.lines and self.offset >= 0 else 0

    @property
    def is_blank(self) -> bool:
        """Text of nothing but XML white space."""
        return self.kind is Kind.TEXT and not self.raw.strip(" \t\r\n")

    def clone(self) -> Markup:
        return Markup(kind=self.kind, raw=self.raw, offset=self.offset, lines=self.lines)


@dataclass(eq=False, slots=True, kw_only=True)
class Element:
    """An element with its raw tags. The document itself is an element without a name, whose children are what the file holds."""

    name: str
    attributes: list[Attribute] = field(default_factory=list)
    tail: str = ""  # white space before > or />
    self_closing: bool = False
    end: str = ""  # the end tag as written; empty for a self-closing element
    children: list[Node] = field(default_factory=list)
    offset: int = -1  # of <
    lines: Lines | None = field(default=None, repr=False)
    parent: Element | None = field(default=None, repr=False)

    def __repr__(self) -> str:  # values may be secret
        return f"<{self.name}> in line {self.line}"

    @property
    def prefix(self) -> str:
        return self.name.rpartition(":")[0]

    @property
    def local_name(self) -> str:
        return self.name.rpartition(":")[2]

    @property
    def line(self) -> int:
        """Line of the start tag; 0 for an element that was not read from a file."""
        return self.lines.line(self.offset) if self.lines and self.offset >= 0 else 0

    @property
    def column(self) -> int:
        """Column of the element's name, as .NET's XML reader reports it."""
        return self.lines.column(self.offset + 1) if self.lines and self.offset >= 0 else 0

    def line_of(self, attribute: Attribute) -> int:
        """Line of one of this element's attributes; 0 for one that was not read from a file."""
        return self.lines.line(attribute.offset) if self.lines and attribute.offset >= 0 else 0

    def attribute(self, name: str) -> Attribute | None:
        return next((found for found in self.attributes if found.name == name), None)

    def get(self, name: str, default: str | None = None) -> str | None:
        """Value of the attribute written ``name``."""
        found = self.attribute(name)
        return default if found is None else found.value

    def elements(self) -> list[Element]:
        """The child elements."""
        return [child for child in self.children if isinstance(child, Element)]

    @property
    def text(self) -> str:
        """Character data directly inside, references resolved, comments left out."""
        parts = []
        for child in self.children:
            if isinstance(child, Markup) and child.kind is Kind.TEXT:
                parts.append(unescape(child.raw))
            elif isinstance(child, Markup) and child.kind is Kind.CDATA:
                parts.append(child.raw[9:-3])
        return "".join(parts)

    def ancestors(self) -> Iterator[Element]:
        """This element and those around it, innermost first; the document itself is left out."""
        element: Element | None = self
        while element is not None and element.name:
            yield element
            element = element.parent

    def walk(self) -> Iterator[Element]:
        """This element and all below it in document order."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.elements()))

    def namespaces(self) -> dict[str, str]:
        """Prefix -> namespace in scope here; the default namespace under an empty prefix."""
        found: dict[str, str] = {"xml": "http://www.w3.org/XML/1998/namespace"}
        for element in reversed(list(self.ancestors())):
            for attribute in element.attributes:
                if attribute.name == "xmlns":
                    found[""] = attribute.value
                elif attribute.name.startswith("xmlns:"):
                    found[attribute.name[6:]] = attribute.value
        return found

    def append(self, node: Node) -> None:
        node.parent = self
        self.children.append(node)

    def insert(self, index: int, *nodes: Node) -> None:
        """Put ``nodes`` before the child at ``index``; an element that had no content gets an end tag."""
        for node in nodes:
            node.parent = self
        self.children[index:index] = nodes
        if self.self_closing and nodes:
            self.self_closing, self.tail, self.end = False, "", f"</{self.name}>"

    def remove(self, node: Node) -> None:
        """Take ``node`` out of the children."""
        del self.children[self.index(node)]
        node.parent = None

    def index(self, node: Node) -> int:
        return next(number for number, child in enumerate(self.children) if child is node)

    def clone(self) -> Element:
        """A deep copy with the same raw slices, outside any tree."""
        top = self._shell()
        waiting = [(self, top)]
        while waiting:
            source, copy = waiting.pop()
            for child in source.children:
                twin: Node = child._shell() if isinstance(child, Element) else child.clone()
                copy.append(twin)
                if isinstance(child, Element) and isinstance(twin, Element):
                    waiting.append((child, twin))
        return top

    def _shell(self) -> Element:
        return Element(
            name=self.name,
            attributes=[attribute.clone() for attribute in self.attributes],
            tail=self.tail,
            self_closing=self.self_closing,
            end=self.end,
            offset=self.offset,
            lines=self.lines,
        )

    def start_tag(self) -> str:
        attributes = "".join(attribute.write() for attribute in self.attributes)
        return f"<{self.name}{attributes}{self.tail}{'/' if self.self_closing else ''}>"

    def write(self) -> str:
        """The element as text: the slices it was read from, where nothing was edited."""
        out: list[str] = []
        waiting: list[Node | str] = [self]
        while waiting:
            node = waiting.pop()
            if isinstance(node, str):
                out.append(node)
            elif isinstance(node, Markup):
                out.append(node.raw)
            else:
                if node.name:
                    out.append(node.start_tag())
                    waiting.append(node.end)
                waiting.extend(reversed(node.children))
        return "".join(out)


Node = Element | Markup
