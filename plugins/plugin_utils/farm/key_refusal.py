# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why no key is chosen for a farm, and the way on: one table of texts, and the error that names node, file, line and attribute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from ..errors import FarmError, KeyConflict, MemberNotRead
from ..machinekey.findings import Finding
from ..machinekey.node_key import NodeKey, Problem

__all__ = ["SOURCE_TREE", "VARIABLES", "Holders", "Reason", "refusal"]

Reason = Literal[
    "nothing_read",
    "variable_unusable",
    "source_unusable",
    "node_unreadable",
    "node_protected",
    "node_unusable",
    "provider_replaced",
    "conflict",
    "disclosed",
    "weak",
    "not_declared",
    "members_unknown",
    "member_not_read",
]

#: Who holds which key: ``VARIABLES`` and ``SOURCE_TREE`` where there is one, then the nodes by name.
Holders = Mapping[str, NodeKey]

#: How the two holders that are no nodes are called: no host name has a space in it.
VARIABLES = "the variables"
SOURCE_TREE = "the source tree"


@dataclass(frozen=True)
class _Text:
    what: str
    next_step: str = ""
    error: type[FarmError] = FarmError


_REPLACE_KEY = "Generate another key for the farm (a rotation), or set farm_machine_key_accept_weak to keep this one for now."
_TEXTS: dict[Reason, _Text] = {
    "nothing_read": _Text(
        "No node of the farm was read in this run.", "Run node_info on all members first, in the same run.", MemberNotRead
    ),
    "variable_unusable": _Text("The variables give a machineKey that no farm can share."),
    "source_unusable": _Text("The source tree has a machineKey that no farm can share, and the next release would bring it."),
    "node_unreadable": _Text("ASP.NET refuses the configuration of a node, or it cannot be read."),
    "node_protected": _Text("The machineKey section of a node is encrypted and is not overwritten."),
    "node_unusable": _Text("A node has a machineKey that no farm can share."),
    "provider_replaced": _Text(
        "dataProtectorType replaces machineKey on a node, so that no machineKey can make the farm one.",
        "Remove dataProtectorType there, or leave the machine key out of this farm's run and ask the nodes with signalr_probe.",
    ),
    "conflict": _Text(
        "The machine keys contradict each other, and which one is right is not ours to choose.",
        "Set farm_machine_key_authority to node or variable to say who is right, or make a new key for all (a rotation).",
        KeyConflict,
    ),
    "disclosed": _Text("The machine key is publicly known and is not given to more nodes.", _REPLACE_KEY),
    "weak": _Text("The machine key is weak and is not given to more nodes.", _REPLACE_KEY),
    "not_declared": _Text(
        "No node has a machineKey yet, and a first key is generated only for declared members.",
        "List every node of the farm in farm_members.",
        MemberNotRead,
    ),
    "members_unknown": _Text(
        "The farm's machine key is not changed, because nothing says which nodes belong to the farm, so nobody knows whether all were read.",
        "List every node of the farm in farm_members, or name its inventory group in farm_group.",
        MemberNotRead,
    ),
    "member_not_read": _Text(
        "The farm's machine key is not changed, because members were not read in this run.",
        "Run without --limit, with every member in the inventory and reachable.",
        MemberNotRead,
    ),
}
#: Whose problems a reason tells: the one holder, or all nodes whose key is of one of these kinds.
_HOLDERS = {"variable_unusable": VARIABLES, "source_unusable": SOURCE_TREE}
_KINDS = {
    "node_unreadable": ("refused",),
    "node_protected": ("protected",),
    "node_unusable": ("invalid", "mixed"),
}


def refusal(reason: Reason, holders: Holders, *, missing: Iterable[str] = (), holding: Iterable[str] = ()) -> FarmError:
    """The error for ``reason``. ``holding``: those of ``holders`` that have the key in question (``disclosed``, ``weak``)."""
    text = _TEXTS[reason]
    if reason == "conflict":
        return text.error(f"{text.what} {_fingerprints(holders)}.", next_step=text.next_step)
    if reason in ("disclosed", "weak"):
        told = [finding for name in holding for finding in holders[name].findings if finding.severity == reason]
        return text.error(f"{text.what} {_sentences(told)}", where=", ".join(holding), next_step=text.next_step)
    if reason == "member_not_read":
        return text.error(f"{text.what} Not read: {', '.join(missing)}.", next_step=text.next_step)
    if reason == "provider_replaced":
        return text.error(text.what, where=", ".join(_replacing(holders)), next_step=text.next_step)
    problems = list(_problems(reason, holders))
    if len(problems) == 1:
        ((name, problem),) = problems
        return text.error(
            f"{text.what} {_told(problem)}",
            where=", ".join(part for part in (name, problem.origin.file) if part),
            line=problem.origin.line,
            next_step=problem.next_step,
        )
    places = " ".join(f"{_place(name, problem)}: {_told(problem)}" for name, problem in problems)
    steps = list(dict.fromkeys(problem.next_step for _name, problem in problems)) or [text.next_step]
    return text.error(f"{text.what} {places}".rstrip(), next_step=" ".join(steps))


def _problems(reason: Reason, holders: Holders) -> Iterable[tuple[str, Problem]]:
    for name, holder in holders.items():
        if not _is_told(reason, name, holder):
            continue
        if holder.kind == "auto":  # only variables are refused for it
            yield name, Problem("AutoGenerate is another key on each machine.", "Give both keys as hex digits, or leave the variables out.")
        yield from ((name, problem) for problem in holder.problems)


def _is_told(reason: Reason, name: str, holder: NodeKey) -> bool:
    if reason in _HOLDERS:
        return name == _HOLDERS[reason]
    return name not in _HOLDERS.values() and holder.kind in _KINDS.get(reason, ())


def _place(name: str, problem: Problem) -> str:
    line = "" if problem.origin.line is None else f"line {problem.origin.line}"
    return ", ".join(part for part in (name, problem.origin.file, line) if part)


def _told(problem: Problem) -> str:
    return f"machineKey {problem.attribute}: {problem.sentence}" if problem.attribute else problem.sentence


def _replacing(holders: Holders) -> list[str]:
    return [
        name
        for name, holder in holders.items()
        if name not in _HOLDERS.values() and any(finding.code == "provider_replaced" for finding in holder.findings)
    ]


def _fingerprints(holders: Holders) -> str:
    """``fingerprint 1a2b3c4d: web01, web02; fingerprint 5e6f7a8b: the source tree``."""
    by_print: dict[str, list[str]] = {}
    for name, holder in holders.items():
        if holder.fingerprint:
            by_print.setdefault(holder.fingerprint, []).append(name)
    return "; ".join(f"fingerprint {fingerprint}: {', '.join(names)}" for fingerprint, names in by_print.items())


def _sentences(findings: Iterable[Finding]) -> str:
    return " ".join(dict.fromkeys(f"{finding.sentence} {finding.effect}" for finding in findings))
