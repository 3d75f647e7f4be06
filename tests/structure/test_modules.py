# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module is documented as it is: its options are those of its argument spec, and its neighbours point back."""

from __future__ import annotations

import ast
import functools
import importlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from structure.sources import COLLECTION, ROOT, files, name_of, tree_of

PRIVATE = {"node_state", "node_change"}
ACTIONS = {path.stem: path for path in files("plugins/action/", suffix=".py") if path.stem != "__init__"}
PUBLIC = sorted(set(ACTIONS) - PRIVATE)
#: Said by the documentation and the spec alike; a spec may say more (no_log, apply_defaults).
COMPARED = ("type", "required", "default", "choices", "elements")


def strings_of(path: Path) -> dict[str, str]:
    """The module-level or class-level string constants of a Python file."""
    return {
        target.id: node.value.value
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


@functools.cache
def documentation_of(module: str) -> dict[str, Any]:
    """A module's DOCUMENTATION with its fragments merged in, and EXAMPLES and RETURN beside it."""
    source = ROOT / "plugins" / "modules" / f"{module}.py"
    if source.is_file():
        parts = strings_of(source)
        document = {name: yaml.safe_load(parts.get(name, "")) or {} for name in ("DOCUMENTATION", "EXAMPLES", "RETURN")}
    else:
        document = yaml.safe_load(source.with_suffix(".yml").read_text(encoding="utf-8"))
    fragments = document["DOCUMENTATION"].get("extends_documentation_fragment", [])
    for fragment in [fragments] if isinstance(fragments, str) else fragments:
        _rest, _rest, file, *part = fragment.split(".")
        found = yaml.safe_load(strings_of(ROOT / "plugins" / "doc_fragments" / f"{file}.py")[(part or ["DOCUMENTATION"])[0].upper()])
        for section in ("options", "attributes"):
            merged = document["DOCUMENTATION"].setdefault(section, {})
            for name, said in (found.get(section) or {}).items():
                merged[name] = {**said, **merged.get(name, {})}
    return document


def spec_of(module: str) -> Mapping[str, Any]:
    """The argument spec that the action plugin checks its arguments against."""
    loaded = importlib.import_module(f"{COLLECTION}.plugins.action.{module}")
    spec: Mapping[str, Any] = loaded.ActionModule.SPEC["argument_spec"]
    return spec


def differences(documented: Mapping[str, Any], spec: Mapping[str, Any], where: str = "") -> list[str]:
    """What the documentation and the spec say differently, by the option's path."""
    found = [f"{where}{name}: only documented" for name in documented.keys() - spec.keys()]
    found += [f"{where}{name}: not documented" for name in spec.keys() - documented.keys()]
    for name in documented.keys() & spec.keys():
        said, done = documented[name], spec[name]
        for key in COMPARED:
            left, right = said.get(key) or None, done.get(key) or None
            if key == "choices" and left and right:
                left, right = sorted(left), sorted(right)
            if key == "type":
                right = right or "str"
            if left != right:
                found.append(f"{where}{name}: {key} is {left!r} in the documentation and {right!r} in the spec")
        found += differences(said.get("suboptions") or {}, done.get("options") or {}, f"{where}{name}.")
    return found


def test_the_action_group_lists_every_public_module() -> None:
    group = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["action_groups"]["all"]
    assert group == PUBLIC


def test_the_farm_group_lists_the_modules_that_take_the_shared_options() -> None:
    group = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["action_groups"]["farm"]
    assert group == [module for module in PUBLIC if "keep_lease" in spec_of(module) and spec_of(module)["farm"].get("required")]


@pytest.mark.parametrize("path", files("plugins/modules/", suffix=".ps1"), ids=name_of)
def test_a_windows_module_is_private_and_documented(path: Path) -> None:
    assert path.stem in PRIVATE
    assert path.with_suffix(".yml").is_file(), "ansible-test cannot check a PowerShell module without documentation beside it"


@pytest.mark.parametrize("module", PUBLIC)
def test_a_module_is_documented_whole(module: str) -> None:
    document = documentation_of(module)
    described = document["DOCUMENTATION"]
    assert described["module"] == module and described["short_description"] and described["description"]
    assert {"check_mode", "diff_mode", "platform"} <= described["attributes"].keys()
    assert all("support" in said for said in described["attributes"].values())
    assert document["EXAMPLES"] and document["RETURN"]
    assert all(said.get("description") for said in described.get("options", {}).values())


@pytest.mark.parametrize("module", PUBLIC)
def test_the_documentation_says_what_the_spec_does(module: str) -> None:
    assert differences(documentation_of(module)["DOCUMENTATION"].get("options", {}), spec_of(module)) == []


@pytest.mark.parametrize("module", PUBLIC)
def test_neighbours_point_at_each_other(module: str) -> None:
    def neighbours(of: str) -> set[str]:
        return {
            str(entry.get("module", "")).removeprefix("webfarm.signalr.")
            for entry in documentation_of(of)["DOCUMENTATION"].get("seealso", [])
        }

    mine = neighbours(module) & set(PUBLIC)
    assert mine, f"{module} names no other module of the collection in seealso"
    assert [other for other in sorted(mine) if module not in neighbours(other)] == []


@pytest.mark.parametrize("module", PUBLIC)
def test_examples_use_full_names_and_known_options(module: str) -> None:
    for task in documentation_of(module)["EXAMPLES"]:
        tasks = task.get("tasks", []) if "hosts" in task else [task]
        for step in tasks:
            assert step.get("name")
            for called, arguments in step.items():
                if re.fullmatch(r"webfarm\.signalr\.\w+", called):
                    unknown = set(arguments or {}) - set(documentation_of(called.rpartition(".")[2])["DOCUMENTATION"].get("options", {}))
                    assert not unknown, f"{called} has no option {sorted(unknown)}"
