# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Masking: no secret survives, what is public stays, a change shows, and hostile texts take no longer than others."""

from __future__ import annotations

import html
import json

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.redact import (
    MASK,
    MASK_NEW,
    MASK_OLD,
    NEW_KEY,
    config_secrets,
    fingerprint_of,
    mask_blobs,
    mask_config_pair,
    mask_config_text,
    mask_values,
)
from hypothesis import given
from hypothesis import strategies as st

HEX = "0123456789ABCDEF" * 4
SHOWN_KEY = f"(fingerprint {fingerprint_of(HEX)})"

# what is in the file, and what is shown of it
MASKED = {
    "a key shows as its fingerprint": (f'<machineKey validationKey="{HEX}"/>', f'<machineKey validationKey="{SHOWN_KEY}"/>'),
    "whatever the quotes and spaces": (f"<machineKey decryptionKey = '{HEX}' />", f"<machineKey decryptionKey = '{SHOWN_KEY}' />"),
    "hex with a suffix": (
        f'<machineKey validationKey="{HEX},IsolateApps"/>',
        f'<machineKey validationKey="(fingerprint {fingerprint_of(HEX + ",IsolateApps")})"/>',
    ),
    "no key but a word": ('<machineKey validationKey="letmein"/>', f'<machineKey validationKey="{MASK}"/>'),
    "AutoGenerate is no secret": (
        '<machineKey validationKey="AutoGenerate,IsolateApps"/>',
        '<machineKey validationKey="AutoGenerate,IsolateApps"/>',
    ),
    "a word after AutoGenerate is": ('<k validationKey="AutoGenerate hunter2"/>', f'<k validationKey="{MASK}"/>'),
    "commented out": (f'<!-- <machineKey validationKey="{HEX}"/> -->', f'<!-- <machineKey validationKey="{SHOWN_KEY}"/> -->'),
    "commented out without an element": ('<!--password="hunter2"-->', f'<!--password="{MASK}"-->'),
    "a comment in prose": ("<!-- password = hunter2\n next -->", f"<!-- password = {MASK}\n next -->"),
    "connection string": (
        '<add name="Db" connectionString="Server=x;Password=y" providerName="z"/>',
        f'<add name="Db" connectionString="{MASK}" providerName="z"/>',
    ),
    "another connection string": ('<sessionState sqlConnectionString="x"/>', f'<sessionState sqlConnectionString="{MASK}"/>'),
    "password attribute": ('<processModel userName="u" password="p"/>', f'<processModel userName="u" password="{MASK}"/>'),
    "secret setting": ('<add key="Api.Key" value="v"/>', f'<add key="Api.Key" value="{MASK}"/>'),
    "secret setting, other order": ("<add value='v' key='access_token'/>", f"<add value='{MASK}' key='access_token'/>"),
    "secret setting, key escaped": ('<add key="pass&#119;ord" value="v"/>', f'<add key="pass&#119;ord" value="{MASK}"/>'),
    "a value that holds >": ('<add key="Secret" value="a>b"/>', f'<add key="Secret" value="{MASK}"/>'),
    "a value that holds the other quote": ("""<add key="Secret" value="it's"/>""", f'<add key="Secret" value="{MASK}"/>'),
    "harmless setting": ('<add key="Title" value="Chat"/>', '<add key="Title" value="Chat"/>'),
    "credentials under a harmless key": ('<add key="redis" value="h:1,password=x,ssl=1"/>', f'<add key="redis" value="{MASK}"/>'),
    "credentials in an address": ('<add key="bus" value="amqp://u:p=w@h/"/>', f'<add key="bus" value="{MASK}"/>'),
    "an address in prose": ("see redis://:hunter2@host/0", f"see redis://:{MASK}@host/0"),
    "typed setting": (
        '<setting name="ApiPassword"><value> v </value></setting><setting name="Size"><value>9</value></setting>',
        f'<setting name="ApiPassword"><value> {MASK} </value></setting><setting name="Size"><value>9</value></setting>',
    ),
    "element": ("<password>p</password><user>u</user>", f"<password>{MASK}</password><user>u</user>"),
    "element with CDATA": ("<secret><![CDATA[a<b]]></secret>", f"<secret><![CDATA[{MASK}]]></secret>"),
    "encrypted data": ("<e:CipherValue>\n QUJD\n</e:CipherValue>", f"<e:CipherValue>\n {MASK}\n</e:CipherValue>"),
    "environment variable": ('<environmentVariable name="DB_PWD" value="v"/>', f'<environmentVariable name="DB_PWD" value="{MASK}"/>'),
    "cut off in the middle": ('<a password="hunter2', f'<a password="{MASK}'),
    "empty": ('<a password="" b=""/>', '<a password="" b=""/>'),
    "strong name": ('<i publicKeyToken="31bf" type="T, PublicKeyToken=b77a"/>', '<i publicKeyToken="31bf" type="T, PublicKeyToken=b77a"/>'),
    "about passwords": (
        '<add passwordFormat="Hashed" connectionStringName="Db"/>',
        '<add passwordFormat="Hashed" connectionStringName="Db"/>',
    ),
}


@pytest.mark.parametrize(("text", "shown"), MASKED.values(), ids=MASKED)
def test_what_is_shown_of_a_file(text: str, shown: str) -> None:
    assert mask_config_text(text) == shown


@pytest.mark.parametrize(("text", "shown"), MASKED.values(), ids=MASKED)
def test_masking_twice_is_masking_once(text: str, shown: str) -> None:
    assert mask_config_text(shown) == shown


def test_placeholders_are_left_alone() -> None:
    for placeholder in (MASK, MASK_OLD, MASK_NEW, NEW_KEY, SHOWN_KEY):
        assert mask_config_text(f'<k validationKey="{placeholder}"/>') == f'<k validationKey="{placeholder}"/>'


PAIRS = {
    "unchanged": ('<a password="x"/>', '<a password="x"/>', f'<a password="{MASK}"/>', f'<a password="{MASK}"/>'),
    "changed": ('<a password="x"/>', '<a password="y"/>', f'<a password="{MASK_OLD}"/>', f'<a password="{MASK_NEW}"/>'),
    "new": ("<a/>", '<a password="y"/>', "<a/>", f'<a password="{MASK_NEW}"/>'),
    "gone": ('<a password="x"/>', "<a/>", f'<a password="{MASK_OLD}"/>', "<a/>"),
    "swapped": (
        '<add key="pwd1" value="x"/><add key="pwd2" value="y"/>',
        '<add key="pwd1" value="y"/><add key="pwd2" value="x"/>',
        f'<add key="pwd1" value="{MASK_OLD}"/><add key="pwd2" value="{MASK_OLD}"/>',
        f'<add key="pwd1" value="{MASK_NEW}"/><add key="pwd2" value="{MASK_NEW}"/>',
    ),
}


@pytest.mark.parametrize(("before", "after", "shown_before", "shown_after"), PAIRS.values(), ids=PAIRS)
def test_a_changed_secret_shows_as_changed(before: str, after: str, shown_before: str, shown_after: str) -> None:
    assert mask_config_pair(before, after) == (shown_before, shown_after)


# No secret survives

SECRET = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_characters=";"), min_size=6, max_size=20).filter(
    lambda secret: "AutoGenerate" not in secret and secret not in ("********",)
)
PLAIN = st.text("abcXYZ 01./>&;='-", max_size=12).map(lambda text: html.escape(text, quote=True))
NAMES = st.sampled_from(
    ["password", "sqlConnectionString", "connectionString", "db_pwd", "apiKey", "x:Secret", "validationKey", "clientToken"]
)
SHAPES = st.sampled_from(
    [
        '<a b="{plain}" {name}="{secret}" c="{plain}"/>',
        "<a\n\t{name}\t=\n'{secret}'>{plain}</a>",
        '<add key="My{name}" value="{secret}"/>',
        "<add value='{secret}' other=\"{plain}\" key='{name}'/>",
        '<setting name="{name}" serializeAs="String">\r\n<value>{secret}</value></setting>',
        "<{name}>{secret}</{name}>",
        "<!-- <add key='{name}' value='{secret}'> {plain} -->",
        '<add key="q" value="a=1;{name}={secret};b=2"/>',
        "<CipherValue>{secret}</CipherValue>",
    ]
)


@given(st.lists(st.tuples(SHAPES, NAMES, SECRET, PLAIN), min_size=1, max_size=5), st.sampled_from(["", "\n", " it's ", ' "', "<", "<!-- "]))
def test_no_secret_survives(pieces: list[tuple[str, str, str, str]], between: str) -> None:
    text = between.join(
        shape.format(name=name, secret=html.escape(secret, quote=True), plain=plain) for shape, name, secret, plain in pieces
    )
    shown = mask_config_text(text)
    empty = between.join(shape.format(name=name, secret="", plain=plain) for shape, name, _secret, plain in pieces)
    for _shape, _name, secret, _plain in pieces:
        assert html.escape(secret, quote=True) not in shown or html.escape(secret, quote=True) in empty + mask_config_text(empty) + MASK


@given(st.text(alphabet="<>=\"'/!-&; \n[]apwdkeyvluCT", max_size=200))
def test_any_text_can_be_masked_again_without_change(text: str) -> None:
    once = mask_config_text(text)
    assert mask_config_text(once) == once


#: Texts on which a careless expression takes hours; five megabytes of each.
HOSTILE = {
    "one word": "a",
    "one secret word": "password",
    "elements that never end": "<add ",
    "keys without an end": 'key="password" ',
    "quotes that never close": "a='",
    "elements in values": 'value="<',
    "white space": "password                    ",
    "elements with white space": "<password>                    ",
    "addresses": "://a:",
    "references": "&#",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_come_to_an_end(piece: str) -> None:
    text = '<add key="password' + piece * (500_000 // len(piece))
    assert mask_config_text(text).startswith('<add key="')


# Messages and results


def test_long_blobs_are_masked_in_messages() -> None:
    assert mask_blobs(f"The token {HEX} is wrong, see C:\\inetpub\\web.config") == f"The token {MASK} is wrong, see C:\\inetpub\\web.config"


RESULTS = {
    "whole": ("hunter2", MASK),
    "part": ("login with hunter2 failed", f"login with {MASK} failed"),
    "nested": ({"a": [{"b": ("hunter2", 1)}]}, {"a": [{"b": [MASK, 1]}]}),
    "key that is data": ({"C:\\hunter2": 1}, {f"C:\\{MASK}": 1}),
    "other types stay": ([None, True, 2, 2.5], [None, True, 2, 2.5]),
}


@pytest.mark.parametrize(("result", "shown"), RESULTS.values(), ids=RESULTS)
def test_no_value_is_in_a_result(result: object, shown: object) -> None:
    assert mask_values(result, ["hunter2", ""]) == shown


def test_a_password_that_is_a_word_does_not_rename_a_result() -> None:
    assert mask_values({"changed": True, "msg": "changed"}, ["changed"]) == {"changed": True, "msg": MASK}


def test_a_longer_secret_goes_before_its_beginning() -> None:
    assert mask_values("abcdef", ["abc", "abcdef"]) == MASK


@given(st.text(min_size=4, max_size=12).filter(lambda secret: secret not in MASK))
def test_no_form_of_a_secret_is_in_a_result(secret: str) -> None:
    shown = mask_values({"msg": secret, "json": json.dumps([secret]), "said": repr(secret), "xml": html.escape(secret)}, [secret])
    assert shown["msg"] == MASK and MASK in shown["json"] and MASK in shown["said"] and MASK in shown["xml"]


def test_fingerprints_tell_keys_apart_and_not_their_spelling() -> None:
    assert fingerprint_of("ab", "cd") == fingerprint_of(" AB", "CD ")
    assert fingerprint_of("ab", "cd") != fingerprint_of("abc", "d")
    assert len(fingerprint_of(HEX)) == 8


def test_the_secrets_of_a_configuration_are_listed_as_written_and_as_they_read() -> None:
    text = '<c><add key="ApiPassword" value="a&amp;b-secret"/><add key="Color" value="crimson"/><m validationKey="' + "AB" * 20 + '"/></c>'
    assert config_secrets(text) == ("AB" * 20, "a&amp;b-secret", "a&b-secret")
