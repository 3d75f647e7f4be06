# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Just enough XML to read a web.config, with the sentences and positions of .NET's XmlReader when it is none."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_NAME = re.compile(r"[^\s<>/=\"'&?!]+")
_SPACE = re.compile(r"\s*")
_ENTITY = re.compile(r"#x([0-9A-Fa-f]+);|#([0-9]+);|(lt|gt|amp|quot|apos);")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}


class XmlError(Exception):
    """The text is no XML; ``line`` as XmlReader counts it, 0 when nothing was there."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass
class Element:
    """An element with the line it starts on; names with their prefixes, text left out."""

    name: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict, repr=False)
    children: list[Element] = field(default_factory=list)

    def named(self, *path: str) -> list[Element]:
        """The elements below this one along a path of names."""
        found = [self]
        for name in path:
            found = [child for element in found for child in element.children if child.name == name]
        return found


def parse(data: bytes) -> Element:
    """The root element; :class:`XmlError` with XmlReader's words when the text is broken."""
    return _Reader(_decode(data)).read()


def _decode(data: bytes) -> str:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    declared = re.match(rb"<\?xml[^>]*encoding=[\"']([\w.-]+)", data)
    try:
        return data.decode(declared[1].decode("ascii") if declared else "utf-8", errors="replace")
    except LookupError as error:
        name = declared[1].decode("ascii") if declared else ""
        raise XmlError(f"System does not support '{name}' encoding. Line 1, position 31.", 1) from error


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.open: list[tuple[Element, int]] = []
        self.root: Element | None = None

    def read(self) -> Element:
        while (start := self.text.find("<", self.at)) >= 0:
            if not self.open and self.text[self.at : start].strip():
                raise self.error("Data at the root level is invalid.", self.at)
            self._check_text(self.text[self.at : start], self.at)
            self.at = start
            self._markup()
        if self.open:
            names = ", ".join(element.name for element, _start in reversed(self.open))
            raise self.error(f"Unexpected end of file has occurred. The following elements are not closed: {names}.", len(self.text))
        if self.root is None:
            raise XmlError("Root element is missing.", 0) if not self.text.strip() else self.error("Data at the root level is invalid.", 0)
        return self.root

    def error(self, sentence: str, at: int) -> XmlError:
        line, column = self.position(at)
        return XmlError(f"{sentence} Line {line}, position {column}.", line)

    def position(self, at: int) -> tuple[int, int]:
        return self.text.count("\n", 0, at) + 1, at - self.text.rfind("\n", 0, at)

    def _markup(self) -> None:
        for opening, closing in (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!DOCTYPE", ">")):
            if self.text.startswith(opening, self.at):
                end = self.text.find(closing, self.at + len(opening))
                if end < 0:
                    raise self.error("Unexpected end of file has occurred.", len(self.text))
                self.at = end + len(closing)
                return
        if self.text.startswith("</", self.at):
            self._end_tag()
        else:
            self._start_tag()

    def _name(self) -> str:
        match = _NAME.match(self.text, self.at)
        if match is None:
            raise self._unexpected()
        self.at = match.end()
        return match[0]

    def _unexpected(self) -> XmlError:
        if self.at >= len(self.text):
            return self.error("Unexpected end of file has occurred.", self.at)
        found = self.text[self.at]
        return self.error(f"Name cannot begin with the '{found}' character, hexadecimal value 0x{ord(found):02X}.", self.at)

    def _end_tag(self) -> None:
        self.at += 2
        start = self.at
        name = self._name()
        if not self.open:
            raise self.error("Unexpected end tag.", start)
        element, opened = self.open.pop()
        if element.name != name:
            line, column = self.position(opened)
            sentence = f"The '{element.name}' start tag on line {line} position {column} does not match the end tag of '{name}'."
            raise self.error(sentence, start)
        self._skip()
        self._expect(">")

    def _start_tag(self) -> None:
        self.at += 1
        start = self.at
        element = Element(self._name(), self.position(start)[0])
        if not self.open and self.root is not None:
            raise self.error("There are multiple root elements.", start)
        while True:
            self._skip()
            if self.text.startswith("/>", self.at) or self.text.startswith(">", self.at):
                break
            self._attribute(element)
        if self.open:
            self.open[-1][0].children.append(element)
        else:
            self.root = element
        if self.text[self.at] == ">":
            self.open.append((element, start))
        self.at += 1 if self.text[self.at] == ">" else 2

    def _attribute(self, element: Element) -> None:
        start = self.at
        name = self._name()
        if name in element.attributes:
            raise self.error(f"'{name}' is a duplicate attribute name.", start)
        self._skip()
        self._expect("=")
        self._skip()
        quote = self.text[self.at : self.at + 1]
        if quote not in ('"', "'") or not quote:
            raise self.error(f"'{quote}' is an unexpected token. The expected token is '\"' or '''.", self.at)
        end = self.text.find(quote, self.at + 1)
        if end < 0:
            raise self.error("There is an unclosed literal string.", len(self.text))
        element.attributes[name] = self._check_text(self.text[self.at + 1 : end], self.at + 1)
        self.at = end + 1

    def _skip(self) -> None:
        space = _SPACE.match(self.text, self.at)
        self.at = space.end() if space else self.at

    def _expect(self, token: str) -> None:
        if not self.text.startswith(token, self.at):
            found = self.text[self.at : self.at + 1]
            raise self.error(f"'{found}' is an unexpected token. The expected token is '{token}'.", self.at)
        self.at += len(token)

    def _check_text(self, text: str, at: int) -> str:
        """The text with its references replaced."""
        parts, done = [], 0
        while (start := text.find("&", done)) >= 0:
            match = _ENTITY.match(text, start + 1)
            if match is None:
                raise self.error("An error occurred while parsing EntityName.", at + start + 1)
            code = match[1] or match[2]
            parts += [text[done:start], chr(int(code, 16 if match[1] else 10)) if code else _NAMED[match[3]]]
            done = match.end()
        return "".join([*parts, text[done:]])
