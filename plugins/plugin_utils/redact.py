# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only place that masks: fingerprints, placeholders, and the masking of whole texts and results.

Texts may be hostile (a configuration file of several megabytes that is none), so every expression here is possessive or bounded: the time
is proportional to the length.
"""

from __future__ import annotations

import functools
import hashlib
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "MASK",
    "MASK_NEW",
    "MASK_OLD",
    "NEW_KEY",
    "config_secrets",
    "fingerprint_of",
    "mask_blobs",
    "mask_config_pair",
    "mask_config_text",
    "mask_values",
]

#: Stands where a secret stood.
MASK = "********"
#: Stand where a secret stood that another one replaces: a change has to show, the secret does not.
MASK_OLD = f"{MASK} (old)"
MASK_NEW = f"{MASK} (new)"
#: Stands where a key stands that this run has made, and whose fingerprint says nothing yet.
NEW_KEY = "(a new key)"
_PLACEHOLDERS = re.compile(rf"{re.escape(MASK)}(?: \((?:old|new)\))?|{re.escape(NEW_KEY)}|\(fingerprint [0-9a-f]{{8}}\)")


def fingerprint_of(*secrets: str) -> str:
    """Eight hex digits that tell two keys apart and tell nothing about either.

    SHA-256 over the upper-cased parts, each preceded by its length, under a label of ours; cut to 32 bits.
    Only for keys with high entropy. Passwords have no fingerprint at all: a short one could be guessed from it.
    """
    digest = hashlib.sha256(b"webfarm.signalr key fingerprint\0")
    for secret in secrets:
        data = secret.strip().upper().encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(4, "big") + data)
    return digest.hexdigest()[:8]


# Texts of configuration files

#: A name (of an attribute, a setting, a part of a connection string) with one of these in it names a secret; case and punctuation do not count.
_SECRET_WORDS = (
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "accountkey",
    "sharedkey",
    "privatekey",
    "encryptionkey",
    "signingkey",
    "validationkey",
    "decryptionkey",
    "connectionstring",
)
#: Names with such a word in them whose values are public: ASP.NET's settings about passwords, and strong names of assemblies.
_PUBLIC_NAMES = frozenset(
    (
        "publickeytoken",
        "connectionstringname",
        "passwordformat",
        "passwordattemptwindow",
        "passwordstrengthregularexpression",
        "minrequiredpasswordlength",
        "enablepasswordretrieval",
        "enablepasswordreset",
    )
)
_KEY_ATTRIBUTES = ("validationkey", "decryptionkey")
_HEX_KEY = re.compile(r"\s*+[0-9A-Fa-f]{16,}+\s*+(?:,.*)?", re.DOTALL)
_AUTOMATIC = re.compile(r"\s*+AutoGenerate(?:\s*,\s*Isolate(?:Apps|ByAppId))*\s*", re.IGNORECASE)
#: What is looked at: the start of an element (or comment), its end, ``name =`` with the quote that may follow, ``//user:password@``.
_MARK = re.compile(
    r"""<(?P<tag>!--|!|/?+[A-Za-z_?][\w:.-]*+)|(?P<end>/?+>)"""
    r"""|(?<=://)[^/\s:@"'<>]*+:(?P<user>[^@/\s"'<>]++)(?=@)"""
    r"""|(?:(?<![\w:.-])|(?<=<!--))(?P<name>[\w:.-]++)\s*+=\s*+(?P<quote>["']?)"""
)
#: An unquoted value goes on to the next part of a connection string, the next element, the end of the line, or a quote.
_BARE = re.compile(r"""[^;&"'<>\r\n]*+""")
_SPACE = re.compile(r"\s*+")
_CDATA = "<![CDATA["


def mask_config_text(text: str) -> str:
    """``text`` of a web.config with a placeholder for every secret: keys as ``(fingerprint 1a2b3c4d)``, everything else as a mask.

    Secrets are the values of attributes, elements, settings (``<add key="ApiPassword" value="..."/>``) and parts of connection strings whose
    names say so, credentials in addresses, and encrypted data. Comments are masked by the same rules: a commented-out ``machineKey`` is a
    secret, too. The text need not be well-formed.
    """
    return _rendered(text, _secrets_of(text), lambda _secret: MASK)


def mask_config_pair(before: str, after: str) -> tuple[str, str]:
    """Two states of one file, masked like ``mask_config_text``, in which a secret that changed shows as changed."""
    found = [_secrets_of(before), _secrets_of(after)]
    old, new = ({secret.identity for secret in secrets} for secrets in found)
    return (
        _rendered(before, found[0], lambda secret: MASK if secret.identity in new else MASK_OLD),
        _rendered(after, found[1], lambda secret: MASK if secret.identity in old else MASK_NEW),
    )


def config_secrets(text: str) -> tuple[str, ...]:
    """The secrets that ``mask_config_text`` would hide in ``text``, as written and as they read, for ``mask_values``."""
    values = {secret.value for secret in _secrets_of(text) if not _PLACEHOLDERS.fullmatch(secret.value)}
    return tuple(sorted({form for value in values for form in (value, html.unescape(value)) if len(form) > 3}))


@dataclass(frozen=True)
class _Secret:
    start: int
    end: int
    name: str  # lower-case, of the attribute or setting
    value: str = field(repr=False)

    @property
    def identity(self) -> tuple[str, str]:
        return self.name, self.value


def _rendered(text: str, secrets: list[_Secret], mask: Callable[[_Secret], str]) -> str:
    parts, position = [], 0
    for secret in secrets:
        if secret.start >= position:  # else it stands inside the one before
            parts += [text[position : secret.start], _shown(secret, mask)]
        position = max(position, secret.end)
    return "".join([*parts, text[position:]])


def _shown(secret: _Secret, mask: Callable[[_Secret], str]) -> str:
    if not secret.value or _PLACEHOLDERS.fullmatch(secret.value):
        return secret.value
    if secret.name in _KEY_ATTRIBUTES:
        if _HEX_KEY.fullmatch(secret.value):
            return f"(fingerprint {fingerprint_of(secret.value)})"
        if _AUTOMATIC.fullmatch(secret.value):
            return secret.value
    return mask(secret)


@dataclass
class _Tag:
    """An element's start, as far as it was read."""

    name: str = ""
    attributes: list[tuple[str, int, int]] = field(default_factory=list)  # lower-case name, start and end of the value


def _secrets_of(text: str) -> list[_Secret]:
    """Where the secrets of ``text`` stand, in order; in a text that is not well-formed one may stand inside another."""
    return sorted(_found_in(text), key=lambda secret: (secret.start, -secret.end))


def _found_in(text: str) -> Iterator[_Secret]:
    tag, setting, position = _Tag(), "", 0  # setting: the secret setting whose <value> is still to come
    while (mark := _MARK.search(text, position)) is not None:
        position = mark.end()
        if mark["tag"]:
            yield from _secrets_in_tag(text, tag)
            tag = _Tag(_local(mark["tag"]) if not mark["tag"].startswith("/") else "")
            if mark["tag"].startswith("/") and _local(mark["tag"]) not in ("value", "/value"):
                setting = ""
        elif mark["end"]:
            if mark["end"] == ">":
                setting = _setting(text, tag) or setting
            yield from _secrets_in_tag(text, tag)
            secret_name = tag.name if _is_secret(tag.name) or tag.name == "ciphervalue" else setting if tag.name == "value" else ""
            tag = _Tag()
            if secret_name and mark["end"] == ">":
                start, end = _content(text, position)
                yield _Secret(start, end, secret_name, text[start:end])
                position = end
        elif mark["user"]:
            yield _Secret(mark.start("user"), mark.end("user"), "", mark["user"])
        elif mark["quote"]:
            name, end = _local(mark["name"]), text.find(mark["quote"], position)
            is_whole = end >= 0 and "<" not in text[position:end]
            end = end if end >= 0 else len(text)  # cut off: all that is left may be the secret
            if is_whole or _is_secret(name) or name == "value":
                tag.attributes.append((name, position, end))
            if is_whole or _is_secret(name):
                position = min(end + 1, len(text))
        elif _is_secret(_local(mark["name"])):
            end = _BARE.match(text, position).end()  # type: ignore[union-attr]
            yield _Secret(position, end, _local(mark["name"]), text[position:end])
            position = end
    yield from _secrets_in_tag(text, tag)


def _secrets_in_tag(text: str, tag: _Tag) -> Iterator[_Secret]:
    """What is secret among the attributes that were read since the last element began."""
    setting = _setting(text, tag)
    for name, start, end in tag.attributes:
        value = text[start:end]
        if _is_secret(name) or _holds_credentials(value):
            yield _Secret(start, end, name, value)
        elif setting and name == "value":
            yield _Secret(start, end, setting, value)
    tag.attributes.clear()


def _setting(text: str, tag: _Tag) -> str:
    """The name of the secret setting that an element is; empty when it is none."""
    for name, start, end in tag.attributes:
        if name in ("key", "name") and _is_secret(text[start:end]):
            return text[start:end].lower()
    return ""


def _holds_credentials(value: str) -> bool:
    """Whether a value is a connection string or an address with a secret in it."""
    return any(mark["user"] or (mark["name"] and _is_secret(_local(mark["name"]))) for mark in _MARK.finditer(value))


def _content(text: str, start: int) -> tuple[int, int]:
    """The text of the element that begins at ``start``, without the white space around it."""
    start = _SPACE.match(text, start).end()  # type: ignore[union-attr]
    closing = "<"
    if text.startswith(_CDATA, start):
        start, closing = start + len(_CDATA), "]]>"
    end = text.find(closing, start)
    end = len(text) if end < 0 else end
    return start, start + len(text[start:end].rstrip())


def _local(name: str) -> str:
    """A name in lower case, without the prefix that a namespace has."""
    return name.rpartition(":")[2].lower()


@functools.lru_cache(maxsize=256)
def _is_secret(name: str) -> bool:
    plain = re.sub(r"[^a-z0-9]", "", html.unescape(name).lower())
    return plain not in _PUBLIC_NAMES and any(word in plain for word in _SECRET_WORDS)


# Results and messages

#: Longer than any word of an error text, shorter than any key or token: unbroken hex, base64, or base64 in a URL.
_BLOB = re.compile(r"[A-Za-z0-9+/=%]{40,}")


def mask_blobs(text: str) -> str:
    """``text`` of somebody else's message without what may be a key or a token in it."""
    return _BLOB.sub(MASK, text)


def mask_values(value: Any, secrets: Iterable[str]) -> Any:
    """A copy of ``value`` (a result) in which none of ``secrets`` occurs, not even as part of a longer text, or as JSON, XML or ``repr`` write it.

    Names of results (keys of mappings that are identifiers) stay: they are ours, and a password may be any word.
    """
    forms = {form for secret in secrets if secret for form in (secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], html.escape(secret))}
    ordered = sorted(forms, key=len, reverse=True)
    return _mask(value, ordered) if ordered else value


def _mask(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, str):
        for secret in secrets:
            if secret in value:
                value = value.replace(secret, MASK)
        return value
    if isinstance(value, Mapping):
        return {
            key if isinstance(key, str) and key.isidentifier() else _mask(key, secrets): _mask(item, secrets) for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_mask(item, secrets) for item in value]
    return value
