# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release package on the controller: a folder, a zip or a NuGet package, read entry by entry.

Nothing is extracted here. Names are checked as Windows would take them: an entry that would land outside its folder, that Windows cannot hold, or
that stands twice when case does not count, refuses the package. What goes to the nodes is a zip of our own making with a manifest beside it, so that a
node can check every length and hash. web.config is not in it: it is made final on the controller and belongs to us.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from ..errors import FarmError

__all__ = ["Package", "PackageEntry", "read_package", "valid_release_id", "write_archive"]

OWNED = ("web.config",)  #: files at the top that we own, not the package
LIMIT_BYTES = 4 * 1024**3  #: unpacked; a package that says less and holds more is refused, too
LIMIT_FILES = 100_000
CONFIG_LIMIT = 16 * 1024 * 1024  #: of a web.config; the reader refuses more
_CHUNK = 1024 * 1024
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f]')
_NUGET_PARTS = re.compile(r"(?:_rels/|package/|\[content_types\]\.xml$|[^/]+\.nuspec$)", re.IGNORECASE)
_RELEASE_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._+-]{0,62}[A-Za-z0-9])?")


@dataclass(frozen=True)
class PackageEntry:
    path: str  # below the application's folder, with "/"
    size: int
    sha256: str

    def as_manifest(self) -> dict[str, Any]:
        return {"path": self.path, "size": self.size, "sha256": self.sha256}


@dataclass(frozen=True)
class Package:
    """What a package holds. ``web_config`` is the packaged one, before any edit."""

    source: str  # path on the controller
    entries: tuple[PackageEntry, ...] = field(repr=False)
    web_config: bytes | None = field(repr=False)

    @property
    def name(self) -> str:
        return Path(self.source).name

    @property
    def content_sha256(self) -> str:
        """The identity of the content: as docs/node_contract.md says, so that a node computes the same."""
        lines = (f"{e.sha256} {e.size} {e.path}\n" for e in sorted(self.entries, key=lambda e: e.path.encode("utf-8")))
        return hashlib.sha256("".join(lines).encode("utf-8")).hexdigest()

    @property
    def total_bytes(self) -> int:
        return sum(entry.size for entry in self.entries)

    def manifest(self, release_id: str) -> dict[str, Any]:
        return {
            "id": release_id,
            "content_sha256": self.content_sha256,
            "file_count": len(self.entries),
            "total_bytes": self.total_bytes,
            "owned": list(OWNED),
        }


def valid_release_id(text: str) -> str:
    """``text``, when it can name a folder and a URL part. Raises FarmError otherwise."""
    if not _RELEASE_ID.fullmatch(text) or _RESERVED.fullmatch(text):
        raise FarmError(
            f"'{text}' cannot be a release id: it names a folder on every node.",
            next_step="Use letters, digits, '.', '-', '_' or '+', at most 64, for example a version or a commit.",
        )
    return text


def read_package(path: str | Path) -> Package:
    """The package at ``path`` on the controller. Raises FarmError naming the entry that is wrong."""
    files, open_file = _source(Path(path))
    name = Path(path).name
    if len(files) > LIMIT_FILES:
        raise FarmError(
            f"The package has {len(files)} files; the limit is {LIMIT_FILES}.", where=name, next_step="Is this the right folder?"
        )
    seen: dict[str, str] = {}
    entries, web_config, total = [], None, 0
    for entry in sorted(files):
        _check_name(entry, name)
        if (twin := seen.setdefault(entry.lower(), entry)) != entry:
            raise FarmError(
                f"'{entry}' and '{twin}' are one file on Windows.", where=name, next_step="Remove one of them from the package."
            )
        with open_file(files[entry]) as stream:
            if entry.lower() in OWNED:
                web_config = stream.read(CONFIG_LIMIT + 1)
                continue
            size, digest = _measure(stream)
        total += size
        if total > LIMIT_BYTES:
            raise FarmError(f"The package unpacks to more than {LIMIT_BYTES} bytes.", where=name, next_step="Is this the right package?")
        entries.append(PackageEntry(entry, size, digest))
    return Package(str(path), tuple(entries), web_config)


def write_archive(package: Package, target: Path) -> None:
    """A zip of the package's entries, with the same bytes for the same content. Raises FarmError when the package has changed since it was read."""
    files, open_file = _source(Path(package.source))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for entry in package.entries:
            info = zipfile.ZipInfo(entry.path, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            if entry.path not in files:
                raise FarmError(
                    f"'{entry.path}' has gone from the package since it was read.", where=package.source, next_step="Run again."
                )
            with open_file(files[entry.path]) as source, archive.open(info, "w", force_zip64=entry.size >= 2**31) as sink:
                shutil.copyfileobj(source, sink, _CHUNK)


def _source(path: Path) -> tuple[dict[str, Any], Callable[[Any], Any]]:
    """The application's files in a package, by their path there, and what opens one."""
    kinds = "farm_app_package names a folder, a .zip or a .nupkg."
    if path.is_dir():
        return _application_files(dict(_files_of(path))), lambda where: open(where, "rb")
    if not path.is_file():
        raise FarmError("There is no such package on the controller.", where=str(path), next_step=kinds)
    if not zipfile.is_zipfile(path):
        raise FarmError("This is neither a folder nor a zip archive.", where=str(path), next_step=kinds)
    try:
        with zipfile.ZipFile(path) as archive:
            names = dict(_entries_of(archive, str(path)))
    except (zipfile.BadZipFile, OSError) as error:
        raise FarmError(f"The archive cannot be read: {error}.", where=str(path), next_step="Make the package again.") from error
    return _application_files(names), lambda entry: _open_zipped(path, entry)


def _files_of(folder: Path) -> Iterator[tuple[str, Path]]:
    for found in sorted(folder.rglob("*")):
        if found.is_symlink():
            raise FarmError("A symbolic link cannot be released.", where=str(found), next_step="Put the file itself into the package.")
        if found.is_file():
            yield found.relative_to(folder).as_posix(), found


def _entries_of(archive: zipfile.ZipFile, where: str) -> Iterator[tuple[str, str]]:
    for info in archive.infolist():
        path = info.filename.replace("\\", "/")
        if path.endswith("/"):
            continue
        if info.flag_bits & 0x1:
            raise FarmError(f"The entry '{path}' is encrypted.", where=where, next_step="Make the package without a password.")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise FarmError(f"The entry '{path}' is a symbolic link.", where=where, next_step="Put the file itself into the package.")
        yield path, info.filename


@contextmanager
def _open_zipped(source: Path, entry: str) -> Iterator[IO[bytes]]:
    """One entry, to be read to its end: zipfile checks its length and CRC there."""
    with zipfile.ZipFile(source) as archive:
        try:
            with archive.open(entry) as stream:
                yield stream
        except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
            raise FarmError(f"The entry '{entry}' is damaged: {error}.", where=str(source), next_step="Make the package again.") from error


def _application_files(files: dict[str, Any]) -> dict[str, Any]:
    """The application's own files: without NuGet's parts, and from where Web Deploy or NuGet put the content."""
    lower = {path.lower() for path in files}
    if {"archive.xml", "parameters.xml"} & lower and any("packagetmp/" in path for path in lower):
        return {path[path.lower().index("packagetmp/") + 11 :]: value for path, value in files.items() if "packagetmp/" in path.lower()}
    if "[content_types].xml" in lower:
        files = {path: value for path, value in files.items() if not _NUGET_PARTS.match(path)}
        lower = {path.lower() for path in files}
        if "web.config" not in lower and any(path.startswith("content/") for path in lower):
            files = {path[8:]: value for path, value in files.items() if path.lower().startswith("content/")}
    return files


def _check_name(path: str, where: str) -> None:
    for part in path.split("/"):
        if part in ("", ".", "..") or _FORBIDDEN.search(part) or _RESERVED.fullmatch(part) or part[-1] in " .":
            raise FarmError(
                f"The entry '{path}' would not stay in its folder, or Windows cannot hold it.",
                where=where,
                next_step="Take it out of the package; nothing was extracted.",
            )


def _measure(source: IO[bytes]) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if size > LIMIT_BYTES:
            break
    return size, digest.hexdigest()
