# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows paths on a folder of this machine.

Names have no case, as on NTFS: an existing file is found whatever the spelling, a new one keeps the spelling it was made with.
"""

from __future__ import annotations

import ntpath
import re
from pathlib import Path

from .errors import NodeError, missing_folder

ENVIRONMENT = {
    "allusersprofile": r"C:\ProgramData",
    "programdata": r"C:\ProgramData",
    "programfiles": r"C:\Program Files",
    "programfiles(x86)": r"C:\Program Files (x86)",
    "public": r"C:\Users\Public",
    "systemdrive": "C:",
    "systemroot": r"C:\Windows",
    "temp": r"C:\Windows\Temp",
    "tmp": r"C:\Windows\Temp",
    "windir": r"C:\Windows",
}

_VARIABLE = re.compile(r"%([^%]+)%")
_FORBIDDEN = re.compile(r'[<>"|?*\x00-\x1f]')


class WindowsPaths:
    """The mapping of ``C:`` to one local folder."""

    def __init__(self, drive: Path) -> None:
        self.drive = drive

    def expand(self, text: str) -> str:
        """``text`` with environment variables replaced; unknown ones stay, as ``ExpandEnvironmentVariables`` leaves them."""
        return _VARIABLE.sub(lambda match: ENVIRONMENT.get(match[1].casefold(), match[0]), text).replace("/", "\\")

    def normal(self, text: str) -> str:
        """The full path that Windows would make of ``text``; :class:`NodeError` for one that is not on this machine's C: drive."""
        path = ntpath.normpath(self.expand(text))
        drive, rest = ntpath.splitdrive(path)
        if drive.casefold() != "c:" or not rest.startswith("\\"):
            raise missing_folder(path)
        if _FORBIDDEN.search(rest) or ":" in rest:
            raise NodeError("failed", "Illegal characters in path.")
        return "C:" + rest

    def resolved(self, text: str) -> str | None:
        """As :meth:`normal`, for telling only: a share is told although it is not here, nonsense is None."""
        expanded = ntpath.normpath(self.expand(text))
        if expanded.startswith("\\\\"):
            return expanded
        try:
            return self.normal(text)
        except NodeError:
            return None

    def local(self, text: str) -> Path:
        """Where ``text`` lies on this machine; it need not exist."""
        current = self.drive
        for part in self.normal(text)[3:].split("\\"):
            if part:
                current = _child(current, part)
        return current

    def windows(self, local: Path) -> str:
        """The Windows path of a local file below the drive."""
        return "C:\\" + "\\".join(local.relative_to(self.drive).parts)


def _child(folder: Path, name: str) -> Path:
    exact = folder / name
    if exact.exists() or not folder.is_dir():
        return exact
    wanted = name.casefold()
    return next((entry for entry in folder.iterdir() if entry.name.casefold() == wanted), exact)


def virtual_parent(path: str) -> str:
    """The virtual folder above ``path``; ``/`` has none above it and answers itself."""
    return path.rstrip("/").rpartition("/")[0] or "/"


def is_below(path: str, folder: str) -> bool:
    """Whether a virtual path lies below another one, without regard to case."""
    prefix = folder.rstrip("/").casefold() + "/"
    return path.casefold() != folder.casefold() and path.casefold().startswith(prefix)
