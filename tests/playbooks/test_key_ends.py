# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a key change ends by itself when a connection breaks, and that it does not begin when it could not be proven."""

from __future__ import annotations

import pytest

from .harness import NODES, Site
from .test_interrupted import FIRST, PLAY, SECOND, give, keys, traces

pytestmark = pytest.mark.slow


def leases(site: Site) -> list[str]:
    return [node for node in NODES if list(site.drive(node).rglob("lease.json"))]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_connection_that_breaks_at_the_switch_leaves_one_key(shared: Site, when: str) -> None:
    """The node answers again when the change is settled: the same run gives it the key that the others have, and still says what was."""
    site, old, new = shared, *((FIRST, SECOND) if when == "before" else (SECOND, FIRST))
    assert not give(site, old).failed
    site.farm.control.fault("web02", "drop", operation="replace_file", when=when)
    broken = give(site, new)
    assert broken.failed and "web02: The connection broke while the node was being changed" in broken.output
    assert keys(site) == [new["validation_key"]] * 3
    assert [traces(site, node) for node in NODES] == [[], [], []] and leases(site) == []


def test_nothing_is_switched_when_it_could_not_be_proven(shared: Site) -> None:
    site = shared
    assert not give(site, FIRST).failed
    before = site.states()
    play = site.write_playbook("nowhere.yml", PLAY)
    refused = site.play(play, farm_machine_key_value=SECOND, farm_machine_key_accept_weak=True, farm_node_port=9)
    assert refused.failed and "web01, web02, web03 cannot be asked from here" in refused.output, refused.output
    assert "farm_node_port" in refused.output and "key of before again" in refused.output
    assert site.states() == before and leases(site) == []
