# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No key changes while a member of the farm was not read in the run, however it came to be left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .harness import NODES, Site

pytestmark = pytest.mark.slow


def only_a_third(inventory: dict[str, Any]) -> None:
    """What one slice of a job in AWX gets: the group with a part of its hosts."""
    farm = inventory["all"]["children"]["signalr_farm"]["children"]["chat"]
    farm["hosts"] = {"web01": farm["hosts"]["web01"]}


def without_declaration(inventory: dict[str, Any]) -> None:
    only_a_third(inventory)
    del inventory["all"]["children"]["signalr_farm"]["children"]["chat"]["vars"]["farm_members"]


KEY_PLAY = {
    "hosts": "signalr_farm",
    "gather_facts": False,
    "roles": [{"role": "webfarm.signalr.farm_machine_key"}],
}
#: How a member is left out -> the arguments of the run, its play's keywords, what happens to the inventory.
WAYS: dict[str, tuple[tuple[str, ...], dict[str, Any], Callable[[dict[str, Any]], None] | None]] = {
    "--limit": (("--limit", "web01"), {}, None),
    "a slice of the inventory": ((), {}, only_a_third),
    "serial": ((), {"serial": 1}, None),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_member_that_is_left_out_is_missed(untouched: Site, way: str) -> None:
    (arguments, keywords, change), site = WAYS[way], untouched
    before = site.states()
    inventory = site.write_inventory("part.yml", change) if change else None
    run = site.play(site.write_playbook("key.yml", [KEY_PLAY | keywords]), *arguments, inventory=inventory)
    assert run.failed
    assert "members were not read in this run" in run.output
    assert "web03" in run.output
    assert site.states() == before


def undeclared(inventory: dict[str, Any]) -> None:
    """Three hosts, and nothing that says which of them are the farm."""
    del inventory["all"]["children"]["signalr_farm"]["children"]["chat"]["vars"]["farm_members"]


def test_no_key_changes_where_nothing_says_who_the_members_are(untouched: Site) -> None:
    site, before = untouched, untouched.states()
    key = {"validation_key": "0F1E2D3C4B5A69788796A5B4C3D2E1F0" * 4, "decryption_key": "5B9A3E7D1C8F2046" * 4}
    given = {"farm_machine_key_value": key, "farm_machine_key_accept_weak": True}
    run = site.play(
        site.write_playbook("key.yml", [KEY_PLAY]), "--limit", "web01", inventory=site.write_inventory("open.yml", undeclared), **given
    )
    assert run.failed and "nothing says which nodes belong to the farm" in run.output, run.output
    assert site.states() == before


def test_strategy_free_changes_all_or_none(site: Site) -> None:
    """Whichever host comes first may find the others unread; no key may come of it that only some have."""
    site.play(site.write_playbook("key.yml", [KEY_PLAY | {"strategy": "free"}]))
    assert len({site.key(node) for node in NODES}) == 1


def test_fewer_forks_are_refused_unless_accepted_and_markers_remember_the_members(site: Site) -> None:
    play = site.write_playbook("key.yml", [KEY_PLAY])
    before = site.states()
    refused = site.play(play, "--forks", "2")
    assert refused.failed and "Run with --forks 3 or more" in refused.output
    assert site.states() == before
    accepted = site.play(play, "--forks", "1", farm_machine_key_accept_waves=True)
    assert not accepted.failed, accepted.output
    assert len({site.key(node) for node in NODES} - {None}) == 1

    # The farm has markers now: they know a member that an inventory has forgotten.
    part = site.write_inventory("part.yml", without_declaration)
    new_key = {"validation_key": "0123456789ABCDEF" * 8, "decryption_key": "FEDCBA9876543210" * 4}
    run = site.play(site.directory / "key.yml", inventory=part, farm_machine_key_value=new_key, farm_machine_key_accept_weak=True)
    assert run.failed
    assert "web02" in run.output and "web03" in run.output
    assert len({site.key(node) for node in NODES}) == 1
