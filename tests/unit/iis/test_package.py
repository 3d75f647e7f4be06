# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages: the four layouts give the same release, and what Windows could not hold, or would hold elsewhere, is refused by name."""

from __future__ import annotations

import hashlib
import os
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis import package as package_module
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.package import read_package, valid_release_id, write_archive

CONFIG = b"<configuration/>"
FILES = {"bin/Chat.dll": b"MZ" * 5000, "Scripts/app.js": b"go();", "Views/web.config": b"<configuration><x/></configuration>"}
NUGET = {
    "[Content_Types].xml": b"<Types/>",
    "_rels/.rels": b"",
    "Chat.nuspec": b"<package/>",
    "package/services/metadata/core-properties/1.psmdcp": b"",
}
DEPLOY = "Content/C_C/Users/dev/obj/Release/Package/PackageTmp/"


def zipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def folder(path: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


ALL = {**FILES, "web.config": CONFIG}
LAYOUTS: dict[str, Callable[[Path], Path]] = {
    "folder": lambda tmp: folder(tmp / "app", ALL),
    "zip": lambda tmp: zipped(tmp / "app.zip", ALL),
    "zip made on Windows": lambda tmp: zipped(tmp / "app.zip", {name.replace("/", "\\"): data for name, data in ALL.items()}),
    "zip with folders": lambda tmp: zipped(tmp / "app.zip", {"bin/": b"", **ALL}),
    "stored zip": lambda tmp: zipped(tmp / "app.zip", ALL, zipfile.ZIP_STORED),
    "nupkg": lambda tmp: zipped(tmp / "app.nupkg", {**NUGET, **ALL}),
    "nupkg with content": lambda tmp: zipped(tmp / "app.nupkg", {**NUGET, **{f"content/{name}": data for name, data in ALL.items()}}),
    "Web Deploy": lambda tmp: zipped(
        tmp / "app.zip", {"archive.xml": b"", "parameters.xml": b"", **{DEPLOY + name: data for name, data in ALL.items()}}
    ),
}


@pytest.mark.parametrize("make", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_is_the_same_release(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    package = read_package(make(tmp_path))
    assert {entry.path: (entry.size, entry.sha256) for entry in package.entries} == {
        name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in FILES.items()
    }
    assert package.web_config == CONFIG
    lines = "".join(
        f"{hashlib.sha256(FILES[name]).hexdigest()} {len(FILES[name])} {name}\n" for name in sorted(FILES, key=lambda name: name.encode())
    )
    assert package.content_sha256 == hashlib.sha256(lines.encode()).hexdigest(), "as the contract with the node says"
    assert package.manifest("r1") == {
        "id": "r1",
        "content_sha256": package.content_sha256,
        "file_count": 3,
        "total_bytes": sum(map(len, FILES.values())),
        "owned": ["web.config"],
    }
    assert b"MZ" not in repr(package).encode() and "<configuration" not in repr(package)


def test_the_archive_has_the_same_bytes_whatever_it_is_made_from(tmp_path: Path) -> None:
    archives = []
    for number, layout in enumerate(("folder", "zip", "nupkg")):
        (tmp_path / layout).mkdir()
        target = tmp_path / f"{number}.zip"
        write_archive(read_package(LAYOUTS[layout](tmp_path / layout)), target)
        archives.append(target.read_bytes())
    assert archives[0] == archives[1] == archives[2]
    with zipfile.ZipFile(tmp_path / "0.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == FILES, "web.config is made final elsewhere"


def test_a_package_without_web_config_has_none(tmp_path: Path) -> None:
    assert read_package(folder(tmp_path / "app", FILES)).web_config is None


def test_a_web_config_in_another_case_is_the_same_file(tmp_path: Path) -> None:
    package = read_package(folder(tmp_path / "app", {**FILES, "Web.Config": CONFIG}))
    assert package.web_config == CONFIG and len(package.entries) == 3


# What is refused

NAMES = {
    "slip": "../evil.dll",
    "slip in the middle": "bin/../../evil.dll",
    "slip with backslashes": "bin\\..\\..\\evil.dll",
    "here": "./x.dll",
    "absolute": "/etc/passwd",
    "drive": "C:/Windows/x.dll",
    "drive-relative": "C:x.dll",
    "share": "//server/share/x.dll",
    "alternate data stream": "index.html:hidden",
    "device": "bin/CON",
    "device with extension": "nul.txt",
    "device with superscript": "com\u00b9.log",
    "console device": "CONOUT$",
    "trailing dot": "bin./x.dll",
    "trailing space": "x.dll ",
    "wildcard": "a*.dll",
    "control character": "a\x1fb.dll",
    "empty step": "bin//x.dll",
    "too long": f"{'a' * 256}.js",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_that_windows_would_take_otherwise_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FarmError, match="would not stay in its folder, or Windows cannot hold it") as caught:
        read_package(zipped(tmp_path / "app.zip", {**FILES, name: b"x"}))
    assert "app.zip" in str(caught.value)


@pytest.mark.parametrize("name", ["console.js", "auxiliary/com10.txt", "a.b.c", "f\u00fcr.html", ".well-known/x", "con_.txt"])
def test_a_name_that_only_looks_like_that_is_taken(tmp_path: Path, name: str) -> None:
    assert name in [entry.path for entry in read_package(zipped(tmp_path / "app.zip", {name: b"x"})).entries]


TWINS = {
    "case": (["bin/a.dll", "Bin/A.dll"], "are one file on Windows"),
    "web.config": (["web.config", "Web.config"], "are one file on Windows"),
    "file and folder": (["data", "data/x.txt"], "would lie in it"),
    "file and folder in another case": (["x/Data", "x/data/y/z.txt"], "would lie in it"),
}


@pytest.mark.parametrize(("names", "said"), TWINS.values(), ids=TWINS)
def test_two_names_for_one_place_are_refused(tmp_path: Path, names: list[str], said: str) -> None:
    with pytest.raises(FarmError, match=said):
        read_package(zipped(tmp_path / "app.zip", dict.fromkeys(names, b"x")))


@pytest.mark.parametrize("names", [["a/b.txt", "a/b.txt"], ["a/b.txt", "a\\b.txt"]])
def test_an_entry_that_stands_twice_is_refused(tmp_path: Path, names: list[str]) -> None:
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # zipfile warns of what is meant here
        for number, name in enumerate(names):
            archive.writestr(name, str(number))
    with pytest.raises(FarmError, match=r"'a/b.txt' stands in the package twice"):
        read_package(tmp_path / "app.zip")


def test_links_are_refused(tmp_path: Path) -> None:
    app = folder(tmp_path / "app", FILES)
    (app / "link").symlink_to("/etc")
    with pytest.raises(FarmError, match="symbolic link"):
        read_package(app)
    info = zipfile.ZipInfo("link")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(FarmError, match="'link' is a symbolic link"):
        read_package(tmp_path / "app.zip")


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    app = folder(tmp_path / "app", FILES)
    (app / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"x")
    with pytest.raises(FarmError, match="Windows cannot hold it"):
        read_package(app)


def _patched(data: bytes, signature: bytes, offset: int, change: bytes) -> bytes:
    """A zip in which a field of its first header of this kind is another."""
    at = data.index(signature) + offset
    return data[:at] + change + data[at + len(change) :]


LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"
DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "encrypted": (lambda data: _patched(_patched(data, LOCAL, 6, b"\x01\x00"), CENTRAL, 8, b"\x01\x00"), "is encrypted"),
    "wrong checksum": (lambda data: _patched(data, CENTRAL, 16, b"\0\0\0\0"), "is damaged: Bad CRC-32"),
    "longer than it says": (lambda data: _patched(data, CENTRAL, 24, struct.pack("<I", 10)), "is damaged"),
    "shorter than it says": (lambda data: _patched(data, CENTRAL, 24, struct.pack("<I", 99_999)), "is damaged"),
    "broken stream": (lambda data: _patched(data, LOCAL, 30 + len("a.bin"), b"\xff" * 20), "is damaged"),
    "unknown method": (lambda data: _patched(_patched(data, LOCAL, 8, b"\x09\x00"), CENTRAL, 10, b"\x09\x00"), "is damaged"),
    "other name inside": (lambda data: _patched(data, LOCAL, 30, b"z"), "is damaged"),
    "cut off": (lambda data: data[: len(data) // 2], "neither a folder nor a zip"),
    "no zip": (lambda data: b"MZ" + b"\0" * 200, "neither a folder nor a zip"),
}


@pytest.mark.parametrize(("damage", "said"), DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("name", ["a.bin", "web.config"])
def test_a_damaged_archive_is_refused_as_that(tmp_path: Path, damage: Callable[[bytes], bytes], said: str, name: str) -> None:
    path = zipped(tmp_path / "app.zip", {name: os.urandom(300) + b"x" * 3000})
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(FarmError, match=said):
        read_package(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = folder(tmp_path / "app", FILES)

    def refuse(path: object, mode: str) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(package_module, "open", refuse, raising=False)
    with pytest.raises(FarmError, match=r"(?s)app/.*Permission denied"):
        read_package(app)


@pytest.mark.parametrize(("limit", "value", "said"), [("LIMIT_FILES", 2, "has 4 files"), ("LIMIT_BYTES", 9000, "more than 9000 bytes")])
def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, said: str) -> None:
    monkeypatch.setattr(package_module, limit, value)
    with pytest.raises(FarmError, match=said):
        read_package(folder(tmp_path / "app", ALL))


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(FarmError, match="no such package"):
        read_package(tmp_path / "no.zip")


CHANGES: dict[str, Callable[[Path], object]] = {
    "gone": lambda app: (app / "Scripts/app.js").unlink(),
    "another length": lambda app: (app / "Scripts/app.js").write_bytes(b"go(1);"),
    "the same length": lambda app: (app / "Scripts/app.js").write_bytes(b"no();"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_package_that_changes_after_it_was_read_is_refused(tmp_path: Path, change: Callable[[Path], object]) -> None:
    app = folder(tmp_path / "app", ALL)
    package = read_package(app)
    change(app)
    with pytest.raises(FarmError, match=r"'Scripts/app.js' has changed in the package"):
        write_archive(package, tmp_path / "out.zip")


@pytest.mark.parametrize("text", ["1.2.3", "2026-01-31+abc", "a", "a" * 64, "r_1"])
def test_release_ids(text: str) -> None:
    assert valid_release_id(text) == text


@pytest.mark.parametrize("text", ["", ".", "..", "a/b", "a\\b", "-a", "a.", "con", "LPT1", "nul.1", "a" * 65, "a b", "a:b", "\u00e4"])
def test_what_cannot_be_a_release_id(text: str) -> None:
    with pytest.raises(FarmError, match="cannot be a release id"):
        valid_release_id(text)


def test_many_files_are_read_in_one_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The archive's directory is read once, not once for every entry."""
    opened: list[object] = []
    path = zipped(tmp_path / "app.zip", {f"{number}.js": b"x" for number in range(50)})
    real = zipfile.ZipFile

    def counting(*arguments: object, **keywords: object) -> zipfile.ZipFile:
        opened.append(arguments)
        return real(*arguments, **keywords)  # type: ignore[arg-type]

    monkeypatch.setattr(package_module.zipfile, "ZipFile", counting)
    assert len(read_package(path).entries) == 50 and len(opened) == 1
