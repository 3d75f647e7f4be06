# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every file of the repository has in common: a licence line, no place of one machine, nothing put off."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

from structure.sources import files, name_of, repository_files, tree_of

HOLDER = "Copyright (c) 2026, the webfarm.signalr authors"
LICENCE = "GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)"
SPDX = "SPDX-License-Identifier: GPL-3.0-or-later"

CODE = tuple(
    p for p in repository_files() if p.suffix in {".py", ".ps1", ".psm1", ".cs", ".sh", ".js"} or name_of(p) in {"Makefile", ".ci/run"}
)
TEXT = tuple(p for p in repository_files() if p.suffix not in {".zip", ".nupkg", ".png", ".bin", ".pfx"} and p.name != "LICENSE")

#: Written in pieces, so that this file does not find itself.
MACHINE = re.compile(r"(?<![A-Za-z0-9_.\\])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me/\w+)/[\w.]|(?<![\w.])/tm" + r"p/[\w.]|\.py" + r"env/")
REGISTRY = re.compile(r"py" + r"pi\.org|registry\.np" + r"mjs|api\.nu" + r"get|deb\.deb" + r"ian\.org")
PUT_OFF = re.compile(r"#\s*(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|raise Not" + r"ImplementedError")
BROAD = re.compile(r"^\s*except(?:\s+Exception)?\s*:", re.MULTILINE)
LONG_SLEEP = re.compile(r"time\.sleep\(\s*[1-9]")
BARE_SKIP = re.compile(r"pytest\.mark\.(?:skip|xfail)\s*(?:$|\(\s*\))", re.MULTILINE)


def found_in(paths: Iterable[Path], *patterns: re.Pattern[str]) -> list[str]:
    """Where any of the patterns stands: file, line and text."""
    return [
        f"{name_of(path)}:{text.count(chr(10), 0, match.start()) + 1}: {match.group().strip()}"
        for path in paths
        for text in [path.read_text(encoding="utf-8-sig", errors="replace")]
        for pattern in patterns
        for match in pattern.finditer(text)
    ]


def test_code_starts_with_its_licence() -> None:
    lacking = []
    for path in (p for p in CODE if p.stat().st_size):
        head = "\n".join(path.read_text(encoding="utf-8-sig").splitlines()[:6])
        lacking += [f"{name_of(path)}: {line}" for line in (HOLDER, LICENCE, SPDX) if line not in head]
    assert lacking == []


def test_python_of_the_product_declares_its_encoding_first() -> None:
    first = "# -*- coding: utf-8 -*-\n# " + HOLDER
    assert [name_of(p) for p in files("plugins/", suffix=".py") if not p.read_text(encoding="utf-8").startswith(first)] == []


def test_documentation_beside_a_module_names_the_licence() -> None:
    assert [
        name_of(p)
        for p in files("plugins/modules/", suffix=".yml")
        if "GNU General Public License v3.0+" not in p.read_text(encoding="utf-8")
    ] == []


def test_text_names_no_machine_and_no_registry() -> None:
    assert found_in(TEXT, MACHINE, REGISTRY) == []


def test_nothing_is_put_off() -> None:
    assert found_in(CODE, PUT_OFF, LONG_SLEEP, BARE_SKIP) == []


def test_the_product_swallows_no_error() -> None:
    assert found_in(files("plugins/", suffix=".py"), BROAD) == []


def test_a_file_is_one_room() -> None:
    long = {name_of(p): p.read_bytes().count(b"\n") for p in CODE if p.suffix in {".py", ".ps1", ".psm1"}}
    assert {name: lines for name, lines in long.items() if lines > 500} == {}


def test_powershell_is_ascii() -> None:
    """Windows PowerShell 5.1 reads a script without a byte order mark in the server's code page."""
    scripts = [p for p in files("plugins/") if p.suffix in {".ps1", ".psm1"}]
    assert [name_of(p) for p in scripts if not p.read_bytes().isascii()] == []


def test_every_name_says_something() -> None:
    """ansible-test refuses a variable ``_`` (a parameter it does not); said here, it costs no minutes."""
    named = [
        f"{name_of(path)}:{node.lineno}"
        for path in CODE
        if path.suffix == ".py"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Name) and node.id == "_"
    ]
    assert named == []
