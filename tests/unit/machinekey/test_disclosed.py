# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft's list of disclosed keys, as the user's copy has it."""

from __future__ import annotations

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.machinekey import DisclosedKeys, generate
from ansible_collections.webfarm.signalr.plugins.plugin_utils.machinekey.disclosed import hash_of

HEADER = "validationKey, decryptionKey\n"
A, B = "ab" * 32, "cd" * 32
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

# Examples of Microsoft's own pages, which the list has.
PUBLIC_V = (
    "87AC8F432C8DB844A4EFD024301AC1AB5808BEE9D1870689B63794D33EE3B55CDB315BB480721A107187561F388C6BEF5B623BF31E2E725FC3F3F71A32BA5DFC"
)
PUBLIC_D = "E001A307CCC8B1ADEA2C55B1246CDCFE8579576997FF92E7"

BAD = [
    (b"", 1, "header"),
    (b"<!DOCTYPE html>\n<html>", 1, "header"),
    ((HEADER + f"{A}, {B}\n{A}\n").encode(), 3, "two SHA-256 hashes"),
    ((HEADER + f"{A}, {B}, {A}\n").encode(), 2, "two SHA-256 hashes"),
    ((HEADER + f"{A}, {B[:-1]}\n").encode(), 2, "two SHA-256 hashes"),
    ((HEADER + f"\n\n{A}, {'x' * 64}\n").encode(), 4, "two SHA-256 hashes"),
    (HEADER.encode() + b"\xff\xfe\n", 2, "UTF-8"),
]


@pytest.fixture(scope="module")
def listed(golden):
    return DisclosedKeys.load(golden / "disclosed-keys" / "MachineKeys.csv")


def test_the_real_list(listed, golden):
    assert len(listed.hashes) == 7335
    assert EMPTY not in listed.hashes
    as_bytes = DisclosedKeys.load((golden / "disclosed-keys" / "MachineKeys.csv").read_bytes())
    assert as_bytes == listed == DisclosedKeys.load(str(golden / "disclosed-keys" / "MachineKeys.csv"))


@pytest.mark.parametrize("spell", [str, str.lower, lambda v: f" {v},IsolateApps", lambda v: f"{v.lower()} , IsolateApps"])
def test_public_keys_match_however_written(listed, spell):
    assert listed.matches(spell(PUBLIC_V), spell(PUBLIC_D)) == ("validationKey", "decryptionKey")


def test_others_do_not_match(listed):
    key = generate()
    assert listed.matches(key.validation_key, key.decryption_key) == ()
    assert listed.matches(key.validation_key, PUBLIC_D) == ("decryptionKey",)
    assert listed.matches("", ",IsolateApps") == () == listed.matches(None, None)
    assert listed.matches("AutoGenerate,IsolateApps", "AutoGenerate") == ()


def test_a_public_key_in_the_other_attribute_is_public_too(listed):
    assert listed.matches(PUBLIC_D, PUBLIC_V) == ("validationKey", "decryptionKey")


def test_the_empty_hash_never_matches():
    text = HEADER + f"{EMPTY}, {EMPTY.upper()}\r\n{A.upper()}, {B}\r\n\r\n"
    listed = DisclosedKeys.load(b"\xef\xbb\xbf" + text.encode())
    assert listed.hashes == {A, B}
    assert not DisclosedKeys(frozenset({EMPTY})).contains("")
    assert hash_of("") == EMPTY


@pytest.mark.parametrize(("data", "line", "what"), BAD)
def test_bad_list(data, line, what):
    with pytest.raises(FarmError, match=what) as error:
        DisclosedKeys.load(data)
    assert error.value.line == line and error.value.next_step


def test_bad_list_names_its_path(tmp_path):
    path = tmp_path / "keys.csv"
    with pytest.raises(FarmError, match="cannot be read: No such file"):
        DisclosedKeys.load(path)
    path.write_bytes(HEADER.encode() + b"nothing\n")
    with pytest.raises(FarmError) as error:
        DisclosedKeys.load(path)
    assert error.value.where == str(path) and error.value.line == 2
