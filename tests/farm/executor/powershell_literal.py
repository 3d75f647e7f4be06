# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ``$spec`` of a PowerShell module, read from its source: a hashtable literal of constants.

Grammar: PowerShell language specification, hash literal and array expressions; only constants, ``$true``, ``$false`` and ``$null``
are values here. A module whose spec is computed is refused, as ansible-test's argument checks need a literal, too.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["LiteralError", "argument_spec", "parse_literal"]

TOKEN = re.compile(
    r"""(?P<space>(?:\s|\#[^\n]*|<\#.*?\#>|`\r?\n)+)
      | (?P<single>'(?:[^']|'')*')
      | (?P<double>"(?:[^"`$]|"")*")
      | (?P<open>@\{) | (?P<array>@\() | (?P<close>[})]) | (?P<punctuation>[=,;])
      | (?P<constant>\$(?:true|false|null)\b)
      | (?P<number>-?\d+(?:\.\d+)?)
      | (?P<word>[A-Za-z_]\w*)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
CONSTANTS = {"$true": True, "$false": False, "$null": None}


class LiteralError(ValueError):
    """The text is not a literal of constants; the message names the place."""


def argument_spec(source: str) -> dict[str, Any]:
    """The literal that a module assigns to ``$spec``; raises ``LiteralError`` when there is none."""
    match = re.search(r"^\$spec\s*=\s*(?=@\{)", source, re.MULTILINE | re.IGNORECASE)
    if match is None:
        raise LiteralError("there is no assignment to $spec")
    return parse_literal(source, match.end())


def parse_literal(source: str, start: int = 0) -> Any:
    """The value of the literal that begins at ``start``; what follows it is not looked at."""
    return _Reader(source, start).value()


class _Reader:
    """Walks over the tokens; one of lookahead."""

    def __init__(self, source: str, position: int) -> None:
        self._source = source
        self._position = position
        self._next()

    def _next(self) -> None:
        while True:
            match = TOKEN.match(self._source, self._position)
            self.kind, self.text = (match.lastgroup or "", match[0]) if match else ("end", "")
            if match is None:
                return
            self._position = match.end()
            if self.kind != "space":
                return

    def _fail(self, wanted: str) -> LiteralError:
        line = self._source.count("\n", 0, self._position) + 1
        return LiteralError(f"line {line}: {wanted} was expected, not '{self.text or 'something else'}'")

    def _take(self) -> str:
        text = self.text
        self._next()
        return text

    def value(self) -> Any:
        """One value; a hashtable's closing brace is the last token that is read of it."""
        if self.kind == "open":
            return self._hashtable()
        if self.kind == "array":
            return self._array()
        if self.kind == "constant":
            return CONSTANTS[self._take().lower()]
        if self.kind == "number":
            text = self._take()
            return float(text) if "." in text else int(text)
        if self.kind in ("single", "double"):
            text = self._take()
            return text[1:-1].replace(text[0] * 2, text[0])
        raise self._fail("a constant")

    def _hashtable(self) -> dict[str, Any]:
        self._take()
        content: dict[str, Any] = {}
        while self.text != "}":
            if self.kind not in ("word", "single", "double", "number"):
                raise self._fail("a key")
            key = self._take().strip("'\"")
            if self.text != "=":
                raise self._fail("'='")
            self._take()
            content[key] = self._items()
            if self.text == ";":
                self._take()
        self._take()
        return content

    def _items(self) -> Any:
        """A value, or several with commas between them, which make a list."""
        first = self.value()
        if self.text != ",":
            return first
        items = [first]
        while self.text == ",":
            self._take()
            items.append(self.value())
        return items

    def _array(self) -> list[Any]:
        self._take()
        items: list[Any] = []
        while self.text != ")":
            if self.kind == "punctuation" and self.text == ",":  # ,@(...) makes one element of a list
                self._take()
            items.append(self.value())
            while self.text in (",", ";"):
                self._take()
        self._take()
        return items
