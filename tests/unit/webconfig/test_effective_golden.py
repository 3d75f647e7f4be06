# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The effective configuration against the recorded answers of Microsoft's own configuration engine."""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig import ConfigFile, ConfigurationError, effective_section

#: Kinds in which every value, place and scope of a refusal has to be right.
EXACT = ("inherit", "values", "location-dot", "location-path", "location-inherit", "config-source", "duplicate")
#: kind -> value and scope right; message and line right, too. The score of a kind may rise, not fall.
FLOOR = {
    "inherit": (44, 44),
    "values": (26, 26),
    "location-dot": (15, 15),
    "location-path": (30, 30),
    "location-inherit": (24, 24),
    "location-form": (23, 23),
    "lock-section": (30, 30),
    "lock-attributes": (34, 34),
    "config-source": (46, 46),
    "protected": (9, 9),
    "duplicate": (21, 21),
    "unknown": (28, 28),
    "content": (23, 23),
    "root-element": (16, 16),
    "malformed": (27, 27),
    "namespace": (17, 17),
    "encoding": (24, 24),
    "declarations": (43, 43),
    "allow-definition": (21, 21),
    "settings": (52, 52),
    "sections": (49, 49),
    "mixed": (80, 80),
}
#: Here we refuse on purpose what .NET takes.
STRICTER = {
    ("config-source", "file-doctype-deep"): "a DOCTYPE is never read",
    ("root-element", "doctype-app"): "a DOCTYPE is never read",
    ("root-element", "doctype-entity-app"): "a DOCTYPE is never read",
    ("malformed", "unknown-entity-root-app"): "an undeclared entity would be taken for its own name",
    ("malformed", "control-reference-above"): "XML 1.0 knows no control characters",
    ("encoding", "null-at-end-nested"): "a NUL is the trace of a write that was cut off",
}
_TAIL = "Error message from the provider"  # what follows is the provider's own sentence


def _bytes(content: str | dict[str, str]) -> bytes:
    return content.encode() if isinstance(content, str) else base64.b64decode(content["base64"])


def _level(level: dict[str, Any], shared: dict[str, bytes], built_in: dict[str, bytes]) -> ConfigFile:
    name, data = level["level"], None
    if "insert" in level:
        whole = built_in[name]
        end = whole.rindex(b"</configuration>")
        data = whole[:end] + level["insert"].encode() + whole[end:]
    elif "text" in level or "base64" in level:
        data = _bytes(level.get("text", level))
    files = {**shared, **{file: _bytes(content) for file, content in level.get("files", {}).items()}}
    folder = level.get("file", "").rpartition("\\")[0]
    return ConfigFile(name, data, path=level.get("vpath", "/"), files=files, folder=folder)


def _hierarchy(request: dict[str, Any], built_in: dict[str, bytes]) -> list[ConfigFile]:
    shared = {file: _bytes(content) for file, content in request.get("files", {}).items()}
    files = [_level(level, shared, built_in) for level in request["levels"]]
    files += [ConfigFile(name, built_in[name]) for name in ("machine", "root") if all(file.level != name for file in files)]  # type: ignore[arg-type]
    order = {"machine": 0, "root": 1}
    return sorted(files, key=lambda file: (order.get(file.level, 2), len(file.virtual)))


def _expected(answer: dict[str, Any], section: str) -> tuple[Any, Any]:
    """What has to be equal in value and scope, and what in the words."""
    wanted = answer["sections"][section]
    if "scope" in wanted:
        error = answer["errors"][0] if wanted["scope"] == "file" else wanted.get("error") or wanted["errors"][0]
        return wanted["scope"], (error["message"].split(_TAIL)[0], error["from"], error.get("line", 0))
    # An attribute without a value is one that nobody set.
    told = {
        name: value for name, value in wanted.get("attributes", {}).items() if value["from"] != "default" and value["value"] is not None
    }
    return {name: (value["value"], value["from"], value["line"]) for name, value in told.items()}, None


def _found(files: list[ConfigFile], section: str, request: dict[str, Any]) -> tuple[Any, Any]:
    try:
        found = effective_section(files, section, at=request.get("at"), site_name=request.get("site_name", "Default Web Site"))
        return {name: (value.value, value.level, value.line) for name, value in found.attributes.items()}, None
    except ConfigurationError as error:
        return error.scope, (error.message.split(_TAIL)[0], error.level, error.line or 0)


@pytest.fixture(scope="module")
def scores(golden: Path) -> dict[str, Any]:
    folder = golden / "config"
    built_in = {"machine": (folder / "machine.config").read_bytes(), "root": (folder / "web.config").read_bytes()}
    cases, values, words, wrong = Counter[str](), Counter[str](), Counter[str](), []
    with gzip.open(folder / "cases.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            case = json.loads(line)
            kind, files = case["kind"], _hierarchy(case["request"], built_in)
            pairs = [(_expected(case["answer"], name), _found(files, name, case["request"])) for name in case["answer"]["sections"]]
            same_value = all(wanted[0] == found[0] for wanted, found in pairs)
            cases[kind] += 1
            values[kind] += same_value
            words[kind] += all(wanted == found for wanted, found in pairs)
            if not same_value:
                wrong.append((kind, case["name"]))
    return {"cases": cases, "values": values, "words": words, "wrong": wrong}


def test_values_places_and_scopes_are_equal_in_every_case_of_the_exact_kinds(scores: dict[str, Any]) -> None:
    assert [case for case in scores["wrong"] if case[0] in EXACT and case not in STRICTER] == []


def test_what_differs_elsewhere_is_stricter_on_purpose(scores: dict[str, Any]) -> None:
    assert [case for case in scores["wrong"] if case not in STRICTER] == []


def test_no_score_falls(scores: dict[str, Any]) -> None:
    print()
    for kind, count in scores["cases"].items():
        print(f"{kind:18} value and scope {scores['values'][kind]:3} of {count}, message and line {scores['words'][kind]:3} of {count}")
    print(f"{'all':18} value and scope {scores['values'].total()} of {scores['cases'].total()}, message and line {scores['words'].total()}")
    assert set(scores["cases"]) == set(FLOOR)
    assert [kind for kind, floor in FLOOR.items() if (scores["values"][kind], scores["words"][kind]) < floor] == []
