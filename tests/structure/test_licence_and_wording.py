# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every file of the repository has in common: a licence line, no place of one machine, nothing put off."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from structure.sources import files, name_of, repository_files

HOLDER = "Copyright (c) 2026, the webfarm.signalr authors"
LICENCE = "GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)"
SPDX = "SPDX-License-Identifier: GPL-3.0-or-later"

CODE = tuple(
    p for p in repository_files() if p.suffix in {".py", ".ps1", ".psm1", ".cs", ".sh", ".js"} or name_of(p) in {"Makefile", ".ci/run"}
)
TEXT = tuple(p for p in repository_files() if p.suffix not in {".zip", ".nupkg", ".png", ".bin", ".pfx"} and p.name != "LICENSE")

#: Written in pieces, so that this file does not find itself.
MACHINE = re.compile(r"(?<![A-Za-z0-9_.\\])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me/\w+)/[\w.]|/tm" + r"p/[\w.]|\.py" + r"env/")
REGISTRY = re.compile(r"py" + r"pi\.org|registry\.np" + r"mjs|api\.nu" + r"get|deb\.deb" + r"ian\.org")
PUT_OFF = re.compile(r"#\s*(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|raise Not" + r"ImplementedError")
BROAD = re.compile(r"^\s*except(?:\s+Exception)?\s*:", re.MULTILINE)
LONG_SLEEP = re.compile(r"time\.sleep\(\s*[1-9]")
BARE_SKIP = re.compile(r"pytest\.mark\.(?:skip|xfail)\s*(?:$|\(\s*\))", re.MULTILINE)


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_code_starts_with_its_licence(path: Path) -> None:
    head = path.read_text(encoding="utf-8-sig").splitlines()[:6]
    for line in (HOLDER, LICENCE, SPDX):
        assert any(line in found for found in head), f"the first lines of {name_of(path)} lack: {line}"


@pytest.mark.parametrize("path", files("plugins/", suffix=".py"), ids=name_of)
def test_python_of_the_product_declares_its_encoding_first(path: Path) -> None:
    assert path.read_text(encoding="utf-8").splitlines()[:2] == ["# -*- coding: utf-8 -*-", f"# {HOLDER}"]


@pytest.mark.parametrize("path", files("plugins/modules/", suffix=".yml"), ids=name_of)
def test_documentation_beside_a_module_names_the_licence(path: Path) -> None:
    assert "GNU General Public License v3.0+" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", TEXT, ids=name_of)
def test_text_names_no_machine_and_no_registry(path: Path) -> None:
    text = path.read_text(encoding="utf-8", errors="replace")
    found = [m.group() for pattern in (MACHINE, REGISTRY) for m in pattern.finditer(text)]
    assert found == []


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_nothing_is_put_off_or_swallowed(path: Path) -> None:
    text = path.read_text(encoding="utf-8-sig")
    found = [m.group().strip() for pattern in (PUT_OFF, LONG_SLEEP, BARE_SKIP) for m in pattern.finditer(text)]
    found += [m.group().strip() for m in BROAD.finditer(text)] if name_of(path).startswith("plugins/") else []
    assert found == []


@pytest.mark.parametrize("path", [p for p in CODE if p.suffix in {".py", ".ps1", ".psm1"}], ids=name_of)
def test_a_file_is_one_room(path: Path) -> None:
    lines = path.read_text(encoding="utf-8-sig").count("\n")
    assert lines <= 500, f"{name_of(path)} has {lines} lines: it holds more than one thing"


@pytest.mark.parametrize("path", files("plugins/", suffix=".ps1") + files("plugins/", suffix=".psm1"), ids=name_of)
def test_powershell_is_ascii(path: Path) -> None:
    """Windows PowerShell 5.1 reads a script without a byte order mark in the server's code page."""
    assert path.read_bytes().isascii()
