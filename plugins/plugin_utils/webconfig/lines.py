# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Positions in a text as an editor and .NET's XML reader count them: from 1; CR, LF and CR LF each end a line."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

__all__ = ["Lines"]

_END = re.compile(r"\r\n|\r|\n")


class Lines:
    """Turns offsets in ``text`` into lines and columns; the index is built when the first position is asked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(end.end() for end in _END.finditer(self.text))]

    def line(self, offset: int) -> int:
        """Line of the character at ``offset``."""
        return bisect_right(self._starts, offset)

    def column(self, offset: int) -> int:
        """Column of the character at ``offset``, in UTF-16 units as .NET counts."""
        before = self.text[self._starts[self.line(offset) - 1] : offset]
        return 1 + len(before) + (0 if before.isascii() else sum(character > "\uffff" for character in before))
