# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations on folders: releases come from archives that nobody has to trust."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .chain import REPOSITORY
from .machine import FAILING, Machine, archive_of, manifest_of, op

FILES = {"web.config": b"<configuration/>", "bin/App.dll": bytes(range(256)) * 600, "a b/\u00e4.txt": b"", "root.txt": b"1"}
RELEASE = r"C:\rel\releases\r-1"


def expand(**changes: Any) -> dict[str, Any]:
    return op("expand_archive", **{"archive": r"C:\a.zip", "destination": RELEASE, "manifest": manifest_of("r-1", FILES), **changes})


def test_expand_archive(machine: Machine) -> None:
    machine.put(r"C:\a.zip", archive_of(FILES))
    found = machine.files()
    machine.failed(expand(), FAILING)
    assert machine.files() == found
    assert not machine.path(r"C:\rel").exists()
    answer = machine.change(expand(), expand())
    assert [outcome["changed"] for outcome in answer["outcomes"]] == [True, False]
    assert answer["outcomes"][0]["detail"] == {"file_count": 4, "total_bytes": sum(map(len, FILES.values()))}
    assert machine.files(RELEASE) == FILES


def test_a_destination_with_other_files(machine: Machine) -> None:
    machine.put(r"C:\a.zip", archive_of(FILES))
    machine.put(RELEASE + r"\x.txt", b"1")
    assert machine.failed(expand())["failure"]["code"] == "already_exists"
    assert machine.files(RELEASE) == {"x.txt": b"1"}


@pytest.mark.parametrize("name", ["../evil.txt", "a\\..\\..\\evil.txt", "C:/evil.txt", "a.txt:stream"])
def test_names_that_leave_the_destination(machine: Machine, name: str) -> None:
    """Refused before a byte is written, even when the manifest names them."""
    files = {"ok.txt": b"1", name: b"2"}
    machine.put(r"C:\a.zip", archive_of(files))
    found = machine.files()
    manifest = manifest_of("r-1", {key.replace("\\", "/"): value for key, value in files.items()})
    assert machine.failed(expand(manifest=manifest))["failure"]["code"] == "bad_archive"
    assert machine.files() == found
    assert not machine.path(r"C:\rel").exists()


FAULTY_NAMES = [
    "a/../../x", "..", "/x", "//server/share/x", "C:x", "a:b", "CON", "a/nul.txt", "com1.config", "LPT9", "conin$", "a/b.", "a ", "a//b", "a/./b",
    "a|b", "a\x01b", "a<b", "", "a?",
]  # fmt: skip
GOOD_NAMES = ["a", "a/b.c", ".well-known/x", "a..b", "console.log", "com/x", "a b/\u00e4.txt", "nulls.txt", "lpt10.txt", "_$x[1].js"]


def test_names_one_by_one(real_tools: Path) -> None:
    """The rule itself, without an archive round it."""
    names = json.dumps(FAULTY_NAMES + GOOD_NAMES)
    script = (
        f"Import-Module '{REPOSITORY}/plugins/module_utils/NodeTreeChanges.psm1';"
        "foreach ($n in (ConvertFrom-Json -InputObject ([string]$input))) { [bool](Get-NameFault $n) }"
    )
    command = [str(real_tools / "psengine" / "psengine"), "-NoProfile", "-NonInteractive", "-Command", script]
    done = subprocess.run(command, input=names, capture_output=True, text=True, check=True)
    answers = [line == "True" for line in done.stdout.split()]
    assert answers == [True] * len(FAULTY_NAMES) + [False] * len(GOOD_NAMES), done.stderr


def _other_hash(manifest: dict[str, Any]) -> None:
    manifest["files"][1]["sha256"] = "0" * 64


def _other_size(manifest: dict[str, Any]) -> None:
    manifest["files"][1]["size"] += 1


def _one_less(manifest: dict[str, Any]) -> None:
    manifest["files"].pop()


def _one_more(manifest: dict[str, Any]) -> None:
    manifest["files"].append({"path": "more.txt", "size": 0, "sha256": "0" * 64})


@pytest.mark.parametrize("spoil", [_other_hash, _other_size, _one_less, _one_more])
def test_an_archive_that_is_not_what_the_manifest_says(machine: Machine, spoil: Callable[[dict[str, Any]], None]) -> None:
    manifest = manifest_of("r-1", FILES)
    spoil(manifest)
    machine.put(r"C:\a.zip", archive_of(FILES))
    assert machine.failed(expand(manifest=manifest))["failure"]["code"] == "bad_archive"
    assert not machine.path(r"C:\rel").exists()


def test_an_entry_that_holds_more_than_it_says(machine: Machine) -> None:
    """Its rest is never written, whether the library stops there or we do."""
    data = archive_of({"bomb.txt": b"0" * 5000}).replace((5000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    machine.put(r"C:\a.zip", data)
    answer = machine.change(expand(manifest=manifest_of("r-1", {"bomb.txt": b"0" * 10})))
    assert answer.get("failed") or machine.files(RELEASE) == {"bomb.txt": b"0" * 10}


@pytest.mark.parametrize(("data", "code"), [(b"no archive", "bad_archive"), (None, "not_found")])
def test_no_archive(machine: Machine, data: bytes | None, code: str) -> None:
    if data is not None:
        machine.put(r"C:\a.zip", data)
    assert machine.failed(expand())["failure"]["code"] == code


def test_the_files_have_the_archive_s_time_on_every_node(machine: Machine) -> None:
    machine.put(r"C:\a.zip", archive_of({"x.txt": b"1"}))
    machine.did(expand(manifest=manifest_of("r-1", {"x.txt": b"1"})))
    first = os.stat(machine.path(RELEASE + r"\x.txt")).st_mtime
    machine.did(expand(manifest=manifest_of("r-1", {"x.txt": b"1"}), destination=r"C:\rel\releases\r-2"))
    assert os.stat(machine.path(r"C:\rel\releases\r-2\x.txt")).st_mtime == first


def test_copy_tree(machine: Machine) -> None:
    for name, data in FILES.items():
        machine.put("C:\\from\\" + name.replace("/", "\\"), data)
    copy = op("copy_tree", from_=r"C:\from", to=r"C:\deep\to")
    machine.failed(copy, FAILING)
    assert not machine.path(r"C:\deep").exists()
    assert machine.did(copy, copy) == [True, False]
    assert machine.files(r"C:\deep\to") == FILES
    machine.put(r"C:\deep\to\root.txt", b"2")
    assert machine.failed(copy)["failure"]["code"] == "already_exists"
    assert machine.failed(op("copy_tree", from_=r"C:\no", to=r"C:\x"))["failure"]["code"] == "not_found"


def test_make_and_remove_directory(machine: Machine) -> None:
    make = op("make_directory", path=r"C:\d\e")
    machine.failed(make, FAILING)
    assert not machine.path(r"C:\d").exists()
    assert machine.did(make, make) == [True, False]
    machine.put(r"C:\d\e\f\x.txt", b"1")
    machine.path(r"C:\d\e\f\x.txt").chmod(0o444)
    remove = op("remove_directory", path=r"C:\d\e")
    assert machine.did(remove, remove) == [True, False]
    assert list(machine.path(r"C:\d").iterdir()) == []
    machine.put(r"C:\d\x", b"")
    assert machine.failed(op("make_directory", path=r"C:\d\x"))["failure"]["code"] == "already_exists"


def test_a_folder_with_a_link_is_removed_without_what_it_leads_to(machine: Machine) -> None:
    machine.put(r"C:\keep\x.txt", b"1")
    machine.put(r"C:\d\y.txt", b"1")
    machine.path(r"C:\d\link").symlink_to(machine.path(r"C:\keep"), target_is_directory=True)
    answer = machine.change(op("remove_directory", path=r"C:\d"), run="r9")
    assert answer["outcomes"][0]["detail"] == {"left": []}
    assert not machine.path(r"C:\d").exists()
    assert machine.files(r"C:\keep") == {"x.txt": b"1"}


def test_write_manifest(machine: Machine) -> None:
    manifest = {key: value for key, value in manifest_of("r-1", FILES).items() if key != "files"}
    write = op("write_manifest", root=r"C:\rel", manifest=manifest)
    machine.failed(write, FAILING)
    assert not machine.path(r"C:\rel").exists()
    assert machine.did(write, write) == [True, False]
    assert json.loads(machine.path(r"C:\rel\manifests\r-1.json").read_bytes()) == manifest
    assert machine.failed(op("write_manifest", root=r"C:\rel", manifest={**manifest, "id": r"..\x"}))["failure"]["code"] == "failed"
