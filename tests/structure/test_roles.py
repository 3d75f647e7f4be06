# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's interface is written once and held by machine: the defaults are the options of its spec, and every name carries the role's."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from structure.sources import ROOT, files, name_of

ROLES = sorted({name_of(path).split("/")[1] for path in files("roles/")})
#: What several roles of a farm are told alike: the only names without a role in front. Documented in docs/architecture.md.
SHARED = {
    "farm_name",
    "farm_members",
    "farm_group",
    "farm_site",
    "farm_application",
    "farm_pool",
    "farm_root",
    "farm_accept_shared",
    "farm_reuse",
    "farm_keep_lease",
    "farm_break_lease",
    "farm_scheme",
    "farm_node_address",
    "farm_node_port",
    "farm_hub_path",
    "farm_host_header",
    "farm_virtual_address",
    "farm_virtual_addresses",
    "farm_validate_certs",
}


def read(role: str, path: str) -> Any:
    return yaml.safe_load((ROOT / "roles" / role / path).read_text(encoding="utf-8")) or {}


def spec_of(role: str) -> dict[str, Any]:
    options: dict[str, Any] = read(role, "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    return options


def lines_of(role: str, path: str) -> list[str]:
    return (ROOT / "roles" / role / path).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_whole(role: str) -> None:
    for part in ("README.md", "defaults/main.yml", "meta/main.yml", "meta/argument_specs.yml", "tasks/main.yml"):
        assert (ROOT / "roles" / role / part).is_file(), f"{role} has no {part}"


@pytest.mark.parametrize("role", ROLES)
def test_defaults_are_the_options_of_the_spec(role: str) -> None:
    """An option without a sensible default stands in the defaults as a comment, so that a person finds every input in one place."""
    said = set(read(role, "defaults/main.yml"))
    said |= {match[1] for line in lines_of(role, "defaults/main.yml") if (match := re.match(r"#\s*(\w+):(?:\s|$)", line))}
    spec = spec_of(role)
    assert sorted(said - SHARED) == sorted(set(spec) - SHARED)
    for name, value in read(role, "defaults/main.yml").items():
        documented = spec[name].get("default")
        assert documented == value or (isinstance(value, str) and "{{" in value), (
            f"{name}: {documented!r} in the spec, {value!r} in the defaults"
        )


@pytest.mark.parametrize("role", ROLES)
def test_every_option_is_described_and_carries_the_role_name(role: str) -> None:
    for name, option in spec_of(role).items():
        assert name.startswith(f"{role}_") or name in SHARED, f"{name} could collide with a stranger's variable"
        assert option.get("description") and option.get("type"), f"{name} lacks a description or a type"


@pytest.mark.parametrize("role", ROLES)
def test_the_readme_shows_every_option_of_the_role(role: str) -> None:
    text = (ROOT / "roles" / role / "README.md").read_text(encoding="utf-8")
    assert [name for name in spec_of(role) if name not in SHARED and f"`{name}`" not in text] == []


@pytest.mark.parametrize("path", files("roles/", "playbooks/", suffix=".yml"), ids=name_of)
def test_variables_made_on_the_way_are_private(path: Any) -> None:
    """Registered and loop variables carry the role's name and two underscores, so that they meet nobody's."""
    text = path.read_text(encoding="utf-8")
    role = name_of(path).split("/")[1] if name_of(path).startswith("roles/") else ""
    registered = re.findall(r"^\s*(?:register|loop_var):\s*['\"]?(\w+)", text, re.MULTILINE)
    assert [name for name in registered if "__" not in name or not name.startswith(role)] == []


@pytest.mark.parametrize("role", ROLES)
def test_a_role_names_no_group(role: str) -> None:
    for path in files(f"roles/{role}/tasks/"):
        assert not re.search(r"groups\[['\"]", path.read_text(encoding="utf-8")), f"{name_of(path)} names an inventory group"
