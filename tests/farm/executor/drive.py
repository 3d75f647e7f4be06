# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's drive: Windows paths, with environment variables in them, and the files that stand for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Drive", "PathRefused"]

VARIABLES = {
    "systemdrive": "C:",
    "systemroot": "C:\\Windows",
    "windir": "C:\\Windows",
    "programdata": "C:\\ProgramData",
    "temp": "C:\\Windows\\Temp",
    "tmp": "C:\\Windows\\Temp",
}


class PathRefused(ValueError):
    """The path is not one of this node's; the text says why."""


@dataclass(frozen=True)
class Drive:
    """Drive C: of one node, kept in ``folder``.

    ``letter`` is how the drive is called in paths that go back: ``C:``, or ``%SystemDrive%`` where PowerShell's engine on another
    system has to find the files by the path it is given.
    """

    folder: Path
    letter: str = "C:"

    def expand(self, path: str) -> str:
        """The path with its environment variables replaced; unknown ones stay, as Windows leaves them."""
        return re.sub(r"%([^%]+)%", lambda match: VARIABLES.get(match[1].lower(), match[0]), path)

    def local(self, path: str) -> Path:
        """The file or folder that stands for a Windows path; raises ``PathRefused`` for one that is not on this drive."""
        expanded = self.expand(path).replace("/", "\\")
        head, _separator, rest = expanded.partition("\\")
        parts = [part for part in rest.split("\\") if part]
        if head.upper() != "C:" or ".." in parts or any(set(part) & set('<>:"|?*\0') for part in parts):
            raise PathRefused(f"The simulated node has only drive C:; it does not know the path '{path}'.")
        return self.folder.joinpath(*parts)

    def windows(self, path: Path) -> str:
        """The Windows path of a file on this drive."""
        return "\\".join((self.letter, *path.relative_to(self.folder).parts))
