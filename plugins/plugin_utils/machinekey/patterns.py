# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys that no random generator made: what a person types, counts, repeats or encodes."""

from __future__ import annotations

__all__ = ["pattern_of"]

#: Below this many bytes a random key may look like text by chance (1 in 3,000 for 8 bytes).
_LONG_ENOUGH_FOR_TEXT = 16
#: No more different bytes than this are asked of a long key: a random one of 200 bytes has about 138.
_FEW = 100


def pattern_of(key: bytes) -> str | None:
    """What makes ``key`` guessable, as the end of a sentence; None for a key that looks random.

    The odds that a random key of 16 bytes or more is called patterned are below one in a million, for the 8 bytes of DES below 1 in 1,000.
    """
    size = len(key)
    if size < 4:
        return "it has next to no bytes"
    if len(set(key)) == 1:
        return "all bytes are the same"
    steps = {(b - a) % 256 for a, b in zip(key, key[1:], strict=False)}
    if len(steps) == 1:
        return "its bytes count up or down"
    if any(key[period:] == key[:-period] for period in range(1, size // 2 + 1)):
        return "it repeats a short sequence"
    if len(set(key)) < min(size // 2, _FEW):
        return "it has few different bytes"
    if size >= _LONG_ENOUGH_FOR_TEXT and all(0x20 <= byte < 0x7F for byte in key):
        return "it is text, written as hex"
    if size >= _LONG_ENOUGH_FOR_TEXT and key.hex().isdecimal():
        return "it has no digit above 9"
    return None
