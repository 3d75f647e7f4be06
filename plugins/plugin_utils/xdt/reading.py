# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytes -> document, as the byte-exact reader sees them or as Microsoft's engine does.

Microsoft's engine reads a file without a byte order mark as UTF-8 whatever it declares, and writes it in the encoding that it
declares: the two modes differ in that and in nothing else.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from ..errors import ConfigSyntaxError
from ..webconfig.decode import DECLARATION, Encoding, decode
from ..webconfig.escapes import unescape
from ..webconfig.limits import MAX_BYTES
from ..webconfig.lines import Lines
from ..webconfig.nodes import Element as RawElement
from ..webconfig.nodes import Kind as RawKind
from ..webconfig.nodes import Markup
from ..webconfig.syntax import check_syntax
from ..webconfig.tokens import read_nodes
from .dom import Document, Element, Kind, Leaf

__all__ = ["Loaded", "load"]

_LITERAL = r"""(?:"[^"]*"|'[^']*')"""
_PROLOG = r"(?:[ \t\r\n]+|<!--(?:(?!-->).)*-->|<\?(?:(?!\?>).)*\?>)*+"
#: A DOCTYPE that cannot change what the document says: no entities, no default attributes, nothing outside to read.
_DOCTYPE = re.compile(
    rf"(?P<before>{_PROLOG})(?P<doctype><!DOCTYPE[ \t\r\n]+(?P<name>[^\s\[>]+)"
    rf"(?:[ \t\r\n]+(?:SYSTEM|PUBLIC[ \t\r\n]+(?P<public>{_LITERAL}))[ \t\r\n]+(?P<system>{_LITERAL}))?"
    r"[ \t\r\n]*(?:\[(?P<subset>(?:[ \t\r\n]+|<!ELEMENT[^>\"'%&]*>|<!--(?:(?!-->).)*-->)*+)\][ \t\r\n]*)?>)",
    re.DOTALL,
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LEAVES = {RawKind.TEXT: Kind.TEXT, RawKind.CDATA: Kind.CDATA, RawKind.COMMENT: Kind.COMMENT}
_SPACE = {"default": False, "preserve": True}
_BLANKS = " \t\r\n"
_COMMENT = re.compile(r"<!--(?:(?!-->).)*-->", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A file that was read. ``encoding`` is None in Microsoft's way of reading; ``bom`` and ``declared`` say how it is written then."""

    document: Document
    raw: RawElement
    text: str
    name: str
    encoding: Encoding | None
    bom: bytes
    declared: str | None


def _as_dotnet(data: bytes, name: str) -> tuple[str, bytes]:
    if len(data) > MAX_BYTES:
        decode(data, name=name)  # says that it is too large
    bom, codec = next(((mark, found) for mark, found in _BOMS if data.startswith(mark)), (b"", "utf-8"))
    return data[len(bom) :].decode(codec, "replace"), bom


def _exactly(data: bytes, name: str) -> tuple[str, Encoding]:
    """As ``decode`` does, and files that are UTF-8 but for bytes in comments: nobody reads those, and they stay."""
    try:
        return decode(data, name=name)
    except ConfigSyntaxError:
        text = data.decode("latin-1")
        if _declared_label(text) in ("", "utf-8") and _COMMENT.sub("", text).isascii():
            return text, Encoding(bom=b"", codec="latin-1", written_codec="ascii")
        raise


def _declared_label(text: str) -> str:
    declaration = DECLARATION.match(text)
    return declaration["encoding"][1:-1].lower() if declaration and declaration["encoding"] else ""


def _doctype(text: str) -> re.Match[str] | None:
    found = _DOCTYPE.match(text) if "<!DOCTYPE" in text else None
    return found if found and ":" not in (found["system"] or "") else None


def _hidden(text: str, doctype: re.Match[str]) -> str:
    """The text with the DOCTYPE turned into a processing instruction of the same length: the tokeniser knows no DOCTYPE."""
    inside = re.sub(r"[^\r\n]", "x", text[doctype.start("doctype") + 10 : doctype.end("doctype") - 2])
    return f"{text[: doctype.start('doctype')]}<?doctype {inside}?>{text[doctype.end('doctype') :]}"


def load(data: bytes, *, name: str, as_microsoft: bool, keep_blanks: bool) -> Loaded:
    """Read ``data``; ``keep_blanks``: white space between elements counts, as in a source. Raises ``ConfigSyntaxError``."""
    encoding: Encoding | None = None
    if as_microsoft:
        text, bom = _as_dotnet(data, name)
    else:
        text, encoding = _exactly(data, name)
        bom = encoding.bom
    doctype = _doctype(text)
    shown = _hidden(text, doctype) if doctype else text
    check_syntax(shown, name=name)
    raw = read_nodes(shown, name=name)
    root = raw.elements()[0]
    if root.name.lower() == "html":
        raise ConfigSyntaxError(
            f"The root element is <{root.name}>: this is a page, a login or error page perhaps.",
            where=name,
            line=root.line,
            column=root.column,
            next_step="Check that this is the file that was meant.",
        )
    declaration = DECLARATION.match(text)
    return Loaded(
        document=_Builder(name, keep_blanks=keep_blanks, doctype=doctype).build(raw),
        raw=raw,
        text=shown,
        name=name,
        encoding=encoding,
        bom=bom,
        declared=declaration["encoding"][1:-1] if declaration and declaration["encoding"] else None,
    )


class _Builder:
    def __init__(self, name: str, *, keep_blanks: bool, doctype: re.Match[str] | None) -> None:
        self._name = name
        self._keep_blanks = keep_blanks
        self._doctype = doctype

    def build(self, raw: RawElement) -> Document:
        document = Document()
        waiting: list[tuple[RawElement, Document | Element, dict[str, str], bool]] = [(raw, document, {}, False)]
        while waiting:
            source, target, scope, preserve = waiting.pop()
            for child in source.children:
                if isinstance(child, Markup):
                    leaf = self._leaf(child, preserve=preserve)
                    if leaf.kind is not Kind.WHITESPACE or self._keep_blanks:
                        target.append(leaf)
                    continue
                inner, inner_preserve = scope, preserve
                attributes = child.raw_attributes
                if "xmlns" in attributes or "xml:space" in attributes:
                    inner, inner_preserve = self._scope(child, scope, preserve)
                prefix, _colon, local = child.name.rpartition(":")
                element = Element(prefix, local, inner.get(prefix, ""), source=child, scope=inner)
                target.append(element)
                if child.children:
                    waiting.append((child, element, inner, inner_preserve))
        return document

    def _scope(self, element: RawElement, scope: dict[str, str], preserve: bool) -> tuple[dict[str, str], bool]:
        found = dict(scope)
        for attribute in element.attributes:
            if attribute.name == "xmlns":
                found[""] = attribute.value
            elif attribute.name.startswith("xmlns:"):
                found[attribute.name[6:]] = attribute.value
            elif attribute.name == "xml:space":
                if attribute.value not in _SPACE:
                    lines = element.lines or Lines("")
                    raise ConfigSyntaxError(
                        "An invalid xml:space value.",
                        where=self._name,
                        line=lines.line(attribute.offset),
                        column=lines.column(attribute.offset),
                        next_step="It is default or preserve.",
                    )
                preserve = _SPACE[attribute.value]
        return found, preserve

    def _leaf(self, markup: Markup, *, preserve: bool) -> Leaf:
        raw = markup.raw
        if markup.kind is RawKind.TEXT:
            value = unescape(raw)
            kind = Kind.TEXT
            if not value.strip(_BLANKS) and not re.search(r"&#[0-9]", raw):  # .NET takes a decimal reference for text
                kind = Kind.SIGNIFICANT if preserve else Kind.WHITESPACE
            return Leaf(kind, value, raw=raw)
        if markup.kind is RawKind.CDATA:
            return Leaf(Kind.CDATA, raw[9:-3], raw=raw)
        if markup.kind is RawKind.COMMENT:
            return Leaf(Kind.COMMENT, raw[4:-3], raw=raw)
        if self._doctype and markup.offset == self._doctype.start("doctype"):
            return Leaf(Kind.DOCTYPE, doctype_as_dotnet(self._doctype), raw=self._doctype["doctype"])
        found = re.match(r"<\?(\S*?)(?=\?>|[ \t\r\n])[ \t\r\n]*", raw)
        target = found[1] if found else ""
        data = raw[found.end() if found else 2 : -2]
        if markup.kind is RawKind.DECLARATION:
            return Leaf(Kind.DECLARATION, _declaration_as_dotnet(raw), raw=raw)
        return Leaf(Kind.INSTRUCTION, data, raw=raw, target=target)


def doctype_as_dotnet(found: re.Match[str]) -> str:
    """The DOCTYPE as XmlTextWriter writes it: one blank between the parts, always a subset."""
    public, system = (found[part][1:-1] if found[part] else None for part in ("public", "system"))
    identifier = f' PUBLIC "{public}" "{system}"' if public is not None else f' SYSTEM "{system}"' if system is not None else ""
    return f"<!DOCTYPE {found['name']}{identifier}[{found['subset'] or ''}]>"


def _declaration_as_dotnet(raw: str) -> str:
    found = DECLARATION.match(raw)
    parts = [f'{part}="{found[part][1:-1]}"' for part in ("version", "encoding", "standalone") if found and found[part]]
    return f"<?xml {' '.join(parts)}?>"
