# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The algorithms that a ``machineKey`` element can name, and what ASP.NET says when it cannot use one.

Source: ``MachineKeyCryptoAlgorithmFactory`` and ``CryptoAlgorithms`` of .NET Framework 4.5 and later; sentences as in its resources.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import FarmError
from ..imports import ciphers, decrepit_ciphers

__all__ = [
    "ALG_PREFIX",
    "BAD_DECRYPTION",
    "BAD_HEX",
    "BAD_LENGTH",
    "BAD_VALIDATION",
    "BlockCipher",
    "KeyUnusable",
    "Mac",
    "decryption_algorithm",
    "validation_algorithm",
]

ALG_PREFIX = "alg:"

BAD_DECRYPTION = "The decryption must be one of these values: Auto, DES, 3DES, AES or alg:[SymmetricAlgorithm]."
BAD_VALIDATION = (
    'When using <machineKey compatibilityMode="Framework45" /> or the MachineKey.Protect and MachineKey.Unprotect APIs, the '
    "'validation' attribute must be one of these values: SHA1, HMACSHA256, HMACSHA384, HMACSHA512, or alg:[KeyedHashAlgorithm]."
)
BAD_HEX = {
    "validationKey": "Validation key specified has invalid hex characters.",
    "decryptionKey": "Decryption key specified has invalid hex characters.",
}
#: All that ASP.NET shows of a wrong key length; the reason stays in the inner exception.
BAD_LENGTH = "Error occurred during a cryptographic operation."


class KeyUnusable(FarmError):
    """ASP.NET cannot make or read a token with this key: SignalR's negotiate answers 500 on such a node."""


@dataclass(frozen=True)
class Mac:
    """A keyed hash: its name for ``hashlib`` and the bytes it adds to a token; ``generated`` is the key length in bytes we make."""

    digest: str
    size: int
    generated: int


@dataclass(frozen=True)
class BlockCipher:
    """A block cipher in CBC mode: bytes of a block, lengths in bytes that a key may have, and the length that we make."""

    name: str
    block: int
    key_lengths: tuple[int, ...]
    generated: int
    make: Callable[[bytes], Any]


def _aes(key: bytes) -> Any:
    return ciphers.algorithms.AES(key)


def _triple_des(key: bytes) -> Any:
    """Two-key 3DES is K1 K2 K1, and DES is 3DES with one key three times."""
    return decrepit_ciphers.TripleDES((key * 3)[:24])


_AES = BlockCipher("AES", 16, (16, 24, 32), 32, _aes)
_DES = BlockCipher("DES", 8, (8,), 8, _triple_des)
_3DES = BlockCipher("3DES", 8, (16, 24), 24, _triple_des)
_DECRYPTION = {"Auto": _AES, "AES": _AES, "DES": _DES, "3DES": _3DES}

_SHA1 = Mac("sha1", 20, 64)
_SHA256 = Mac("sha256", 32, 64)
_SHA384 = Mac("sha384", 48, 128)
_SHA512 = Mac("sha512", 64, 128)
_VALIDATION = {"SHA1": _SHA1, "HMACSHA256": _SHA256, "HMACSHA384": _SHA384, "HMACSHA512": _SHA512}

#: Names behind ``alg:`` that .NET's ``CryptoConfig`` knows and that can be computed here; it compares them without case.
_CUSTOM_DECRYPTION = {
    "aes": _AES,
    "aesmanaged": _AES,
    "aescryptoserviceprovider": _AES,
    "rijndael": _AES,
    "rijndaelmanaged": _AES,
    "des": _DES,
    "3des": _3DES,
    "tripledes": _3DES,
    "triple des": _3DES,
}
_CUSTOM_VALIDATION = {
    "hmacmd5": Mac("md5", 16, 64),
    "hmacsha1": _SHA1,
    "hmacsha256": _SHA256,
    "hmacsha384": _SHA384,
    "hmacsha512": _SHA512,
}
_NAMESPACE = "system.security.cryptography."


def _custom(name: str, known: dict[str, Any]) -> Any:
    if not name.startswith(ALG_PREFIX):
        return None
    return known.get(name[len(ALG_PREFIX) :].lower().removeprefix(_NAMESPACE))


def decryption_algorithm(name: str) -> BlockCipher:
    """The cipher that the attribute ``decryption`` names; KeyUnusable with ASP.NET's sentence when it names none."""
    found = _DECRYPTION.get(name) or _custom(name, _CUSTOM_DECRYPTION)
    if found is None:
        raise _unknown("decryption", name, BAD_DECRYPTION)
    return found


def validation_algorithm(name: str) -> Mac:
    """The keyed hash that the attribute ``validation`` names; KeyUnusable with ASP.NET's sentence when it names none.

    MD5, 3DES and AES, which pages for older versions recommend, are none on this path.
    """
    found = _VALIDATION.get(name) or _custom(name, _CUSTOM_VALIDATION)
    if found is None:
        raise _unknown("validation", name, BAD_VALIDATION)
    return found


def _unknown(attribute: str, name: str, sentence: str) -> KeyUnusable:
    if name.startswith(ALG_PREFIX):
        return KeyUnusable(
            f"The algorithm that {attribute} names with {ALG_PREFIX} is not one that can be computed here.",
            where=f"machineKey, {attribute}",
            next_step=f"Compare the nodes by asking them (signalr_probe), or use one of ASP.NET's own values for {attribute}.",
        )
    return KeyUnusable(sentence, where=f"machineKey, {attribute}", next_step=f"Set {attribute} to one of these values; they have a case.")
