# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""New keys, from the system's cryptographic random generator."""

from __future__ import annotations

import secrets

from .algorithms import decryption_algorithm, validation_algorithm
from .key import MachineKey

__all__ = ["generate"]


def generate(validation: str = "HMACSHA256", decryption: str = "AES") -> MachineKey:
    """A new key in upper-case hex, in the lengths that Microsoft's generators make.

    64 bytes for SHA1 and HMACSHA256, 128 for HMACSHA384 and HMACSHA512; 32 bytes for AES, 24 for 3DES, 8 for DES.
    KeyUnusable for an algorithm that ASP.NET does not take.
    """
    return MachineKey(
        validation_key=secrets.token_hex(validation_algorithm(validation).generated).upper(),
        decryption_key=secrets.token_hex(decryption_algorithm(decryption).generated).upper(),
        validation=validation,
        decryption=decryption,
    )
