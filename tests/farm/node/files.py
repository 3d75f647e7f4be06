# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a node: read, replaced, hashed and counted as the Windows half does it."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import NodeDied, NodeError, missing_file, missing_folder
from .faults import Faults
from .paths import WindowsPaths

#: A larger file is told without content.
MAXIMUM_CONTENT = 16 * 1024 * 1024


@dataclass(frozen=True)
class Entry:
    """What is at a path: ``data`` is None for a folder and for nothing."""

    exists: bool
    is_directory: bool = False
    data: bytes | None = None

    @property
    def sha256(self) -> str | None:
        return None if self.data is None else sha256_of(self.data)


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class NodeFiles:
    """The files of one node, addressed by Windows paths."""

    def __init__(self, paths: WindowsPaths, faults: Faults) -> None:
        self.paths = paths
        self.faults = faults

    def entry(self, path: str) -> Entry:
        local = self.paths.local(path)
        if local.is_dir():
            return Entry(True, is_directory=True)
        return Entry(True, data=local.read_bytes()) if local.is_file() else Entry(False)

    def read(self, path: str) -> bytes:
        found = self.entry(path)
        if found.data is None:
            raise missing_file(self.paths.normal(path))
        return found.data

    def exists(self, path: str) -> bool:
        return self.paths.local(path).exists()

    def write(self, path: str, data: bytes, *, operation: str) -> None:
        """Put ``data`` in place as a whole: a reader sees the old bytes or the new ones."""
        local = self.paths.local(path)
        if not local.parent.is_dir():
            raise missing_folder(self.paths.normal(path))
        if local.is_dir():
            raise NodeError("already_exists", "Cannot create a file when that file already exists.")
        if self.faults.take(operation, path, "half_written"):
            local.write_bytes(data[: len(data) // 2])
            raise NodeDied(f"the machine went away while it wrote {path}")
        temporary = local.with_name(local.name + ".writing")
        temporary.write_bytes(data)
        os.replace(temporary, local)

    def delete(self, path: str) -> bool:
        """Whether there was something to delete."""
        local = self.paths.local(path)
        if not local.exists():
            return False
        local.unlink()
        return True

    def move(self, source: str, target: str) -> None:
        os.replace(self.paths.local(source), self.paths.local(target))

    def remove_tree(self, path: str) -> None:
        shutil.rmtree(self.paths.local(path))

    def remove_empty(self, folders: list[str]) -> None:
        """Remove folders that nobody has put anything into, innermost first."""
        for folder in reversed(folders):
            local = self.paths.local(folder)
            if local.is_dir() and not any(local.iterdir()):
                local.rmdir()

    def make_folder(self, path: str) -> list[str]:
        """Make a folder with its parents; the folders that were not there before, outermost first."""
        local = self.paths.local(path)
        made = []
        while not local.exists():
            made.append(self.paths.windows(local))
            local = local.parent
        if not local.is_dir():
            name = self.paths.windows(local)
            raise NodeError("already_exists", f"Cannot create '{name}' because a file or directory with the same name already exists.")
        self.paths.local(path).mkdir(parents=True, exist_ok=True)
        return made[::-1]


def described(entry: Entry, *, content: bool) -> dict[str, Any]:
    """An entry as the contract tells it, its bytes in base64 when they are asked for."""
    size = None if entry.data is None else len(entry.data)
    told: dict[str, Any] = {"exists": entry.exists, "is_directory": entry.is_directory, "size": size, "sha256": entry.sha256}
    if content:
        small = entry.data is not None and len(entry.data) <= MAXIMUM_CONTENT
        told["content"] = base64.b64encode(entry.data or b"").decode("ascii") if small else None
    return told


def tree(folder: Path) -> Iterator[tuple[str, Path]]:
    """All files below a folder with their relative path, ``/`` between names, in the ordinal order of their UTF-8."""
    found = [(file.relative_to(folder).as_posix(), file) for file in folder.rglob("*") if file.is_file()]
    return iter(sorted(found, key=lambda item: item[0].encode("utf-8")))


@dataclass(frozen=True)
class TreeCount:
    """A folder counted without the files that are ours."""

    file_count: int
    total_bytes: int
    content_sha256: str | None


def count_tree(folder: Path, owned: list[str], *, hashes: bool) -> TreeCount:
    """Number and bytes of the files, and one hash over their paths and contents when it is asked for."""
    ours = {name.replace("\\", "/").casefold() for name in owned}
    files = [(name, file) for name, file in tree(folder) if name.casefold() not in ours]
    digest = hashlib.sha256()
    for name, file in files if hashes else ():
        data = file.read_bytes()
        digest.update(f"{sha256_of(data)} {len(data)} {name}\n".encode())
    return TreeCount(len(files), sum(file.stat().st_size for _name, file in files), digest.hexdigest() if hashes else None)
