# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a farm: in the order of consequence, the same in every node's eyes, empty when all is well."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.key_decision import KeyPolicy
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.members import Membership
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.planning import (
    FarmKey,
    NodeWish,
    decide_key,
    farm_findings,
    marker_for,
    needs_key,
    plan_key,
    plan_node,
)
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.snapshot import NodeSnapshot
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.change import Effect
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.pools import WantedPool
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.releases import WantedRelease
from ansible_collections.webfarm.signalr.plugins.plugin_utils.machinekey import MachineKey, judge

from .nodes import KEY, OTHER_KEY, PATH, PLAIN, SCOPE, snapshot, with_key

RUN = "r1"
MANIFEST = {"id": "r2", "content_sha256": "ab" * 32, "file_count": 1, "total_bytes": 1, "owned": ["web.config"]}
RELEASE = WantedRelease("r2", SCOPE.root, MANIFEST, [{"path": "a.js", "size": 1, "sha256": "cd" * 32}], PLAIN)


def farm(*configs: bytes | None, **more: Any) -> dict[str, NodeSnapshot]:
    return {f"web0{number}": snapshot(f"web0{number}", config, **more) for number, config in enumerate(configs, 1)}


def decided(
    snapshots: Mapping[str, NodeSnapshot], *, variable: MachineKey | None = None, declared: str = "web01 web02", policy: bool = True
) -> FarmKey:
    membership = Membership.of(declared=declared.split(), group=(), snapshots=snapshots)
    return decide_key(snapshots, membership, variable=variable, policy=KeyPolicy(declared=policy), disclosed=None)


# The key


@pytest.mark.parametrize(
    ("configs", "variable", "outcome", "key"),
    [
        ((with_key(KEY), with_key(KEY)), None, "in_sync", KEY),
        ((with_key(KEY), PLAIN), None, "adopt", KEY),
        ((PLAIN, PLAIN), KEY, "apply", KEY),
        ((PLAIN, PLAIN), None, "generate", None),
        ((with_key(KEY), with_key(OTHER_KEY)), None, "refuse", None),
        ((with_key(KEY), with_key(OTHER_KEY)), KEY, "apply", KEY),
        ((with_key(KEY), b"<configuration>"), None, "refuse", None),
    ],
)
def test_the_decision(configs: tuple[bytes, ...], variable: MachineKey | None, outcome: str, key: MachineKey | None) -> None:
    farm_key = decided(farm(*configs), variable=variable)
    assert farm_key.decision.outcome == outcome
    assert farm_key.is_new is (outcome == "generate") and (farm_key.key is None) is (outcome == "refuse")
    if key:
        assert farm_key.decided == key
    if outcome == "refuse":
        with pytest.raises(FarmError, match="No machine key was decided"):
            _evaluated = farm_key.decided


def test_a_key_that_was_made_is_told_without_a_fingerprint() -> None:
    """Check mode makes another one than the run: what both say has to be the same."""
    summaries = [decided(farm(PLAIN, PLAIN)).summary for _turn in range(2)]
    assert summaries[0] == summaries[1] and summaries[0]["fingerprint"] is None and summaries[0]["from"] == "a new key"


def test_a_key_that_was_not_read_is_not_overwritten() -> None:
    snapshots = farm(PLAIN, PLAIN) | {"web02": snapshot("web02", configuration=None, undetermined={"configuration": "Access is denied"})}
    farm_key = decided(snapshots, variable=KEY)
    assert farm_key.decision.outcome == "refuse" and "Access is denied" in str(farm_key.decision.error)


def test_a_node_without_the_application_has_no_say_and_no_change() -> None:
    snapshots = farm(with_key(KEY)) | {"web02": snapshot("web02", exists=False)}
    farm_key = decided(snapshots)
    assert farm_key.decision.outcome == "adopt" and farm_key.key == KEY
    assert [needs_key(snapshots[host], farm_key) for host in ("web01", "web02")] == [False, False]


def test_a_node_that_was_changed_since_the_decision_needs_no_change() -> None:
    snapshots = farm(with_key(KEY), PLAIN)
    farm_key = decided(snapshots)
    assert needs_key(snapshots["web02"], farm_key)
    assert not needs_key(dataclasses.replace(snapshots["web02"], key=judge(KEY.attributes())), farm_key)


def marked(farm_key: FarmKey) -> dict[str, Any]:
    return {"marker": marker_for(SCOPE, farm_key), "lease": None, "journal": None}


def journal(run: str) -> dict[str, Any]:
    return {"run": run, "path": PATH, "previous_sha256": "ab"}


def test_the_marker_names_farm_members_and_key() -> None:
    farm_key = decided(farm(with_key(KEY), with_key(KEY)), declared="web01 web02 web03")
    assert marker_for(SCOPE, farm_key) == {
        "farm": "chat",
        "application": "Default Web Site/chat",
        "members": ["web01", "web02", "web03"],
        "key_fingerprint": KEY.fingerprint,
    }
    assert marker_for(SCOPE, decided(farm(with_key(KEY), with_key(OTHER_KEY)))) is None


IN_SYNC = decided(farm(with_key(KEY), with_key(KEY)))
KEY_PLANS: dict[str, tuple[NodeSnapshot, FarmKey, tuple[str, str, Effect] | None]] = {
    "all is well": (snapshot(config=with_key(KEY), records=marked(IN_SYNC)), IN_SYNC, None),
    "no marker": (snapshot(config=with_key(KEY)), IN_SYNC, ("the farm's marker", "absent", Effect.NONE)),
    "another marker": (
        snapshot(config=with_key(KEY), records=marked(IN_SYNC) | {"marker": {"farm": "chat"}}),
        IN_SYNC,
        ("the farm's marker", "differs", Effect.NONE),
    ),
    "a dead run's traces": (
        snapshot(config=with_key(KEY), records=marked(IN_SYNC) | {"journal": journal("r0")}),
        IN_SYNC,
        ("an unfinished key change", "left behind by a run that died", Effect.NONE),
    ),
    "our own traces": (snapshot(config=with_key(KEY), records=marked(IN_SYNC) | {"journal": journal(RUN)}), IN_SYNC, None),
    "another key": (
        snapshot(config=with_key(OTHER_KEY)),
        decided(farm(with_key(OTHER_KEY), with_key(OTHER_KEY)), variable=KEY),
        (f"machineKey in {PATH}", f"fingerprint {OTHER_KEY.fingerprint}", Effect.POOL_RECYCLE),
    ),
    "refused": (snapshot(config=with_key(KEY)), decided(farm(with_key(KEY), with_key(OTHER_KEY))), None),
}


@pytest.mark.parametrize(("found", "farm_key", "planned"), KEY_PLANS.values(), ids=KEY_PLANS)
def test_the_keys_part_of_the_plan(found: NodeSnapshot, farm_key: FarmKey, planned: tuple[str, str, Effect] | None) -> None:
    changes = plan_key(SCOPE, found, farm_key, run=RUN)
    assert [(change.target, change.before, change.effect) for change in changes] == ([planned] if planned else [])
    assert KEY.validation_key not in str([change.as_result() for change in changes])


@pytest.mark.parametrize(
    "marker", [{"farm": "other", "application": "Default Web Site/chat"}, {"farm": "chat", "application": "Intranet/chat"}]
)
def test_the_records_of_another_farm_are_not_overwritten(marker: dict[str, str]) -> None:
    with pytest.raises(FarmError, match="The marker in .* is that of the farm"):
        plan_key(SCOPE, snapshot(config=with_key(KEY), records=marked(IN_SYNC) | {"marker": marker}), IN_SYNC, run=RUN)


def test_the_application_is_not_among_those_that_it_hits() -> None:
    names = [{"site": "default web site", "path": "/CHAT"}, {"site": "Default Web Site", "path": "/other"}]
    (change,) = plan_key(SCOPE, snapshot(pool={"applications": names}), decided(farm(PLAIN, PLAIN), variable=KEY), run=RUN)
    assert change.also_hits == ("Default Web Site/other",)


# The whole plan


def test_everything_in_the_order_of_consequence() -> None:
    found = snapshot(features={"Web-WebSockets": {"state": "Available"}, "Web-Asp-Net45": {"state": "Available"}})
    wish = NodeWish(
        features=["Web-Asp-Net45", "Web-WebSockets"], pool=WantedPool("ChatPool", None, {"start_mode": "AlwaysRunning"}), release=RELEASE
    )
    changes = plan_node(SCOPE, found, wish, decided({"web01": found}, declared="web01", variable=KEY), run=RUN)
    assert [change.kind for change in changes] == ["machine_key", "websockets", "feature", "app_pool", "release", "release"]
    assert [change.target for change in changes[-2:]] == ["release r2", "Default Web Site/chat"]


def test_nothing_to_do_is_an_empty_plan() -> None:
    found = snapshot(config=with_key(KEY), records=marked(IN_SYNC))
    assert plan_node(SCOPE, found, NodeWish(features=["Web-WebSockets"], pool=WantedPool("ChatPool")), IN_SYNC, run=RUN) == []


def test_a_plan_predicts_a_state_that_needs_no_plan() -> None:
    found = snapshot(features={"Web-WebSockets": {"state": "Available"}})
    wish = NodeWish(features=["Web-WebSockets"], pool=WantedPool("ChatPool", None, {"idle_timeout": 0}), release=RELEASE)
    state = found.state
    for change in plan_node(SCOPE, found, wish, None, run=RUN):
        state = change.apply(state)
    assert plan_node(SCOPE, dataclasses.replace(found, state=state), wish, None, run=RUN) == []


@pytest.mark.parametrize(
    ("wish", "said"),
    [(NodeWish(features=["Web-Nothing"]), "could not be determined"), (NodeWish(pool=WantedPool("ChatPool")), "no site")],
)
def test_what_cannot_be_done_stops_the_plan(wish: NodeWish, said: str) -> None:
    found = snapshot() if wish.features else dataclasses.replace(snapshot(), state=dataclasses.replace(snapshot().state, applications={}))
    with pytest.raises(FarmError, match=said):
        plan_node(SCOPE, found, wish, None, run=RUN)


# Findings

USER = {"identity_type": "SpecificUser", "user_name": r"CORP\svc"}
FINDINGS: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "equal": ([{}, {}], []),
    "equal but for case": ([{"pool": USER}, {"pool": USER | {"user_name": r"corp\SVC"}}], []),
    "identity": ([{"pool": USER}, {}], [r"different identities. web01: CORP\svc; web02: ApplicationPoolIdentity."]),
    "bitness": ([{"pool": {"enable_32bit": True}}, {}], ["different bitness", "web01: 32-bit; web02: 64-bit"]),
    "websockets": ([{"features": {"Web-WebSockets": {"state": "Available"}}}, {}], ["WebSocket Protocol feature is not the same"]),
    "not determined is not different": ([{"features": {"Web-WebSockets": None}}, {}], []),
    "no application is not different": ([{"exists": False}, {}], []),
    "stopped by Windows": ([{"pool": {"state": "Stopped"}, "events": [{"id": 5002}]}, {}], ["web01: The application pool", "5002"]),
}


@pytest.mark.parametrize(("nodes", "said"), FINDINGS.values(), ids=FINDINGS)
def test_findings(nodes: list[dict[str, Any]], said: list[str]) -> None:
    snapshots = {f"web0{number}": snapshot(f"web0{number}", **node) for number, node in enumerate(nodes, 1)}
    findings = farm_findings(snapshots)
    assert len(findings) == (1 if said else 0), findings
    assert all(text in findings[0]["sentence"] for text in said)
