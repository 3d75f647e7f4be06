# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reader is shown exists: links, variables, modules, roles, playbooks."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from structure.sources import ROOT, files, name_of

PAGES = files(suffix=".md")
README = ROOT / "README.md"
#: Variables of the playbooks themselves, and what examples may use besides those of roles.
OTHER_VARIABLES = {"farm_hosts", "farm_batch"}
KNOWN_PREFIXES = ("ansible_", "vault_")


def known_variables() -> set[str]:
    """Every variable that some role's spec names."""
    known = set(OTHER_VARIABLES)
    for path in files("roles/", suffix="argument_specs.yml"):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values():
            known |= set(entry.get("options", {}))
    return known


def variables_in(content: Any) -> set[str]:
    """The names of variables in an inventory or a file of variables: keys of ``vars``, or of the file itself."""
    if not isinstance(content, dict):
        return set()
    found = set(content.get("vars", {}) or {})
    for value in content.values():
        found |= variables_in(value)
    return found


def test_every_link_leads_somewhere() -> None:
    broken = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if not re.match(r"[a-z]+:", target) and not (page.parent / target).exists():
                broken.append(f"{name_of(page)}: {target}")
    assert broken == []


def test_the_readme_lists_what_there_is() -> None:
    text = README.read_text(encoding="utf-8")
    expected = {f"roles/{name_of(path).split('/')[1]}/README.md" for path in files("roles/")}
    expected |= {f"webfarm.signalr.{path.stem}`" for path in files("playbooks/", suffix=".yml")}
    private = {"node_state", "node_change"}
    expected |= {f"`{path.stem}`" for path in files("plugins/action/", suffix=".py") if path.stem not in {*private, "__init__"}}
    assert sorted(name for name in expected if name not in text) == []


def test_examples_use_variables_that_exist() -> None:
    known = known_variables()
    used: dict[str, str] = {}
    for path in files("examples/"):
        if path.suffix in (".yml", ".example"):
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            names = set(content) if "group_vars" in path.parts else variables_in(content)
            used |= dict.fromkeys(names, name_of(path))
    for block in re.findall(r"```yaml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL):
        used |= dict.fromkeys(variables_in(yaml.safe_load(block)), "README.md")
    assert used
    assert {name: where for name, where in used.items() if name not in known and not name.startswith(KNOWN_PREFIXES)} == {}


@pytest.mark.parametrize("role", sorted({name_of(path).split("/")[1] for path in files("roles/")}))
def test_a_roles_page_uses_its_variables(role: str) -> None:
    text = (ROOT / "roles" / role / "README.md").read_text(encoding="utf-8")
    used = {
        name for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) for name in re.findall(r"^\s*(farm_\w+):", block, re.MULTILINE)
    }
    assert sorted(used - known_variables()) == []
