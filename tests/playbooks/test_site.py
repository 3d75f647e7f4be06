# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job: three servers that look configured become one farm, and a second run finds nothing to do."""

from __future__ import annotations

import re

import pytest

from .harness import NODES, Site

pytestmark = pytest.mark.slow


def diffs(output: str) -> list[str]:
    """The diffs that a run printed, whatever the order in which its hosts came."""
    return sorted(re.findall(r"^--- .*?(?=^(?:changed|ok|skipping|failed): )", output, re.MULTILINE | re.DOTALL))


def test_check_mode_announces_what_the_run_then_does(site: Site) -> None:
    before = site.states()
    announced = site.play("site.yml", "--check", "--diff")
    assert not announced.failed, announced.output
    assert site.states() == before
    done = site.play("site.yml", "--diff")
    assert not done.failed, done.output
    assert diffs(announced.output) == diffs(done.output) != []
    assert announced.changed == done.changed


def test_a_farm_is_made_and_a_second_run_only_looks(site: Site) -> None:
    first = site.play("site.yml")
    assert not first.failed, first.output
    keys = {site.key(node) for node in NODES}
    assert len(keys) == 1 and None not in keys
    for node in NODES:
        assert (site.live_folder(node) / "release.txt").read_text().strip() == "1.1.0"
        leftovers = [
            path.name
            for path in site.drive(node).rglob("*.config")
            if ".new." in path.name or ".old." in path.name or "drained" in path.name
        ]
        assert leftovers == []
    before = site.states()
    site.farm.control.reset_calls()
    second = site.play("site.yml")
    assert not second.failed, second.output
    assert set(second.changed.values()) == {0}
    assert site.states() == before
    calls = site.farm.control.calls()
    assert {node: calls[node]["modules"] for node in NODES} == dict.fromkeys(NODES, {"webfarm.signalr.node_state": 1})


def test_a_new_release_carries_the_key_and_takes_at_most_four_calls(site: Site) -> None:
    """Without a balancer to drive: drain and readmission are calls of their own."""
    assert not site.play("site.yml").failed
    keys = [site.key(node) for node in NODES]
    package = site.directory / "next"
    for path in ("release.txt", "Web.config"):
        source = next(found for found in site.live_folder("web01").iterdir() if found.name.lower() == path.lower())
        package.mkdir(exist_ok=True)
        text = source.read_bytes()
        (package / path).write_bytes(b"1.2.0" if path == "release.txt" else re.sub(rb"\s*<machineKey[^>]*/>", b"", text))
    site.farm.control.reset_calls()
    run = site.play("site.yml", farm_app_package=str(package), farm_app_release="1.2.0", farm_rolling_driver="none")
    assert not run.failed, run.output
    assert [site.key(node) for node in NODES] == keys
    assert [(site.live_folder(node) / "release.txt").read_text() for node in NODES] == ["1.2.0"] * 3
    calls = site.farm.control.calls()
    assert max(sum(calls[node]["modules"].values()) for node in NODES) <= 4
    back = site.write_playbook(
        "back.yml",
        [
            {
                "hosts": "signalr_farm",
                "gather_facts": False,
                "tasks": [{"ansible.builtin.include_role": {"name": "webfarm.signalr.farm_app", "tasks_from": "roll_back"}}],
            }
        ],
    )
    assert not site.play(back).failed


def test_a_node_that_went_astray_comes_back_alone(site: Site) -> None:
    assert not site.play("site.yml").failed
    site.farm.control.break_node("web02", "web-sockets")
    run = site.play("site.yml")
    assert not run.failed, run.output
    assert run.changed["web01"] == run.changed["web03"] == 0 < run.changed["web02"]
