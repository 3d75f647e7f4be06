# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The change of a farm's machine key as a transaction over its nodes: prepare, switch, settle. Pure: what is to be done, and who is right.

*Prepare* stages the new bytes beside the file of every node that changes and leaves a journal there. *Switch* does nothing but stop the pool, replace
the file, start the pool. *Settle* judges: when every node switched and the farm is proven, it cleans up; otherwise it restores all of them.
A run that dies in between leaves journals and staged or previous files under its own name: the next run sees them, removes them, and decides anew
from the keys that the nodes have then. The journal holds no secret.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..errors import ConfigEditError, FarmError
from ..iis.change import Operation
from ..iis.pools import POOL_WAIT
from ..machinekey import MachineKey, apply_key, same_key
from ..redact import NEW_KEY, mask_config_text
from .declaration import EMPTY_CONFIG
from .scope import FarmScope
from .snapshot import NodeSnapshot

__all__ = [
    "KeyEdit",
    "NodeOutcome",
    "Step",
    "Verdict",
    "edit_for",
    "failed",
    "finish",
    "go_or_stop",
    "leftovers",
    "predicted_problem",
    "prepare",
    "restore",
    "settle",
    "switch",
    "unsettled",
    "verdict",
]


class Step(enum.StrEnum):
    """How far a node has come in this run."""

    NOTHING_TO_DO = "nothing to do"
    PREPARED = "prepared"
    SWITCHED = "switched"
    FAILED = "failed"  # refused or failed, and undone by the node: as it was before that step
    UNKNOWN = "unknown"  # the connection broke, or the undoing failed: nobody knows until it is read again


@dataclass(frozen=True)
class NodeOutcome:
    step: Step
    said: str = ""  # the error, for a person
    edit: KeyEdit | None = None
    attempt: int = 1  # how often this run has prepared the node
    started: float = 0.0  # seconds, the controller's monotonic clock
    finished: float = 0.0


@dataclass(frozen=True)
class KeyEdit:
    """The change of one node's web.config. The texts are masked, the bytes are not shown."""

    path: str
    previous_sha256: str | None  # None: there is no file yet
    data: bytes = field(repr=False)
    fingerprint: str
    pool: str | None
    pool_was_started: bool
    before_text: str = field(repr=False)
    after_text: str = field(repr=False)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def expect(self) -> dict[str, Any]:
        return {"sha256": self.previous_sha256} if self.previous_sha256 else {"absent": True}


def edit_for(snapshot: NodeSnapshot, current: bytes | None, key: MachineKey, *, is_new: bool) -> KeyEdit:
    """The edit that gives the application its key, in its own web.config. ``is_new``: made in this run, so that its fingerprint says nothing yet.

    Raises FarmError when the file cannot take it (protected, configSource, two candidates, not well-formed), with file and line.
    """
    own = snapshot.own_config
    if own is None:
        raise ConfigEditError(
            "The application's web.config was not among the files that the node told of.",
            where=snapshot.host,
            next_step="Read the node again.",
        )
    try:
        data = apply_key(current if current is not None else EMPTY_CONFIG, key, name=own.path)
    except FarmError as error:
        raise error.at(snapshot.host) from error
    pool = snapshot.pool
    return KeyEdit(
        path=own.path,
        previous_sha256=hashlib.sha256(current).hexdigest() if current is not None else None,
        data=data,
        fingerprint=key.fingerprint,
        pool=pool.name if pool else None,
        pool_was_started=pool is not None and (pool.state == "Started" or _is_stopped_by_a_dead_run(snapshot)),
        before_text=_shown(current, key, is_new),
        after_text=_shown(data, key, is_new),
    )


def _shown(data: bytes | None, key: MachineKey, is_new: bool) -> str:
    text = mask_config_text(_decoded(data)) if data is not None else ""
    if is_new:
        # check mode makes another key than the run will: what both announce has to be the same
        for attribute in (key.validation_key, key.decryption_key):
            shown = mask_config_text(f'<k validationKey="{attribute}"/>').split('"')[1]
            text = text.replace(shown, NEW_KEY)
    return text


def _decoded(data: bytes) -> str:
    for bom, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if data.startswith(bom):
            return data.decode(encoding, errors="replace")
    return data.decode("utf-8", errors="replace")


# The node's operations


def leftovers(snapshot: NodeSnapshot, *, run: str) -> list[Operation]:
    """What removes the traces of a key change whose run died on this node; empty when there are none, or when they are ours."""
    journal = snapshot.journal
    if not journal or journal.get("run") == run:
        return []
    path, other = str(journal.get("path", "")), str(journal.get("run", ""))
    own = snapshot.own_config
    gone = own is not None and not own.exists and journal.get("previous_sha256")
    operations: list[Operation] = [{"op": "restore_file" if gone else "settle_file", "path": path, "run": other}]
    if _is_stopped_by_a_dead_run(snapshot):
        operations.append({"op": "start_pool", "name": journal["pool"], "wait": POOL_WAIT})
    return operations


def _is_stopped_by_a_dead_run(snapshot: NodeSnapshot) -> bool:
    """Whether the pool is stopped because a run died between its stop and its start."""
    pool = snapshot.state.pool(snapshot.journal.get("pool"))
    return bool(snapshot.journal.get("pool_was_started")) and pool is not None and pool.state == "Stopped"


def prepare(scope: FarmScope, edit: KeyEdit, *, run: str) -> list[Operation]:
    return [
        _journal(scope, edit, run, "prepared"),
        {"op": "stage_file", "path": edit.path, "content": edit.data, "expect": edit.expect},
    ]


def switch(scope: FarmScope, edit: KeyEdit, *, run: str) -> list[Operation]:
    replace: list[Operation] = [
        {"op": "replace_file", "path": edit.path, "staged_sha256": edit.sha256, "expect": edit.expect},
        _journal(scope, edit, run, "switched"),
    ]
    return _around(edit, replace)


def finish(scope: FarmScope, edit: KeyEdit, *, run: str) -> list[Operation]:
    """The switch again, on a node where nobody knows how far it came: what is done already is left as it is."""
    return [*switch(scope, edit, run=run), *settle(scope, edit)]


def settle(scope: FarmScope, edit: KeyEdit | None) -> list[Operation]:
    """Cleans up after a proven switch."""
    if edit is None:
        return []
    return [{"op": "settle_file", "path": edit.path}, {"op": "delete_record", "folder": scope.records, "name": "journal"}]


def restore(scope: FarmScope, outcome: NodeOutcome) -> list[Operation]:
    """Puts the previous file back, or none where there was none; only a node that has switched, or may have, stops its pool for it."""
    edit = outcome.edit
    if edit is None:
        return []
    switched = outcome.step in (Step.SWITCHED, Step.UNKNOWN)
    back: list[Operation] = [{"op": "restore_file", "path": edit.path}]
    if switched and edit.previous_sha256 is None:
        back.append({"op": "delete_file", "path": edit.path})
    forget: list[Operation] = [{"op": "delete_record", "folder": scope.records, "name": "journal"}]
    return [*(_around(edit, back) if switched else back), *forget]


def _around(edit: KeyEdit, operations: Sequence[Operation]) -> list[Operation]:
    """Between a stop and a start of the pool, never by overlapped recycling: two workers would have two keys. A stopped pool stays stopped."""
    if edit.pool is None or not edit.pool_was_started:
        return list(operations)
    stop: Operation = {"op": "stop_pool", "name": edit.pool, "wait": POOL_WAIT}
    return [stop, *operations, {"op": "start_pool", "name": edit.pool, "wait": POOL_WAIT}]


def _journal(scope: FarmScope, edit: KeyEdit, run: str, step: str) -> Operation:
    content = {
        "run": run,
        "step": step,
        "path": edit.path,
        "previous_sha256": edit.previous_sha256,
        "new_sha256": edit.sha256,
        "key_fingerprint": edit.fingerprint,
        "pool": edit.pool,
        "pool_was_started": edit.pool_was_started,
    }
    return {"op": "write_record", "folder": scope.records, "name": "journal", "content": content}


# Who is right

Way = Literal["commit", "restore"]


@dataclass(frozen=True)
class Verdict:
    """Which way all nodes go, and why. ``failures`` is empty exactly when the change succeeded."""

    way: Way
    failures: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()  # nodes whose state nobody knows


def go_or_stop(outcomes: Mapping[str, NodeOutcome], members: Sequence[str]) -> str:
    """Empty when every member is prepared (or has nothing to do), so that the switch may happen; else why it may not."""
    for member in members:
        outcome = outcomes.get(member)
        if outcome is None:
            return f"'{member}' was not prepared in this run"
        if outcome.step not in (Step.PREPARED, Step.NOTHING_TO_DO):
            return f"'{member}' could not be prepared: {outcome.said or outcome.step.value}"
    return ""


def verdict(outcomes: Mapping[str, NodeOutcome], *, stopped_because: str, prove: Any) -> Verdict:
    """Judges after the switch. ``prove`` asks the farm from outside and returns an empty text, or why it is not one farm; it is asked only when
    every node has switched.

    When a node's state is not known, the others go the way that leaves most nodes with one key; those with nothing to do have the new one.
    """
    concerned = {host: outcome for host, outcome in outcomes.items() if outcome.step is not Step.NOTHING_TO_DO}
    unknown = tuple(sorted(host for host, outcome in concerned.items() if outcome.step is Step.UNKNOWN))
    failed = sorted(host for host, outcome in concerned.items() if outcome.step in (Step.FAILED, Step.PREPARED))
    said = [f"{host}: {concerned[host].said or 'it was not switched'}" for host in (*failed, *unknown)]
    if stopped_because:
        told = [f"{host}: {concerned[host].said}" for host in (*failed, *unknown) if concerned[host].said]
        return Verdict("restore", (*told, f"No node was switched: {stopped_because}."), unknown)
    if unknown:
        with_new_key = len(outcomes) - len(unknown) - len(failed)
        way: Way = "commit" if not failed and with_new_key > len(unknown) else "restore"
        return Verdict(way, tuple(said), unknown)
    if failed:
        return Verdict("restore", tuple(said))
    if not_proven := prove():
        return Verdict("restore", (not_proven,))
    return Verdict("commit")


def failed(judged: Verdict, *, farm: str) -> FarmError:
    """What every node says of a change that did not succeed."""
    said = " ".join(f"{text.rstrip('.')}." for text in judged.failures)
    if judged.way == "restore":
        return FarmError(
            f"The machine key was not changed: {said}",
            where=f"farm {farm}",
            next_step="Every node that answers has the key of before again; one that could not go back says so itself.",
        )
    return FarmError(
        said,
        where=f"farm {farm}",
        next_step=f"The other nodes have the new key. Bring {', '.join(judged.unknown)} back, and run again: the next run reads it and finishes.",
    )


def unsettled(judged: Verdict, error: FarmError) -> FarmError:
    """What a node says that could not go the way of the others. Its journal tells the next run."""
    what, now = {
        "restore": (
            "The machine key was not changed, and this node could not be given its previous file back",
            "may have the new key alone",
        ),
        "commit": ("The farm has its new key, and what the change left behind on this node could not be removed", "may have the old key"),
    }[judged.way]
    return FarmError(
        f"{what}: {error.what}",
        where=error.where,
        next_step=f"{error.next_step} Until then this node {now}; run again, and the next run finishes it.".strip(),
    )


def predicted_problem(snapshot: NodeSnapshot, key: MachineKey) -> str:
    """Why the application would not have the key although its file was written; empty when it would. ``snapshot`` is the one after the edit."""
    found = snapshot.key
    if found is None:
        return "its configuration could not be read"
    if found.problems:
        problem = found.problems[0]
        place = f" ({problem.origin.file or problem.origin.level}, line {problem.origin.line})" if problem.origin.line else ""
        return f"{problem.sentence}{place}"
    return "" if same_key(found.key, key) else "another file or a location overrides it"
