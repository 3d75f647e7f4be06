# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks for secrets in everything that a run left: as they are, in base64, escaped, and connection tokens by opening them."""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote_to_bytes

from farm.signalr.machine_key import CONNECTION_TOKEN, CryptographicError, KeyMaterial

from .material import Key

__all__ = ["files_below", "leaks", "tokens"]

_BLOB = re.compile(rb"[A-Za-z0-9+/_-]{80,}={0,2}")


def leaks(texts: Iterable[tuple[str, bytes]], secrets: Mapping[str, str]) -> list[str]:
    """What was found where: ``the pool's password (base64) in log``. Keys are hex digits and found in either case."""
    forms = [(name, how, form) for name, secret in secrets.items() for how, form in _forms(secret)]
    found = []
    for where, content in texts:
        lowered = content.lower()
        found += [f"{name} ({how}) in {where}" for name, how, form in forms if form in (content if how == "base64" else lowered)]
    return found


def _forms(secret: str) -> Iterator[tuple[str, bytes]]:
    written = {"plain": secret, "as JSON": json.dumps(secret)[1:-1], "as repr": repr(secret)[1:-1], "as XML": html.escape(secret)}
    for how, text in written.items():
        yield how, text.lower().encode()
    encodings = [secret.encode(), secret.encode("utf-16-le")]
    if re.fullmatch(r"(?:[0-9A-Fa-f]{2}){16,}", secret):
        encodings += [secret.lower().encode(), bytes.fromhex(secret)]
    for data in encodings:
        for shift in range(3):  # where it begins in a longer text that was encoded as a whole
            encoded = base64.b64encode(bytes(shift) + data).rstrip(b"=")
            first = (0, 2, 3)[shift]
            yield "base64", encoded[first : len(encoded) - 2]


def tokens(texts: Iterable[tuple[str, bytes]], keys: Iterable[Key]) -> list[str]:
    """Connection tokens that one of the keys opens, by where they stand."""
    materials = [KeyMaterial(bytes.fromhex(decryption), bytes.fromhex(validation)) for validation, decryption in keys]
    found = []
    for where, content in texts:
        blobs = {blob for text in (content, unquote_to_bytes(content)) for blob in _BLOB.findall(text)}
        found += [f"a connection token in {where}" for blob in blobs if any(_opens(material, blob) for material in materials)]
    return found


def _opens(material: KeyMaterial, blob: bytes) -> bool:
    blob = blob.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    try:
        material.unprotect(base64.b64decode(blob + b"=" * (-len(blob) % 4)), CONNECTION_TOKEN)
    except (CryptographicError, binascii.Error):
        return False
    return True


def files_below(directory: Path, *, but: Iterable[Path] = ()) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder with its content, but for those in ``but`` (files or folders)."""
    left_out = tuple(but)
    for path in sorted(directory.rglob("*")):
        if path.is_file() and not any(path == other or other in path.parents for other in left_out):
            yield str(path.relative_to(directory)), path.read_bytes()
