# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The effective configuration of a hierarchy of files, told in small examples."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig import ConfigFile, ConfigurationError, effective_section
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig.builtin import BUILT_IN
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig.declared import IMPLICIT, read_declarations
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig.faults import FileErrors
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig.merge import Place
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig.xmlfile import read_file

KEY = "system.web/machineKey"


def config(body: str) -> bytes:
    return f"<configuration>{body}</configuration>".encode()


def web(body: str) -> bytes:
    return config(f"<system.web>{body}</system.web>")


def test_attributes_come_from_the_nearest_level_that_sets_them() -> None:
    files = [
        ConfigFile("root", web('<machineKey validation="SHA1" decryption="AES" />')),
        ConfigFile("site", web('\n<machineKey\n  validation="HMACSHA256" />')),
        ConfigFile("app", None, path="/chat"),
    ]
    found = effective_section(files, KEY)
    assert {name: (value.value, value.level, value.line) for name, value in found.attributes.items()} == {
        "validation": ("HMACSHA256", "site", 3),
        "decryption": ("AES", "root", 1),
    }
    assert found.declared and not found.protected


def test_items_of_lists_are_told_with_their_origin() -> None:
    files = [
        ConfigFile("site", config("<appSettings><add key='a' value='1'/><add key='b' value='2'/></appSettings>")),
        ConfigFile(
            "app",
            config("<appSettings file='more.config'><add key='A' value='3'/><remove key='b'/></appSettings>"),
            path="/chat",
            files={"more.config": b"<appSettings><add key='c' value='4'/></appSettings>"},
        ),
    ]
    found = effective_section(files, "appSettings")
    told = [
        (item.element, item.attributes["key"].value, item.attributes["value"].value, item.attributes["value"].level) for item in found.items
    ]
    assert told == [("add", "A", "3", "app /chat"), ("add", "c", "4", "app /chat")]
    assert found.items[1].attributes["value"].file == "more.config"


def test_an_unknown_section_is_not_declared() -> None:
    assert effective_section([ConfigFile("site", None)], "system.web/nothing").declared is False


ENCRYPTED = web("<machineKey configProtectionProvider='RsaProtectedConfigurationProvider'><EncryptedData/></machineKey>")


def test_an_encrypted_section_is_known_as_such_and_its_values_refused() -> None:
    found = effective_section([ConfigFile("site", ENCRYPTED), ConfigFile("app", web("<machineKey validation='SHA1'/>"), path="/a")], KEY)
    assert found.protected
    with pytest.raises(ConfigurationError, match="Failed to decrypt using provider") as refusal:
        _evaluated = found.attributes
    assert (refusal.value.level, refusal.value.scope, refusal.value.line) == ("site", "section", 1)


# files, words, level, file, line, scope
REFUSED = {
    "twice": ([ConfigFile("site", web("<machineKey/>\n<machineKey/>"))], "must only appear once", "site", "web.config", 2, "file"),
    "locked": (
        [
            ConfigFile("root", config("<location allowOverride='false'><system.web><machineKey/></system.web></location>")),
            ConfigFile("site", web("\n<machineKey/>")),
        ],
        "cannot be used at this path",
        "site",
        "web.config",
        2,
        "file",
    ),
    "a folder below the application": (
        [ConfigFile("app", None, path="/a"), ConfigFile("dir", web("<machineKey/>"), path="/a/b")],
        "beyond application level",
        "dir /a/b",
        "web.config",
        1,
        "file",
    ),
    "bad value": (
        [ConfigFile("site", web("<machineKey\n validationKey=''/>"))],
        "at least 1 characters",
        "site",
        "web.config",
        2,
        "section",
    ),
    "external file missing": (
        [ConfigFile("site", web("<machineKey configSource='k.config'/>"))],
        "Unable to open configSource file 'k.config'.",
        "site",
        "web.config",
        1,
        "section",
    ),
    "external file broken": (
        [ConfigFile("site", web("<machineKey configSource='k.config'/>"), files={"K.config": b"<machineKey\n x='1'/>"})],
        "Unrecognized attribute 'x'",
        "site",
        "k.config",
        2,
        "section",
    ),
    "no XML": (
        [ConfigFile("site", b"<configuration>\n<a></configuration>")],
        "does not match the end tag",
        "site",
        "web.config",
        2,
        "file",
    ),
    "machine.config broken": (
        [ConfigFile("machine", b""), ConfigFile("site", None)],
        "Root element is missing.",
        "machine",
        "machine.config",
        None,
        "file",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_say_whose_file_where_and_how_far_it_reaches(name: str) -> None:
    files, words, level, file, line, scope = REFUSED[name]
    with pytest.raises(ConfigurationError) as refusal:
        effective_section(files, KEY)
    error = refusal.value
    assert words in error.message
    assert (error.level, error.file, error.line, error.scope) == (level, file, line, scope)
    assert error.next_step and error.message in str(error) and level in str(error)


def test_a_broken_parent_is_the_answer_for_everything_below() -> None:
    files = [ConfigFile("site", web("<nothing/>")), ConfigFile("app", b"no XML", path="/chat")]
    with pytest.raises(ConfigurationError, match="Unrecognized configuration section system.web/nothing"):
        effective_section(files, KEY)


def test_keys_are_in_no_message_and_no_representation() -> None:
    secret = "A" * 40
    files = [ConfigFile("site", web(f"<machineKey validationKey='{secret}' decryptionKey='{secret}' bogus='{secret}'/>"))]
    with pytest.raises(ConfigurationError) as refusal:
        effective_section(files, KEY)
    found = effective_section([ConfigFile("site", web(f"<machineKey validationKey='{secret}'/>"))], KEY)
    assert secret not in str(refusal.value) + repr(refusal.value) + repr(found) + repr(found.attributes) + repr(files)


def test_the_sections_known_without_machine_config_are_those_that_it_declares(golden: Path) -> None:
    tree = read_file((golden / "config" / "machine.config").read_bytes())
    sections = tree.elements()[0].elements()[0]
    declared = read_declarations(sections, Place("machine", "machine.config"), FileErrors(), lambda _key: None)
    known = {key: replace(found, type=None) for key, found in BUILT_IN.items() if key != IMPLICIT.key}
    assert known == {key: replace(found, type=None) for key, found in declared.items()}
    for key, found in declared.items():
        known_type = BUILT_IN[key].type
        assert known_type is None or found.type is None or known_type == found.type.split(",")[0]
