# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that modules share, and Ansible's values as Python's own."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.action import plain
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.options import identity_of
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.session import config_diff
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.pools import WantedIdentity

USER = r"CORP\svc"
IDENTITIES: dict[str, tuple[dict[str, Any], WantedIdentity | None]] = {
    "nothing said is untouched": ({}, None),
    "a password alone says nothing": ({"password": "x"}, None),
    "a name is an account": ({"user": USER, "password": "x"}, WantedIdentity("SpecificUser", USER, "x")),
    "a gMSA": ({"user": USER + "$"}, WantedIdentity("SpecificUser", USER + "$")),
    "built-in": ({"identity": "NetworkService"}, WantedIdentity("NetworkService")),
    "both": ({"identity": "SpecificUser", "user": USER}, WantedIdentity("SpecificUser", USER)),
}


@pytest.mark.parametrize(("options", "wanted"), IDENTITIES.values(), ids=IDENTITIES)
def test_the_wanted_identity(options: dict[str, Any], wanted: WantedIdentity | None) -> None:
    assert identity_of({"identity": None, "user": None, "password": None, **options}) == wanted


def test_options_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(FarmError, match="takes neither"):
        identity_of({"identity": "LocalSystem", "user": USER, "password": None})


class Tagged(str):
    """Stands for Ansible's text with an origin."""


class Number(int):
    """Stands for Ansible's number with an origin."""


def test_values_are_pythons_own() -> None:
    value = plain({Tagged("a"): [Tagged("b"), Number(1), True, 1.5, None, (Tagged("c"),)]})
    assert value == {"a": ["b", 1, True, 1.5, None, ["c"]]}
    kinds = [type(item) for item in (*value, *value["a"][:4], value["a"][5][0])]
    assert kinds == [str, str, int, bool, float, str]


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("a\nb\n", "a\nc\n", "--- f (before)\n+++ f (after)\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"),
        ("", "a", "--- f (before)\n+++ f (after)\n@@ -0,0 +1 @@\n+a\n"),
        ("a\r\n", "a\r\n", ""),
    ],
)
def test_a_diff_is_unified_and_every_line_ends(before: str, after: str, shown: str) -> None:
    assert config_diff("f", before, after) == {"prepared": shown}
