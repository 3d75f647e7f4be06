# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file on the controller, read whole and replaced whole: whoever reads it meanwhile sees the old bytes or the new ones."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..errors import FarmError

__all__ = ["beside", "read_file", "replace_file", "replace_files"]

_NEW_MODE = 0o644


def read_file(path: Path) -> bytes | None:
    """The bytes; None when there is no such file. Raises FarmError for anything that cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FarmError(
            f"The file cannot be read: {error.strerror}.", where=str(path), next_step="Check the path and its permissions."
        ) from error


def replace_file(path: Path, data: bytes, *, expect: bytes | None) -> None:
    """Writes ``data`` beside the file and puts it in its place, with the mode, and as far as allowed the owner, of before. A link stays one.

    Raises FarmError when the file is no longer what was read (``expect``; None: there was none), or cannot be written.
    """
    target = path.resolve()
    if read_file(target) != expect:
        raise FarmError("The file was changed while it was being edited.", where=str(path), next_step="Run again.")
    try:
        before = target.stat() if expect is not None else None
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with open(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                if before is not None:
                    with contextlib.suppress(PermissionError):  # only root may give a file away
                        os.fchown(descriptor, before.st_uid, before.st_gid)
                os.fchmod(descriptor, before.st_mode & 0o7777 if before is not None else _NEW_MODE)
                os.fsync(descriptor)
            os.replace(name, target)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
            raise
    except OSError as error:
        raise FarmError(
            f"The file cannot be written: {error.strerror}.", where=str(path), next_step="Check the folder's permissions and room."
        ) from error


def replace_files(files: Sequence[tuple[Path, bytes, bytes | None]]) -> None:
    """``replace_file`` for each (path, new bytes, bytes that were read); when one fails, those before it are put back."""
    done: list[tuple[Path, bytes, bytes | None]] = []
    for path, data, expect in files:
        try:
            replace_file(path, data, expect=expect)
        except FarmError:
            for earlier, written, before in reversed(done):
                if before is None:
                    earlier.unlink(missing_ok=True)
                else:
                    replace_file(earlier, before, expect=written)
            raise
        done.append((path, data, expect))


def beside(file: Path, name: str) -> Path:
    """The file that ``file`` refers to as ``name``, in its folder or below; found in any case, as Windows would.

    Raises FarmError when it leads out of the folder, over a link for instance.
    """
    path = file.parent
    for part in name.replace("\\", "/").split("/"):
        exact = path / part
        if part in ("", ".") or exact.exists() or not path.is_dir():
            path = exact
        else:
            path = next((found for found in sorted(path.iterdir()) if found.name.lower() == part.lower()), exact)
    if not path.resolve().is_relative_to(file.parent.resolve()):
        raise FarmError(
            f"'{name}' leads out of the folder of the file that refers to it.", where=str(file), next_step="Edit that file by its own path."
        )
    return path
