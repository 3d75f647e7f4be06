# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases: archives taken apart, trees copied, manifests written, and how all that is read."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import Any

from ..case import Case, Start, b64, change, failed, op, read, sha
from ..world import FARM, FOLDER, ROOT, TEXT, read_files
from .calls import FAILS
from .files import _does, _files

_ARCHIVE = rf"{ROOT}\package.zip"
_RELEASE = rf"{FARM}\releases\1.0"
_CONTENT = {
    "web.config": TEXT.encode(),
    "bin/Chat.dll": b"stands for a program\r\n",
    "\u00e4/\u00f6.txt": b"",
    "Zebra.txt": b"z",
    "apple.txt": b"a",
}


def archive(entries: dict[str, bytes]) -> bytes:
    """A zip file whose bytes are always the same."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in entries.items():
            package.writestr(zipfile.ZipInfo(name, (2026, 1, 31, 12, 0, 0)), data, compress_type=zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def manifest(entries: dict[str, bytes], *, identifier: str = "1.0", files: bool = True) -> dict[str, Any]:
    """What the controller sends for these entries."""
    told = [(name, data) for name, data in sorted(entries.items(), key=lambda item: item[0].encode()) if name != "web.config"]
    lines = "".join(f"{sha(data)} {len(data)} {name}\n" for name, data in told)
    made = {
        "id": identifier,
        "content_sha256": hashlib.sha256(lines.encode()).hexdigest(),
        "file_count": len(told),
        "total_bytes": sum(len(data) for _name, data in told),
        "owned": ["web.config"],
        "staged": "2026-01-31T12:00:00.0000000Z",
    }
    listed = [{"path": name, "size": len(data), "sha256": sha(data)} for name, data in entries.items()]
    return {**made, "files": listed} if files else made


_MANIFEST = manifest(_CONTENT)
_EXPAND = op("expand_archive", archive=_ARCHIVE, destination=_RELEASE, manifest=_MANIFEST)
_WRITE = op("write_manifest", root=FARM, manifest=manifest(_CONTENT, files=False))
_PACKED = Start(files={_ARCHIVE: archive(_CONTENT)})
_READ_RELEASES = {"releases": {"root": FARM, "hashes": True}}
_COMPLETE = {
    "id": "1.0",
    "manifest": manifest(_CONTENT, files=False),
    "content_sha256": _MANIFEST["content_sha256"],
    "config_sha256": sha(TEXT),
    "file_count": 4,
    "resolved_path": _RELEASE,
}


def _bad(name: str, entries: dict[str, bytes], wanted: dict[str, bytes]) -> Case:
    operation = op("expand_archive", archive=_ARCHIVE, destination=_RELEASE, manifest=manifest(wanted))
    return Case(
        f"expand_archive/{name}",
        (
            change(
                operation,
                after=read_files(_RELEASE, rf"{ROOT}\evil.txt"),
                expects={**failed("bad_archive"), **_files((_RELEASE, {"exists": False}), (rf"{ROOT}\evil.txt", {"exists": False}))},
            ),
        ),
        Start(files={_ARCHIVE: archive(entries)}),
    )


_PLAIN = {"a.txt": b"a", "b.txt": b"b"}

CASES = (
    Case(
        "releases/no-root", (read({"releases": {"root": FARM, "exists": False, "releases": []}}, releases={"root": FARM, "hashes": False}),)
    ),
    Case(
        "releases/incomplete",
        (
            read(
                {"releases": {"exists": True, "releases": [{"id": "0.9", "manifest": None, "file_count": 2, "total_bytes": 2}]}},
                releases={"root": FARM, "hashes": False},
            ),
        ),
        Start(files={rf"{FARM}\releases\0.9\{name}": data for name, data in _PLAIN.items()}),
    ),
    Case(
        "releases/half-a-manifest",
        (read({"releases": {"releases": [{"id": "0.9", "manifest": None}]}}, releases={"root": FARM, "hashes": False}),),
        Start(files={rf"{FARM}\releases\0.9\a.txt": b"a", rf"{FARM}\manifests\0.9.json": b'{"id": "0.9", '}),
    ),
    Case(
        "releases/sorted",
        (
            read(
                {"releases": {"releases": [{"id": "1.10"}, {"id": "1.9"}, {"id": "B"}, {"id": "a"}]}},
                releases={"root": FARM, "hashes": False},
            ),
        ),
        Start(files={rf"{FARM}\releases\{name}": None for name in ("1.9", "a", "1.10", "B")}),
    ),
    Case(
        "expand_archive/expanded",
        (
            change(_EXPAND, _WRITE, after=_READ_RELEASES, expects=_does(True, True, state={"releases": {"releases": [_COMPLETE]}})),
            change(_EXPAND, _WRITE, after=_READ_RELEASES, expects=_does(False, False)),
        ),
        _PACKED,
    ),
    Case(
        "expand_archive/undo",
        (change(_EXPAND, FAILS, after=read_files(_RELEASE), expects={**failed("not_found"), **_files((_RELEASE, {"exists": False}))}),),
        _PACKED,
    ),
    Case("expand_archive/no-archive", (change(_EXPAND, expects=failed("not_found")),)),
    Case(
        "expand_archive/something-else-is-there",
        (
            change(
                _EXPAND,
                after=read_files(rf"{_RELEASE}\mine.txt"),
                expects={**failed("already_exists"), **_files((rf"{_RELEASE}\mine.txt", {"exists": True}))},
            ),
        ),
        Start(files={_ARCHIVE: archive(_CONTENT), rf"{_RELEASE}\mine.txt": b"mine"}),
    ),
    _bad("outside-the-destination", {"a.txt": b"a", "../../../evil.txt": b"evil"}, {"a.txt": b"a", "../../../evil.txt": b"evil"}),
    _bad("not-in-the-manifest", _PLAIN, {"a.txt": b"a"}),
    _bad("missing-in-the-archive", {"a.txt": b"a"}, _PLAIN),
    _bad("another-length", {"a.txt": b"longer"}, {"a.txt": b"a"}),
    _bad("another-content", {"a.txt": b"x"}, {"a.txt": b"a"}),
    Case(
        "expand_archive/no-zip",
        (change(_EXPAND, after=read_files(_RELEASE), expects={**failed("bad_archive"), **_files((_RELEASE, {"exists": False}))}),),
        Start(files={_ARCHIVE: b"this is no archive"}),
    ),
    Case(
        "copy_tree/copied",
        (
            change(
                op("copy_tree", from_=FOLDER, to=rf"{ROOT}\copy"),
                after={"listing": {"paths": [rf"{ROOT}\copy"]}},
                expects=_does(
                    True,
                    outcomes=[{"detail": {"file_count": 3}}],
                    state={"listing": {rf"{ROOT}\copy": [{"path": "bin/Chat.dll"}, {"path": "release.txt"}, {"path": "web.config"}]}},
                ),
            ),
        ),
    ),
    Case(
        "copy_tree/undo",
        (
            change(
                op("copy_tree", from_=FOLDER, to=rf"{ROOT}\copy"),
                FAILS,
                after=read_files(rf"{ROOT}\copy"),
                expects={**failed("not_found"), **_files((rf"{ROOT}\copy", {"exists": False}))},
            ),
        ),
    ),
    Case("copy_tree/no-source", (change(op("copy_tree", from_=rf"{ROOT}\nowhere", to=rf"{ROOT}\copy"), expects=failed("not_found")),)),
    Case(
        "copy_tree/something-else-is-there",
        (change(op("copy_tree", from_=FOLDER, to=rf"{ROOT}\copy"), expects=failed("already_exists")),),
        Start(files={rf"{ROOT}\copy\mine.txt": b"mine"}),
    ),
    Case(
        "write_manifest/undo",
        (
            change(
                _WRITE,
                FAILS,
                after=read_files(rf"{FARM}\manifests\1.0.json"),
                expects={**failed("not_found"), **_files((rf"{FARM}\manifests\1.0.json", {"exists": False}))},
            ),
        ),
    ),
    Case(
        "write_manifest/another-one",
        (
            change(_WRITE, expects=_does(True)),
            change(
                op("write_manifest", root=FARM, manifest=manifest(_PLAIN, files=False)),
                after=read_files(rf"{FARM}\releases"),
                expects=_does(True),
            ),
        ),
    ),
    Case(
        "remove_directory/release",
        (
            change(
                op("remove_directory", path=_RELEASE),
                after={"releases": {"root": FARM, "hashes": False}},
                expects=_does(True, outcomes=[{"detail": {"left": []}}], state={"releases": {"releases": []}}),
            ),
        ),
        Start(files={rf"{_RELEASE}\a.txt": b"a"}),
    ),
    Case(
        "write_file/chunk-of-an-archive",
        (
            change(
                op("write_file", path=_ARCHIVE, content=b64(archive(_PLAIN)), expect={"absent": True}),
                after=read_files(_ARCHIVE),
                expects=_does(True, **_files((_ARCHIVE, {"sha256": sha(archive(_PLAIN))}))),
            ),
        ),
    ),
)
