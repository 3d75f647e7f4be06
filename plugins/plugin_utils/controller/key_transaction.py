# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""machine_key_sync's three steps on one node. What is to be done and who is right is decided in farm/key_change.py; here it is carried out.

Prepare and switch never fail a task once the farm's key is decided: a failed task would take its host out of the play, and nobody would restore it.
They note what happened in the run's store; settle, which every host reaches, judges and fails.
"""

from __future__ import annotations

import base64
import dataclasses
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleConnectionFailure

from ..errors import FarmError, NodeFailure
from ..farm.key_change import (
    NodeOutcome,
    Step,
    Verdict,
    edit_for,
    failed,
    finish,
    go_or_stop,
    leftovers,
    predicted_problem,
    prepare,
    restore,
    settle,
    switch,
    unsettled,
    verdict,
)
from ..farm.planning import FarmKey, marker_for, needs_key, plan_key
from ..farm.snapshot import NodeSnapshot
from ..iis.change import Operation
from ..machinekey import MachineKey, Origin, judge
from .farm_key import decided_key, known_key, require_consent
from .key_proof import KeyProof
from .node import ConnectionLost
from .session import SNAPSHOTS, NodeSession, config_diff, refuse_shared_configuration

__all__ = ["KeyTransaction"]

_STEP = "key step"  # the store's kind of entry


class KeyTransaction:
    """One node's part in the change of the farm's key."""

    def __init__(self, session: NodeSession, arguments: Mapping[str, Any]) -> None:
        self.session = session
        self.arguments = arguments
        self.proof = KeyProof(session, arguments)

    def prepare(self) -> dict[str, Any]:
        session = self.session
        snapshot = session.snapshot()
        refuse_shared_configuration(snapshot)
        farm_key = decided_key(session, self.arguments)
        require_consent(session, farm_key, self.arguments)
        self.proof.take_address()
        changes = plan_key(session.scope, snapshot, farm_key, run=session.run_id, accept_shared=self.arguments["accept_shared"])
        outcome = self._prepared(snapshot, farm_key) if needs_key(snapshot, farm_key) else NodeOutcome(Step.NOTHING_TO_DO)
        earlier: NodeOutcome | None = session.store.get(_STEP, session.host)
        session.store.put(_STEP, session.host, dataclasses.replace(outcome, attempt=earlier.attempt + 1 if earlier else 1))
        return {
            "changed": False,
            "step": outcome.step.value,
            "machine_key": farm_key.summary,
            "changes": [change.as_result() for change in changes],
            "warnings": [outcome.said] if outcome.said else [],
        }

    def switch(self) -> dict[str, Any]:
        outcome = self._outcome()
        stopped_because = self._stopped_because()
        if outcome.step is not Step.PREPARED or stopped_because or outcome.edit is None:
            return {
                "changed": False,
                "step": outcome.step.value,
                "warnings": [f"Not switched: {stopped_because}."] if stopped_because else [],
            }
        edit, session = outcome.edit, self.session
        if not session.check_mode:
            outcome = dataclasses.replace(outcome, started=time.monotonic())
            session.store.put(
                _STEP, session.host, dataclasses.replace(outcome, step=Step.UNKNOWN, said="the switch was begun and not finished")
            )
            failed_as = self._carried_out(switch(session.scope, edit, run=session.run_id))
            outcome = dataclasses.replace(outcome, finished=time.monotonic(), step=Step.SWITCHED)
            if failed_as is not None:
                outcome = dataclasses.replace(outcome, step=failed_as.step, said=failed_as.said)
        else:
            outcome = dataclasses.replace(outcome, step=Step.SWITCHED)
            self._remember_prediction()
        session.store.put(_STEP, session.host, outcome)
        switched = outcome.step is Step.SWITCHED
        return {
            "changed": switched,
            "step": outcome.step.value,
            "diff": [config_diff(edit.path, edit.before_text, edit.after_text)] if switched else [],
            "warnings": [outcome.said] if outcome.said else [],
        }

    def settle(self) -> dict[str, Any]:
        session = self.session
        outcome, snapshot = self._outcome(), session.snapshot()
        farm_key = self._decided()
        judged: Verdict = session.store.decide(f"key verdict {self._attempt()}", self._judge)
        if judged.way == "restore":
            operations = restore(session.scope, outcome)
        elif outcome.step is Step.UNKNOWN and outcome.edit is not None:
            operations = [*finish(session.scope, outcome.edit, run=session.run_id), *self._marker(snapshot, farm_key)]
        else:
            operations = [*leftovers(snapshot, run=session.run_id), *settle(session.scope, outcome.edit), *self._marker(snapshot, farm_key)]
            if not outcome.edit and operations and snapshot.journal:
                operations.append({"op": "delete_record", "folder": session.scope.records, "name": "journal"})
        changed = bool(operations) and outcome.edit is None and judged.way == "commit"
        if judged.failures and (operations or snapshot.lease.get("run") == session.run_id):  # the run ends here: nothing is kept for it
            operations.append({"op": "release_lease", "folder": session.scope.records, "run": session.run_id})
        if operations and not session.check_mode:
            try:
                session.remember(snapshot.updated(session.change(snapshot, operations), pool=session.scope.pool))
            except FarmError as error:
                raise unsettled(judged, error) from error
        if judged.failures:
            raise failed(judged, farm=session.scope.farm)
        return {
            "changed": changed,
            "step": "settled",
            "machine_key": farm_key.summary,
            "warnings": self.proof.warnings(session.store.all(_STEP)),
            **self._measured(),
        }

    # Prepare

    def _prepared(self, snapshot: NodeSnapshot, farm_key: FarmKey) -> NodeOutcome:
        """Stages this node's new file. The bytes are read now: snapshots do not keep them."""
        session = self.session
        try:
            answer, snapshot = self._read_again(snapshot)
            rest = [] if session.check_mode else leftovers(snapshot, run=session.run_id)
            if any(operation["op"] == "restore_file" for operation in rest):  # the bytes to be edited are in the backup
                if failed_as := self._carried_out(rest):
                    return failed_as
                rest = []
                answer, snapshot = self._read_again(snapshot)
            edit = edit_for(snapshot, self._current_bytes(answer, snapshot), farm_key.decided, is_new=farm_key.is_new)
            self._require_effect(snapshot, answer, edit.path, edit.data, farm_key.decided)
        except (AnsibleConnectionFailure, FarmError) as error:
            return NodeOutcome(Step.FAILED, said=_said(error))
        outcome = NodeOutcome(Step.PREPARED, edit=edit)
        if session.check_mode:
            return outcome
        operations = [*rest, *prepare(session.scope, edit, run=session.run_id)]
        failed_as = self._carried_out(operations)
        return dataclasses.replace(outcome, step=failed_as.step, said=failed_as.said) if failed_as else outcome

    def _read_again(self, snapshot: NodeSnapshot) -> tuple[dict[str, Any], NodeSnapshot]:
        """The node's answer and what it makes of the snapshot. Check mode keeps its prediction: nothing of it has come true on the node."""
        session = self.session
        answer = session.node.read(session.scope.readings(pool=self.arguments["pool"]))
        snapshot = snapshot.updated(answer, pool=session.scope.pool)
        return answer, snapshot if session.check_mode else session.remember(snapshot)

    @staticmethod
    def _current_bytes(answer: Mapping[str, Any], snapshot: NodeSnapshot) -> bytes | None:
        own = snapshot.own_config
        for application in answer["state"].get("configuration") or ():
            for item in application["files"]:
                if own is not None and own.exists and item["path"] == own.path and item.get("content") is not None:
                    return base64.b64decode(item["content"])
        return None

    def _require_effect(self, snapshot: NodeSnapshot, answer: Mapping[str, Any], path: str, data: bytes, key: MachineKey) -> None:
        """The application must have the key once its file is written: a lock or a location could forbid or override it."""
        for application in answer["state"].get("configuration") or ():
            for item in application["files"]:
                if item["path"] == path:
                    item.update(exists=True, content=base64.b64encode(data).decode("ascii"))
        after = NodeSnapshot.from_answer(snapshot.host, snapshot.application_name, answer, pool=self.session.scope.pool)
        if problem := predicted_problem(after, key):
            raise FarmError(
                f"With the key in this file the application would still not have it: {problem.rstrip('.')}.",
                where=f"{snapshot.host}, {path}",
                next_step="Remove what locks or overrides machineKey there, and run again; nothing was changed.",
            )

    # Switch and settle

    def _outcome(self) -> NodeOutcome:
        outcome: NodeOutcome | None = self.session.store.get(_STEP, self.session.host)
        if outcome is None:
            raise FarmError(
                "The key change was not prepared on this node in this run.", where=self.session.host, next_step="Use phase: prepare first."
            )
        return outcome

    def _decided(self) -> FarmKey:
        """What prepare has decided in this run."""
        farm_key = known_key(self.session)
        if farm_key is None:
            raise FarmError(
                "No key was decided in this run.", where=self.session.host, next_step="Use phase: prepare first, on every member."
            )
        return farm_key

    def _stopped_because(self) -> str:
        """Decided once, by the first node that comes here: all of them switch, or none."""
        outcomes: dict[str, NodeOutcome] = self.session.store.all(_STEP)
        reason: str = self.session.store.decide(
            f"key switch {self._attempt()}",
            lambda: go_or_stop(outcomes, self.session.membership().read) or self.proof.why_impossible(outcomes),
        )
        return reason

    def _attempt(self) -> str:
        """Tells this change from an earlier one of the same run, whose verdict says nothing about this."""
        return " ".join(f"{host}={outcome.attempt}" for host, outcome in sorted(self.session.store.all(_STEP).items()))

    def _judge(self) -> Verdict:
        outcomes: dict[str, NodeOutcome] = self.session.store.all(_STEP)
        return verdict(outcomes, stopped_because=self._stopped_because(), prove=lambda: self.proof.why_missing(outcomes))

    def _carried_out(self, operations: Sequence[Operation]) -> NodeOutcome | None:
        """None when the node did it all; else how it failed. This run keeps its lease on the node until the change is settled."""
        session = self.session
        snapshot: NodeSnapshot = session.store.get(SNAPSHOTS, session.host)
        try:
            answer = session.node.change(session.run_id, [session.lease_operation(snapshot), *operations], session.readings_after(snapshot))
        except ConnectionLost as error:
            return NodeOutcome(Step.UNKNOWN, said=_said(error))
        except NodeFailure as error:
            return NodeOutcome(Step.FAILED if error.undone else Step.UNKNOWN, said=_said(error))
        session.remember(snapshot.updated(answer, pool=session.scope.pool))
        return None

    def _marker(self, snapshot: NodeSnapshot, farm_key: FarmKey) -> list[Operation]:
        marker = marker_for(self.session.scope, farm_key)
        if marker is None or dict(snapshot.marker) == marker:
            return []
        return [{"op": "write_record", "folder": self.session.scope.records, "name": "marker", "content": marker}]

    def _remember_prediction(self) -> None:
        """Check mode: the application has the farm's key from its own file."""
        session = self.session
        farm_key = self._decided()
        snapshot: NodeSnapshot = session.store.get(SNAPSHOTS, session.host)
        path = session.scope.application.path
        origin = Origin(level="site" if path == "/" else f"app {path}", file=snapshot.own_config.path if snapshot.own_config else "")
        attributes = farm_key.decided.attributes()
        session.remember(dataclasses.replace(snapshot, key=judge(attributes, origins=dict.fromkeys(attributes, origin))))

    def _measured(self) -> dict[str, Any]:
        """Seconds of the switch over the whole farm: with two keys about, and from the first stop to the last start."""
        times = [(o.started, o.finished) for o in self.session.store.all(_STEP).values() if o.step is Step.SWITCHED and o.finished]
        if not times:
            return {}
        first_end, last_end = min(end for _start, end in times), max(end for _start, end in times)
        return {"mixed_seconds": round(last_end - first_end, 2), "switch_seconds": round(last_end - min(start for start, _end in times), 2)}


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, FarmError) else "the node could not be reached"
