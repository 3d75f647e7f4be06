# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors say what, where and what to do next, in this order, and survive the way between processes."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import ConfigEditError, FarmError, MemberNotRead, NodeFailure

TEXTS: dict[str, tuple[dict[str, Any], str]] = {
    "what": ({}, "It broke."),
    "where": ({"where": "web01"}, "web01: It broke."),
    "line": ({"where": "web.config", "line": 3}, "web.config, line 3: It broke."),
    "column": ({"where": "web.config", "line": 3, "column": 7}, "web.config, line 3, column 7: It broke."),
    "a line of no file": ({"line": 3}, "line 3: It broke."),
    "a column alone says nothing": ({"where": "web.config", "column": 7}, "web.config: It broke."),
    "next step": ({"next_step": "Mend it."}, "It broke. Mend it."),
    "all": ({"where": "web01", "line": 1, "next_step": "Mend it."}, "web01, line 1: It broke. Mend it."),
}


@pytest.mark.parametrize(("parts", "text"), TEXTS.values(), ids=TEXTS)
def test_an_error_says_what_where_and_what_next(parts: dict[str, Any], text: str) -> None:
    error = FarmError("It broke.", **parts)
    assert str(error) == text and error.args == (text,)


def test_a_place_goes_in_front_of_the_one_that_is_named() -> None:
    error = ConfigEditError("It broke.", where="web.config", line=3)
    assert error.at("web01") is error and str(error) == "web01, web.config, line 3: It broke." and error.args == (str(error),)
    assert str(FarmError("It broke.").at("web01")) == "web01: It broke."


@pytest.mark.parametrize("kind", [FarmError, MemberNotRead, NodeFailure])
def test_an_error_comes_whole_out_of_another_process(kind: type[FarmError]) -> None:
    error = kind("It broke.", where="web01", line=3, next_step="Mend it.")
    again = pickle.loads(pickle.dumps(error))
    assert again.__class__ is kind and vars(again) == vars(error) and str(again) == str(error)


def test_a_failure_of_a_node_is_told_whole() -> None:
    error = NodeFailure("It broke.")
    error.code, error.undone = "disk_full", False
    again = pickle.loads(pickle.dumps(error))
    assert (again.code, again.undone, NodeFailure("x").code, NodeFailure("x").undone) == ("disk_full", False, "failed", True)
