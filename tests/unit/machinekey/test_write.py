# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key written into a file: what changes, what stays, what is refused."""

from __future__ import annotations

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import ConfigEditError, ConfigSyntaxError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.machinekey import MachineKey, apply_key, generate, remove_suffix

KEY = generate()
V, D = KEY.validation_key, KEY.decryption_key
OTHER = generate()
TEXT = f'validationKey="{V}" decryptionKey="{D}" validation="HMACSHA256" decryption="AES"'


def config(body, *, eol="\r\n"):
    return f'<?xml version="1.0" encoding="utf-8"?>\n<configuration>\n{body}</configuration>\n'.replace("\n", eol).encode("utf-8")


SYSTEM_WEB = '  <system.web>\n    <compilation targetFramework="4.5" />\n{}  </system.web>\n'

OLD_KEY = """    <machineKey decryption='Auto' compatibilityMode="Framework45" validationKey="{}"
       decryptionKey="{}" validation="{}"/>
"""
NOT_IT = """  <!-- <system.web><machineKey validationKey="00" /></system.web> -->
  <location path="admin">
    <system.web>
      <machineKey validationKey="AutoGenerate" />
    </system.web>
  </location>
"""

# title, body before, body after
EDITS = [
    ("no element", SYSTEM_WEB.format(""), SYSTEM_WEB.format(f"    <machineKey {TEXT} />\n")),
    ("no section group", "  <appSettings />\n", f"  <appSettings />\n  <system.web>\n    <machineKey {TEXT} />\n  </system.web>\n"),
    (
        "another key, other attributes stay",
        SYSTEM_WEB.format(OLD_KEY.format(OTHER.validation_key, "AutoGenerate", "SHA1")),
        SYSTEM_WEB.format(OLD_KEY.format(V, D, "HMACSHA256")),
    ),
    (
        "an element without algorithms gets them",
        SYSTEM_WEB.format(f'    <machineKey validationKey="{V}" decryptionKey="{D}" />\n'),
        SYSTEM_WEB.format(f"    <machineKey {TEXT} />\n"),
    ),
    (
        "in a location that means the file itself",
        '  <location path=".">\n    <system.web>\n      <machineKey />\n    </system.web>\n  </location>\n',
        f'  <location path=".">\n    <system.web>\n      <machineKey {TEXT} />\n    </system.web>\n  </location>\n',
    ),
    (
        "a comment and another location are not it",
        NOT_IT + SYSTEM_WEB.format(""),
        NOT_IT + SYSTEM_WEB.format(f"    <machineKey {TEXT} />\n"),
    ),
]
SAME = [
    f"<machineKey {TEXT} />",
    f'<machineKey decryption="Auto" validationKey="{V.lower()}" decryptionKey=" {D}&#10;" validation="HMACSHA256" />',
    f'<machineKey {TEXT} compatibilityMode="Framework20SP1" dataProtectorType="" />',
]
REFUSED = [
    (
        "encrypted",
        '<machineKey configProtectionProvider="RsaProtectedConfigurationProvider">\n<EncryptedData /></machineKey>',
        4,
        "is encrypted",
    ),
    ("in another file", '<machineKey configSource="key.config" />', 4, "lives in another file (configSource='key.config')"),
    ("twice", f"<machineKey {TEXT} />\n<machineKey />", 5, "more than once, in lines 4 and 5"),
]


@pytest.mark.parametrize("eol", ["\r\n", "\n"])
@pytest.mark.parametrize(("title", "before", "after"), EDITS, ids=[edit[0] for edit in EDITS])
def test_edit(title, before, after, eol):
    written = apply_key(config(before, eol=eol), KEY)
    assert written.decode() == config(after, eol=eol).decode()
    assert apply_key(written, KEY) is written


@pytest.mark.parametrize("element", SAME, ids=range(len(SAME)))
def test_the_same_key_leaves_the_same_bytes(element):
    data = config(f"<system.web>\n{element}\n</system.web>\n")
    assert apply_key(data, KEY) is data


@pytest.mark.parametrize(("title", "element", "line", "what"), REFUSED, ids=[case[0] for case in REFUSED])
def test_refused(title, element, line, what):
    data = config(f"<system.web>\n{element}\n</system.web>\n")
    with pytest.raises(ConfigEditError) as error:
        apply_key(data, KEY, name="web.config")
    assert what in str(error.value) and error.value.line == line and error.value.where == "web.config"
    assert V not in str(error.value) and D not in str(error.value)


def test_no_configuration():
    with pytest.raises(ConfigSyntaxError):
        apply_key(b"<configuration><system.web></configuration>", KEY, name="web.config")
    with pytest.raises(ConfigSyntaxError, match="root element is <web>"):
        apply_key(b"<web/>", KEY)


def test_not_in_a_folder_below_an_application():
    with pytest.raises(ConfigEditError, match="allowDefinition='MachineToApplication' beyond application level"):
        apply_key(config(""), KEY, is_application=False, name="web.config")


def test_in_a_location_of_the_root_file():
    before = config("  <system.web>\n    <machineKey />\n  </system.web>\n")
    written = apply_key(before, KEY, home="root_location", location="Default Web Site/chat")
    assert f'<location path="Default Web Site/chat">\r\n    <system.web>\r\n      <machineKey {TEXT} />' in written.decode()
    assert b"    <machineKey />" in written
    assert apply_key(written, KEY, home="root_location", location="default web site/CHAT") is written
    assert apply_key(written, OTHER, home="root_location", location="Default Web Site/chat").count(b"<location") == 1


@pytest.mark.parametrize(("home", "location"), [("app", "chat"), ("root_location", None), ("root_location", "")])
def test_home_and_location_belong_together(home, location):
    with pytest.raises(ConfigEditError, match="A machine key at home"):
        apply_key(config(""), KEY, home=home, location=location)


def test_suffixes_are_removed():
    body = SYSTEM_WEB.format('    <machineKey validationKey="{}" decryptionKey="{}" validation="HMACSHA256" />\n')
    for validation, decryption in (
        (f"{V},IsolateApps", f"{D}, IsolateApps,IsolateByAppId"),
        (V, f"{D},IsolateByAppId"),
        (f"{V},IsolateApps", D),
    ):
        assert remove_suffix(config(body.format(validation, decryption))) == config(body.format(V, D))
    for validation in (V, "AutoGenerate,IsolateApps", "XYZ,IsolateApps", f"{V},else"):
        data = config(body.format(validation, D))
        assert remove_suffix(data) is data
    data = config('<location path="chat"><system.web><machineKey decryptionKey="AB,IsolateApps" /></system.web></location>')
    assert remove_suffix(data) is data
    assert b'decryptionKey="AB" />' in remove_suffix(data, location="chat")


def test_a_weaker_algorithm_is_written_as_asked():
    key = MachineKey(V, D[:48], "SHA1", "3DES")
    assert b'validation="SHA1" decryption="3DES"' in apply_key(config(""), key)
