# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is declared, put together with what was found: the final web.config, the pool that is meant, what could not be seen."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import ConfigEditError, ConfigSyntaxError, FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.declaration import (
    carried_key,
    final_config,
    identity_warnings,
    wanted_pool,
    wanted_release,
)
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.snapshot import NodeSnapshot
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.package import Package, PackageEntry
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.pools import WantedIdentity
from ansible_collections.webfarm.signalr.plugins.plugin_utils.machinekey import MachineKey
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig import Document

from .nodes import KEY, OTHER_KEY, PLAIN, SCOPE, answer, file, snapshot, with_key


def package(web_config: bytes | None = PLAIN) -> Package:
    return Package("/packages/chat.zip", (PackageEntry("bin/a.dll", 1, "ab" * 32),), web_config)


def key_of(config: bytes | None) -> str | None:
    return None if config is None else Document.parse(config).get("/configuration/system.web/machineKey", "validationKey")


EDIT = {"path": "system.web/compilation", "attributes": {"debug": True}}

# package's web.config, the farm's key, edits -> whose key, how many edits show; None: no file
FINALS: dict[str, tuple[bytes | None, MachineKey | None, list[dict[str, Any]], MachineKey | None, bool]] = {
    "nothing": (None, None, [], None, False),
    "as packaged": (PLAIN, None, [], None, False),
    "key": (PLAIN, KEY, [], KEY, False),
    "key into no file": (None, KEY, [], KEY, False),
    "edit": (PLAIN, None, [EDIT], None, True),
    "edit into no file": (None, None, [EDIT], None, True),
    "key and edit": (PLAIN, KEY, [EDIT], KEY, True),
    "package brings the same key": (with_key(KEY), KEY, [], KEY, False),
    "package brings a key, the farm has none": (with_key(KEY), None, [], KEY, False),
    "package says AutoGenerate": (
        PLAIN.replace(b"<system.web>", b'<system.web><machineKey validationKey="AutoGenerate"/>'),
        KEY,
        [],
        KEY,
        False,
    ),
}


@pytest.mark.parametrize(("packaged", "key", "edits", "whose", "edited"), FINALS.values(), ids=FINALS)
def test_the_final_web_config(
    packaged: bytes | None, key: MachineKey | None, edits: list[dict[str, Any]], whose: MachineKey | None, edited: bool
) -> None:
    final = final_config(package(packaged), key=key, edits=edits)
    assert (final is None) is (packaged is None and key is None and not edits)
    assert key_of(final) == (whose.validation_key if whose else None)
    assert (b'debug="true"' in (final or b"")) is edited
    if packaged is not None and (key is None or packaged == with_key(KEY)) and not edits:
        assert final == packaged, "not one byte differs"


def test_a_package_with_another_key_is_refused() -> None:
    with pytest.raises(FarmError) as caught:
        final_config(package(with_key(OTHER_KEY)), key=KEY)
    assert f"(fingerprint {OTHER_KEY.fingerprint}); the farm's is {KEY.fingerprint}" in str(caught.value)
    assert OTHER_KEY.validation_key not in str(caught.value) and str(caught.value).startswith("web.config of chat.zip: ")


@pytest.mark.parametrize(
    "allowed",
    [{"policy": "override"}, {"development_fingerprints": ["00000000", OTHER_KEY.fingerprint.upper() + " "]}],
)
def test_unless_it_may_be_replaced(allowed: dict[str, Any]) -> None:
    assert key_of(final_config(package(with_key(OTHER_KEY)), key=KEY, **allowed)) == KEY.validation_key


def test_an_edit_of_the_key_does_not_win_over_the_farm() -> None:
    edit = {"path": "system.web/machineKey", "attributes": {"validationKey": "00" * 64}}
    assert key_of(final_config(package(), key=KEY, edits=[edit])) == KEY.validation_key


@pytest.mark.parametrize(
    ("packaged", "edits", "kind", "said"),
    [
        (PLAIN, [{"path": "a", "attribute": {}}], ConfigEditError, "edit 1 of web.config of chat.zip: "),
        (with_key(KEY, with_key(KEY)), [], ConfigEditError, "lines 4 and 5"),
        (b"<configuration>", [], ConfigSyntaxError, "web.config of chat.zip, line 1"),
        (b"<html/>", [], ConfigSyntaxError, "web.config of chat.zip, line 1"),
    ],
)
def test_a_web_config_that_cannot_be_made_final(packaged: bytes, edits: list[dict[str, Any]], kind: type[FarmError], said: str) -> None:
    with pytest.raises(kind) as caught:
        final_config(package(packaged), key=KEY, edits=edits)
    assert said in str(caught.value)


# The key that a release carries


def inherits(key: MachineKey) -> NodeSnapshot:
    """A node whose application gets its key from the site's web.config."""
    told = answer()
    files = told["state"]["configuration"][0]["files"]
    (place,) = [number for number, item in enumerate(files) if item["level"] == "site"]
    files[place] = file("site", r"C:\inetpub\wwwroot\web.config", with_key(key), virtual_path="/", references=[])
    return NodeSnapshot.from_answer("web01", SCOPE.application, told)


CARRIED: dict[str, tuple[NodeSnapshot, MachineKey | None, MachineKey | None]] = {
    "its own, nothing decided": (snapshot(config=with_key(KEY)), None, KEY),
    "its own, the same decided": (snapshot(config=with_key(KEY)), KEY, KEY),
    "its own, another decided": (snapshot(config=with_key(KEY)), OTHER_KEY, OTHER_KEY),
    "none, one decided": (snapshot(), KEY, KEY),
    "none, nothing decided": (snapshot(), None, None),
    "inherited, nothing decided": (inherits(KEY), None, None),
    "inherited, the same decided": (inherits(KEY), KEY, None),
    "inherited, another decided": (inherits(KEY), OTHER_KEY, OTHER_KEY),
    "no application yet": (snapshot(exists=False), KEY, KEY),
}


@pytest.mark.parametrize(("found", "decided", "carried"), CARRIED.values(), ids=CARRIED)
def test_the_key_survives_every_release(found: NodeSnapshot, decided: MachineKey | None, carried: MachineKey | None) -> None:
    assert carried_key(found, decided) == carried


def test_a_release_without_an_id_is_called_by_its_content() -> None:
    made = wanted_release(SCOPE, package(), release=None, config=PLAIN)
    assert made.id == package().content_sha256[:12] and made.path == rf"{SCOPE.root}\releases\{made.id}"
    assert wanted_release(SCOPE, package(), release="1.2", config=None).manifest["id"] == "1.2"
    with pytest.raises(FarmError, match="cannot be a release id"):
        wanted_release(SCOPE, package(), release="../1", config=None)


# The pool


def test_an_application_that_exists_keeps_its_pool() -> None:
    assert wanted_pool(SCOPE, snapshot(), None, {}).name == "ChatPool"
    assert wanted_pool(SCOPE, snapshot(exists=False), None, {}).name == "chat-chat"


@pytest.mark.parametrize("settings", [{"auto_start": True, "idle_timeout": 0, "start_mode": "OnDemand"}, {"idle_timeout": 1.5}])
def test_settings_that_a_pool_has(settings: dict[str, Any]) -> None:
    assert wanted_pool(SCOPE, snapshot(), None, settings).settings == settings


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"identity_type": "LocalSystem"}, "no setting"),
        ({"password": "x"}, "no setting"),
        ({"idle_timeout": True}, "cannot be True"),
        ({"auto_start": "yes"}, "cannot be 'yes'"),
        ({"max_processes": 1.5}, "cannot be 1.5"),
        ({"start_mode": None}, "cannot be None"),
    ],
)
def test_settings_that_a_pool_has_not(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(FarmError, match=said):
        wanted_pool(SCOPE, snapshot(), None, settings)


USER = r"CORP\svc"
IDENTITY = WantedIdentity("SpecificUser", USER, "pw")
SEEN = {"exists": True, "enabled": True}
AS_USER = {"identity_type": "SpecificUser", "user_name": USER, "has_password": True, "password_equal": None}


@pytest.mark.parametrize(
    ("identity", "accounts", "pool", "said"),
    [
        (None, {}, {}, []),
        (WantedIdentity("NetworkService"), {}, {}, []),
        (IDENTITY, {USER: SEEN}, {}, []),
        (IDENTITY, {}, {}, ["exists and is enabled was not determined"]),
        (IDENTITY, {USER: {"exists": None}}, {}, ["exists and is enabled was not determined"]),
        (IDENTITY, {USER: SEEN}, AS_USER, ["has the wanted password was not determined"]),
        (dataclasses.replace(IDENTITY, password=None), {USER: SEEN}, AS_USER, []),
    ],
)
def test_what_could_not_be_seen_is_said(
    identity: WantedIdentity | None, accounts: dict[str, Any], pool: dict[str, Any], said: list[str]
) -> None:
    found = snapshot(pool=pool, accounts=accounts)
    warnings = identity_warnings(found, wanted_pool(SCOPE, found, identity, {}))
    assert len(warnings) == len(said) and all(text in warning for text, warning in zip(said, warnings, strict=True))
