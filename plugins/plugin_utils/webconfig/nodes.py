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
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .escapes import unescape
from .lines import Lines

__all__ = ["Attribute", "Element", "Kind", "Markup", "Node"]

_ATTRIBUTE = re.compile(r"""([ \t\r\n]+)([^ \t\r\n=]+)([ \t\r\n]*=[ \t\r\n]*)("[^"]*+"|'[^']*+')""")


class Kind(enum.Enum):
    """What stands between tags."""

    TEXT = "text"
    CDATA = "cdata"
    COMMENT = "comment"
    INSTRUCTION = "processing instruction"
    DECLARATION = "XML declaration"


_KINDS = {"<!": Kind.COMMENT, "<?": Kind.INSTRUCTION}
_IS_DECLARATION = re.compile(r"<\?xml[ \t\r\n]")


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


def read_attributes(raw: str, offset: int) -> tuple[list[Attribute], str]:
    """The attributes of a start tag and the white space after the last one; ``offset`` is where ``raw`` begins in the text."""
    found, position = [], 0
    while match := _ATTRIBUTE.match(raw, position):
        space, name, equals, quoted = match.groups()
        found.append(Attribute(space=space, name=name, equals=equals, quote=quoted[0], raw=quoted[1:-1], offset=offset + match.start(2)))
        position = match.end()
    return found, raw[position:]


@dataclass(eq=False, slots=True, kw_only=True)
class Markup:
    """Anything that is not an element, as written."""

    kind: Kind
    raw: str = field(repr=False)
    offset: int = -1
    lines: Lines | None = field(default=None, repr=False)
    parent: Element | None = field(default=None, repr=False)

    @classmethod
    def read(cls, raw: str, offset: int, lines: Lines | None, parent: Element) -> Markup:
        """What stands at ``offset``."""
        kind = _KINDS.get(raw[:2], Kind.TEXT)
        if kind is Kind.COMMENT and raw.startswith("<![CDATA["):
            kind = Kind.CDATA
        elif kind is Kind.INSTRUCTION and offset == 0 and _IS_DECLARATION.match(raw):
            kind = Kind.DECLARATION
        return cls(kind=kind, raw=raw, offset=offset, lines=lines, parent=parent)

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


class Element:
    """An element with its raw tags. The document itself is an element without a name, whose children are what the file holds.

    A start tag is cut into its attributes when somebody asks for them: most elements of a file are never looked at.
    """

    __slots__ = (
        "_attributes",
        "_children",
        "_is_raw",
        "_raw",
        "end",
        "lines",
        "name",
        "offset",
        "parent",
        "self_closing",
        "tail",
    )

    def __init__(
        self,
        *,
        name: str,
        attributes: Iterable[Attribute] = (),
        tail: str = "",
        self_closing: bool = False,
        end: str = "",
        offset: int = -1,
        lines: Lines | None = None,
    ) -> None:
        self.name = name
        self.tail = tail  # white space before > or />
        self.self_closing = self_closing
        self.end = end  # the end tag as written; empty for a self-closing element
        self.offset = offset  # of <
        self.lines = lines
        self.parent: Element | None = None
        self._attributes: list[Attribute] | None = list(attributes)
        self._children: list[Any] | None = None  # nodes; as long as _is_raw, elements and what stands between them as (text, offset)
        self._is_raw = False
        self._raw = ""

    @classmethod
    def read(cls, name: str, raw: str, offset: int, lines: Lines, parent: Element | None) -> Element:
        """The element whose start tag begins at ``offset`` and holds ``raw`` between its name and ``>``."""
        element = cls.__new__(cls)
        element.name = name
        element.self_closing = self_closing = raw.endswith("/")
        element.tail = element.end = ""
        element.offset = offset
        element.lines = lines
        element.parent = parent
        element._attributes = None
        element._children = None if self_closing else []
        element._is_raw = True
        element._raw = raw[:-1] if self_closing else raw
        return element

    @property
    def attributes(self) -> list[Attribute]:
        """The attributes, in the order of the file."""
        if self._attributes is None:
            self._attributes, self.tail = read_attributes(self._raw, self.offset + 1 + len(self.name))
        return self._attributes

    @attributes.setter
    def attributes(self, attributes: list[Attribute]) -> None:
        _evaluated = self.attributes
        self._attributes = attributes

    @property
    def is_untouched(self) -> bool:
        """Whether the start tag is still the text that was read, because nobody asked for its attributes."""
        return self._attributes is None

    def may_hold(self, lowered: str) -> bool:
        """False when no attribute can have this value, given in lower case, in any case; tells without reading the start tag."""
        return self._attributes is not None or lowered in self._raw.lower() or "&" in self._raw

    @property
    def raw_attributes(self) -> str:
        """What stands between the name and ``>`` or ``/>``."""
        if self._attributes is None:
            return self._raw
        return "".join(attribute.write() for attribute in self._attributes) + self.tail

    @property
    def children(self) -> list[Node]:
        """All that is inside, in the order of the file."""
        if self._children is None:
            self._children = []
        elif self._is_raw:
            self._children[:] = [
                child if isinstance(child, Element) else Markup.read(child[0], child[1], self.lines, self) for child in self._children
            ]
        self._is_raw = False
        return self._children

    def content(self) -> list[Any]:
        """The list that ``read_nodes`` fills: elements, and what stands between them as its text and offset, since few of it is ever looked at."""
        if self._children is None:
            self._children = []
        return self._children

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
        return [child for child in self._children or () if isinstance(child, Element)]

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
        copy = Element(name=self.name, self_closing=self.self_closing, tail=self.tail, end=self.end, offset=self.offset, lines=self.lines)
        copy._raw = self._raw
        copy._attributes = None if self._attributes is None else [attribute.clone() for attribute in self._attributes]
        return copy

    def start_tag(self) -> str:
        return f"<{self.name}{self.raw_attributes}{'/' if self.self_closing else ''}>"

    def slices(self) -> tuple[list[str], list[Node]]:
        """The element's tags and what stands between them, as written, in order; and the nodes that somebody looked at, or made."""
        out: list[str] = []
        asked: list[Node] = []
        waiting: list[Any] = [self]
        while waiting:
            node = waiting.pop()
            if isinstance(node, tuple):
                out.append(node[0])
            elif isinstance(node, Markup):
                out.append(node.raw)
                asked.append(node)
            elif isinstance(node, Element):
                if node.name:
                    slash = "/" if node.self_closing else ""
                    inner = node._raw
                    if node._attributes is not None:
                        inner = node.raw_attributes
                        asked.append(node)
                    out.append(f"<{node.name}{inner}{slash}>")
                    if node.end:
                        waiting.append(node.end)
                if node._children:
                    waiting += node._children[::-1]
            else:
                out.append(node)
        return out, asked

    def write(self) -> str:
        """The element as text: the slices it was read from, where nothing was edited."""
        return "".join(self.slices()[0])


Node = Element | Markup
