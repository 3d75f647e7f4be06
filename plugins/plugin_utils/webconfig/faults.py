# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refusals of a configuration, and the list in which a file collects them while it is read."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import FarmError

__all__ = ["ConfigurationError", "FileErrors"]

_NEXT = {
    "file": "Correct the file: until then every section of it fails, and so does every request to ASP.NET.",
    "section": "Correct the section: until then ASP.NET cannot use it.",
}


class ConfigurationError(FarmError):
    """ASP.NET would refuse the configuration.

    ``message`` is .NET's sentence; ``level`` whose file it concerns ("site", "app /chat"), ``file`` that file's name, ``line`` the line in
    it (``None``: the whole file). ``scope`` "file": every section fails; "section": only the one asked for. ``others``: what would come up next.
    """

    def __init__(self, message: str, *, level: str, file: str, line: int | None, scope: str = "section") -> None:
        self.message = message
        self.level = level
        self.file = file
        self.scope = scope
        self.others: tuple[ConfigurationError, ...] = ()
        super().__init__(message, where=f"{level}, {file}" if file else level, line=line, next_step=_NEXT[scope])

    def as_scope(self, scope: str, others: Iterable[ConfigurationError] = ()) -> ConfigurationError:
        """The same refusal with another scope, and what follows it."""
        error = ConfigurationError(self.message, level=self.level, file=self.file, line=self.line, scope=scope)
        error.others = tuple(others)
        return error


class FileErrors:
    """What is wrong with one file. A global error makes the others irrelevant; local ones wait until it is clear whom they concern."""

    def __init__(self) -> None:
        self.every: list[ConfigurationError] = []
        self.everywhere: list[ConfigurationError] = []
        self._local: list[ConfigurationError] = []

    def add(self, error: ConfigurationError) -> None:
        """An error of the file."""
        self.every.append(error)

    def add_global(self, error: ConfigurationError) -> None:
        """An error that makes the whole file count for nothing."""
        self.every.append(error)
        self.everywhere.append(error)

    def add_local(self, error: ConfigurationError) -> None:
        """An error of the section being read."""
        self._local.append(error)

    @property
    def has_local(self) -> bool:
        return bool(self._local)

    def take_local(self, *, keep: bool) -> list[ConfigurationError]:
        """The section's errors; ``keep``: they are errors of the file, too."""
        taken, self._local = self._local, []
        if keep:
            self.every.extend(taken)
        return taken

    def only(self, error: ConfigurationError) -> None:
        """Nothing counts but ``error``: the file is no XML."""
        self.every, self.everywhere, self._local = [error], [error], []

    def throw(self) -> None:
        """Raise the first error, if there is one; a global one before any other."""
        shown = self.everywhere or self.every
        if shown:
            raise shown[0].as_scope("file", shown[1:])
