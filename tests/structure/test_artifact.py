# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user installs: everything that is needed, nothing that is not."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml
from structure.sources import ROOT, name_of, repository_files

#: Folders and files that have to be in the package when the repository has them.
NEEDED = ("plugins/", "roles/", "playbooks/", "docs/", "examples/", "meta/", "README.md", "LICENSE", "requirements.txt", "changelogs/")
#: What belongs to developing the collection.
NOT_NEEDED = ("tests/", ".ci/", ".cache/", ".venv", ".git", "Makefile", "pyproject.toml", "requirements-", "extensions/molecule/")


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in the package that ``ansible-galaxy collection build`` makes of the repository's files."""
    source, output = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("package")
    for path in repository_files():
        target = source / name_of(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    program = Path(sys.executable).with_name("ansible-galaxy")
    subprocess.run([program, "collection", "build", "--output-path", output, source], check=True, capture_output=True)
    (package,) = output.glob("*.tar.gz")
    with tarfile.open(package) as archive:
        return {member.name for member in archive.getmembers() if member.isfile()}


def test_the_package_holds_what_users_need(packed: set[str]) -> None:
    wanted = {name for path in repository_files() if (name := name_of(path)).startswith(NEEDED)}
    assert sorted(wanted - packed) == []


def test_the_package_holds_nothing_else(packed: set[str]) -> None:
    assert sorted(name for name in packed if name.startswith(NOT_NEEDED)) == []


def test_requires_ansible_is_what_requirements_ask_for() -> None:
    declared = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["requires_ansible"]
    (asked,) = [line for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines() if line.startswith("ansible-core")]
    assert asked.split("#")[0].strip() == "ansible-core" + declared.replace(".0,", ",").replace(".0", "")


@pytest.mark.parametrize("version", ["2.19", "2.20", "2.21"])
def test_no_finding_of_ansible_test_is_ignored(version: str) -> None:
    assert (ROOT / "tests" / "sanity" / f"ignore-{version}.txt").read_text(encoding="utf-8") == ""
