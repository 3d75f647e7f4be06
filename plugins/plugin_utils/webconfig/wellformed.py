# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What .NET's XML reader says about a text that is not well-formed, and where.

libxml2 decides whether a text is taken; this finds the sentence that ASP.NET shows, because that is the one people search for.
Positions are those of ``XmlTextReader``: the character that it stumbles over, the name for a tag.
"""

from __future__ import annotations

import re
from html.entities import name2codepoint

from .lines import Lines

__all__ = ["Fault", "dotnet_fault"]

#: Sentence and offset; without a place for what concerns the whole file.
Fault = tuple[str, int | None]

_BLANK = re.compile(r"[ \t\r\n]*")
_NAME = re.compile(r"[^\s<>/=\"'&;,()\[\]{}!?*+%^|\\@#$~`]+")
_NAME_START = re.compile(r"[^\W\d]|[:_]")
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|([^\W\d][\w.\-:]*));")
_KNOWN = {"amp", "lt", "gt", "quot", "apos"}
#: Words that may be repeated in a message when they stand where a quote should; anything else could be part of a key or a password.
_PUBLIC = {"SHA1", "MD5", "AES", "3DES", "DES", "HMACSHA256", "HMACSHA384", "HMACSHA512", "Auto", "true", "false", "/", ">", "<", "=", "&"}


class _Stumble(Exception):
    def __init__(self, sentence: str, offset: int | None) -> None:
        super().__init__(sentence)
        self.fault: Fault = (sentence, offset)


def _invalid(character: str, offset: int) -> _Stumble:
    shown = "." if character == "\0" else character
    return _Stumble(f"'{shown}', hexadecimal value 0x{ord(character):02X}, is an invalid character.", offset)


class _Reader:
    """Reads the text once, in the order in which .NET would meet its faults."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = Lines(text)
        self.at = 0
        self.open: list[tuple[str, int, dict[str, str]]] = []  # name, offset of the name, prefixes in scope

    def read(self) -> None:
        has_root = False
        while True:
            if not self.open:
                self.at = self._blank(self.at)
            if self.at >= len(self.text):
                break
            if self.text.startswith("<?", self.at):
                self._instruction()
            elif self.text.startswith("<!--", self.at):
                self._comment()
            elif self.open and self.text.startswith("<![CDATA[", self.at):
                self._until("]]>", 9, "CDATA")
            elif self.text.startswith("</", self.at):
                self._end_tag()
            elif self.text.startswith("<", self.at) and not self.text.startswith("<!", self.at):
                if has_root and not self.open:
                    raise _Stumble("There are multiple root elements.", self.at + 1)
                has_root = True
                self._start_tag()
            elif self.open:
                self._text()
            else:
                raise _Stumble("Data at the root level is invalid.", self.at)
        if self.open:
            names = ", ".join(name for name, _offset, _prefixes in reversed(self.open))
            raise _Stumble(f"Unexpected end of file has occurred. The following elements are not closed: {names}.", len(self.text))
        if not has_root:
            raise _Stumble("Root element is missing.", None)

    def _blank(self, offset: int) -> int:
        match = _BLANK.match(self.text, offset)
        return match.end() if match else offset

    def _legal(self, start: int, end: int) -> None:
        found = _ILLEGAL.search(self.text, start, end)
        if found:
            raise _invalid(found.group(), found.start())

    def _until(self, mark: str, skip: int, what: str) -> None:
        end = self.text.find(mark, self.at + skip)
        if end < 0:
            self._legal(self.at, len(self.text))
            raise _Stumble(f"Unexpected end of file while parsing {what} has occurred.", len(self.text))
        self._legal(self.at, end)
        self.at = end + len(mark)

    def _instruction(self) -> None:
        if self.at and re.match(r"<\?xml[ \t\r\n?]", self.text[self.at : self.at + 6]):
            raise _Stumble(
                "Unexpected XML declaration. The XML declaration must be the first node in the document, "
                "and no whitespace characters are allowed to appear before it.",
                self.at + 2,
            )
        self._until("?>", 2, "PI")

    def _comment(self) -> None:
        end = self.text.find("--", self.at + 4)
        if end >= 0 and not self.text.startswith("-->", end):
            self._legal(self.at, end)
            raise _Stumble("An XML comment cannot contain '--', and '-' cannot be the last character.", end)
        self._until("-->", 4, "Comment")

    def _references(self, start: int, end: int) -> None:
        offset = self.text.find("&", start, end)
        while offset >= 0:
            match = _REFERENCE.match(self.text, offset, end)
            if match is None:
                raise _Stumble("An error occurred while parsing EntityName.", offset + 1)
            hexadecimal, decimal, name = match.groups()
            if name is None:
                code = int(hexadecimal, 16) if hexadecimal else int(decimal)
                if code > 0x10FFFF or _ILLEGAL.match(chr(code)):
                    raise _invalid(chr(min(code, 0x10FFFF)), offset + 2)
            elif name not in _KNOWN:
                shown = name if name in name2codepoint else "..."  # it may be part of a password
                raise _Stumble(f"Reference to undeclared entity '{shown}'.", offset + 1)
            offset = self.text.find("&", match.end(), end)

    def _text(self) -> None:
        end = self.text.find("<", self.at)
        end = len(self.text) if end < 0 else end
        if end == self.at:
            raise _Stumble("'<!' is an unexpected token.", self.at)
        marker = self.text.find("]]>", self.at, end)
        self._legal(self.at, end if marker < 0 else marker)
        self._references(self.at, end if marker < 0 else marker)
        if marker >= 0:
            raise _Stumble("']]>' is not allowed in character data.", marker)
        self.at = end

    def _name(self, offset: int) -> tuple[str, int]:
        if offset >= len(self.text):
            raise _Stumble("Unexpected end of file while parsing Name has occurred.", len(self.text))
        first = self.text[offset]
        if not _NAME_START.match(first):
            raise _Stumble(f"Name cannot begin with the '{first}' character, hexadecimal value 0x{ord(first):02X}.", offset)
        match = _NAME.match(self.text, offset)
        end = match.end() if match else offset
        if end >= len(self.text):
            raise _Stumble("Unexpected end of file while parsing Name has occurred.", len(self.text))
        return self.text[offset:end], end

    def _unexpected(self, offset: int, wanted: str) -> _Stumble:
        if offset >= len(self.text):
            return _Stumble("Unexpected end of file has occurred.", len(self.text))
        match = _NAME.match(self.text, offset)
        token = match.group() if match else self.text[offset]
        is_attribute = wanted == "whitespace" and match is not None and self.text.startswith("=", self._blank(match.end()))
        shown = token if match is None or token in _PUBLIC or is_attribute else "..."
        sentence = "Expecting whitespace." if wanted == "whitespace" else f"The expected token is {wanted}."
        return _Stumble(f"'{shown}' is an unexpected token. {sentence}", offset)

    def _end_tag(self) -> None:
        start = self.at + 2
        if not self.open:
            raise _Stumble("Unexpected end tag.", start)
        name, end = self._name(start)
        opened, offset, _prefixes = self.open[-1]
        if name != opened:
            raise _Stumble(
                f"The '{opened}' start tag on line {self.lines.line(offset)} position {self.lines.column(offset)} "
                f"does not match the end tag of '{name}'.",
                start,
            )
        end = self._blank(end)
        if not self.text.startswith(">", end):
            raise self._unexpected(end, "'>'")
        self.open.pop()
        self.at = end + 1

    def _start_tag(self) -> None:
        start = self.at + 1
        name, offset = self._name(start)
        attributes: list[tuple[str, int, str]] = []
        while True:
            after = self._blank(offset)
            if self.text.startswith(">", after) or self.text.startswith("/", after):
                break
            if after == offset and after < len(self.text):
                raise self._unexpected(after, "whitespace" if attributes else "'>'")
            key, end = self._name(after)
            end = self._blank(end)
            if not self.text.startswith("=", end):
                raise self._unexpected(end, "'='")
            quote = self._blank(end + 1)
            if self.text[quote : quote + 1] not in ('"', "'"):
                raise self._unexpected(quote, "'\"' or '''")
            offset = self._value(quote + 1, self.text[quote])
            attributes.append((key, after, self.text[quote + 1 : offset - 1]))
        closed = self.text.startswith("/", after)
        if closed and not self.text.startswith("/>", after):
            raise self._unexpected(after + 1, "'>'")
        prefixes = self._check_names(name, start, attributes)
        self.at = after + (2 if closed else 1)
        if not closed:
            self.open.append((name, start, prefixes))

    def _value(self, start: int, quote: str) -> int:
        end = self.text.find(quote, start)
        less = self.text.find("<", start, end if end >= 0 else len(self.text))
        stop = less if less >= 0 else end if end >= 0 else len(self.text)
        self._legal(start, stop)
        self._references(start, stop)
        if less >= 0:
            raise _Stumble("'<', hexadecimal value 0x3C, is an invalid attribute character.", less)
        if end < 0:
            raise _Stumble("There is an unclosed literal string.", len(self.text))
        return end + 1

    def _check_names(self, name: str, start: int, attributes: list[tuple[str, int, str]]) -> dict[str, str]:
        prefixes = dict(self.open[-1][2]) if self.open else {"xml": "xml", "xmlns": "xmlns"}
        prefixes.update({key[6:]: value for key, _offset, value in attributes if key.startswith("xmlns:")})
        for key, offset in [(name, start), *((key, offset) for key, offset, _value in attributes)]:
            prefix = key.partition(":")[0] if ":" in key else ""
            if prefix and prefix not in prefixes:
                raise _Stumble(f"'{prefix}' is an undeclared prefix.", offset)
        seen: set[str] = set()
        for key, offset, _value in attributes:
            if key in seen:
                raise _Stumble(f"'{key}' is a duplicate attribute name.", offset)
            seen.add(key)
        return prefixes


def dotnet_fault(text: str) -> Fault | None:
    """The first fault of ``text``; ``None`` when .NET finds none (where libxml2 is stricter)."""
    try:
        _Reader(text).read()
    except _Stumble as stumble:
        return stumble.fault
    return None
