# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Publicly disclosed machine keys: Microsoft's list of hashes, read from the user's own copy, without any connection.

The list is ``MachineKeys.csv`` of the repository microsoft/mstic: SHA-256 over the UTF-8 bytes of the upper-cased attribute value.
A key that others know lets them run code on the server (ViewState), not only forge tokens.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

from ..errors import FarmError

__all__ = ["DisclosedKeys", "hash_of"]

_HEADER = ("validationkey", "decryptionkey")
_HASH = re.compile(r"[0-9a-f]{64}")
#: Stands for "this attribute was absent" in the list.
_EMPTY = hashlib.sha256(b"").hexdigest()
_OBTAIN = "Download the raw file MachineKeys.csv of microsoft/mstic (RapidReleaseTI) anew, not the web page that shows it."


def hash_of(value: str) -> str:
    """The hash under which the list has an attribute value; what stands behind a comma (``,IsolateApps``) is left out.

    Microsoft's own scanner leaves it in, so a suffix hides a key from it.
    """
    return hashlib.sha256(value.split(",", 1)[0].strip().upper().encode("utf-8")).hexdigest()


@dataclass(frozen=True)
class DisclosedKeys:
    """The hashes of the list. A key is public whichever column it stands in, so the two are not kept apart."""

    hashes: frozenset[str] = field(repr=False)

    @classmethod
    def load(cls, source: str | PathLike[str] | bytes) -> DisclosedKeys:
        """The list from a path, or from the file's bytes; FarmError with the line where it is not such a list."""
        if isinstance(source, bytes):
            return cls(_parse(source, "the list of disclosed keys"))
        try:
            data = Path(source).read_bytes()
        except OSError as error:
            raise FarmError(
                f"The list of disclosed keys cannot be read: {error.strerror or error}.", where=str(source), next_step=_OBTAIN
            ) from error
        return cls(_parse(data, str(source)))

    def contains(self, value: str) -> bool:
        """Whether the value of one attribute is on the list."""
        digest = hash_of(value)
        return digest != _EMPTY and digest in self.hashes

    def matches(self, validation_key: str | None, decryption_key: str | None) -> tuple[str, ...]:
        """The attributes whose value is on the list: none, one or both of ``validationKey`` and ``decryptionKey``."""
        values = {"validationKey": validation_key, "decryptionKey": decryption_key}
        return tuple(name for name, value in values.items() if value is not None and self.contains(value))


def _parse(data: bytes, where: str) -> frozenset[str]:
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FarmError("The list of disclosed keys is not text in UTF-8.", where=where, line=line, next_step=_OBTAIN) from error
    if not lines or tuple(cell.strip().lower() for cell in lines[0].split(",")) != _HEADER:
        raise FarmError(
            "The list of disclosed keys must begin with the header 'validationKey, decryptionKey'.", where=where, line=1, next_step=_OBTAIN
        )
    return frozenset(_rows(lines[1:], where))


def _rows(lines: Iterable[str], where: str) -> Iterable[str]:
    for number, line in enumerate(lines, start=2):
        cells = [cell.strip().lower() for cell in line.split(",")]
        if cells == [""]:
            continue
        if len(cells) != len(_HEADER) or not all(_HASH.fullmatch(cell) for cell in cells):
            raise FarmError(
                "A line of the list of disclosed keys must hold two SHA-256 hashes of 64 hex digits.",
                where=where,
                line=number,
                next_step=_OBTAIN,
            )
        yield from (cell for cell in cells if cell != _EMPTY)
