# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The change of a key over several nodes: what each is told, who is right afterwards, and what a dead run has left."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import ConfigEditError, ConfigSyntaxError, FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.key_change import (
    KeyEdit,
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

from .nodes import KEY, OTHER_KEY, PATH, PLAIN, SCOPE, snapshot, with_key

RUN, DEAD = "r1", "r0"


def edit(config: bytes | None = PLAIN, **more: Any) -> KeyEdit:
    return edit_for(snapshot(config=config, **more), config, KEY, is_new=False)


# The edit


def test_the_key_goes_into_the_applications_own_file() -> None:
    made = edit()
    element = with_key(KEY).decode().partition("<machineKey")[2].partition("/>")[0]
    assert made.path == PATH and made.data.decode() == PLAIN.decode().replace(
        "</system.web>", f"  <machineKey{element}/>\r\n  </system.web>"
    )
    assert made.expect == {"sha256": hashlib.sha256(PLAIN).hexdigest()} and made.pool == "ChatPool"
    assert made.after_text.count("(fingerprint ") == 2 and "machineKey" not in made.before_text


def test_a_file_that_is_not_there_yet_is_made() -> None:
    made = edit(None)
    assert made.expect == {"absent": True} and made.before_text == "" and b"<machineKey " in made.data


@pytest.mark.parametrize("is_new", [False, True])
def test_no_key_shows(is_new: bool) -> None:
    before = with_key(OTHER_KEY)
    made = edit_for(snapshot(config=before), before, KEY, is_new=is_new)
    shown = repr(made) + made.before_text + made.after_text
    assert not [secret for key in (KEY, OTHER_KEY) for secret in (key.validation_key, key.decryption_key) if secret in shown]
    assert made.before_text != made.after_text
    assert ("(a new key)" in made.after_text) is is_new


def test_what_check_mode_announces_of_a_new_key_is_what_the_run_says() -> None:
    texts = {edit_for(snapshot(), PLAIN, key, is_new=True).after_text for key in (KEY, OTHER_KEY)}
    assert len(texts) == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_wide_file_is_shown_as_text(encoding: str) -> None:
    data = PLAIN.decode().replace('"1.0"', f'"1.0" encoding="{encoding[:6].strip("-")}"').encode(encoding)
    made = edit_for(snapshot(config=data), data, KEY, is_new=False)
    assert made.after_text.startswith("<?xml") and "<machineKey " in made.after_text and KEY.validation_key not in made.after_text


PROTECTED = PLAIN.replace(b"<system.web>", b'<system.web><machineKey configProtectionProvider="Rsa"><EncryptedData/></machineKey>')
REFUSED: dict[str, tuple[bytes, type[FarmError], str]] = {
    "encrypted": (PROTECTED, ConfigEditError, "is encrypted"),
    "in another file": (PLAIN.replace(b"<system.web>", b'<system.web><machineKey configSource="k.config"/>'), ConfigEditError, "k.config"),
    "twice": (with_key(KEY, with_key(KEY)), ConfigEditError, "more than once, in lines 4 and 5"),
    "not well-formed": (PLAIN.replace(b"</system.web>", b""), ConfigSyntaxError, "line 6"),
}


@pytest.mark.parametrize(("data", "kind", "said"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_take_it_is_refused_with_node_file_and_line(data: bytes, kind: type[FarmError], said: str) -> None:
    with pytest.raises(kind) as caught:
        edit_for(snapshot(config=data), data, KEY, is_new=False)
    assert str(caught.value).startswith(f"web01, {PATH}") and said in str(caught.value)


@pytest.mark.parametrize(
    ("config", "said"),
    [(with_key(KEY), ""), (with_key(OTHER_KEY), "overrides it"), (PLAIN.replace(b"</system.web>", b""), "line 6")],
)
def test_the_effect_is_looked_at_before_it_happens(config: bytes, said: str) -> None:
    problem = predicted_problem(snapshot(config=config), KEY)
    assert re.search(said, problem) if said else problem == ""


def test_the_effect_on_a_node_that_was_not_read_is_a_problem() -> None:
    assert predicted_problem(snapshot(exists=False), KEY) == "its configuration could not be read"


# The steps


def ops(operations: list[Mapping[str, Any]]) -> list[str]:
    return [str(operation["op"]) for operation in operations]


def outcome(step: Step, made: KeyEdit | None = None, **more: Any) -> NodeOutcome:
    return NodeOutcome(step, edit=made, **more)


def test_prepare_has_no_effect_and_switch_nothing_but_effect() -> None:
    assert ops(prepare(SCOPE, edit(), run=RUN)) == ["write_record", "stage_file"], "the journal first: it tells of what is to come"
    assert ops(switch(SCOPE, edit(), run=RUN)) == ["stop_pool", "replace_file", "write_record", "start_pool"]
    assert ops(settle(SCOPE, edit())) == ["settle_file", "delete_record"] and settle(SCOPE, None) == []


def test_the_journal_holds_no_secret() -> None:
    (journal, _stage), (_stop, _replace, switched, _start) = prepare(SCOPE, edit(), run=RUN), switch(SCOPE, edit(), run=RUN)
    for record, step in ((journal, "prepared"), (switched, "switched")):
        assert record["content"]["step"] == step and record["content"]["run"] == RUN
        assert KEY.validation_key not in str(record) and KEY.decryption_key not in str(record)


@pytest.mark.parametrize("pool", [{"state": "Stopped"}, {"state": "Stopping"}, {"state": None}])
def test_a_pool_that_is_not_started_is_neither_stopped_nor_started(pool: dict[str, Any]) -> None:
    made = edit(pool=pool)
    assert ops(switch(SCOPE, made, run=RUN)) == ["replace_file", "write_record"]
    assert ops(restore(SCOPE, outcome(Step.SWITCHED, made))) == ["restore_file", "delete_record"]


RESTORED = {
    Step.PREPARED: ["restore_file", "delete_record"],
    Step.FAILED: ["restore_file", "delete_record"],
    Step.SWITCHED: ["stop_pool", "restore_file", "start_pool", "delete_record"],
    Step.UNKNOWN: ["stop_pool", "restore_file", "start_pool", "delete_record"],
}


@pytest.mark.parametrize(("step", "expected"), RESTORED.items())
def test_only_a_node_that_may_have_switched_stops_its_pool_to_go_back(step: Step, expected: list[str]) -> None:
    assert ops(restore(SCOPE, outcome(step, edit()))) == expected
    assert restore(SCOPE, outcome(step)) == [], "a node whose edit was refused has nothing to go back from"


def test_going_back_to_no_file_removes_the_one_that_was_made() -> None:
    assert ops(restore(SCOPE, outcome(Step.SWITCHED, edit(None)))) == [
        "stop_pool",
        "restore_file",
        "delete_file",
        "start_pool",
        "delete_record",
    ]
    assert "delete_file" not in ops(restore(SCOPE, outcome(Step.PREPARED, edit(None))))


# What a dead run has left


def journal(run: str = DEAD, **more: Any) -> dict[str, Any]:
    content = {"run": run, "step": "prepared", "path": PATH, "previous_sha256": "ab", "pool": "ChatPool", "pool_was_started": True, **more}
    return {"marker": None, "lease": None, "journal": content}


LEFT: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no journal": ({}, []),
    "our own": ({"records": journal(RUN)}, []),
    "staged": ({"records": journal()}, ["settle_file"]),
    "stopped in between": ({"records": journal(step="switched"), "pool": {"state": "Stopped"}}, ["settle_file", "start_pool"]),
    "an operator's stop": ({"records": journal(pool_was_started=False), "pool": {"state": "Stopped"}}, ["settle_file"]),
    "the file is gone": ({"records": journal(), "config": None}, ["restore_file"]),
    "the file is gone, pool stopped": (
        {"records": journal(), "config": None, "pool": {"state": "Stopped"}},
        ["restore_file", "start_pool"],
    ),
    "there was no file": ({"records": journal(previous_sha256=None), "config": None}, ["settle_file"]),
    "not readable": ({"records": {"marker": None, "lease": None, "journal": {"unreadable": "not JSON"}}}, []),
    "another pool by now": ({"records": journal(pool="Gone"), "pool": {"state": "Stopped"}}, ["settle_file"]),
}


@pytest.mark.parametrize(("found", "expected"), LEFT.values(), ids=LEFT)
def test_what_a_dead_run_has_left_is_removed_or_put_back(found: dict[str, Any], expected: list[str]) -> None:
    found = {"config": PLAIN, **found}
    operations = leftovers(snapshot(**found), run=RUN)
    assert ops(operations) == expected
    assert all(operation["run"] == DEAD for operation in operations if "path" in operation)


# Who is right

STEPS = tuple(Step)


def test_the_switch_happens_only_when_every_member_is_ready() -> None:
    ready = {"web01": outcome(Step.PREPARED), "web02": outcome(Step.NOTHING_TO_DO)}
    assert go_or_stop(ready, ["web01", "web02"]) == ""
    assert go_or_stop(ready, ["web01", "web02", "web03"]) == "'web03' was not prepared in this run"
    for step in (Step.FAILED, Step.UNKNOWN, Step.SWITCHED):
        stopped = go_or_stop({**ready, "web02": outcome(step, said="disk full")}, ["web01", "web02"])
        assert stopped == "'web02' could not be prepared: disk full"


PROOFS = ("", "web02 refuses a token of web01")
STOPS = ("", "'web09' was not prepared in this run")


@pytest.mark.parametrize("first", STEPS)
def test_the_verdict_over_every_combination(first: Step) -> None:
    for second, third, proof, stopped in itertools.product(STEPS, STEPS, PROOFS, STOPS):
        check_verdict((first, second, third), proof, stopped)


def check_verdict(steps: tuple[Step, ...], proof: str, stopped: str) -> None:
    asked: list[None] = []

    def prove() -> str:
        asked.append(None)
        return proof

    judged = verdict({f"web0{n}": outcome(step) for n, step in enumerate(steps, 1)}, stopped_because=stopped, prove=prove)
    count = {step: steps.count(step) for step in STEPS}
    whole = count[Step.FAILED] + count[Step.PREPARED] + count[Step.UNKNOWN] == 0
    with_new_key = count[Step.SWITCHED] + count[Step.NOTHING_TO_DO]
    most = count[Step.FAILED] + count[Step.PREPARED] == 0 and with_new_key > count[Step.UNKNOWN] > 0
    assert bool(asked) is (whole and not stopped), "the farm is asked only when every node has switched"
    assert judged.way == ("commit" if not stopped and (most or (whole and not proof)) else "restore")
    assert (not judged.failures) is (whole and not stopped and not proof), "without failures exactly when the change succeeded"
    assert judged.unknown == tuple(f"web0{n}" for n, step in enumerate(steps, 1) if step is Step.UNKNOWN)


def test_a_verdict_says_what_each_node_said() -> None:
    outcomes = {"web01": outcome(Step.SWITCHED), "web02": outcome(Step.PREPARED), "web03": outcome(Step.FAILED, said="disk full")}
    judged = verdict(outcomes, stopped_because="", prove=lambda: "")
    assert judged.failures == ("web02: it was not switched", "web03: disk full")
    assert verdict(outcomes, stopped_because="no", prove=lambda: "").failures == ("web03: disk full", "No node was switched: no.")


def test_a_node_where_nobody_knows_is_switched_once_more_and_cleaned_up() -> None:
    assert ops(finish(SCOPE, edit(), run=RUN)) == [*ops(switch(SCOPE, edit(), run=RUN)), *ops(settle(SCOPE, edit()))]


def test_a_pool_that_a_dead_run_stopped_counts_as_started() -> None:
    """It is started with what that run has left, so it has to be stopped again for the key."""
    stopped = {"state": "Stopped"}
    assert edit(pool=stopped, records=journal()).pool_was_started
    assert not edit(pool=stopped, records=journal(pool_was_started=False)).pool_was_started
    assert not edit(pool=stopped).pool_was_started


SAID: dict[str, tuple[Verdict, tuple[str, str]]] = {
    "restored": (Verdict("restore", ("web02: disk full",)), ("The machine key was not changed: web02: disk full.", "key of before again")),
    "unknown": (Verdict("commit", ("web02: lost.",), ("web02",)), ("web02: lost. The other nodes", "Bring web02 back, and run again")),
}


@pytest.mark.parametrize(("judged", "expected"), SAID.values(), ids=SAID)
def test_what_a_failed_change_says(judged: Verdict, expected: tuple[str, str]) -> None:
    said = str(failed(judged, farm="chat"))
    assert said.startswith("farm chat: ") and all(text in said for text in expected)
    alone = str(unsettled(judged, FarmError("It hangs.", where="web02", next_step="Look at it.")))
    assert alone.startswith("web02: The ") and "It hangs. Look at it. Until then this node may have" in alone
