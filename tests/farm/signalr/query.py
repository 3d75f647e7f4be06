# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Query strings and form bodies as Katana takes them apart (Microsoft.Owin, ``OwinHelpers.ParseDelimited``)."""

from __future__ import annotations

import re
from urllib.parse import unquote


class Parameters:
    """Named values without regard to case; a name given twice has its values joined by a comma."""

    def __init__(self, text: str, *, delimiters: str = "&;") -> None:
        self._values: dict[str, list[str]] = {}
        for part in re.split(f"[{delimiters}]", text):
            name, equals, value = part.partition("=")
            # A plus sign is a space: a token sent without percent-encoding is damaged right here.
            if equals:
                self._values.setdefault(_unescape(name).casefold(), []).append(_unescape(value))

    def get(self, name: str) -> str | None:
        """The value, or None when the name is not there."""
        values = self._values.get(name.casefold())
        return ",".join(values) if values else None


def _unescape(text: str) -> str:
    return unquote(text.replace("+", " "))
