# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All snapshots against the declaration: what is to be done on each node, in which order, at which cost. Nothing is changed here.

The same functions that the roles' modules call for one outcome are called here for all of them, so that the plan is what the roles then do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import FarmError
from ..iis.change import Change, Effect
from ..iis.features import plan_features
from ..iis.pools import WantedPool, plan_pool, pool_trouble
from ..iis.releases import WantedRelease, plan_prune, plan_stage, plan_switch, require_site
from ..iis.state import NodeState
from ..machinekey import DisclosedKeys, MachineKey, NodeKey, generate, same_key
from .key_change import leftovers
from .key_decision import KeyDecision, KeyPolicy, decide
from .members import Membership
from .scope import FarmScope
from .snapshot import NodeSnapshot

__all__ = ["FarmKey", "NodeWish", "decide_key", "farm_findings", "marker_for", "plan_key", "plan_node"]

#: The order of the outcomes: one key for all before anything rolls, so that every later step carries it.
ORDER = ("machine_key", "websockets", "feature", "app_pool", "release", "rotation")

_KEY_WORDS = {
    "auto": "AutoGenerate (another key on each machine)",
    "mixed": "one half AutoGenerate",
    "invalid": "a key that ASP.NET refuses",
    "protected": "an encrypted section",
    "refused": "a configuration that ASP.NET refuses",
}


@dataclass(frozen=True)
class FarmKey:
    """The decision, with a key that was made when none was there."""

    decision: KeyDecision
    key: MachineKey | None = field(repr=False)
    is_new: bool
    members: tuple[str, ...]

    @property
    def decided(self) -> MachineKey:
        """The key that the farm gets. Raises FarmError when the decision was to refuse."""
        if self.key is None:
            raise FarmError(
                "No machine key was decided for the farm.", next_step="Read the reason in farm_plan's machine_key, and correct it there."
            )
        return self.key

    @property
    def summary(self) -> dict[str, Any]:
        decision = self.decision
        return {
            "outcome": decision.outcome,
            "from": decision.from_ or ("a new key" if self.is_new else ""),
            "fingerprint": None if self.is_new or self.key is None else self.key.fingerprint,
            "fingerprints": dict(decision.fingerprints),
            "reason": str(decision.error) if decision.error else "",
        }


@dataclass(frozen=True)
class NodeWish:
    """What is wanted of one node; None and empty mean untouched."""

    features: Sequence[str] = ()
    pool: WantedPool | None = None
    grant_batch_right: bool = True
    release: WantedRelease | None = None
    keep: int = 3
    persistent_paths: Sequence[str] = ()
    accept_shared: bool = False
    is_drained: bool = False  # by this collection, in a run that did not come to its end


def decide_key(
    snapshots: Mapping[str, NodeSnapshot],
    membership: Membership,
    *,
    variable: MachineKey | None,
    policy: KeyPolicy,
    disclosed: DisclosedKeys | None,
) -> FarmKey:
    """The farm's key, from every node that was read. A node that has no application yet has no say."""
    nodes = {host: snapshot.key or NodeKey(kind="auto") for host, snapshot in snapshots.items()}
    decision = decide(variable=variable, source=None, nodes=nodes, missing=membership.missing, policy=policy, disclosed=disclosed)
    is_new = decision.outcome == "generate"
    return FarmKey(decision, generate() if is_new else decision.key, is_new, membership.members)


def marker_for(scope: FarmScope, farm_key: FarmKey) -> dict[str, Any] | None:
    """What every member's marker has to say; None while no key is decided."""
    if farm_key.key is None:
        return None
    return {
        "farm": scope.farm,
        "application": str(scope.application),
        "members": list(farm_key.members),
        "key_fingerprint": farm_key.key.fingerprint,
    }


def needs_key(snapshot: NodeSnapshot, farm_key: FarmKey) -> bool:
    """Whether the node's own files change. An application that is not there yet gets the key with its first release."""
    held = snapshot.key.key if snapshot.key else None  # perhaps changed since the decision, by this run
    return snapshot.application.exists and bool(farm_key.decision.needs_change.get(snapshot.host)) and not same_key(held, farm_key.key)


def require_own_marker(scope: FarmScope, snapshot: NodeSnapshot) -> None:
    """Raises FarmError when the marker where ours belongs is another farm's: one folder would then hold the records of two."""
    marker, own = snapshot.marker, {"farm": scope.farm, "application": str(scope.application)}
    others = {name: marker[name] for name, value in own.items() if str(marker.get(name, value)).lower() != value.lower()}
    if others:
        raise FarmError(
            f"The marker in {scope.records} is that of the farm '{marker.get('farm')}' and its application '{marker.get('application')}'.",
            where=snapshot.host,
            next_step="Give this farm another farm_name; or remove the marker when that farm is gone for good.",
        )


def require_own_folder(snapshot: NodeSnapshot) -> None:
    """Raises FarmError when another application reads the same web.config, so that a change here would change it."""
    others = snapshot.application.shares_folder_with
    if others:
        raise FarmError(
            f"{', '.join(map(str, others))} serves the same folder ({snapshot.application.physical_path}), so its web.config would change with this one.",
            where=snapshot.host,
            next_step="Give each application a folder of its own, or set farm_accept_shared: true.",
        )


def plan_key(scope: FarmScope, snapshot: NodeSnapshot, farm_key: FarmKey, *, run: str, accept_shared: bool = False) -> list[Change]:
    """The machine key's part of the plan; what carries it out is the transaction of prepare, switch and settle."""
    key, own = farm_key.key, snapshot.own_config
    if key is None:
        return []
    require_own_marker(scope, snapshot)
    if needs_key(snapshot, farm_key):
        if not accept_shared:
            require_own_folder(snapshot)
        found = snapshot.key
        before = _KEY_WORDS.get(found.kind, "") or f"fingerprint {found.fingerprint}" if found else "absent"
        effect, after = Effect.POOL_RECYCLE, "a new key" if farm_key.is_new else f"fingerprint {key.fingerprint}"
        target = f"machineKey in {own.path if own else 'web.config'}"
    elif leftovers(snapshot, run=run):
        target, before, after, effect = "an unfinished key change", "left behind by a run that died", "removed", Effect.NONE
    elif dict(snapshot.marker) != marker_for(scope, farm_key):
        target, before, after, effect = (
            "the farm's marker",
            "absent" if not snapshot.marker else "differs",
            "names farm, members and key",
            Effect.NONE,
        )
    else:
        return []
    pool = snapshot.pool
    hit = tuple(str(app) for app in pool.applications if app != scope.application) if pool and effect else ()
    hit += (
        tuple(f"{scope.application.site}{child} (inherits the key)" for child in snapshot.application.child_applications) if effect else ()
    )
    return [Change("machine_key", target, before, after, effect, (), _unchanged, also_hits=hit)]


def plan_node(scope: FarmScope, snapshot: NodeSnapshot, wish: NodeWish, farm_key: FarmKey | None, *, run: str) -> list[Change]:
    """Everything that is to be done on one node, in order. Raises FarmError for what cannot be done."""
    state, changes = snapshot.state, []
    if wish.pool is not None or wish.release is not None:
        require_site(state, scope.application)
    if farm_key is not None:
        changes += plan_key(scope, snapshot, farm_key, run=run, accept_shared=wish.accept_shared)
    pool = snapshot.pool
    changes += plan_features(state, wish.features, recycle_pool=pool.name if pool else None)
    if wish.pool is not None:
        changes += plan_pool(
            state, wish.pool, grant_batch_right=wish.grant_batch_right, accept_shared=wish.accept_shared, of=str(scope.application)
        )
    if wish.release is not None:
        changes += _plan_release(scope, state, wish, wish.release)
    if wish.is_drained:
        changes.append(Change("rotation", "the balancer", "drained by a run that died", "ready", Effect.NONE, (), _unchanged))
    return sorted(changes, key=lambda change: ORDER.index(change.kind))


def _plan_release(scope: FarmScope, state: NodeState, wish: NodeWish, release: WantedRelease) -> list[Change]:
    staged = plan_stage(state, release, application=scope.application)
    for change in staged:
        state = change.apply(state)
    switched = plan_switch(
        state,
        release,
        application=scope.application,
        pool=scope.pool,
        persistent_paths=wish.persistent_paths,
        accept_shared=wish.accept_shared,
    )
    for change in switched:
        state = change.apply(state)
    return [*staged, *switched, *plan_prune(state, root=scope.root, keep=wish.keep, application=scope.application)]


def farm_findings(snapshots: Mapping[str, NodeSnapshot]) -> list[dict[str, str]]:
    """Faults that show only when node is compared with node, and pools that Windows or somebody stopped. For people; decides nothing."""
    findings: list[dict[str, str]] = []
    compared = {
        "identity": (lambda s: s.pool.identity if s.pool else None, "The application pools run under different identities."),
        "bitness": (
            lambda s: f"{s.pool.bitness}-bit" if s.pool else None,
            "The application pools have different bitness, so they read different machine.configs.",
        ),
        "websockets": (lambda s: s.state.features.get("Web-WebSockets"), "The WebSocket Protocol feature is not the same on all nodes."),
        "physical_path": (lambda s: s.application.physical_path, "The nodes serve different folders, so perhaps different releases."),
    }
    for what, (read, sentence) in compared.items():
        values = {host: value for host, snapshot in snapshots.items() if (value := read(snapshot)) is not None}
        if len({str(value).lower() for value in values.values()}) > 1:
            findings.append(
                {"what": what, "sentence": f"{sentence} " + "; ".join(f"{host}: {value}" for host, value in sorted(values.items())) + "."}
            )
    for host, snapshot in sorted(snapshots.items()):
        if trouble := pool_trouble(snapshot.pool, snapshot.state.events):
            findings.append({"what": "pool", "sentence": f"{host}: {trouble}"})
    return findings


def _unchanged(state: NodeState) -> NodeState:
    return state
