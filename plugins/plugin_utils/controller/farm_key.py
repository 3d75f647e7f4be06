# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The farm's one key inside a run: decided once from all snapshots, and read by every module that carries it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible import context

from ..errors import FarmError
from ..farm.key_decision import KeyPolicy
from ..farm.planning import FarmKey, decide_key, needs_key
from ..farm.snapshot import NodeSnapshot
from ..machinekey import DisclosedKeys, MachineKey
from .session import READINGS, SNAPSHOTS, NodeSession

__all__ = ["KeyRefused", "decided_key", "known_key", "require_consent"]

_DECIDED = "decided"  # the store's kind of entry: the name of the decision that counts


class KeyRefused(FarmError):
    """The decision is a refusal; ``farm_key`` has its details."""

    def __init__(self, farm_key: FarmKey) -> None:
        error = farm_key.decision.error or FarmError("The farm's machine key could not be decided.")
        super().__init__(error.what, where=error.where, line=error.line, column=error.column, next_step=error.next_step)
        self.farm_key = farm_key


def decided_key(session: NodeSession, options: Mapping[str, Any]) -> FarmKey:
    """The decision for the members that this run has read. Raises KeyRefused; a refusal is never kept."""

    def make() -> FarmKey:
        membership = session.membership()
        policy = KeyPolicy(
            authority=options["authority"],
            accept_weak=options["accept_weak"],
            declared=bool(membership.declared) and set(membership.read) <= set(membership.declared),
            members_known=bool(membership.declared or membership.group or membership.marked),
            development_fingerprints=frozenset(text.strip().lower() for text in options["development_fingerprints"]),
        )
        disclosed = DisclosedKeys.load(Path(options["disclosed_keys"])) if options["disclosed_keys"] else None
        farm_key = decide_key(session.store.all(SNAPSHOTS), membership, variable=_variable(options), policy=policy, disclosed=disclosed)
        if farm_key.decision.outcome == "refuse":
            raise KeyRefused(farm_key)
        return farm_key

    name = _name(session)
    farm_key: FarmKey = session.store.decide(name, make)
    session.store.put(_DECIDED, "last", name)
    return farm_key


def known_key(session: NodeSession) -> FarmKey | None:
    """The last decision that another module has made in this run; None when none has."""
    name: str | None = session.store.get(_DECIDED, "last")
    farm_key: FarmKey | None = session.store.get("decision", name) if name else None
    return farm_key


def require_consent(session: NodeSession, farm_key: FarmKey, options: Mapping[str, Any]) -> None:
    """Before anything is done: a key that changes on a serving farm cuts every client off, and takes what else the key protects with it.

    Raises FarmError when that was not accepted, or when Ansible would change the nodes in waves.
    """
    snapshots: dict[str, NodeSnapshot] = session.store.all(SNAPSHOTS)
    changing = sorted(host for host, snapshot in snapshots.items() if needs_key(snapshot, farm_key))
    where = f"farm {session.scope.farm}"
    if any(snapshots[host].is_serving for host in changing) and not options["accept_blast_radius"]:
        raise FarmError(
            f"The machine key of {', '.join(changing)} would change while it serves: every SignalR client there loses its connection and has to "
            "start anew (after up to 30 seconds of useless reconnects, unless its code starts at once), and forms authentication tickets, "
            "ViewState, anti-forgery tokens and encrypted membership passwords made with the old key become invalid.",
            where=where,
            next_step="Choose the moment and set farm_machine_key_accept_blast_radius: true.",
        )
    forks = int(context.CLIARGS.get("forks") or len(changing))
    if forks < len(changing) and not options["accept_waves"]:
        raise FarmError(
            f"{len(changing)} nodes have to change their key at once, but Ansible runs only {forks} at a time, so the farm would have two keys "
            "for longer.",
            where=where,
            next_step=f"Run with --forks {len(changing)} or more, or set farm_machine_key_accept_waves: true.",
        )


def _name(session: NodeSession) -> str:
    """One decision for one look at the farm: when a node has been read anew since, it has to be made anew."""
    return "key of " + " ".join(f"{host}={reading}" for host, reading in sorted(session.store.all(READINGS).items()))


def _variable(options: Mapping[str, Any]) -> MachineKey | None:
    key = options["key"]
    return None if key is None else MachineKey(key["validation_key"], key["decryption_key"], key["validation"], key["decryption"])
