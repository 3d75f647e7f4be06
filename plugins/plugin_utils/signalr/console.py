# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outcome of a probe as plain text for terminals: who accepts whose token, and the server's own words where somebody does not."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["render_matrix"]

#: A verdict as the word in a cell, and the colour (SGR number) of that word.
_WORDS = {
    "accepted": ("accepted", 32),
    "refused": ("REFUSED", 31),
    "identity": ("IDENTITY", 31),
    "unusable": ("KEY BROKEN", 31),
    "stopped": ("stopped", 31),
    "unreachable": ("unreachable", 31),
    "blocked": ("blocked", 33),
    "silent": ("silent", 33),
    "not_found": ("not found", 31),
    "login": ("login", 33),
    "forbidden": ("forbidden", 33),
    "host_unknown": ("host name?", 31),
    "not_signalr": ("not SignalR", 31),
    "failed": ("failed", 31),
    "not_offered": ("not offered", 33),
    "no_token": ("-", 90),
}
#: Above this many endpoints a table helps nobody; only what is not accepted is listed.
_LARGEST_TABLE = 12
_CORNER = "token of \\ shown to"
_MOST_PAIRS = 4


def render_matrix(result: Mapping[str, Any], *, title: str = "", colour: bool = False, width: int = 110) -> str:
    """The text for ``result``, the return value of ``signalr_probe``; ends with a line break.

    ``colour`` adds ANSI colours; the words alone say everything. ``width`` is where long sentences wrap, in characters.
    """
    rows = result["matrix"]
    names = list(dict.fromkeys(row["from"] for row in rows))
    parts = [title] if title else []
    if len(names) <= _LARGEST_TABLE:
        parts.append(_table(names, rows, colour))
    parts.append(_reasons(rows, width))
    parts.append(_transports(result.get("transports", ())))
    parts.append(_faults(result.get("findings", ()), width))
    parts.append(_paint(result["summary"].split(":")[0] + ".", 32 if result["farm_is_one"] else 31, colour) + _counted(rows))
    return "\n".join(part for part in parts if part) + "\n"


def _paint(text: str, sgr: int, colour: bool) -> str:
    return f"\x1b[{sgr}m{text}\x1b[0m" if colour else text


def _counted(rows: Sequence[Mapping[str, Any]]) -> str:
    good = sum(row["verdict"] == "accepted" for row in rows)
    return f" {good} of {len(rows)} token checks accepted."


def _table(names: Sequence[str], rows: Sequence[Mapping[str, Any]], colour: bool) -> str:
    words = {(row["from"], row["to"]): _WORDS.get(row["verdict"], (row["verdict"], 31)) for row in rows}
    first = max(len(_CORNER), *map(len, names))
    widths = [max(len(name), *(len(words[source, name][0]) for source in names)) for name in names]
    ruler = "-+-".join(["-" * first, *("-" * size for size in widths)])
    lines = [" | ".join([_CORNER.ljust(first), *(name.ljust(size) for name, size in zip(names, widths, strict=True))]), ruler]
    for source in names:
        cells = [
            _paint(words[source, target][0].ljust(size), words[source, target][1], colour)
            for target, size in zip(names, widths, strict=True)
        ]
        lines.append(" | ".join([source.ljust(first), *cells]))
    return "\n".join(line.rstrip() for line in lines)


def _transports(rows: Sequence[Mapping[str, Any]]) -> str:
    """A line for each node: which transports work, and how far the others came."""
    by_node: dict[str, list[str]] = {}
    for row in rows:
        outcome = (
            "works" if row["verdict"] == "accepted" else "not offered" if row["verdict"] == "not_offered" else f"FAILS at {row['step']}"
        )
        by_node.setdefault(row["node"], []).append(f"{row['transport']} {outcome}")
    return "\n".join(f"  {name}: {', '.join(outcomes)}" for name, outcomes in by_node.items())


def _reasons(rows: Sequence[Mapping[str, Any]], width: int) -> str:
    """What the servers said to what was not accepted, each sentence once with the pairs it was said to."""
    pairs: dict[str, list[str]] = {}
    for row in rows:
        if row["verdict"] not in ("accepted", "no_token"):
            status = "" if row["status"] is None else f"{row['status']} "
            said = row["said"] or _WORDS.get(row["verdict"], (row["verdict"],))[0]
            pairs.setdefault(f'{status}"{said}"', []).append(f"{row['from']} -> {row['to']}")
    lines: list[str] = []
    for sentence, where in pairs.items():
        shown = ", ".join(where[:_MOST_PAIRS]) + (f" and {len(where) - _MOST_PAIRS} more" if len(where) > _MOST_PAIRS else "")
        lines += _wrapped(sentence, width, "  ", "    ") + _wrapped(shown, width, "    ", "    ")
    return "\n".join(lines)


def _faults(findings: Sequence[Mapping[str, Any]], width: int) -> str:
    lines: list[str] = []
    for finding in findings:
        lines += _wrapped(f"{finding['severity']}: {finding['what']}", width, "  ", "    ")
        lines += _wrapped(f"-> {finding['next_step']}", width, "    ", "       ")
    return "\n".join(lines)


def _wrapped(text: str, width: int, first: str, then: str) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=then, break_long_words=False, break_on_hyphens=False)
