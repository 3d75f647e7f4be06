# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The health file: our own drain is told from an operator's, the last member is never drained, and what is not seen is no drain."""

from __future__ import annotations

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.balancer.contract import MemberStatus, require_another
from ansible_collections.webfarm.signalr.plugins.plugin_utils.balancer.health_file import HealthFile
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError

PATH = r"C:\inetpub\wwwroot\health.txt"
DRIVER = HealthFile(PATH)
NOTE = rf"{PATH}.drained.config"

STATES = {
    "in rotation": (True, False, "ready"),
    "in rotation, an old note": (True, True, "ready"),
    "drained by us": (False, True, "drained by this collection"),
    "drained by an operator": (False, False, "taken out by an operator"),
}


@pytest.mark.parametrize(("present", "noted", "words"), STATES.values(), ids=STATES)
def test_status(present: bool, noted: bool, words: str) -> None:
    assert DRIVER.status({PATH: {"exists": present}, NOTE: {"exists": noted}}).words == words


@pytest.mark.parametrize("files", [{}, {PATH: {"exists": True}}, {PATH: {"exists": None}, NOTE: {"exists": False}}])
def test_what_was_not_determined_is_an_error_and_no_drain(files: dict[str, dict[str, bool | None]]) -> None:
    with pytest.raises(FarmError, match="not determined"):
        DRIVER.status(files)


def test_a_drain_leaves_its_note_first_and_a_return_takes_it_away_last() -> None:
    assert [(operation["op"], operation["path"]) for operation in DRIVER.drain()] == [("write_file", NOTE), ("delete_file", PATH)]
    assert [(operation["op"], operation["path"]) for operation in DRIVER.readmit()] == [("write_file", PATH), ("delete_file", NOTE)]
    assert "expect" not in DRIVER.drain()[0], "a note of an earlier drain does not stand in the way"
    assert DRIVER.readmit()[0]["content"] == b"ready" and NOTE.endswith(".config"), "IIS serves no .config"


IN, OUT, OURS = MemberStatus(True), MemberStatus(False), MemberStatus(False, drained_by_us=True)


@pytest.mark.parametrize("others", [{}, {"web02": OUT}, {"web02": OUT, "web03": OURS}, {"web01": IN}])
def test_the_last_member_is_not_drained(others: dict[str, MemberStatus]) -> None:
    with pytest.raises(FarmError, match="'web01' is the last member"):
        require_another("web01", others)


def test_another_member_in_rotation_is_enough() -> None:
    require_another("web01", {"web01": IN, "web02": OURS, "web03": IN})
