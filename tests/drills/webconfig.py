# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make drill-webconfig``: what can be measured of configuration files, edits and transforms, one line last. Non-zero when a figure is missed."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable

from . import webconfig_edit, webconfig_transform

PARTS: tuple[Callable[[], int], ...] = (webconfig_edit.main, webconfig_transform.main)


class _Last(io.TextIOBase):
    """Passes everything on and keeps the last line."""

    def __init__(self) -> None:
        self._out = sys.stdout
        self.line = ""

    def write(self, text: str) -> int:
        self.line = text.strip() or self.line
        return self._out.write(text)


def main() -> int:
    """Runs every part."""
    code, lines = 0, []
    for part in PARTS:
        last = _Last()
        with contextlib.redirect_stdout(last):
            code = max(code, part())
        lines.append(last.line.removeprefix("webconfig "))
    print(f"webconfig: {' | '.join(lines)}")
    return code


if __name__ == "__main__":
    sys.exit(main())
