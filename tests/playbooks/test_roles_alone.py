# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every role alone in a stranger's playbook, with as few variables as it can do with, on nodes that the collection has never seen."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from farm.control.running import running_farm

from .harness import Run, Site
from .material import Key, new_key, release_folder, write_key

pytestmark = pytest.mark.slow

NODES = ("web01", "web02")
APPLICATION = {"farm_name": "chat", "farm_application": "/chat"}
STATE, CHANGE = "webfarm.signalr.node_state", "webfarm.signalr.node_change"


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[Site]:
    """Two nodes, and an inventory that says how to reach them and nothing else."""
    with running_farm(tmp_path / "farm", "--nodes", "2", "--older", "2") as farm:
        site = Site(farm, tmp_path)
        site.inventory = site.write_inventory("stranger.yml", as_a_stranger_has_it)
        yield site


def as_a_stranger_has_it(inventory: dict[str, Any]) -> None:
    hosts = inventory["all"]["children"]["signalr_farm"]["children"]["chat"]["hosts"]
    inventory["all"]["children"] = {"theirs": {"hosts": hosts}}


def play(role: str, **variables: Any) -> dict[str, Any]:
    keywords = {name: variables.pop(name) for name in ("serial",) if name in variables}
    return {
        "hosts": "theirs",
        "gather_facts": False,
        **keywords,
        "roles": [{"role": f"webfarm.signalr.{role}", "vars": APPLICATION | variables}],
    }


def succeeded(run: Run) -> Run:
    assert not run.failed, run.output
    return run


def package(site: Site, release: str) -> dict[str, str]:
    original = Path(site.farm.description["farms"]["chat"]["package"])
    folder = site.directory / f"release-{release}"
    if not folder.exists():
        release_folder(folder, original, release)
    return {"farm_app_package": str(folder), "farm_app_release": release}


def pool(site: Site, node: str) -> dict[str, Any]:
    known = json.loads((site.drive(node).parent / "node.json").read_text())
    (found,) = [found for found in known["pools"] if found["name"] == "ChatPool"]
    return dict(found["settings"])


def records(site: Site) -> list[str]:
    """Names of the records on all nodes."""
    return sorted({path.name for node in NODES for path in site.drive(node).glob("ProgramData/webfarm.signalr/*/*")} - {"lease.lock"})


def calls(site: Site, node: str) -> Counter[str]:
    return Counter(site.farm.control.calls()[node]["modules"])


def test_each_role_does_its_part_and_no_more(stranger: Site) -> None:
    """Each reads the nodes itself, leaves what nobody mentioned, gives the nodes back, and finds nothing to do the second time."""
    roles = {
        "farm_websockets": {},
        "farm_app_pool": {"farm_app_pool_settings": {"idle_timeout": 0}},
        "farm_machine_key": {"farm_members": list(NODES), "farm_machine_key_accept_blast_radius": True},
        "farm_app": package(stranger, "1.1.0"),
    }
    playbook = stranger.write_playbook("alone.yml", [play(role, **variables) for role, variables in roles.items()])
    before, pools = stranger.states(), {node: pool(stranger, node) for node in NODES}

    announced = succeeded(stranger.play(playbook, "--check"))
    assert stranger.states() == before
    done = succeeded(stranger.play(playbook))
    assert done.changed == announced.changed == {"web01": 3, "web02": 4}  # web02 lacked the feature
    for node in NODES:
        assert pool(stranger, node) == pools[node] | {"idle_timeout": 0}
        assert (stranger.live_folder(node) / "release.txt").read_text().strip() == "1.1.0"
    assert len({stranger.key(node) for node in NODES} | {None}) == 2
    assert records(stranger) == ["marker.json"]

    stranger.farm.control.reset_calls()
    again = succeeded(stranger.play(playbook))
    assert set(again.changed.values()) == {0}
    assert {node: calls(stranger, node) for node in NODES} == dict.fromkeys(NODES, Counter({STATE: len(roles)}))


def test_a_release_rolls_and_the_farm_proves_itself(stranger: Site) -> None:
    """The pool's identity was never mentioned, and stays; the key goes along with the release."""
    rolling = play("farm_rolling", serial=1, farm_rolling_kinds=["websockets", "release"], **package(stranger, "1.2.0"))
    verify = play("farm_verify", farm_verify_expect_release="1.2.0", farm_verify_release_path="/chat/release.txt")
    for node in NODES:
        write_key(stranger.live_folder(node) / "web.config", KEY)
    playbook = stranger.write_playbook("rolling.yml", [rolling, verify])
    assert succeeded(stranger.play(playbook)).changed == {"web01": 2, "web02": 3}  # staged, switched; web02 lacked the feature
    assert [stranger.key(node) for node in NODES] == [KEY] * 2
    assert {pool(stranger, node)["identity_type"] for node in NODES} == {"ApplicationPoolIdentity"}
    assert records(stranger) == []
    before = stranger.states()
    assert set(succeeded(stranger.play(playbook)).changed.values()) == {0}
    assert stranger.states() == before
    assert json.loads((stranger.directory / "report" / "chat-chat.json").read_text())["after"]["farm_is_one"]


KEY: Key = new_key()


def test_a_role_never_trusts_what_an_earlier_play_has_read(stranger: Site) -> None:
    """Something else changes a node between two plays of one run."""
    for node in NODES:
        write_key(stranger.live_folder(node) / "web.config", KEY)
    config = stranger.live_folder("web02") / "web.config"
    other = stranger.directory / "other.config"
    other.write_bytes(config.read_bytes())
    write_key(other, new_key())
    meanwhile = {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [{"ansible.builtin.copy": {"src": str(other), "dest": str(config)}, "vars": {"ansible_connection": "local"}}],
    }
    role = play("farm_machine_key", farm_members=list(NODES), farm_machine_key_accept_blast_radius=True)
    run = stranger.play(stranger.write_playbook("twice.yml", [role, meanwhile, role]))
    assert run.failed and "The machine keys contradict each other" in run.output, run.output
    assert [stranger.key(node) == KEY for node in NODES] == [True, False]
    assert records(stranger) == ["marker.json"]


def test_another_controllers_lease_is_respected_until_it_is_broken(stranger: Site) -> None:
    folder = stranger.drive("web02") / "ProgramData" / "webfarm.signalr" / "chat-chat"
    folder.mkdir(parents=True)
    process = {"controller": "another.example.com", "pid": 1, "started": "0"}
    lease = {"run": "r0123456789", "holder": "maria on another.example.com", "expires": "2099-01-01T00:00:00.0000000Z", "process": process}
    (folder / "lease.json").write_text(json.dumps(lease))
    playbook = stranger.write_playbook("pool.yml", [play("farm_app_pool", farm_app_pool_settings={"idle_timeout": 0})])
    before = stranger.state("web02")
    refused = stranger.play(playbook)
    assert refused.failed and "maria on another.example.com" in refused.output and "farm_break_lease: true" in refused.output, (
        refused.output
    )
    assert stranger.state("web02") == before and (folder / "lease.json").exists()
    assert succeeded(stranger.play(playbook, "--limit", "web02", farm_break_lease=True)).changed == {"web02": 1}
    assert records(stranger) == []


def test_an_application_that_is_nowhere_yet(stranger: Site) -> None:
    """site.yml makes it: the first release brings the first key, and the pool is made with its account."""
    known = json.loads((stranger.farm.directory / "secrets.json").read_text())
    account, password = next(iter(known["accounts"].items()))
    wanted = {"farm_name": "fresh", "farm_application": "/fresh", "farm_members": list(NODES)} | package(stranger, "1.1.0")
    wanted |= {"farm_hosts": "theirs", "farm_app_pool_user": account, "farm_app_pool_password": password}
    before = stranger.states()
    announced = succeeded(stranger.play("site.yml", "--check", **wanted))
    assert stranger.states() == before
    done = succeeded(stranger.play("site.yml", **wanted))
    assert done.changed == announced.changed
    (key,) = {stranger.key(node, "fresh") for node in NODES}
    assert key is not None and records(stranger) == ["marker.json"]
    assert set(succeeded(stranger.play("site.yml", **wanted)).changed.values()) == {0}
    assert [stranger.key(node, "fresh") for node in NODES] == [key] * 2
