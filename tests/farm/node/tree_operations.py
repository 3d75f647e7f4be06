# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on whole trees: archives, copies, manifests."""

from __future__ import annotations

import io
import json
import ntpath
import shutil
import zipfile
from typing import Any

from .call import Call
from .errors import NodeError, missing_file, missing_folder
from .files import sha256_of, tree
from .undo import UNCHANGED, Done

Operation = dict[str, Any]


def expand_archive(call: Call, operation: Operation) -> Done:
    files, destination = call.node.files, operation["destination"]
    archive = files.entry(operation["archive"])
    if archive.data is None:
        raise missing_file(call.node.path(operation["archive"]))
    wanted = {entry["path"].replace("\\", "/"): (entry["size"], entry["sha256"]) for entry in operation["manifest"]["files"]}
    local = files.paths.local(destination)
    owned = set(operation["manifest"]["owned"])
    if local.exists() and (local.is_file() or any(local.iterdir())):
        if local.is_dir() and _without(owned, _found(local)) == _without(owned, wanted):
            return Done(False, _counted(wanted))
        raise NodeError(
            "already_exists",
            f"Cannot create '{call.node.path(destination)}' because a file or directory with the same name already exists.",
        )
    made = files.make_folder(destination) or [destination]
    try:
        for name, data in _entries(archive.data, wanted):
            target = files.paths.local(ntpath.join(destination, name))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    except NodeError:
        files.remove_tree(made[0])
        raise
    return Done(True, _counted(wanted), undo=lambda: files.remove_tree(made[0]))


def copy_tree(call: Call, operation: Operation) -> Done:
    files = call.node.files
    source, target = files.paths.local(operation["from"]), files.paths.local(operation["to"])
    if not source.is_dir():
        raise missing_folder(call.node.path(operation["from"]))
    if target.exists():
        if target.is_dir() and _found(target) == _found(source):
            return Done(False, _counted(_found(source)))
        raise NodeError(
            "already_exists",
            f"Cannot create '{call.node.path(operation['to'])}' because a file or directory with the same name already exists.",
        )
    made = files.make_folder(operation["to"])
    shutil.copytree(source, files.paths.local(operation["to"]), dirs_exist_ok=True)
    return Done(True, _counted(_found(source)), undo=lambda: files.remove_tree(made[0]))


def write_manifest(call: Call, operation: Operation) -> Done:
    files = call.node.files
    manifest = {name: value for name, value in operation["manifest"].items() if name != "files"}
    folder = ntpath.join(operation["root"], "manifests")
    path = ntpath.join(folder, manifest["id"] + ".json")
    before = files.entry(path)
    if before.data is not None and _parsed(before.data) == manifest:
        return UNCHANGED
    made = files.make_folder(folder)
    files.write(path, json.dumps(manifest).encode("utf-8"), operation="write_manifest")

    def undo() -> None:
        if before.data is None:
            files.delete(path)
        else:
            files.write(path, before.data, operation="undo")
        files.remove_empty(made)

    return Done(True, undo=undo)


def _entries(data: bytes, wanted: dict[str, tuple[int, str]]) -> list[tuple[str, bytes]]:
    """The files of an archive, each as the manifest has it; everything else is refused before a byte is written."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as error:
        raise NodeError("bad_archive", "End of Central Directory record could not be found.") from error
    found: list[tuple[str, bytes]] = []
    for entry in archive.infolist():
        name = entry.filename.replace("\\", "/")
        if name.endswith("/"):
            continue
        if not _is_inside(name):
            raise NodeError("bad_archive", f"The archive entry '{entry.filename}' lies outside the destination.")
        if name not in wanted:
            raise NodeError("bad_archive", f"The archive entry '{entry.filename}' is not in the manifest.")
        size, sha256 = wanted[name]
        content = archive.read(entry) if entry.file_size == size else b""
        if len(content) != size or sha256_of(content) != sha256:
            raise NodeError("bad_archive", f"The archive entry '{entry.filename}' is not what the manifest says.")
        found.append((name, content))
    if missing := sorted(set(wanted) - {name for name, _content in found}):
        raise NodeError("bad_archive", f"The archive has no entry '{missing[0]}'.")
    return found


def _is_inside(name: str) -> bool:
    windows = name.replace("/", "\\")
    return not (ntpath.isabs(windows) or ":" in windows or ".." in windows.split("\\"))


def _found(folder: Any) -> dict[str, tuple[int, str]]:
    return {name: (file.stat().st_size, sha256_of(file.read_bytes())) for name, file in tree(folder)}


def _without(owned: set[str], files: dict[str, tuple[int, str]]) -> dict[str, tuple[int, str]]:
    return {name: facts for name, facts in files.items() if name not in owned}


def _counted(files: dict[str, tuple[int, str]]) -> dict[str, Any]:
    return {"file_count": len(files), "total_bytes": sum(size for size, _sha256 in files.values())}


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"))
    except ValueError:
        return None
