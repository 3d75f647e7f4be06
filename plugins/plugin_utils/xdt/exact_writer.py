# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes a document so that every byte outside the edits stays the byte it was.

What no transform touched is written as it was read. In a start tag that changed only the changed values, and the white space that
comes or goes with an attribute, differ. The result is read back and compared before it is given away.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from ..errors import ConfigEditError, ConfigSyntaxError
from ..webconfig.decode import Encoding, encode
from ..webconfig.escapes import attribute_form
from .dom import XML_NAMESPACE, Attr, Document, Element, Kind, Leaf, Node
from .formatter import Formatter
from .layout import TAIL
from .msft_writer import WriteError
from .names import NameScope
from .outer_xml import leaf_text, outer_xml
from .preservation import Layouts
from .reading import Loaded, load

__all__ = ["text_of", "write"]


def text_of(node: Element | Leaf) -> str:
    """What a node becomes inside a comment: the text it was read from, unless a transform changed something in it."""
    if isinstance(node, Leaf):
        return node.raw if node.raw is not None else leaf_text(node)
    if node.source is not None and all(_is_as_read(element) for element in node.walk()):
        return node.source.write()
    return outer_xml(node)


def _is_as_read(element: Element) -> bool:
    return element.source is not None and _same_attributes(element) and len(element.children) == len(element.source.children)


def _same_attributes(element: Element) -> bool:
    if element.is_untouched or element.source is None:
        return element.source is not None
    own = element.attributes
    return len(own) == len(element.source.attributes) and all(
        one.source is raw and one.value == raw.value for one, raw in zip(own, element.source.attributes, strict=True)
    )


def write(document: Document, source: Loaded) -> bytes:
    """Format and write. Raises ``WriteError`` for a document that is no XML any more."""
    if source.encoding is None:
        raise WriteError("The file's encoding is not known.")
    layouts = Layouts(source, exact=True)
    Formatter(document, layouts.layout_of, exact=True).run()
    text = _Text(layouts, source.encoding, blank_before_end=2 * source.text.count(" />") > source.text.count("/>")).document(document)
    data = encode(text, source.encoding)
    if text != source.text:
        _check(document, data, source)
    return data


class _Text:
    def __init__(self, layouts: Layouts, encoding: Encoding, *, blank_before_end: bool) -> None:
        self._layouts = layouts
        self._codec = encoding.written_codec
        self._end = " />" if blank_before_end else "/>"
        self._scope: NameScope | None = None  # while something new is written

    def document(self, document: Document) -> str:
        out: list[str] = []
        waiting: list[Node | str] = list(reversed(document.children))
        while waiting:
            node = waiting.pop()
            if isinstance(node, str):
                out.append(node)
            elif isinstance(node, Leaf):
                out.append(self._leaf(node))
            elif node.is_new:
                self._scope = _scope_of(node)
                self._new(node, out)
                self._scope = None
            else:
                out.append(self._start_tag(node))
                if not node.is_empty:
                    waiting.append((node.source.end if node.source else "") or f"</{node.name}>")
                    waiting.extend(reversed(node.children))
        return "".join(out)

    def _leaf(self, leaf: Leaf) -> str:
        if leaf.raw is not None and (leaf.kind is not Kind.CDATA or self._scope is None):
            return leaf.raw
        if leaf.kind is Kind.COMMENT and ("--" in leaf.value or leaf.value.endswith("-")):
            raise WriteError("An XML comment cannot contain '--', and '-' cannot be the last character.")
        text = leaf_text(leaf)
        if leaf.kind is Kind.CDATA and self._lacks(text):  # as text, where references are read
            text = leaf_text(Leaf(Kind.TEXT, leaf.value))
        return self._fitting(text, references=leaf.is_text or leaf.kind is Kind.COMMENT)

    def _quoted(self, value: str, quote: str = '"') -> str:
        """A value between quotes. A tab stays one, as Microsoft's engine and .NET's configuration reader have it."""
        return attribute_form(value, quote, self._codec).replace("&#x9;", "\t")

    def _lacks(self, text: str) -> bool:
        return text.encode(self._codec, "replace").decode(self._codec) != text

    def _fitting(self, text: str, *, references: bool) -> str:
        try:
            return text.encode(self._codec, "xmlcharrefreplace" if references else "strict").decode(self._codec)
        except UnicodeEncodeError as error:
            raise WriteError(f"The file's encoding lacks the character U+{ord(text[error.start]):04X}.") from None

    def _start_tag(self, element: Element) -> str:
        source = element.source
        if source is None:
            raise ValueError("the element was not in the source")
        opened = source.self_closing and not element.is_empty
        if _same_attributes(element) and not opened:
            return source.start_tag()
        layout = self._layouts.layout_of(element)
        if _same_attributes(element):
            inside = "".join(one.write() for one in source.attributes)
            tail = source.tail
        else:
            inside = self._changed(element)
            tail = layout.spaces.get(TAIL) or ""
        if opened and "\n" not in tail:
            tail = ""
        return f"<{source.name}{inside}{tail}{'/' if element.is_empty else ''}>"

    def _changed(self, element: Element) -> str:
        layout = self._layouts.layout_of(element)
        by_name: dict[str, Attr] = {}
        for attribute in element.attributes:
            by_name.setdefault(attribute.name, attribute)
        out: list[str] = []
        added: list[tuple[str, str]] = []
        scope: NameScope | None = None
        for name in layout.order:
            found = by_name.get(name)
            if found is None:
                continue
            space = layout.spaces.get(name) or " "
            if found.source is not None:
                raw = found.source.raw
                if found.value != found.source.value:
                    raw = self._quoted(found.value, found.source.quote)
                out.append(f"{space}{found.source.name}{found.source.equals}{found.source.quote}{raw}{found.source.quote}")
                continue
            if found.namespace and scope is None:
                scope = _scope_of(element)
                scope.start(element)
                for attribute in element.attributes:
                    if attribute.is_declaration:
                        scope.attribute(attribute)
            out.append(space + self._attribute(found, scope))
        if scope is not None:
            added = [declared for declared in scope.declarations() if declared[0] != "xmlns"]
        return "".join(out) + "".join(f' {name}="{self._quoted(uri)}"' for name, uri in added)

    def _attribute(self, attribute: Attr, scope: NameScope | None) -> str:
        prefix = "xml" if attribute.namespace == XML_NAMESPACE else scope.attribute(attribute) if scope is not None else ""
        name = self._fitting(f"{prefix}:{attribute.local}" if prefix else attribute.local, references=False)
        return f'{name}="{self._quoted(attribute.value)}"'

    def _new(self, element: Element, out: list[str]) -> None:
        scope = self._scope
        if scope is None:
            raise ValueError("no namespaces are in scope")
        prefix = scope.start(element)
        name = self._fitting(f"{prefix}:{element.local}" if prefix else element.local, references=False)
        layout = self._layouts.layout_of(element)
        by_name = {attribute.name: attribute for attribute in reversed(element.attributes)}
        out.append(f"<{name}")
        for key in layout.order:
            if key in by_name:
                out.append((layout.spaces.get(key) or " ") + self._attribute(by_name[key], scope))
        out.extend(f' {declared}="{self._quoted(uri)}"' for declared, uri in scope.declarations())
        if element.is_empty:
            out.append(self._end)
        else:
            out.append(">")
            for child in element.children:
                if isinstance(child, Element):
                    self._new(child, out)
                else:
                    out.append(self._leaf(child))
            out.append(f"</{name}>")
        scope.end()


def _scope_of(element: Element) -> NameScope:
    """What is declared round ``element``."""
    around: list[Element] = []
    parent = element.parent
    while isinstance(parent, Element):
        around.append(parent)
        parent = parent.parent
    scope = NameScope()
    for ancestor in reversed(around):
        scope.enter(ancestor)
    return scope


def _meaning(document: Document) -> Iterator[tuple[object, ...]]:
    """The document as a reader sees it, without prefixes."""
    text: list[str] = []
    waiting: list[Node | None] = list(reversed(document.children))
    while waiting:
        node = waiting.pop()
        if isinstance(node, Leaf) and node.is_text:
            text.append(node.value)
            continue
        if text and any(text):
            yield "text", "".join(text)
        text = []
        if node is None:
            yield ("end",)
        elif isinstance(node, Leaf):
            # What a comment's encoding lacks was written as a reference, which nobody reads there.
            value = node.value.encode("ascii", "xmlcharrefreplace").decode() if node.kind is Kind.COMMENT else node.value
            yield node.kind.name, node.target, value
        else:
            attributes = [(one.namespace, one.local, one.value) for one in node.attributes if not one.is_declaration]
            yield "start", node.namespace, node.local, sorted(attributes)
            waiting.append(None)
            waiting.extend(reversed(node.children))
    yield "text", "".join(text)


def _check(document: Document, data: bytes, source: Loaded) -> None:
    try:
        again = load(data, name=source.name, as_microsoft=False, keep_blanks=True)
    except ConfigSyntaxError as error:
        raise WriteError(f"The result would not be well-formed XML: {error.what}") from None
    if again.encoding != source.encoding or any(one != other for one, other in zip_longest(_meaning(document), _meaning(again.document))):
        raise ConfigEditError(
            "The transformed file would not read back as it was meant.",
            where=source.name,
            next_step="Nothing was written; report this as a defect.",
        )
