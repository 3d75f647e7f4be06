# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens of MachineKey.Protect: published ciphertexts, recorded vectors both ways, and Microsoft's SignalR as the judge."""

from __future__ import annotations

import base64
import gzip
import hmac
import json
import subprocess
from itertools import product

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.machinekey import (
    CONNECTION_TOKEN,
    GROUPS_TOKEN,
    KeyUnusable,
    MachineKey,
    TokenRejected,
    generate,
    protect,
    unprotect,
)
from ansible_collections.webfarm.signalr.plugins.plugin_utils.machinekey.crypto import derive

COUNTED = MachineKey(bytes(range(64)).hex(), bytes(range(32)).hex())
KEY = generate()

# Published ciphertexts: a forms ticket, an anti-forgery token, a cookie of Microsoft.Owin (its validation key is not published).
FORMS = MachineKey(
    "58703273357638792F423F4528472B4B6250655368566D597133743677397A24432646294A404D635166546A576E5A7234753778214125442A472D4B61506452",
    "66556A586E3272357538782F413F442A472D4B6150645367566B597033733676",
    "HMACSHA512",
)
FORMS_TICKET = (
    "4155EDCD81DB4687336A024F636B54ADB352E25E6D8D89E393C407A041DE0F8DFCA382DF1B1135B89AE0C580CCCFEBBB497C609ECA0B1BDDB5875E166A5C230A"
    "547FDBF7B4BDCA6A67A55E4AFA8F24B2399EAA55B4C31C00E36239E897B78FA234BF3DAFCCDB85CCA205A21569A7F4A23A7D0A2AD7780C3B55720574E7246167"
    "5B30453CB214576453BF9D27DD6F2DA78BF74183728B5196D6772BA6031366CBC38A289B171251E7AEC8132B00F39E80D37E4331D97EDFE825840954C7D1FC27"
    "4C68617C1D1A4B5973E4B977905E38EDE616EEC7AE22C0C2393BEDF95126063A"
)
ANTI_FORGERY = MachineKey(
    "c2aec26d010bb4224ab2189184cca3c1b43ae9688026ae4a2f851fbf5521c73f", "22d14047d53135334cb08d4b4d7da1dcfccd0eae9e66fea0b8dfdcdca085a683"
)
ANTI_FORGERY_TOKEN = "IgoPD31Z0v-eCQyBZeu_wL-Vvr8IlmIpci-9iZD6F1S5Tf_HZb0GOMLEOjWU5aGjg_UtpYZ07vB3TRsrBEsJoTa5k4U1ygm68CmuBMaQ5G0"
COOKIE_KEY = "BE5CF08F3D2E21DB3601E280503BF78E4EBD02D49245DCB37057DD1369A5172B"
COOKIE_PURPOSES = ("Microsoft.Owin.Security.Cookies.CookieAuthenticationMiddleware", "ApplicationCookie", "v1")
COOKIE = (
    "sIqR0-eLDTb5LBvpH54dU4LI-qPIF4a5EirVltpf7FEPWVnKsyh6-djZWag2_fs5a7OietPNO-_DmfQKJrYSeGbbjf5Dt5CqWscqgKQSCjvBDevOEKUW4TS0Zm8VJA58"
    "rlpE877pybvFy_EifvdK8Dk_zIZYRPhNNHHHffDtBqmD2ocIv6NkY4NkvEtmbRK04c7oLQMM-92LMAQWk-SfCoRTUeWljOPNrd6eQ5XZ97uwuVi6smGJ0uXoYAv_eFNJ"
    "jkNg1EL82VKu2t4AMvxGgf1T6YAdC4pJvl9zlb8ew07vVa6tSzcPrpe-KW2FhHUOHHnFUh7KOkloG-WWv_ePvKv02jusSWHFnbi3f7zK7eksbVNcoT0J_Gce9wELMa3a"
    "BM3u56cIKViVhIQAzWg6nFRTsUh8LIxHXVOnFhk7-3jndshd-QDv_KJ1C6rEyjIdgu61-2n2_jI-s3dt4fr70IG_U5dq6gGms3uXtLInEbXezTBxMW4RFGrqGafjtMc-"
    "BOSmGcCKXjskgbxtkZPyu2GiKTnOSncPMPv9bPP6dOI"
)
OWN_TOKEN = (
    "AAECAwQFBgcICQoLDA0OD1zGDFOoKTBlTOSoTEcPmlwOovzKc8uLEmM5jcZPkfiNpiTTSvDos2Pl3To62usmREUjQnpN3NL2DFTMyZ/PUKDJ0TnfS7OrrE/Qlysj/qdf"
)

UNUSABLE = [
    (MachineKey(KEY.validation_key + "A", KEY.decryption_key), "Validation key specified has invalid hex characters."),
    (MachineKey("", KEY.decryption_key), "Validation key specified has invalid hex characters."),
    (MachineKey(KEY.validation_key, KEY.decryption_key + ",IsolateApps"), "Decryption key specified has invalid hex characters."),
    (MachineKey("AutoGenerate", "AutoGenerate"), "Decryption key specified has invalid hex characters."),
    (MachineKey(KEY.validation_key, KEY.decryption_key, "MD5"), "the 'validation' attribute must be one of these values: SHA1, HMACSHA256"),
    (MachineKey(KEY.validation_key, KEY.decryption_key, "hmacsha256"), "the 'validation' attribute must be one of these values"),
    (
        MachineKey(KEY.validation_key, KEY.decryption_key, decryption="aes"),
        "The decryption must be one of these values: Auto, DES, 3DES, AES",
    ),
    (MachineKey(KEY.validation_key, KEY.decryption_key, decryption="DES"), "DES needs a decryptionKey of 16 hex digits; this one has 64."),
    (MachineKey(KEY.validation_key, "AB" * 8), "Error occurred during a cryptographic operation."),
    (MachineKey(KEY.validation_key, KEY.decryption_key, "alg:Contoso.Hash"), "validation names with alg: is not one that can be computed"),
]
ALGORITHMS = [*product(("SHA1", "HMACSHA256", "HMACSHA384", "HMACSHA512"), ("AES", "Auto", "DES", "3DES"))]


def vector_key(vector):
    attributes = vector["machineKey"]
    return MachineKey(attributes["validationKey"], attributes["decryptionKey"], attributes["validation"], attributes["decryption"])


@pytest.fixture(scope="module")
def tokens(golden):
    return json.loads((golden / "signalr" / "tokens.json").read_text(encoding="utf-8"))


def test_published_forms_ticket():
    plaintext = unprotect(FORMS, bytes.fromhex(FORMS_TICKET), primary="FormsAuthentication.Ticket")
    assert plaintext.startswith(b"\x01\x03") and plaintext.endswith(b"\x00\xff")
    assert "test@example.com".encode("utf-16-le") in plaintext


def test_published_anti_forgery_token():
    data = base64.urlsafe_b64decode(ANTI_FORGERY_TOKEN + "=")
    plaintext = unprotect(ANTI_FORGERY, data, "System.Web.Helpers.AntiXsrf.AntiForgeryToken.v1")
    assert plaintext.hex() == "013382f4b0bc9f19dbce20a58893b4e32801"


def test_counted_key():
    plaintext = b"11111111-2222-3333-4444-555555555555:"
    token = protect(COUNTED, plaintext, CONNECTION_TOKEN, iv=bytes(range(16)))
    assert base64.b64encode(token).decode() == OWN_TOKEN
    assert unprotect(COUNTED, token, CONNECTION_TOKEN) == plaintext
    assert derive(bytes(range(32)), CONNECTION_TOKEN).hex() == "b23dfbc9be4add0344ef4f9c3fe1a0230a44cbec69d9c297e07250d30535cf25"


def test_recorded_vectors_both_ways(tokens):
    assert len(tokens["vectors"]) == 33
    for vector in tokens["vectors"]:
        key, token, plaintext = vector_key(vector), base64.b64decode(vector["token"]), vector["plaintext"].encode()
        assert protect(key, plaintext, *vector["purposes"], iv=bytes.fromhex(vector["iv"])) == token, vector["id"]
        assert unprotect(key, token, *vector["purposes"]) == plaintext, vector["id"]
        assert len(vector["token"]) == vector["chars"]
        for master, derived in ((key.decryption_key, "derived_encryption_key"), (key.validation_key, "derived_validation_key")):
            assert derive(bytes.fromhex(master), *vector["purposes"]).hex() == vector[derived], vector["id"]


def test_recorded_refusals(tokens):
    key = MachineKey(tokens["key_A"]["validationKey"], tokens["key_A"]["decryptionKey"])
    refused = 0
    for case in tokens["refused_by_key_A"]:
        try:
            data = base64.b64decode(case["token"], validate=True)
        except ValueError:
            continue  # not standard base64: refused before anything is decrypted
        if case["id"] == "empty-plaintext":
            assert unprotect(key, data, CONNECTION_TOKEN) == b""  # SignalR refuses it, MachineKey does not
            continue
        with pytest.raises(TokenRejected):
            unprotect(key, data, CONNECTION_TOKEN)
        refused += 1
    assert refused >= 14


@pytest.mark.parametrize(("validation", "decryption"), ALGORITHMS)
def test_every_algorithm_round_trips(validation, decryption):
    key = generate(validation, decryption)
    for size in (0, 1, 7, 8, 15, 16, 17, 200):
        assert unprotect(key, protect(key, b"x" * size, CONNECTION_TOKEN), CONNECTION_TOKEN) == b"x" * size


def test_a_token_of_another_key_or_purpose_is_refused():
    token = protect(KEY, b"id:", CONNECTION_TOKEN)
    for key, purposes in ((generate(), (CONNECTION_TOKEN,)), (KEY, (GROUPS_TOKEN,)), (KEY, ()), (KEY, (CONNECTION_TOKEN, "v1"))):
        with pytest.raises(TokenRejected, match="The ConnectionId is in the incorrect format"):
            unprotect(key, token, *purposes)


def test_every_altered_byte_is_refused():
    token = protect(KEY, b"id:", CONNECTION_TOKEN)
    for position in range(len(token)):
        with pytest.raises(TokenRejected):
            unprotect(KEY, token[:position] + bytes([token[position] ^ 1]) + token[position + 1 :], CONNECTION_TOKEN)
    for end in range(len(token)):
        with pytest.raises(TokenRejected):
            unprotect(KEY, token[:end], CONNECTION_TOKEN)


@pytest.mark.parametrize("signed_with", [b"", b"x" * 15, b"x" * 16])
def test_a_right_mac_over_wrong_ciphertext_is_refused(signed_with):
    validation_key = derive(bytes.fromhex(KEY.validation_key), CONNECTION_TOKEN)
    signed = bytes(16) + signed_with
    with pytest.raises(TokenRejected):
        unprotect(KEY, signed + hmac.digest(validation_key, signed, "sha256"), CONNECTION_TOKEN)


def test_long_purposes_take_two_bytes_of_length():
    assert derive(bytes(32), "p" * 200) != derive(bytes(32), "p" * 72)
    token = protect(KEY, b"id:", "p" * 200)
    assert unprotect(KEY, token, "p" * 200) == b"id:"


@pytest.mark.parametrize(("key", "sentence"), UNUSABLE)
def test_what_aspnet_cannot_use_is_refused_in_its_words(key, sentence):
    for use in (lambda: protect(key, b"x", CONNECTION_TOKEN), lambda: unprotect(key, b"x" * 80, CONNECTION_TOKEN)):
        with pytest.raises(KeyUnusable) as error:
            use()
        assert sentence in str(error.value)
        assert KEY.validation_key[:16] not in str(error.value)


def test_published_cookie_of_three_purposes():
    data = base64.urlsafe_b64decode(COOKIE + "=" * (-len(COOKIE) % 4))
    key = MachineKey(KEY.validation_key, COOKIE_KEY)
    signed = data[:-32]  # signed anew, because the page does not give the validation key
    tag = hmac.digest(derive(bytes.fromhex(KEY.validation_key), *COOKIE_PURPOSES), signed, "sha256")
    assert gzip.decompress(unprotect(key, signed + tag, *COOKIE_PURPOSES)).startswith(b"\x02\0\0\0\x11ApplicationCookie")


def test_microsofts_signalr_host_reads_our_tokens_and_we_read_its(real_tools):
    lines = []
    for validation, decryption in ALGORITHMS + [("alg:HMACSHA512", "alg:AES")]:
        for plaintext, purpose in (("00000000-0000-4000-8000-000000000001:CONTOSO\\b\u00f6b", CONNECTION_TOKEN), ("id:[]", GROUPS_TOKEN)):
            key = generate(validation, decryption)
            token = base64.b64encode(protect(key, plaintext.encode(), purpose)).decode()
            lines.append({"machineKey": key.attributes(), "purposes": [purpose], "token": token, "expected": plaintext})
    lines.append(lines[0] | {"purposes": ["another"], "expected": None})
    tool = str(real_tools / "signalr-node" / "signalr-node")
    answers = ask(tool, "--unprotect", lines)
    assert [answer.get("plaintext") for answer in answers] == [line["expected"] for line in lines]
    asked = [{k: line[k] for k in ("machineKey", "purposes")} | {"plaintext": line["expected"] or ""} for line in lines]
    for answer in ask(tool, "--protect", asked):
        assert unprotect(vector_key(answer), base64.b64decode(answer["token"]), *answer["purposes"]).decode() == answer["plaintext"]


def ask(tool, mode, lines):
    text = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run([tool, mode], input=text, capture_output=True, text=True, encoding="utf-8", timeout=60, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]
