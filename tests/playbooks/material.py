# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What playbook tests put onto nodes and into packages: keys, and releases with a web.config of their own."""

from __future__ import annotations

import re
import secrets
import zipfile
from pathlib import Path

__all__ = ["Key", "new_key", "release_folder", "release_zip", "with_key", "write_key"]

Key = tuple[str, str]  # validationKey, decryptionKey

_ELEMENT = re.compile(rb"\s*<machineKey\b[^>]*/>")


def new_key() -> Key:
    return secrets.token_hex(64).upper(), secrets.token_hex(32).upper()


def with_key(data: bytes, key: Key | None) -> bytes:
    """A web.config's bytes with this literal key, or without any."""
    data = _ELEMENT.sub(b"", data)
    if key is None:
        return data
    element = f'<machineKey validationKey="{key[0]}" decryptionKey="{key[1]}" validation="HMACSHA256" decryption="AES" />'
    assert b"<system.web>" in data
    return data.replace(b"<system.web>", b"<system.web>\r\n    " + element.encode(), 1)


def write_key(web_config: Path, key: Key | None) -> None:
    web_config.write_bytes(with_key(web_config.read_bytes(), key))


def release_folder(folder: Path, package: Path, release: str, *, configuration: str = "") -> Path:
    """A release made from another one: its own ``release.txt``, and more elements below ``configuration``."""
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    (folder / "release.txt").write_text(f"{release}\r\n")
    web_config = folder / "web.config"
    web_config.write_bytes(web_config.read_bytes().replace(b"<configuration>", b"<configuration>\r\n  " + configuration.encode(), 1))
    return folder


def release_zip(folder: Path, target: Path) -> Path:
    """The folder as a package."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.write(path, path.relative_to(folder).as_posix())
    return target
