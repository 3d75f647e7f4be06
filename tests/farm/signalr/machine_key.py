# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``MachineKey.Protect`` of .NET Framework 4.5 and later, written for the simulated server only.

Keys are derived with SP 800-108 (counter mode, HMAC-SHA512) for the purpose ``User.MachineKey.Protect``; what is protected
is ``IV, CBC with PKCS#7, HMAC over both`` (System.Web, ``NetFXCryptoService``). The product has its own implementation.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass, field

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

CONNECTION_TOKEN = "SignalR.ConnectionToken"
GROUPS_TOKEN = "SignalR.Groups.v1.1"
PRIMARY_PURPOSE = "User.MachineKey.Protect"

_MACS = {"SHA1": "sha1", "HMACSHA256": "sha256", "HMACSHA384": "sha384", "HMACSHA512": "sha512"}
_BLOCK = {"AES": 16, "DES": 8, "3DES": 8}
_KEY_SIZES = {"AES": (16, 24, 32), "DES": (8,), "3DES": (16, 24)}
GENERATED_DECRYPTION_BYTES = {"AES": 32, "DES": 8, "3DES": 24}
GENERATED_VALIDATION_BYTES = 64


class CryptographicError(Exception):
    """The one error ASP.NET shows, whatever went wrong."""

    def __init__(self) -> None:
        super().__init__("Error occurred during a cryptographic operation.")


@dataclass(frozen=True)
class KeyMaterial:
    """Two master keys and two algorithms, in the spelling of the ``machineKey`` element (``AES``, ``HMACSHA256`` ...)."""

    decryption_key: bytes = field(repr=False)
    validation_key: bytes = field(repr=False)
    decryption: str = "AES"
    validation: str = "HMACSHA256"

    def protect(self, plaintext: bytes, purpose: str, *, iv: bytes | None = None) -> bytes:
        """The protected bytes; :class:`CryptographicError` when the key does not fit the algorithm."""
        encryption, mac = self._derived(purpose)
        iv = iv or os.urandom(_BLOCK[self.decryption])
        padder = padding.PKCS7(8 * len(iv)).padder()
        encryptor = Cipher(_algorithm(self.decryption, encryption), CBC(iv)).encryptor()
        sealed = iv + encryptor.update(padder.update(plaintext) + padder.finalize()) + encryptor.finalize()
        return sealed + hmac.digest(mac, sealed, _MACS[self.validation])

    def unprotect(self, data: bytes, purpose: str) -> bytes:
        """The plaintext; :class:`CryptographicError` for whatever reason it cannot be had."""
        encryption, mac = self._derived(purpose)
        size, block = hashlib.new(_MACS[self.validation]).digest_size, _BLOCK[self.decryption]
        sealed, signature = data[:-size], data[-size:]
        is_whole = len(sealed) >= 2 * block and len(sealed) % block == 0
        if not is_whole or not hmac.compare_digest(hmac.digest(mac, sealed, _MACS[self.validation]), signature):
            raise CryptographicError
        decryptor = Cipher(_algorithm(self.decryption, encryption), CBC(sealed[:block])).decryptor()
        padded = decryptor.update(sealed[block:]) + decryptor.finalize()
        unpadder = padding.PKCS7(8 * block).unpadder()
        try:
            return unpadder.update(padded) + unpadder.finalize()
        except ValueError as error:
            raise CryptographicError from error

    def _derived(self, purpose: str) -> tuple[bytes, bytes]:
        if len(self.decryption_key) not in _KEY_SIZES[self.decryption]:
            raise CryptographicError
        return derive(self.decryption_key, purpose), derive(self.validation_key, purpose)


def derive(master: bytes, *purposes: str, primary: str = PRIMARY_PURPOSE) -> bytes:
    """A key of the master key's length for these purposes (System.Web, ``SP800_108``)."""
    context = b"".join(_length_prefixed(purpose.encode()) for purpose in purposes)
    fixed = primary.encode() + b"\0" + context + (8 * len(master)).to_bytes(4, "big")
    blocks = -(-len(master) // 64)
    return b"".join(hmac.digest(master, index.to_bytes(4, "big") + fixed, "sha512") for index in range(1, blocks + 1))[: len(master)]


def to_token(data: bytes) -> str:
    """Protected bytes as SignalR puts them on the wire."""
    return base64.b64encode(data).decode("ascii")


def from_token(token: str) -> bytes:
    """The bytes of a token as ``Convert.FromBase64String`` reads it: white space is ignored, everything else counts."""
    try:
        return base64.b64decode("".join(token.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise CryptographicError from error


def _algorithm(name: str, key: bytes) -> BlockCipherAlgorithm:
    # DES is triple DES with three equal keys; two-key triple DES repeats the first.
    return AES(key) if name == "AES" else TripleDES(key * 3 if len(key) == 8 else key + key[:8] if len(key) == 16 else key)


def _length_prefixed(data: bytes) -> bytes:
    size, prefix = len(data), bytearray()
    while size >= 0x80:
        prefix.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([*prefix, size]) + data
