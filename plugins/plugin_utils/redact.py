# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only place that masks: fingerprints, placeholders, and the masking of whole texts and results."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["MASK", "fingerprint_of", "mask_blobs", "mask_config_text", "mask_values"]

#: Stands where a secret stood.
MASK = "********"

#: Attributes whose value is a secret wherever they stand in a configuration file.
_SECRET_ATTRIBUTE = re.compile(
    r"""(?P<head>(?<![\w:.-])(?P<name>validationKey|decryptionKey|connectionString|[\w.-]*(?:password|pwd|secret|token|apikey|accesskey)[\w.-]*)"""
    r"""\s*=\s*)(?P<quote>["'])(?P<value>.*?)(?P=quote)""",
    re.IGNORECASE | re.DOTALL,
)
#: ``<add key="... password ..." value="..."/>``, in either order of the attributes.
_SECRET_SETTING = re.compile(
    r"""<add\b[^<>]*?\bkey\s*=\s*(["'])(?P<key>[^"']*(?:password|pwd|secret|token|apikey|api[_-]key|connectionstring|(?:validation|decryption)key)[^"']*)\1[^<>]*>""",
    re.IGNORECASE,
)
_VALUE = re.compile(r"""(\bvalue\s*=\s*)(["'])(.*?)\2""", re.IGNORECASE | re.DOTALL)
_CIPHER = re.compile(r"(<(?:\w+:)?CipherValue\s*>).*?(</(?:\w+:)?CipherValue\s*>)", re.DOTALL)


def fingerprint_of(*secrets: str) -> str:
    """Eight hex digits that tell two keys apart and tell nothing about either.

    SHA-256 over the upper-cased parts, each preceded by its length, under a label of ours; cut to 32 bits.
    Only for keys with high entropy. Passwords have no fingerprint at all: a short one could be guessed from it.
    """
    digest = hashlib.sha256(b"webfarm.signalr key fingerprint\0")
    for secret in secrets:
        data = secret.strip().upper().encode("utf-8")
        digest.update(len(data).to_bytes(4, "big") + data)
    return digest.hexdigest()[:8]


def mask_config_text(text: str) -> str:
    """``text`` of a web.config for a diff: every secret replaced so that a *change* of it still shows.

    A key is shown as ``(fingerprint 1a2b3c4d)``; other secrets as a mask. Comments are masked by the same rules:
    a commented-out ``machineKey`` is a secret, too.
    """

    def attribute(match: re.Match[str]) -> str:
        value = match["value"]
        if match["name"].lower() in ("validationkey", "decryptionkey") and re.fullmatch(r"\s*[0-9A-Fa-f]{16,}\s*(,.*)?", value, re.DOTALL):
            shown = f"(fingerprint {fingerprint_of(value)})"
        elif re.fullmatch(r"\s*AutoGenerate[\w, ]*", value) or value == "":
            shown = value
        else:
            shown = MASK
        return f"{match['head']}{match['quote']}{shown}{match['quote']}"

    text = _SECRET_SETTING.sub(lambda match: _VALUE.sub(rf"\g<1>\g<2>{MASK}\g<2>", match[0]), text)
    text = _SECRET_ATTRIBUTE.sub(attribute, text)
    return _CIPHER.sub(rf"\g<1>{MASK}\g<2>", text)


#: Longer than any word of an error text, shorter than any key or token: unbroken hex, base64, or base64 in a URL.
_BLOB = re.compile(r"[A-Za-z0-9+/=%]{40,}")


def mask_blobs(text: str) -> str:
    """``text`` of somebody else's message without what may be a key or a token in it."""
    return _BLOB.sub(MASK, text)


def mask_values(value: Any, secrets: Iterable[str]) -> Any:
    """A copy of ``value`` (a result) in which none of ``secrets`` occurs, not even as part of a longer text."""
    ordered = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
    return _mask(value, ordered) if ordered else value


def _mask(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, str):
        for secret in secrets:
            if secret in value:
                value = value.replace(secret, MASK)
        return value
    if isinstance(value, Mapping):
        return {_mask(key, secrets): _mask(item, secrets) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_mask(item, secrets) for item in value]
    return value
