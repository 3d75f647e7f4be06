# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Windows half as text: what Windows PowerShell 5.1 and its C# compiler take, and what the contract names."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from .chain import REPOSITORY

MODULES = sorted((REPOSITORY / "plugins" / "modules").glob("node_*.ps1"))
PARTS = sorted((REPOSITORY / "plugins" / "module_utils").glob("*.psm1"))
NATIVE = REPOSITORY / "plugins" / "module_utils" / "NodeAccountsNative.psm1"
CONTRACT = (REPOSITORY / "docs" / "node_contract.md").read_text()


def native_source() -> str:
    found = re.search(r"@'\n(.*)\n'@", NATIVE.read_text(), re.DOTALL)
    assert found
    return found[1]


def test_engine_finds_nothing_that_5_1_does_not_take(real_tools: Path, tmp_path: Path) -> None:
    source = tmp_path / "WindowsAccount.cs"
    source.write_text(native_source())
    command = [str(real_tools / "psengine" / "psengine"), "--check", *map(str, [*MODULES, *PARTS, source])]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    assert found == []


def test_the_class_for_accounts_compiles(real_tools: Path, tmp_path: Path) -> None:
    """With another .NET than Windows has, but with the same names."""
    source = tmp_path / "WindowsAccount.cs"
    source.write_text(native_source())
    script = f"Add-Type -TypeDefinition ([IO.File]::ReadAllText('{source}')); ([type]'WebFarm.SignalR.WindowsAccount').GetMethods().Name -join ' '"
    command = [str(real_tools / "psengine" / "psengine"), "-NoProfile", "-NonInteractive", "-Command", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    called = set(re.findall(r"Invoke-WindowsAccount '(\w+)'", "".join(part.read_text() for part in PARTS)))
    assert called
    assert called <= set(done.stdout.split()), done.stderr


@pytest.mark.parametrize("path", [*MODULES, *PARTS], ids=lambda path: path.name)
def test_every_file(path: Path) -> None:
    text = path.read_text(encoding="ascii")
    assert "Set-StrictMode -Version 2.0" in text
    assert "GNU General Public License v3.0+" in text
    assert len(text.splitlines()) <= 500
    assert max(map(len, text.splitlines())) <= 160
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", text)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_modules_take_one_option_that_is_never_logged(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("#!powershell\n")
    assert "request = @{ type = 'str'; required = $true; no_log = $true }" in text
    assert "supports_check_mode = $true" in text
    documentation = yaml.safe_load(path.with_suffix(".yml").read_text())
    assert list(documentation["DOCUMENTATION"]["options"]) == ["request"]
    assert "GNU General Public License v3.0+" in path.with_suffix(".yml").read_text()
    assert "refused" in json.dumps(documentation["DOCUMENTATION"]["description"])


def rows(heading: str) -> set[str]:
    """The names in the first column of the table below a heading of the contract."""
    section = CONTRACT.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


def table(part: str, variable: str) -> set[str]:
    text = (REPOSITORY / "plugins" / "module_utils" / part).read_text()
    body = text.split(f"$script:{variable} = @{{\n", 1)[1].split("\n}\n", 1)[0]
    return set(re.findall(r"^    (\w+) = ", body, re.MULTILINE))


def test_tables_are_the_contract_s() -> None:
    assert table("NodeReadings.psm1", "readings") == rows("node_state")
    assert table("NodeOperations.psm1", "operations") == rows("node_change")


@pytest.mark.parametrize("path", [*MODULES, *PARTS], ids=lambda path: path.name)
def test_every_part_is_required_by_its_full_name(path: Path) -> None:
    """A relative name is not found when the module is run by its path; a part that is missing ends every call."""
    required = re.findall(r"^#AnsibleRequires -PowerShell (\S+)$", path.read_text(), re.MULTILINE)
    prefix = "ansible_collections.webfarm.signalr.plugins.module_utils."
    assert {name.removeprefix(prefix) for name in required} <= {part.stem for part in PARTS}


def test_reading_brings_no_part_that_changes() -> None:
    seen: set[str] = set()
    open_ = ["NodeReadings"]
    while open_:
        name = open_.pop()
        if name not in seen:
            seen.add(name)
            text = (REPOSITORY / "plugins" / "module_utils" / f"{name}.psm1").read_text()
            open_ += re.findall(r"^#AnsibleRequires -PowerShell \S+\.(\w+)$", text, re.MULTILINE)
    assert not [name for name in seen if "Change" in name or "Control" in name or "Replacement" in name]


def test_windows_is_called_by_pinvoke_in_one_file_only() -> None:
    assert [part.name for part in PARTS if "DllImport" in part.read_text()] == [NATIVE.name]
    callers = [part.name for part in PARTS if "Get-WindowsAccountSource" in part.read_text()]
    assert callers == ["NodeAccounts.psm1", NATIVE.name]


def test_stand_ins_answer_every_call_to_windows() -> None:
    """A call of the table that the stand-in lacks would end on a machine without Windows."""
    stand_in = (REPOSITORY / "tests" / "farm" / "executor" / "standins" / "WindowsStandIns.cs").read_text()
    offered = set(re.findall(r"public static [\w?.<>\[\]]+ (\w+)\(", stand_in))
    assert table("NodeMachine.psm1", "windowsCalls") <= offered
