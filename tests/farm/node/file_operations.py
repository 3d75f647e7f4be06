# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on single files and folders."""

from __future__ import annotations

import base64
import binascii
import ntpath
from typing import Any

from .call import Call, Node
from .errors import NodeError, missing_file
from .files import sha256_of
from .undo import UNCHANGED, Done, Undo

#: Names of the temporary and the kept file; both end in .config, which request filtering never serves.
STAGED = "{path}.{run}.new.config"
KEPT = "{path}.{run}.old.config"
FORMER = "{path}.{run}.bak.config"

Operation = dict[str, Any]


def expect_file(node: Node, operation: Operation) -> None:
    """Precondition of a file: the hash that was read, or its absence."""
    expected = operation.get("expect")
    if expected is None:
        return
    entry, path = node.files.entry(operation["path"]), node.path(operation["path"])
    if operation["op"] == "replace_file" and entry.sha256 == operation["staged_sha256"]:
        return  # done by an earlier call
    if "absent" in expected:
        if entry.exists == expected["absent"]:
            raise NodeError("precondition", f"The file '{path}' {'exists' if entry.exists else 'does not exist'}.")
    elif entry.sha256 != expected["sha256"]:
        raise NodeError("precondition", f"The file '{path}' is not the one that was read.")


def write_file(call: Call, operation: Operation) -> Done:
    data = bytes_of(operation)
    return _write(call.node, operation["path"], data, "write_file", {"sha256": sha256_of(data)})


def stage_file(call: Call, operation: Operation) -> Done:
    data, staged = bytes_of(operation), _beside(STAGED, call, operation)
    return _write(call.node, staged, data, "stage_file", {"sha256": sha256_of(data), "staged": call.node.path(staged)})


def replace_file(call: Call, operation: Operation) -> Done:
    files, path = call.node.files, operation["path"]
    staged, kept = _beside(STAGED, call, operation), _beside(KEPT, call, operation)
    if not files.exists(path) and files.exists(kept) and files.exists(staged):
        files.move(staged, path)  # an earlier call ended at ReplaceFile's error 1177
    detail = {"sha256": operation["staged_sha256"]}
    if files.entry(path).sha256 == operation["staged_sha256"]:
        return Done(False, detail)
    found = files.entry(staged)
    if not found.exists:
        raise missing_file(call.node.path(staged))
    if found.sha256 != operation["staged_sha256"]:
        raise NodeError("precondition", f"The file '{call.node.path(staged)}' is not the one that was staged.")
    had_one = files.exists(path)
    if files.exists(kept):
        kept = _beside(FORMER, call, operation)  # the first old file of a run is the one to go back to
    if had_one:
        files.move(path, kept)
    if call.node.faults.take("replace_file", path, "error_1177"):
        pass  # ReplaceFile gave up in between: the target is gone, the backup is there; the same call goes on from there
    files.move(staged, path)

    def undo() -> None:
        files.move(path, staged)
        if had_one:
            files.move(kept, path)

    return Done(True, detail, undo=undo)


def restore_file(call: Call, operation: Operation) -> Done:
    kept = _beside(KEPT, call, operation)
    restored = call.node.files.exists(kept)
    if restored:
        call.node.files.move(kept, operation["path"])
    dropped = call.node.files.delete(_beside(STAGED, call, operation))
    return Done(restored or dropped)


def settle_file(call: Call, operation: Operation) -> Done:
    if not call.node.files.exists(operation["path"]) and call.node.files.exists(_beside(KEPT, call, operation)):
        raise missing_file(call.node.path(operation["path"]))  # its old bytes are all there is: that is for restore_file
    removed = [call.node.files.delete(_beside(pattern, call, operation)) for pattern in (STAGED, KEPT, FORMER)]
    return Done(any(removed))


def delete_file(call: Call, operation: Operation) -> Done:
    path = operation["path"]
    entry = call.node.files.entry(path)
    if entry.is_directory:
        raise NodeError("access_denied", f"Access to the path '{call.node.path(path)}' is denied.")
    if not call.node.files.delete(path):
        return UNCHANGED
    return Done(True, undo=_put_back(call.node, path, entry.data))


def make_directory(call: Call, operation: Operation) -> Done:
    made = call.node.files.make_folder(operation["path"])
    return Done(True, undo=lambda: call.node.files.remove_empty(made)) if made else UNCHANGED


def remove_directory(call: Call, operation: Operation) -> Done:
    path = operation["path"]
    entry = call.node.files.entry(path)
    if not entry.is_directory:
        return Done(False, {"left": []})
    if call.node.faults.take("rename", path, "sharing_violation"):
        return Done(False, {"left": [call.node.path(path)]})
    doomed = f"{path}.{call.run}.deleted"
    call.node.files.move(path, doomed)
    if call.node.faults.take("delete_tree", path, "sharing_violation"):
        return Done(True, {"left": [call.node.path(doomed)]})
    call.node.files.remove_tree(doomed)
    return Done(True, {"left": []})


def bytes_of(operation: Operation) -> bytes:
    try:
        return base64.b64decode(operation["content"], validate=True)
    except binascii.Error as error:
        raise NodeError("failed", "The input is not a valid Base-64 string.") from error


def _write(node: Node, path: str, data: bytes, operation: str, detail: dict[str, Any]) -> Done:
    entry = node.files.entry(path)
    if entry.data == data:
        return Done(False, detail)
    node.files.write(path, data, operation=operation)
    return Done(True, detail, undo=_put_back(node, path, entry.data))


def _put_back(node: Node, path: str, data: bytes | None) -> Undo:
    def undo() -> None:
        node.faults.refuse("undo", path)
        if data is None:
            node.files.delete(path)
        else:
            node.files.write(path, data, operation="undo")

    return undo


def _beside(pattern: str, call: Call, operation: Operation) -> str:
    folder, name = ntpath.split(operation["path"])
    return ntpath.join(folder, pattern.format(path=name, run=operation.get("run", call.run)))
