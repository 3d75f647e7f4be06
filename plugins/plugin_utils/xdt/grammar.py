# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The little language inside ``xdt:Transform`` and ``xdt:Locator``: ``Name`` or ``Name(arguments)``."""

from __future__ import annotations

import re

from .log import XdtError

__all__ = ["parse_value", "split_arguments"]

#: A name, blanks, and everything between the first and the last parenthesis.
_VALUE = re.compile(r"\s*(\w+)(?:\s*\((.*)\))?\s*", re.DOTALL)
_BAD_VALUE = (
    "Transform and Locator attributes must contain only a type name, or a type name followed by a list of attributes in parentheses."
)


def parse_value(value: str) -> tuple[str, str | None]:
    """Name and argument string; ``Name()`` has no arguments. Raises ``XdtError``."""
    found = _VALUE.fullmatch(value)
    if found is None:
        raise XdtError(_BAD_VALUE)
    return found[1], found[2] or None


def split_arguments(text: str | None) -> list[str]:
    """Arguments of a list. One without a comma stays as written; pieces are joined again while parentheses are open."""
    if text is None:
        return []
    if "," not in text:
        return [text]
    found: list[str] = []
    pending: list[str] = []
    depth = 0
    for piece in text.split(","):
        pending.append(piece)
        depth += piece.count("(") - piece.count(")")
        if depth == 0:
            found.append(",".join(pending).strip())
            pending = []
    return [*found, ",".join(pending).strip()] if pending else found
