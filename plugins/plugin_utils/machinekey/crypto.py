# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``MachineKey.Protect`` and ``Unprotect`` of .NET Framework 4.5 and later, which make SignalR's connection and groups tokens.

Layout: IV, then the plaintext in CBC mode with PKCS #7 padding, then the MAC over both; no header. Both keys are derived for the purposes
by NIST SP 800-108 in counter mode over HMAC-SHA512. ``compatibilityMode`` has no say in it. The caller encodes (SignalR: standard base64).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from ..errors import FarmError
from ..imports import ciphers
from .algorithms import BAD_HEX, BAD_LENGTH, BlockCipher, KeyUnusable, Mac, decryption_algorithm, validation_algorithm
from .key import MachineKey

__all__ = ["CONNECTION_TOKEN", "GROUPS_TOKEN", "TokenRejected", "derive", "protect", "unprotect"]

#: SignalR's purposes: of the connection token (``<id>:<user>``), and of the groups token (``<id>:<JSON array>``).
CONNECTION_TOKEN = "SignalR.ConnectionToken"
GROUPS_TOKEN = "SignalR.Groups.v1.1"

_PRIMARY = "User.MachineKey.Protect"


class TokenRejected(FarmError):
    """The data was not protected with this key for these purposes, or was altered; .NET tells no more either."""


def _rejected() -> TokenRejected:
    return TokenRejected(
        "Error occurred during a cryptographic operation.",
        next_step='SignalR answers such a token with 400 "The ConnectionId is in the incorrect format."; compare the keys of the nodes.',
    )


def derive(master: bytes, *purposes: str, primary: str = _PRIMARY) -> bytes:
    """The key for ``purposes``, as long as ``master``. ``primary`` differs only for other parts of ASP.NET (forms tickets, say)."""
    context = b"".join(_length(data) + data for data in (purpose.encode("utf-8") for purpose in purposes))
    fixed = primary.encode("utf-8") + b"\0" + context + (len(master) * 8).to_bytes(4, "big")
    size = hashlib.sha512().digest_size
    blocks = (hmac.digest(master, counter.to_bytes(4, "big") + fixed, "sha512") for counter in range(1, -(-len(master) // size) + 1))
    return b"".join(blocks)[: len(master)]


def _length(data: bytes) -> bytes:
    """The length in front of a string as .NET's BinaryWriter writes it: seven bits a byte, the lowest first."""
    value, encoded = len(data), bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(encoded) + bytes([value])


def protect(key: MachineKey, plaintext: bytes, *purposes: str, iv: bytes | None = None, primary: str = _PRIMARY) -> bytes:
    """``MachineKey.Protect``. ``iv`` (one block) is for test vectors only; without it, it is random.

    KeyUnusable where ASP.NET would fail with a configuration error or a wrong key length.
    """
    cipher, mac, encryption_key, validation_key = _keys(key, purposes, primary)
    if iv is None:
        iv = secrets.token_bytes(cipher.block)
    padding = cipher.block - len(plaintext) % cipher.block
    encryptor = _cbc(cipher, encryption_key, iv).encryptor()
    signed = iv + encryptor.update(plaintext + bytes([padding]) * padding) + encryptor.finalize()
    return signed + hmac.digest(validation_key, signed, mac.digest)


def unprotect(key: MachineKey, data: bytes, *purposes: str, primary: str = _PRIMARY) -> bytes:
    """``MachineKey.Unprotect``: the plaintext, or TokenRejected; KeyUnusable as in ``protect``."""
    cipher, mac, encryption_key, validation_key = _keys(key, purposes, primary)
    signed, tag = data[: -mac.size], data[-mac.size :]
    if len(signed) <= cipher.block or not hmac.compare_digest(hmac.digest(validation_key, signed, mac.digest), tag):
        raise _rejected()
    iv, ciphertext = signed[: cipher.block], signed[cipher.block :]
    if len(ciphertext) % cipher.block:
        raise _rejected()
    decryptor = _cbc(cipher, encryption_key, iv).decryptor()
    padded = decryptor.update(ciphertext) + decryptor.finalize()
    # The MAC was right, so whoever made this has the validation key: no padding oracle to hide here.
    padding = padded[-1]
    if not 1 <= padding <= cipher.block or padded[-padding:] != bytes([padding]) * padding:
        raise _rejected()
    return padded[:-padding]


def _cbc(cipher: BlockCipher, key: bytes, iv: bytes) -> Any:
    return ciphers.Cipher(cipher.make(key), ciphers.modes.CBC(iv))


def _keys(key: MachineKey, purposes: tuple[str, ...], primary: str) -> tuple[BlockCipher, Mac, bytes, bytes]:
    """The algorithms and the derived keys. The encryption key comes first: ASP.NET reports its error when both are bad."""
    encryption_master = _master("decryptionKey", key.decryption_key)
    validation_master = _master("validationKey", key.validation_key)
    cipher = decryption_algorithm(key.decryption.strip())
    mac = validation_algorithm(key.validation.strip())
    if len(encryption_master) not in cipher.key_lengths:
        lengths = ", ".join(str(2 * length) for length in cipher.key_lengths)
        raise KeyUnusable(
            f"{BAD_LENGTH} (Specified key is not a valid size for this algorithm.)",
            where="machineKey, decryptionKey",
            next_step=f"{cipher.name} needs a decryptionKey of {lengths} hex digits; this one has {2 * len(encryption_master)}.",
        )
    return cipher, mac, derive(encryption_master, *purposes, primary=primary), derive(validation_master, *purposes, primary=primary)


def _master(attribute: str, text: str) -> bytes:
    digits = text.strip()
    if not digits or len(digits) % 2 or not set(digits) <= set("0123456789abcdefABCDEF"):
        raise KeyUnusable(
            BAD_HEX[attribute],
            where=f"machineKey, {attribute}",
            next_step="A key is an even number of hex digits and nothing else: no AutoGenerate, no ,IsolateApps behind it.",
        )
    return bytes.fromhex(digits)
