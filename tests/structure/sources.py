# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the structural tests look at: the repository's files, its Python modules, and what each of them imports."""

from __future__ import annotations

import ast
import functools
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = "ansible_collections.webfarm.signalr"
#: Made by tools or by runs, never part of the repository.
_MADE = {".git", ".venv", ".cache", "__pycache__", "node_modules", ".hypothesis", ".ansible", "output"}


@functools.cache
def repository_files() -> tuple[Path, ...]:
    """Every file of the repository, as git knows it; of an unpacked archive, every file there is."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        paths = [ROOT / name for name in listed.split("\0") if name]
    else:
        paths = [path for path in ROOT.rglob("*") if not _MADE.intersection(path.relative_to(ROOT).parts)]
    return tuple(sorted(path for path in paths if path.is_file() and not path.is_symlink()))


def files(*prefixes: str, suffix: str = "") -> tuple[Path, ...]:
    """The repository's files under any of the folders, with this ending."""
    return tuple(p for p in repository_files() if name_of(p).startswith(prefixes or ("",)) and p.name.endswith(suffix))


def name_of(path: Path) -> str:
    """The path as the repository writes it."""
    return path.relative_to(ROOT).as_posix()


@functools.cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@dataclass(frozen=True, order=True)
class Import:
    """One imported module, by its absolute name, and where it is imported."""

    module: str
    line: int
    only_for_types: bool


def imports_of(path: Path) -> tuple[Import, ...]:
    """All imports of a file, those inside functions too; relative ones made absolute."""
    package = (COLLECTION + "." + ".".join(path.relative_to(ROOT).parent.parts)).split(".")
    found = []
    for node, typing_only in _walk(tree_of(path), False):
        if isinstance(node, ast.Import):
            found += [Import(alias.name, node.lineno, typing_only) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            # "from . import x" may name a module or a value; both lie in the same room or below it.
            found += [Import(f"{module}.{alias.name}", node.lineno, typing_only) for alias in node.names]
    return tuple(found)


def _walk(node: ast.AST, typing_only: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        guarded = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)
        yield child, typing_only
        yield from _walk(child, typing_only or guarded)
