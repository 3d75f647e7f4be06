# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much work one run may be. A configuration needs a thousandth of it; the bounds keep hostile transforms cheap."""

from __future__ import annotations

from ..errors import ConfigEditError

__all__ = ["Budget"]

MAX_VISITS = 16_000_000  # nodes looked at by all XPath expressions together
MAX_CLONED = 20_000  # nodes copied out of the transform
MAX_STEPS = 40_000  # targets, counted once for each of their attributes
MAX_CHARACTERS = 4_000_000  # written into values, comments and inserted elements
MAX_PATH = 32_768  # characters of one XPath


class Budget:
    """Counts what is spent. Raises ``ConfigEditError`` when a bound is passed."""

    def __init__(self, transform_name: str) -> None:
        self._where = transform_name
        self._left = {"XPath work": MAX_VISITS, "inserted nodes": MAX_CLONED, "targets": MAX_STEPS, "inserted characters": MAX_CHARACTERS}

    def spend(self, what: str, amount: int) -> None:
        self._left[what] -= amount
        if self._left[what] < 0:
            raise ConfigEditError(
                f"The transform needs too much work ({what}).",
                where=self._where,
                next_step="Use fewer // and nested predicates, name fewer targets at once, or split the transform.",
            )
