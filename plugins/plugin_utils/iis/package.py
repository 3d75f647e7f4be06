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

import contextlib
import hashlib
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
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
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])\x20*(?:\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f]')
_NUGET_PARTS = re.compile(r"(?:_rels/|package/|\[content_types\]\.xml$|[^/]+\.nuspec$)", re.IGNORECASE)
_WEB_DEPLOY = re.compile(r"(?:^|/)packagetmp/", re.IGNORECASE)
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
    name = Path(path).name
    with _source(Path(path)) as (files, open_file):
        _check_names(files, name)
        entries, web_config, total = [], None, 0
        for entry in sorted(files):
            with open_file(files[entry]) as stream:
                if entry.lower() in OWNED:
                    web_config = stream.read(CONFIG_LIMIT + 1)
                    continue
                size, digest = _measure(stream)
            total += size
            if total > LIMIT_BYTES:
                raise FarmError(
                    f"The package unpacks to more than {LIMIT_BYTES} bytes.", where=name, next_step="Is this the right package?"
                )
            entries.append(PackageEntry(entry, size, digest))
    return Package(str(path), tuple(entries), web_config)


def write_archive(package: Package, target: Path) -> None:
    """A zip of the package's entries, with the same bytes for the same content. Raises FarmError when the package has changed since it was read."""
    with (
        _source(Path(package.source)) as (files, open_file),
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
    ):
        for entry in package.entries:
            info = zipfile.ZipInfo(entry.path, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            if entry.path not in files:
                raise _changed(entry, package)
            with open_file(files[entry.path]) as source, archive.open(info, "w", force_zip64=entry.size >= 2**31) as sink:
                copied = _measure(source, sink)
            if copied != (entry.size, entry.sha256):
                raise _changed(entry, package)


def _changed(entry: PackageEntry, package: Package) -> FarmError:
    return FarmError(f"'{entry.path}' has changed in the package since it was read.", where=package.source, next_step="Run again.")


#: The application's files by their path there, and what opens one of them.
Source = tuple[dict[str, Any], Callable[[Any], AbstractContextManager[IO[bytes]]]]


@contextmanager
def _source(path: Path) -> Iterator[Source]:
    kinds = "farm_app_package names a folder, a .zip or a .nupkg."
    if path.is_dir():
        yield _application_files(_together(_files_of(path), path)), _open_file
        return
    if not path.is_file():
        raise FarmError("There is no such package on the controller.", where=str(path), next_step=kinds)
    if not zipfile.is_zipfile(path):
        raise FarmError("This is neither a folder nor a zip archive.", where=str(path), next_step=kinds)
    with contextlib.ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(path))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise FarmError(f"The archive cannot be read: {error}.", where=str(path), next_step="Make the package again.") from error
        files = _application_files(_together(_entries_of(archive, str(path)), path))
        yield files, lambda info: _open_zipped(archive, info, str(path))


def _together(found: Iterable[tuple[str, Any]], path: Path) -> dict[str, Any]:
    """What was found, by its path; the same path twice is refused."""
    files: dict[str, Any] = {}
    for name, value in found:
        if name in files:
            raise FarmError(f"'{name}' stands in the package twice.", where=str(path), next_step="Make the package again.")
        files[name] = value
    return files


def _files_of(folder: Path) -> Iterator[tuple[str, Path]]:
    for found in sorted(folder.rglob("*")):
        if found.is_symlink():
            raise FarmError("A symbolic link cannot be released.", where=str(found), next_step="Put the file itself into the package.")
        if found.is_file():
            yield found.relative_to(folder).as_posix(), found


@contextmanager
def _open_file(path: Path) -> Iterator[IO[bytes]]:
    try:
        with open(path, "rb") as stream:
            yield stream
    except OSError as error:
        raise FarmError(f"The file cannot be read: {error.strerror}.", where=str(path), next_step="Check its permissions.") from error


def _entries_of(archive: zipfile.ZipFile, where: str) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    for info in archive.infolist():
        path = info.filename.replace("\\", "/")
        if path.endswith("/"):
            continue
        if info.flag_bits & 0x1:
            raise FarmError(f"The entry '{path}' is encrypted.", where=where, next_step="Make the package without a password.")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise FarmError(f"The entry '{path}' is a symbolic link.", where=where, next_step="Put the file itself into the package.")
        yield path, info


@contextmanager
def _open_zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str) -> Iterator[IO[bytes]]:
    """One entry, to be read to its end: zipfile checks its length and CRC there."""
    try:
        with archive.open(info) as stream:
            yield stream
            if not stream.read(1) and stream.tell() != info.file_size:
                raise zipfile.BadZipFile(f"it has {stream.tell()} bytes and says {info.file_size}")
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, RuntimeError) as error:
        raise FarmError(f"The entry '{info.filename}' is damaged: {error}.", where=where, next_step="Make the package again.") from error


def _application_files(files: dict[str, Any]) -> dict[str, Any]:
    """The application's own files: without NuGet's parts, and from where Web Deploy or NuGet put the content."""
    lower = {path.lower() for path in files}
    if {"archive.xml", "parameters.xml"} & lower and any(_WEB_DEPLOY.search(path) for path in files):
        return _together(((path[match.end() :], files[path]) for path in files if (match := _WEB_DEPLOY.search(path))), Path("PackageTmp"))
    if "[content_types].xml" in lower:
        files = {path: value for path, value in files.items() if not _NUGET_PARTS.match(path)}
        lower = {path.lower() for path in files}
        if "web.config" not in lower and any(path.startswith("content/") for path in lower):
            files = _together(((path[8:], value) for path, value in files.items() if path.lower().startswith("content/")), Path("content"))
    return files


def _check_names(files: Iterable[str], where: str) -> None:
    """Each path as Windows would take it: inside its folder, with names that it can hold, and no two that are one file there."""
    paths = sorted(files)
    if len(paths) > LIMIT_FILES:
        raise FarmError(
            f"The package has {len(paths)} files; the limit is {LIMIT_FILES}.", where=where, next_step="Is this the right folder?"
        )
    seen: dict[str, str] = {}
    for path in paths:
        for part in path.split("/"):
            if _is_impossible(part):
                raise FarmError(
                    f"The entry {path!r} would not stay in its folder, or Windows cannot hold it.",
                    where=where,
                    next_step="Take it out of the package; nothing was extracted.",
                )
        if (twin := seen.setdefault(path.lower(), path)) != path:
            raise FarmError(
                f"'{path}' and '{twin}' are one file on Windows.", where=where, next_step="Remove one of them from the package."
            )
    for path in paths:
        for parent in Path(path.lower()).parents:
            if (twin := seen.get(parent.as_posix(), "")) != "":
                raise FarmError(
                    f"'{twin}' is a file, and '{path}' would lie in it.", where=where, next_step="Remove one of them from the package."
                )


def _is_impossible(part: str) -> bool:
    is_text = part.encode("utf-8", "ignore").decode("utf-8") == part  # a name of the controller's disk may be any bytes
    return (
        part in ("", ".", "..")
        or part[-1] in " ."
        or len(part) > 255
        or not is_text
        or bool(_FORBIDDEN.search(part) or _RESERVED.fullmatch(part))
    )


def _measure(source: IO[bytes], sink: IO[bytes] | None = None) -> tuple[int, str]:
    """Size and SHA-256 of what ``source`` holds, at most little more than LIMIT_BYTES of it; on the way it is copied to ``sink``."""
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if sink is not None:
            sink.write(chunk)
        if size > LIMIT_BYTES:
            break
    return size, digest.hexdigest()
