# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may import whom: docs/architecture.md, "Rooms". Every import against the table is a finding with file and line."""

from __future__ import annotations

import sys
from pathlib import Path

from structure.sources import COLLECTION, Import, files, imports_of, name_of

#: Importable by every room.
COMMON = {"errors", "redact", "imports"}
#: Room in plugins/plugin_utils -> the rooms it may import, besides itself and what is common.
ROOMS: dict[str, set[str]] = {
    "errors": set(),
    "redact": set(),
    "imports": {"errors"},
    "webconfig": set(),
    "xdt": {"webconfig"},
    "machinekey": {"webconfig"},
    "signalr": set(),
    "iis": {"webconfig"},
    "balancer": set(),
    "sqlserver": set(),
    "source_tree": {"webconfig", "xdt"},
    "farm": {"webconfig", "xdt", "machinekey", "signalr", "iis", "balancer", "sqlserver", "source_tree"},
    "controller": {"webconfig", "xdt", "machinekey", "signalr", "iis", "balancer", "sqlserver", "source_tree", "farm"},
}
UTILS = f"{COLLECTION}.plugins.plugin_utils."
#: The only places that may import ansible, and the only one that may import a third-party library.
WITH_ANSIBLE = ("plugins/plugin_utils/controller/", "plugins/action/", "plugins/modules/", "plugins/doc_fragments/", "plugins/filter/")
THIRD_PARTY_DOOR = "plugins/plugin_utils/imports.py"

PLUGINS = files("plugins/", suffix=".py")
UTIL_FILES = tuple(p for p in PLUGINS if name_of(p).startswith("plugins/plugin_utils/"))


def place(path: Path, found: Import) -> str:
    return f"{name_of(path)}:{found.line} imports {found.module}"


def room_of(module: str) -> str:
    """The room a module's absolute name lies in; empty when it is not in plugin_utils."""
    return module.removeprefix(UTILS).split(".")[0] if module.startswith(UTILS) else ""


def test_rooms_import_only_what_the_table_allows() -> None:
    against = []
    for path in UTIL_FILES:
        room = name_of(path).split("/")[2].removesuffix(".py")
        if room == "__init__":
            continue
        assert room in ROOMS, f"{room} is a room that the table does not know"
        allowed = {room, *ROOMS[room]} if room in COMMON else {room, *COMMON, *ROOMS[room]}
        against += [place(path, found) for found in imports_of(path) if room_of(found.module) not in {"", *allowed}]
    assert against == []


def test_plugins_import_nothing_from_outside_but_through_their_doors() -> None:
    against = []
    for path in PLUGINS:
        for found in imports_of(path):
            top = found.module.split(".")[0]
            outside = top not in sys.stdlib_module_names and not found.module.startswith(COLLECTION) and top != "__future__"
            through_a_door = (top == "ansible" and name_of(path).startswith(WITH_ANSIBLE)) or name_of(path) == THIRD_PARTY_DOOR
            if outside and not through_a_door and not found.only_for_types:
                against.append(place(path, found))
    assert against == []


def test_no_import_happens_behind_the_table() -> None:
    behind = ("import_module(", "__import__(")
    assert [
        name_of(p) for p in PLUGINS if name_of(p) != THIRD_PARTY_DOOR and any(way in p.read_text(encoding="utf-8") for way in behind)
    ] == []


def test_the_simulated_farm_knows_nothing_of_the_product() -> None:
    """A bug that both share would be seen by neither."""
    ours = (f"{COLLECTION}.plugins", "plugins.", "plugin_utils", "unit.")
    farm = files("tests/farm/", suffix=".py")
    assert farm
    assert [place(path, found) for path in farm for found in imports_of(path) if found.module.startswith(ours)] == []


def test_the_product_knows_nothing_of_its_tests() -> None:
    tests = (f"{COLLECTION}.tests", "tests.", "farm.", "conformance")
    assert [place(path, found) for path in PLUGINS for found in imports_of(path) if found.module.startswith(tests)] == []
