# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node model answers every case as the real modules did; the pages and files made from that are current."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from farm.node.schema import OPERATIONS, READINGS

from conformance import outcome, page
from conformance.answer import differences, masked, with_windows_paths
from conformance.cases import ALL
from conformance.confirmed import Confirmations
from conformance.outcome import Verdict
from conformance.targets.model import ModelTarget


@pytest.fixture(scope="module")
def verdicts() -> Iterator[dict[str, Verdict]]:
    with ModelTarget().running() as target:
        yield {verdict.case.name: verdict for verdict in outcome.run(target, ALL)}


@pytest.mark.parametrize("name", [case.name for case in ALL if case.runs_on("model")])
def test_the_model_answers_as_it_is_on_record(verdicts: dict[str, Verdict], name: str) -> None:
    assert verdicts[name].differences == ()


def test_every_reading_and_every_operation_has_a_case() -> None:
    requests = [call.request for case in ALL for call in case.calls]
    setup = [operation for case in ALL for operation in case.start.setup]
    readings = {name for request in requests for name in (*request.get("readings", ()), *request.get("after", ()))}
    operations = {operation["op"] for request in requests for operation in (*request.get("operations", ()), *setup)}
    assert readings >= set(READINGS)
    assert operations >= set(OPERATIONS)


def test_every_operation_that_can_be_undone_is_undone_by_a_case() -> None:
    final = {"restore_file", "settle_file", "remove_directory", "recycle_pool", "install_feature", "release_lease"}
    undone = {
        operation["op"]
        for case in ALL
        for call in case.calls
        if call.expects.get("failed")
        for operation in call.request["operations"][:-1]
    }
    assert undone >= set(OPERATIONS) - final


def test_what_was_confirmed_still_holds_for_the_model() -> None:
    confirmations = Confirmations.read(ALL)
    assert [case.name for case in ALL if "model" not in confirmations.kinds(case)] == []


def test_the_page_about_the_simulated_farm_is_current() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.text(Confirmations.read(ALL)), "run python -m conformance --write-docs"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"now": "2026-01-31T12:00:00.1234567Z"}, {"now": "<time>"}),
        ({"now": "31.01.2026"}, {"now": "31.01.2026"}),
        ({"seconds": 0.25, "process_id": True}, {"seconds": "<number>", "process_id": True}),
        ({"ended": [4, 8]}, {"ended": ["<number>", "<number>"]}),
        ({"undetermined": {"accounts": "Zugriff verweigert"}}, {"undetermined": {"accounts": "<text>"}}),
        ({"idle_timeout": 90.0}, {"idle_timeout": 90}),
        ({"logon": "ok"}, {"logon": "ok"}),
    ],
)
def test_only_what_differs_between_machines_is_masked(answer: object, expected: object) -> None:
    assert masked(answer) == expected


def test_paths_of_the_machine_that_tests_become_windows_paths() -> None:
    told = {"/x/drive_c/a b": "'/x/drive_c/inetpub/chat' is gone", "list": ["/x/drive_c"]}
    assert with_windows_paths(told, "/x/drive_c") == {"C:\\a b": "'C:\\inetpub\\chat' is gone", "list": ["C:"]}


@pytest.mark.parametrize(
    ("expected", "found", "count"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, 0),
        ({"a": True}, {"a": 1}, 1),
        ({"a": []}, {"a": [1]}, 1),
        ({"a": {"b": None}}, {"a": {}}, 1),
        ([{"a": 1}], [{"a": 2}], 1),
    ],
)
def test_differences_are_told(expected: object, found: object, count: int) -> None:
    assert len(differences(expected, found)) == count
