# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back: which release it is, and that it serves with the farm's key of today."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.declaration import EMPTY_CONFIG
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.rollout import earlier_release, rolled_back_release
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.snapshot import NodeSnapshot
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.state import Release
from ansible_collections.webfarm.signalr.plugins.plugin_utils.machinekey import MachineKey, apply_key

from .nodes import KEY, OTHER_KEY, PLAIN, SCOPE, answer, with_key

ROOT = SCOPE.root


def release(name: str, staged: str = "", **changes: Any) -> dict[str, Any]:
    path = rf"{ROOT}\releases\{name}"
    manifest = {"id": name, "file_count": 2, "total_bytes": 9, "staged": staged}
    return {"id": name, "path": path, "resolved_path": path, "manifest": manifest, "file_count": 2, "total_bytes": 9, **changes}


RELEASES = [
    release("r1", "2026-01-01"),
    release("r2", "2026-01-03"),
    release("r3", "2026-01-02"),
    release("r4", "2026-01-04", file_count=1),
]


def node(serves: str, *releases: dict[str, Any]) -> NodeSnapshot:
    told = answer(releases={"root": ROOT, "exists": True, "releases": list(releases)})
    told["state"]["iis"]["applications"][0] |= {"physical_path": rf"{ROOT}\releases\{serves}", "resolved_path": None}
    return NodeSnapshot.from_answer("web01", SCOPE.application, told)


@pytest.mark.parametrize(
    ("serves", "wanted", "found"),
    [("r2", None, "r3"), ("r1", None, "r2"), ("elsewhere", None, "r2"), ("r2", "r1", "r1"), ("r2", "R1", "r1"), ("r2", "r2", "r2")],
)
def test_the_newest_complete_one_that_does_not_serve(serves: str, wanted: str | None, found: str) -> None:
    assert earlier_release(node(serves, *RELEASES), wanted).id == found


@pytest.mark.parametrize(("application", "found"), [("default web site/CHAT", "r9"), ("Intranet/chat", "r1")])
def test_a_release_of_another_application_is_none(application: str, found: str) -> None:
    other = release("r9", "2026-01-09")
    other["manifest"]["application"] = application
    assert earlier_release(node("r2", release("r1"), other), None).id == found


@pytest.mark.parametrize(
    ("releases", "wanted", "said"),
    [
        ([], None, "no earlier release to go back to. Releases on the node: none"),
        ([release("r2")], None, "no earlier release to go back to. Releases on the node: r2"),
        (RELEASES, "r4", "no complete release 'r4' to go back to. Releases on the node: r1, r2, r3"),
    ],
)
def test_there_is_none(releases: list[dict[str, Any]], wanted: str | None, said: str) -> None:
    with pytest.raises(FarmError) as caught:
        earlier_release(node("r2", *releases), wanted)
    assert said in str(caught.value) and str(caught.value).startswith("web01: ")


def told(data: bytes | None) -> dict[str, Any]:
    return {"exists": data is not None, "content": None if data is None else base64.b64encode(data).decode()}


FOUND = Release("r1", rf"{ROOT}\releases\r1", manifest={"id": "r1"})
CONFIGS: dict[str, tuple[bytes | None, MachineKey | None, bytes | None]] = {
    "its own key, none decided": (with_key(KEY), None, with_key(KEY)),
    "the same key": (with_key(KEY), KEY, with_key(KEY)),
    "an older key": (with_key(OTHER_KEY), KEY, with_key(KEY)),
    "no key": (PLAIN, KEY, apply_key(PLAIN, KEY)),
    "no file": (None, None, None),
    "no file, and a key": (None, KEY, apply_key(EMPTY_CONFIG, KEY)),
}


@pytest.mark.parametrize(("data", "key", "expected"), CONFIGS.values(), ids=CONFIGS)
def test_it_serves_with_the_key_of_today(data: bytes | None, key: MachineKey | None, expected: bytes | None) -> None:
    back = rolled_back_release(SCOPE, FOUND, told(data), key)
    assert back.config == expected and back.id == "r1" and back.manifest == {"id": "r1"} and not back.files


@pytest.mark.parametrize("config", [None, {}, {"exists": True, "content": None}, {"exists": None}])
def test_a_web_config_that_was_not_determined_may_hold_another_key(config: dict[str, Any] | None) -> None:
    with pytest.raises(FarmError, match="not determined"):
        rolled_back_release(SCOPE, FOUND, config, KEY)
