# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated server's own MachineKey.Protect: published and recorded tokens, made and read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from farm.signalr.config_file import Section
from farm.signalr.key_settings import KeyFault, KeySettings
from farm.signalr.machine_key import CONNECTION_TOKEN, CryptographicError, KeyMaterial, derive, from_token, to_token
from farm.signalr.xml_text import Element

# A ciphertext of System.Web itself, published in 2014 with its keys: purpose, keys, base64, plaintext.
ANTI_FORGERY = "System.Web.Helpers.AntiXsrf.AntiForgeryToken.v1"
PUBLISHED_DECRYPTION = "22d14047d53135334cb08d4b4d7da1dcfccd0eae9e66fea0b8dfdcdca085a683"
PUBLISHED_VALIDATION = "c2aec26d010bb4224ab2189184cca3c1b43ae9688026ae4a2f851fbf5521c73f"
PUBLISHED_TOKEN = "IgoPD31Z0v+eCQyBZeu/wL+Vvr8IlmIpci+9iZD6F1S5Tf/HZb0GOMLEOjWU5aGjg/UtpYZ07vB3TRsrBEsJoTa5k4U1ygm68CmuBMaQ5G0="
PUBLISHED_PLAINTEXT = "013382f4b0bc9f19dbce20a58893b4e32801"
COUNTING = KeyMaterial(bytes(range(32)), bytes(range(64)))


def _material(attributes: dict[str, str]) -> KeyMaterial:
    section = Section(Element("machineKey", 1, attributes), Path("web.config"))
    return KeySettings().merged(section, Path("web.config")).material()


def test_a_published_ciphertext_of_system_web_opens() -> None:
    key = KeyMaterial(bytes.fromhex(PUBLISHED_DECRYPTION), bytes.fromhex(PUBLISHED_VALIDATION))
    assert key.unprotect(from_token(PUBLISHED_TOKEN), ANTI_FORGERY).hex() == PUBLISHED_PLAINTEXT


def test_the_keys_are_derived_for_the_purpose() -> None:
    assert derive(COUNTING.decryption_key, CONNECTION_TOKEN).hex() == "b23dfbc9be4add0344ef4f9c3fe1a0230a44cbec69d9c297e07250d30535cf25"


def test_every_recorded_token_opens_and_is_made_again(golden: Path) -> None:
    for vector in json.loads((golden / "signalr" / "tokens.json").read_text(encoding="utf-8"))["vectors"]:
        key, (purpose,) = _material(vector["machineKey"]), vector["purposes"]
        plaintext = vector["plaintext"].encode()
        assert key.unprotect(from_token(vector["token"]), purpose) == plaintext, vector["id"]
        assert to_token(key.protect(plaintext, purpose, iv=bytes.fromhex(vector["iv"]))) == vector["token"], vector["id"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: bytes([data[0] ^ 1]) + data[1:],
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda _data: b"",
    ],
    ids=["shortened", "first bit", "last bit", "nothing"],
)
def test_a_damaged_token_has_one_error(damage: Any) -> None:
    token = damage(COUNTING.protect(b"id:", CONNECTION_TOKEN))
    with pytest.raises(CryptographicError, match="Error occurred during a cryptographic operation"):
        COUNTING.unprotect(token, CONNECTION_TOKEN)


def test_white_space_in_base64_does_not_matter_and_the_url_alphabet_does() -> None:
    assert from_token(" AA\r\nAA\t") == b"\0\0\0"
    with pytest.raises(CryptographicError):
        from_token("-_-_")


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"validationKey": "AB,IsolateApps"}, "Validation key specified has invalid hex characters."),
        ({"decryptionKey": "ABC"}, "Decryption key specified has invalid hex characters."),
        ({"validationKey": "IsolateApps"}, "Validation key specified has invalid hex characters."),
        ({"validation": "MD5"}, "the 'validation' attribute must be one of these values"),
        ({"decryption": "AES256"}, "The decryption must be one of these values"),
    ],
)
def test_a_key_that_cannot_be_used_is_refused_in_the_words_of_aspnet(attributes: dict[str, str], message: str) -> None:
    with pytest.raises(KeyFault, match=message):
        _material(attributes)


def test_no_key_shows_in_a_repr() -> None:
    assert COUNTING.validation_key.hex() not in repr(COUNTING) and "x00" not in repr(COUNTING)
    assert "ABCD" not in repr(KeySettings({"validationKey": "ABCD"}))
