# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several farms in one inventory, several applications on one node, in one run: no decision crosses from one to the other.

``chat`` and ``tick`` are two applications on web01 and web02, ``news`` is on web03 and web04.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from farm.control.running import running_farm

from .harness import Run, Site
from .material import Key, new_key, write_key

pytestmark = pytest.mark.slow

FARMS = {"chat": ("web01", "web02"), "tick": ("web01", "web02"), "news": ("web03", "web04")}
SITES = {"chat": "Default Web Site", "tick": "Default Web Site", "news": "News"}


@pytest.fixture
def farms(tmp_path: Path) -> Iterator[Site]:
    applications = [
        {"farm": farm, "site": SITES[farm], "path": f"/{farm}", "pool": f"{farm}Pool", "nodes": nodes} for farm, nodes in FARMS.items()
    ]
    (tmp_path / "applications.json").write_text(json.dumps(applications))
    with running_farm(tmp_path / "farm", "--nodes", "4", "--applications", str(tmp_path / "applications.json")) as farm:
        site = Site(farm, tmp_path)
        site.inventory = site.write_inventory("farms.yml", with_host_header)
        yield site


def with_host_header(inventory: dict[str, Any]) -> None:
    """The second site of a server answers to its own name; the simulated balancer has an address only."""
    news = inventory["all"]["children"]["signalr_farm"]["children"]["news"]["vars"]
    news |= {"farm_host_header": "news", "farm_virtual_addresses": []}


def site_yml(site: Site, *arguments: str) -> Run:
    """All nodes at once: what could cross has every chance to."""
    return site.play("site.yml", *arguments, farm_batch="100%", farm_rolling_driver="none")


def keys(site: Site) -> dict[str, set[Key | None]]:
    return {farm: {site.key(node, farm) for node in nodes} for farm, nodes in FARMS.items()}


def markers(site: Site) -> list[dict[str, Any]]:
    return [
        json.loads(path.read_text())
        for node in site.farm.description["nodes"]
        for path in site.drive(node).glob("ProgramData/webfarm.signalr/*/marker.json")
    ]


def test_every_farm_gets_a_key_of_its_own(farms: Site) -> None:
    """A farm that is refused stops the run before anything is changed in any of them; the others can be run alone."""
    first, second = new_key(), new_key()
    write_key(farms.live_folder("web01", "chat") / "web.config", first)
    write_key(farms.live_folder("web02", "chat") / "web.config", second)
    before = farms.states()
    refused = site_yml(farms)
    assert refused.failed and "The machine keys contradict each other" in refused.output, refused.output
    assert farms.states() == before

    alone = site_yml(farms, "--limit", "news")
    assert not alone.failed, alone.output
    assert keys(farms)["chat"] == {first, second} and keys(farms)["tick"] == {None}
    news = keys(farms)["news"]
    assert len(news) == 1 and news != {None}

    write_key(farms.live_folder("web02", "chat") / "web.config", first)
    together = site_yml(farms)
    assert not together.failed, together.output
    assert keys(farms)["chat"] == {first} and keys(farms)["news"] == news
    assert len(keys(farms)["tick"]) == 1 and len(set.union(*keys(farms).values()) - {None}) == 3
    told = markers(farms)
    assert {marker["farm"]: marker["members"] for marker in told} == {
        "chat": ["web01", "web02"],
        "tick": ["web01_tick", "web02_tick"],
        "news": ["web03", "web04"],
    }
    assert len(told) == 6 and len({marker["key_fingerprint"] for marker in told}) == 3
    assert len(list((farms.directory / "report").glob("*.json"))) == 3

    before = farms.states()
    farms.farm.control.reset_calls()
    again = site_yml(farms)
    assert not again.failed and set(again.changed.values()) == {0}, again.output
    assert farms.states() == before
    assert {node: calls["total"] for node, calls in farms.farm.control.calls().items()} == {"web01": 2, "web02": 2, "web03": 1, "web04": 1}


def test_a_switch_that_fails_in_one_farm_is_undone_in_that_farm_only(farms: Site) -> None:
    farms.farm.control.fault("web02", "failed", operation="replace_file", times=1)
    run = site_yml(farms)
    assert run.failed
    broken, whole = ("chat", "tick") if keys(farms)["chat"] == {None} else ("tick", "chat")  # the fault meets whichever comes first
    assert f"farm {broken}: The machine key was not changed" in run.output and f"farm {whole}:" not in run.output, run.output
    assert keys(farms)[broken] == {None}
    assert all(len(keys(farms)[farm]) == 1 and keys(farms)[farm] != {None} for farm in (whole, "news"))
    others = {farm: key for farm, key in keys(farms).items() if farm != broken}
    healed = site_yml(farms, "--limit", broken)
    assert not healed.failed, healed.output
    (key,) = keys(farms)[broken]
    assert key is not None and {key} not in others.values() and {farm: keys(farms)[farm] for farm in others} == others


def test_two_applications_of_one_farm_on_the_same_hosts(farms: Site) -> None:
    """A stranger's play gives its hosts the role twice, with other variables; ``chat`` is checked only, at the end."""
    shared = {
        "farm_name": "shared",
        "farm_members": ["web01", "web02"],
        "farm_machine_key_accept_blast_radius": True,
        "farm_hub_path": "/signalr",
    }
    validation, decryption = new_key()
    given = {"validation_key": validation, "decryption_key": decryption}
    roles = [
        {"role": "webfarm.signalr.farm_machine_key", "vars": shared | more}
        for more in ({"farm_application": "/chat"}, {"farm_application": "/tick", "farm_machine_key_value": given})
    ]
    play = {"hosts": "chat", "gather_facts": False, "roles": roles}
    run = farms.play(farms.write_playbook("two.yml", [play]))
    assert not run.failed, run.output
    assert len(keys(farms)["chat"]) == 1 and keys(farms)["tick"] == {(validation, decryption)} != keys(farms)["chat"]
    again = farms.play(farms.write_playbook("two.yml", [play]))
    assert set(again.changed.values()) == {0}, again.output
