# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the engine says while it works: the same entries, in the same order, as Microsoft's engine gives its logger."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Log", "LogEntry", "XdtError"]

#: Kinds of entry: a transform begins or ends, detail, information, and what a build would show as warning or error.
LEVELS = ("start", "end", "verbose", "message", "warning", "error")


@dataclass(frozen=True)
class LogEntry:
    """One entry. ``line`` and ``column`` count from 1 and are None, like ``file``, where the engine gives no place."""

    level: str
    message: str
    line: int | None = None
    column: int | None = None
    file: str | None = None
    depth: int = 0  # open sections round it

    def __str__(self) -> str:
        place = f"{self.file} ({self.line}, {self.column}): " if self.line is not None else f"{self.file}: " if self.file else ""
        return f"{place}{self.message}"


@dataclass(frozen=True)
class Place:
    """A position in one of the two files."""

    file: str
    line: int | None = None
    column: int | None = None


class XdtError(Exception):
    """A transform that fails, in the engine's words. ``place`` is set by the innermost that knows it."""

    def __init__(self, message: str, place: Place | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = place

    def at(self, place: Place) -> XdtError:
        """Give the error this place unless it has one."""
        if self.place is None:
            self.place = place
        return self


#: What .NET says when the engine meets something it was not written for; kept because people search for it.
NULL_REFERENCE = "Object reference not set to an instance of an object."


class Log:
    """Collects entries. ``reference`` is the place of warnings that name none: the running transform's attribute."""

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self.entries: list[LogEntry] = []
        self.has_errors = False
        self.suppress_warnings = False
        self.reference: Place | None = None
        self._depth = 0

    def _add(self, level: str, message: str, place: Place | None = None) -> None:
        line, column, file = (place.line, place.column, place.file) if place else (None, None, None)
        self.entries.append(LogEntry(level, message, line, column, file, self._depth))

    def start(self, message: str) -> None:
        self._add("start", message)
        self._depth += 1

    def end(self, message: str) -> None:
        self._depth -= 1
        self._add("end", message)

    def verbose(self, message: str) -> None:
        self._add("verbose", message)

    def message(self, message: str) -> None:
        self._add("message", message)

    def remark(self, message: str) -> None:
        """A message that strict mode takes for an error."""
        if self._strict:
            self.error(XdtError(message))
        else:
            self.message(message)

    def warning(self, message: str, place: Place | None = None) -> None:
        """A warning; an error in strict mode; only a message where the transform says ``xdt:SupressWarnings="true"``."""
        if self.suppress_warnings:
            self.message(message)
        elif self._strict:
            self.error(XdtError(message, place or self.reference))
        else:
            self._add("warning", message, place or self.reference)

    def error(self, error: XdtError) -> None:
        self.has_errors = True
        self._add("error", error.message, error.place)
