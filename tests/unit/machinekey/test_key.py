# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key itself: what stays hidden, what counts as the same key, and what is generated."""

from __future__ import annotations

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.machinekey import (
    KeyUnusable,
    MachineKey,
    fingerprint,
    generate,
    same_key,
    validate,
)

KEY = generate()
V, D = KEY.validation_key, KEY.decryption_key

SAME = [
    MachineKey(V.lower(), D.lower()),
    MachineKey(f"  {V}\r\n", f"\u00a0{D} "),
    MachineKey(V, D, decryption="Auto"),
    MachineKey(V, D, "HMACSHA256 ", " AES"),
]
OTHER = [
    MachineKey(V, D, "HMACSHA512"),
    MachineKey(V, D, decryption="3DES"),
    MachineKey(D, V),
    MachineKey(V[:-2] + "00", D) if not V.endswith("00") else MachineKey(V[:-2] + "01", D),
    generate(),
]
GENERATED = {
    ("HMACSHA256", "AES"): (64, 32),
    ("SHA1", "3DES"): (64, 24),
    ("HMACSHA384", "Auto"): (128, 32),
    ("HMACSHA512", "DES"): (128, 8),
}


def test_no_key_in_any_text():
    for text in (repr(KEY), str(KEY), f"{KEY}", repr([KEY]), repr({"key": KEY})):
        assert V not in text and D not in text


@pytest.mark.parametrize("other", SAME)
def test_same(other):
    assert same_key(KEY, other) and fingerprint(KEY) == fingerprint(other) == other.fingerprint


@pytest.mark.parametrize("other", OTHER)
def test_not_same(other):
    assert not same_key(KEY, other) and fingerprint(KEY) != fingerprint(other)


def test_no_key_is_no_other_key():
    assert not same_key(None, None) and not same_key(KEY, None) and not same_key(None, KEY)


def test_fingerprint_is_short_hex():
    assert len(KEY.fingerprint) == 8 and int(KEY.fingerprint, 16) >= 0


@pytest.mark.parametrize(("algorithms", "sizes"), GENERATED.items())
def test_generated(algorithms, sizes):
    key = generate(*algorithms)
    assert (len(key.validation_key) // 2, len(key.decryption_key) // 2) == sizes
    assert (key.validation, key.decryption) == algorithms
    assert key.validation_key == key.validation_key.upper() and key.validation_key != generate(*algorithms).validation_key
    assert not [finding for finding in validate(key.attributes()) if finding.severity in ("unusable", "per_machine", "disclosed")]


def test_generated_by_default_has_no_finding():
    assert KEY.validation == "HMACSHA256" and KEY.decryption == "AES" and not validate(KEY.attributes())


@pytest.mark.parametrize("algorithms", [("MD5", "AES"), ("3DES", "AES"), ("HMACSHA256", "RC2"), ("sha1", "AES")])
def test_not_generated(algorithms):
    with pytest.raises(KeyUnusable, match="must be one of these values"):
        generate(*algorithms)
