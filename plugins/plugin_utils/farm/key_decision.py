# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which machine key a farm gets: decided once, from all its nodes, the variables and the source tree. Nothing is read or changed here.

    what the nodes hold               source tree        variable given        no variable
    --------------------------------  -----------------  --------------------  --------------------------------
    one key everywhere                none or the same   apply, or in_sync     in_sync
    one key on some, AutoGenerate     none or the same   apply                 adopt
    AutoGenerate everywhere           none               apply                 generate (declared members only)
    AutoGenerate everywhere           a key              apply (if the same)   apply the source's
    one key                           another key        refuse, unless an authority is named
    different keys                    any                apply                 refuse, unless an authority is named
    unusable, protected, not readable any                refuse                refuse

``policy.authority`` names who is right when they differ. No key is changed while a member was not read, with one exception: ``Join``.
A key that is weak or public is not spread unless ``policy.accept_weak``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..errors import FarmError
from ..machinekey import DisclosedKeys, Finding, MachineKey, same_key
from ..machinekey.node_key import NodeKey, judge
from ..machinekey.rules import WEAK_ALGORITHM
from .key_refusal import SOURCE_TREE, VARIABLES, Holders, Reason, refusal

__all__ = ["SOURCE_TREE", "VARIABLES", "Authority", "Join", "KeyDecision", "KeyPolicy", "Outcome", "decide"]

Outcome = Literal["in_sync", "adopt", "apply", "generate", "refuse"]
Authority = Literal["node", "source", "variable"]

#: Kinds of a source tree's key that a write-back may replace; what is encrypted or unreadable is left alone.
_WRITABLE = ("literal", "auto", "mixed", "invalid")
#: Kinds that another key may replace when an authority was named: ASP.NET cannot share what they hold anyway.
_REPLACEABLE = ("invalid", "mixed")
_NODE_REASONS: dict[str, Reason] = {
    "refused": "node_unreadable",
    "protected": "node_protected",
    "invalid": "node_unusable",
    "mixed": "node_unusable",
}


@dataclass(frozen=True)
class KeyPolicy:
    """What the farm's variables allow.

    ``declared``: the members are declared, so that a first key may be generated for all of them. ``members_known``: at least the inventory's group
    or a node's marker says who they are; without that no key changes. ``development_fingerprints``: keys of
    packages that are never the farm's key and are replaced without asking.
    """

    authority: Authority | None = None
    accept_weak: bool = False
    declared: bool = False
    members_known: bool = True
    development_fingerprints: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Join:
    """New nodes that come to a farm whose other members were not read: what their markers say, by member, and whether it was proven."""

    newcomers: frozenset[str]
    peers: Mapping[str, str]
    proven: bool = False


@dataclass(frozen=True)
class KeyDecision:
    """What is to be done about the farm's key.

    ``key`` is the farm's key (None for ``generate``: the caller makes it once, and for ``refuse``); ``from_`` says whose it is:
    ``variable``, ``source`` or ``node``. ``needs_change`` tells for each node that was read whether its files change.
    ``findings`` and ``fingerprints`` are by node, and by ``VARIABLES`` and ``SOURCE_TREE``. ``missing`` are members that were not read.
    """

    outcome: Outcome
    key: MachineKey | None = field(default=None, repr=False)
    from_: str = ""
    needs_change: Mapping[str, bool] = field(default_factory=dict)
    source_needs_change: bool = False
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    reason: Reason | None = None
    error: FarmError | None = None

    @property
    def fingerprint(self) -> str | None:
        """The fingerprint of the farm's key."""
        return self.key.fingerprint if self.key else None


_DEFAULT_POLICY = KeyPolicy()


def decide(
    *,
    variable: MachineKey | None,
    source: NodeKey | None,
    nodes: Mapping[str, NodeKey],
    missing: Collection[str] = (),
    join: Join | None = None,
    policy: KeyPolicy = _DEFAULT_POLICY,
    disclosed: DisclosedKeys | None = None,
) -> KeyDecision:
    """The decision for one farm and application.

    ``variable``: the key that the farm's variables give; ``source``: the key in the source tree, None when there is none to look at;
    ``nodes``: every node that was read in this run; ``missing``: members that were not. ``disclosed`` is asked about every key,
    also about those that were read without it. Never raises: a refusal is a decision, its text in ``error``.
    """
    declared = judge(variable.attributes()) if variable is not None else None
    if disclosed is not None:
        declared, source = (holder and holder.compared_with(disclosed) for holder in (declared, source))
        nodes = {name: node.compared_with(disclosed) for name, node in nodes.items()}
    farm = _Farm(declared=declared, source=source, nodes=nodes, missing=tuple(sorted(missing)), join=join, policy=policy)
    return farm.decide()


@dataclass(frozen=True)
class _Claims:
    """Who puts forward which usable key. ``nodes`` has the different ones, each once."""

    variable: MachineKey | None
    source: MachineKey | None
    nodes: tuple[MachineKey, ...]

    def of(self, authority: Authority | None) -> MachineKey | None:
        """The one key of ``authority``; None when it has none, or several."""
        if authority == "node":
            return self.nodes[0] if len(self.nodes) == 1 else None
        return {"variable": self.variable, "source": self.source}.get(authority or "")

    def holder_of(self, key: MachineKey, authority: Authority | None) -> str:
        """Whose key it is: the authority's, else the variables', the nodes', the source tree's, in this order."""
        held = {"variable": (self.variable,), "node": self.nodes, "source": (self.source,)}
        ranked = sorted(held, key=lambda who: who != authority)
        return next(who for who in ranked if any(same_key(one, key) for one in held[who]))

    def agreed(self) -> MachineKey | Reason | None:
        """The key that nothing contradicts, or ``conflict``. The variables go before the nodes, but not silently before the source tree."""
        if self.variable:
            return "conflict" if self.source and not same_key(self.variable, self.source) else self.variable
        rivals = [*self.nodes, *([self.source] if self.source else [])]
        if any(not same_key(rivals[0], other) for other in rivals):
            return "conflict"
        return rivals[0] if rivals else None


@dataclass(frozen=True)
class _Farm:
    declared: NodeKey | None
    source: NodeKey | None
    nodes: Mapping[str, NodeKey]
    missing: tuple[str, ...]
    join: Join | None
    policy: KeyPolicy

    def decide(self) -> KeyDecision:
        claims = self._claims()
        ruling = claims.of(self.policy.authority)
        chosen = self._blocked(ruling) or ruling or claims.agreed()
        if isinstance(chosen, str):
            return self._refuse(chosen)
        if chosen is None:
            return self._first_key()
        return self._settle(chosen, claims.holder_of(chosen, self.policy.authority))

    def _holders(self) -> Holders:
        declared = {VARIABLES: self.declared, SOURCE_TREE: self.source}
        return {name: holder for name, holder in declared.items() if holder is not None} | dict(self.nodes)

    def _claims(self) -> _Claims:
        held: list[MachineKey] = []
        for node in self.nodes.values():
            key = self._claimed(node)
            if key is not None and not any(same_key(key, other) for other in held):
                held.append(key)
        return _Claims(
            variable=self.declared.key if self.declared else None,
            source=self._claimed(self.source) if self.source else None,
            nodes=tuple(held),
        )

    def _claimed(self, holder: NodeKey) -> MachineKey | None:
        """The key that ``holder`` puts forward: a development key is none, it came with a package."""
        return None if holder.fingerprint in self.policy.development_fingerprints else holder.key

    def _blocked(self, ruling: MachineKey | None) -> Reason | None:
        """What makes a decision impossible. A key whose holder was named as the authority replaces what is only broken."""
        if not self.nodes:
            return "nothing_read"
        if self.declared and self.declared.kind != "literal":
            return "variable_unusable"
        if self.source and self.source.problems and ruling is None:
            return "source_unusable"
        replaceable = _REPLACEABLE if ruling is not None and self.policy.authority != "node" else ()
        kinds = {node.kind for node in self.nodes.values() if node.kind not in replaceable}
        for kind, reason in _NODE_REASONS.items():
            if kind in kinds:
                return reason
        if any(finding.code == "provider_replaced" for node in self.nodes.values() for finding in node.findings):
            return "provider_replaced"
        return None

    def _first_key(self) -> KeyDecision:
        if not self.policy.declared:
            return self._refuse("not_declared")
        if self.missing:
            return self._refuse("member_not_read")
        return self._decision("generate", needs_change=dict.fromkeys(self.nodes, True), source_needs_change=self.source is not None)

    def _settle(self, key: MachineKey, from_: str) -> KeyDecision:
        needs_change = {name: not same_key(node.key, key) for name, node in self.nodes.items()}
        changed = frozenset(name for name, needs in needs_change.items() if needs)
        if changed:
            fault = self._fault_of(key, from_)
            if fault and not self.policy.accept_weak:
                return self._refuse(fault, key)
            if not self.policy.members_known:
                return self._refuse("members_unknown")
            if self.missing and not self._joins(changed, key):
                return self._refuse("member_not_read")
        return self._decision(
            "in_sync" if not changed else "adopt" if from_ == "node" else "apply",
            key=key,
            from_=from_,
            needs_change=needs_change,
            source_needs_change=self.source is not None and self.source.kind in _WRITABLE and not same_key(self.source.key, key),
        )

    def _fault_of(self, key: MachineKey, from_: str) -> Reason | None:
        """Why ``key`` should not spread. An outdated algorithm that the variables name was asked for."""
        severities = {
            finding.severity
            for holder in self._holders().values()
            if same_key(holder.key, key)
            for finding in holder.findings
            if not (from_ == "variable" and finding.code in WEAK_ALGORITHM)
        }
        faults: tuple[Reason, ...] = ("disclosed", "weak")
        return next((fault for fault in faults if fault in severities), None)

    def _joins(self, changed: frozenset[str], key: MachineKey) -> bool:
        """Whether only newcomers change, to the key that every member that was not read has by its marker and by proof."""
        join = self.join
        return (
            join is not None
            and join.proven
            and changed <= join.newcomers
            and all(join.peers.get(member) == key.fingerprint for member in self.missing)
        )

    def _refuse(self, reason: Reason, key: MachineKey | None = None) -> KeyDecision:
        holders = self._holders()
        holding = [name for name, holder in holders.items() if same_key(holder.key, key)]
        return self._decision("refuse", reason=reason, error=refusal(reason, holders, missing=self.missing, holding=holding))

    def _decision(self, outcome: Outcome, **fields: Any) -> KeyDecision:
        holders = self._holders()
        return KeyDecision(
            outcome=outcome,
            fingerprints={name: holder.fingerprint for name, holder in holders.items() if holder.fingerprint},
            findings={name: holder.findings for name, holder in holders.items() if holder.findings},
            missing=self.missing,
            **fields,
        )
