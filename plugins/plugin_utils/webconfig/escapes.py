# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Character data between its written form and its value: references, and which characters XML 1.0 can hold at all."""

from __future__ import annotations

import re

__all__ = ["attribute_form", "illegal_character", "is_name", "unescape"]

_REFERENCE = re.compile(r"&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_START = (
    r"A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d"
    r"\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd"
)
_NCNAME = rf"[{_START}][{_START}.\-0-9\u00b7\u0300-\u036f\u203f\u2040]*"
_NAME = re.compile(rf"{_NCNAME}(?::{_NCNAME})?")
#: What an attribute cannot hold as itself; tab and line ends would come back as blanks from a conforming reader.
_ESCAPED = {"&": "&amp;", "<": "&lt;", '"': "&quot;", "'": "&apos;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}


def _character(match: re.Match[str]) -> str:
    hexadecimal, decimal, name = match.groups()
    if name:
        return _NAMED[name]
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    return chr(code) if code <= 0x10FFFF else match.group()


def unescape(raw: str) -> str:
    """The value of a text or an attribute; literal line breaks stay, and what is no reference stays as written."""
    return _REFERENCE.sub(_character, raw) if "&" in raw else raw


def attribute_form(value: str, quote: str, codec: str) -> str:
    """``value`` as it stands between ``quote`` characters; what ``codec`` lacks becomes a character reference."""
    escaped = "".join(_ESCAPED[c] if c in "&<\t\n\r" or c == quote else c for c in value)
    return escaped.encode(codec, "xmlcharrefreplace").decode(codec)


def illegal_character(value: str) -> str | None:
    """The first character that XML 1.0 cannot hold, not even as a reference."""
    found = _ILLEGAL.search(value)
    return found.group() if found else None


def is_name(name: str) -> bool:
    """Whether ``name`` can name an element or an attribute, with at most one prefix."""
    return _NAME.fullmatch(name) is not None
