# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated server's own reader of the configuration hierarchy, against answers of System.Configuration."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from farm.signalr.configuration import Configuration, read_configuration
from farm.signalr.iis_view import AppView, ConfigLevel, is_inside

ATTRIBUTES = ("validationKey", "decryptionKey", "validation", "decryption")
DEFAULTS = {"validationKey": "AutoGenerate,IsolateApps", "decryptionKey": "AutoGenerate,IsolateApps", "validation": "HMACSHA256"}
DEFAULTS |= {"decryption": "Auto"}
# Kinds of cases that a farm's life consists of; what else the engine can do is the product's to know, not this server's.
KINDS = ("inherit", "values", "location-dot", "location-path", "location-inherit", "config-source", "duplicate", "lock-section")
# What this server does not see, and why a farm can live with that.
NOT_SEEN = {
    "fault-beside-nested": "a fault in a location of the application above, for a folder beside this one",
    "locked-used-in-path-app": "a lock set and broken within one file's locations",
    "locked-used-in-path-machine-app": "the same, in machine.config",
    "shared-by-two-sections-app": "one configSource file for two sections",
    "shared-folder-nested": "one configSource file for two applications on one folder",
    "text-inside-site": "text inside a section: the reader keeps no text",
    "file-text-after-app": "text after the element of a configSource file",
    "file-instruction-app": "a processing instruction in a configSource file",
    "file-doctype-deep": "entities declared by a document type",
    "empty-root-app": "a configSource that is empty; the case's file cannot be written",
    "path-seen-there-machine": "one section in two locations that mean the same folder",
}


def _write(folder: Path, level: dict[str, Any], builtin: dict[str, bytes]) -> ConfigLevel:
    kind = level["level"]
    virtual = level.get("vpath", "/")
    target = folder / kind / virtual.strip("/").replace("/", "_")
    target.mkdir(parents=True, exist_ok=True)
    path = target / ("machine.config" if kind == "machine" else "web.config")
    for name, content in level.get("files", {}).items():
        extra = target.joinpath(*name.replace("\\", "/").split("/"))
        extra.parent.mkdir(parents=True, exist_ok=True)
        extra.write_bytes(content.encode() if isinstance(content, str) else base64.b64decode(content["base64"]))
    if "base64" in level:
        path.write_bytes(base64.b64decode(level["base64"]))
    elif "text" in level:
        path.write_bytes(level["text"].encode())
    elif "insert" in level:
        path.write_bytes(builtin[kind].replace(b"</configuration>", level["insert"].encode() + b"</configuration>"))
    elif kind in builtin:
        path.write_bytes(builtin[kind])
    return ConfigLevel(kind, path, virtual)


def _read(case: dict[str, Any], folder: Path, builtin: dict[str, bytes]) -> Configuration:
    request = case["request"]
    given = {level["level"] for level in request["levels"]}
    levels = [{"level": kind} for kind in ("machine", "root") if kind not in given] + request["levels"]
    files = tuple(_write(folder, level, builtin) for level in levels if level["level"] != "dir")
    apps = [level.get("vpath", "/") for level in request["levels"] if level["level"] == "app"]
    where = apps[-1] if apps else "/"
    site = request.get("site_name", "Default Web Site")
    return read_configuration(AppView(site=site, virtual_path=where, physical_path=folder, pool="p", config_files=files))


def _found(configuration: Configuration, at: str) -> tuple[str, dict[str, str]]:
    if configuration.faults or any(is_inside(folder, at) for folder, _fault in configuration.faults_below):
        return "file", {}
    if configuration.machine_key.fault:
        return "section", {}
    return "", DEFAULTS | configuration.machine_key.values


def _wanted(answer: dict[str, Any]) -> tuple[str, dict[str, str]]:
    if answer.get("errors"):
        return "file", {}
    section = answer["sections"]["system.web/machineKey"]
    if section.get("scope"):
        return "section", {}
    return "", {name: section["attributes"][name]["value"].strip() for name in ATTRIBUTES}


@pytest.fixture(scope="module")
def cases(golden: Path) -> list[dict[str, Any]]:
    with gzip.open(golden / "config" / "cases.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.mark.parametrize("kind", KINDS)
def test_values_and_refusals_are_those_of_system_configuration(kind: str, cases: list[Any], golden: Path, tmp_path: Path) -> None:
    builtin = {"machine": (golden / "config" / "machine.config").read_bytes(), "root": (golden / "config" / "web.config").read_bytes()}
    different = []
    for number, case in enumerate(
        case for case in cases if case["kind"] == kind and "system.web/machineKey" in case["answer"].get("sections", {})
    ):
        if case["name"] in NOT_SEEN:
            continue
        wanted, found = _wanted(case["answer"]), _found(_read(case, tmp_path / str(number), builtin), case["answer"]["at"])
        if wanted != found:
            different.append((case["name"], wanted, found))
    assert different == []
