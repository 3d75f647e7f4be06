# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON as Json.NET writes it: no spaces, text as it is, a decimal point in every double."""

from __future__ import annotations

import json
from typing import Any

from .pages import DotNetError

_LINE_ENDS = {ord("\u0085"): "\\u0085", ord("\u2028"): "\\u2028", ord("\u2029"): "\\u2029"}
_READER = "Newtonsoft.Json.JsonReaderException"
_STARTS = '{["-0123456789tfnNIu/'


def write(value: Any) -> str:
    """The JSON text of a value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_LINE_ENDS)


def read(text: str | None, parameter: str = "s") -> Any:
    """The value of a JSON text; :class:`DotNetError` with Json.NET's sentence when it is none."""
    if text is None:
        raise DotNetError(f"Value cannot be null. (Parameter '{parameter}')", "System.ArgumentNullException")
    try:
        return json.loads(text)
    except ValueError as error:
        first = text.lstrip()[:1]
        if first and first not in _STARTS:
            sentence = f"Unexpected character encountered while parsing value: {first}. Path '', line 0, position 0."
        else:
            sentence = "Unexpected end when reading JSON. Path '', line 1, position 0."
        raise DotNetError(sentence, _READER) from error


def depth(value: Any) -> int:
    """How many levels of objects and arrays a value nests."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max((depth(item) for item in inner), default=0)
