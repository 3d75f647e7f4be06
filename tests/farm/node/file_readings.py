# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The readings of files: files as such, the chain of configuration files, releases, records."""

from __future__ import annotations

import json
import ntpath
import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any
from xml.etree import ElementTree

from .accounts import Notes
from .files import MAXIMUM_CONTENT, NodeFiles, count_tree, described, tree
from .iis import Iis
from .state import Application, NodeState, Site

FRAMEWORK = {32: r"%SystemRoot%\Microsoft.NET\Framework\v4.0.30319\Config", 64: r"%SystemRoot%\Microsoft.NET\Framework64\v4.0.30319\Config"}
MOST_LISTED = 20_000
_DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
RECORDS = ("marker", "lease", "journal")


@dataclass(frozen=True)
class FileReadings:
    """What a node tells of its files."""

    state: NodeState
    files: NodeFiles
    iis: Iis

    def read_files(self, asked: dict[str, Any], _notes: Notes) -> dict[str, Any]:
        return {path: described(self.files.entry(path), content=bool(asked.get("content"))) for path in asked["paths"]}

    def read_records(self, asked: dict[str, Any], _notes: Notes) -> dict[str, Any]:
        return {name: self.record(asked["folder"], name) for name in RECORDS}

    def record(self, folder: str, name: str) -> Any:
        """The parsed JSON of a record; None when there is none."""
        entry = self.files.entry(record_path(folder, name))
        if entry.data is None:
            return None
        try:
            content = json.loads(entry.data.decode("utf-8-sig"))
        except ValueError as error:
            return {"unreadable": str(error)}
        return content if isinstance(content, dict) else {"unreadable": "The file holds no JSON object."}

    def read_listing(self, asked: dict[str, Any], _notes: Notes) -> dict[str, Any]:
        return {path: self._listing(path) for path in asked["paths"]}

    def _listing(self, path: str) -> list[dict[str, Any]] | None:
        folder = self.files.paths.local(path)
        if not folder.is_dir():
            return None
        return [{"path": name, "size": file.stat().st_size} for name, file in islice(tree(folder), MOST_LISTED)]

    # ---- releases

    def read_releases(self, asked: dict[str, Any], notes: Notes) -> dict[str, Any]:
        root = asked["root"]
        resolved = self.files.paths.normal(root)
        folder = self.files.paths.local(ntpath.join(root, "releases"))
        names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else []
        return {
            "root": root,
            "resolved_root": resolved,
            "exists": self.files.exists(root),
            "free_bytes": self.state.free_bytes,
            "releases": [self._release(root, name, notes, hashes=bool(asked.get("hashes"))) for name in names],
        }

    def _release(self, root: str, name: str, notes: Notes, *, hashes: bool) -> dict[str, Any]:
        path = root.rstrip("\\/") + "\\releases\\" + name
        manifest = self._manifest(root, name, notes)
        count = count_tree(self.files.paths.local(path), (manifest or {}).get("owned", []), hashes=hashes)
        release = {
            "id": name,
            "path": path,
            "resolved_path": self.files.paths.normal(path),
            "manifest": manifest,
            "file_count": count.file_count,
            "total_bytes": count.total_bytes,
            "config_sha256": self.files.entry(ntpath.join(path, "web.config")).sha256,
        }
        return {**release, "content_sha256": count.content_sha256} if hashes else release

    def _manifest(self, root: str, name: str, notes: Notes) -> dict[str, Any] | None:
        data = self.files.entry(ntpath.join(root, "manifests", name + ".json")).data
        try:
            return None if data is None else json.loads(data.decode("utf-8-sig"))
        except ValueError as error:
            notes[f"releases.{name}.manifest"] = str(error)  # half of a manifest is none: the release is not complete
            return None

    # ---- configuration

    def read_configuration(self, asked: dict[str, Any], _notes: Notes) -> list[dict[str, Any]]:
        return [{**application, "files": self._chain(application["site"], application["path"])} for application in asked["applications"]]

    def _chain(self, site_name: str, path: str) -> list[dict[str, Any]]:
        chain = [
            {"level": level, "bitness": bitness, **self._with_references(FRAMEWORK[bitness], name)}
            for level, name in (("machine", "machine.config"), ("root", "web.config"))
            for bitness in (32, 64)
        ]
        site = self.state.site(site_name)
        for level, virtual, folder in levels(site, path) if site else ():
            chain.append({"level": level, "virtual_path": virtual, **self._with_references(folder, "web.config")})
        return chain

    def _with_references(self, folder: str, name: str) -> dict[str, Any]:
        path = ntpath.join(folder, name)
        return {**self._config(path), "references": self._references(folder, path)}

    def _config(self, path: str) -> dict[str, Any]:
        told = described(self.files.entry(path), content=True)
        del told["is_directory"]
        return {"path": self.files.paths.normal(path), **told}

    def _references(self, folder: str, path: str) -> list[dict[str, Any]]:
        data = self.files.entry(path).data
        if data is None or len(data) > MAXIMUM_CONTENT:
            return []
        return [{"name": name, **self._config(ntpath.join(folder, name))} for name in referenced(data)]


def record_path(folder: str, name: str) -> str:
    return ntpath.join(folder, name + ".json")


def levels(site: Site, path: str) -> list[tuple[str, str, str]]:
    """Level, virtual path and folder from the site's root down to ``path``; each once."""
    root = site.application("/")
    if root is None:
        return []
    found = [("site", "/", root.physical_path)]
    folder, virtual = root.physical_path, ""
    application: Application = root
    for part in path.strip("/").split("/") if path != "/" else ():
        virtual, folder = f"{virtual}/{part}", ntpath.join(folder, part)
        own = site.application(virtual)
        if own is not None:
            application, folder = own, own.physical_path
        else:
            inside = virtual.removeprefix(application.path.rstrip("/"))
            mapped = (item["physical_path"] for item in application.virtual_directories if item["path"].casefold() == inside.casefold())
            folder = next(mapped, folder)
        found.append(("app" if own is not None else "dir", virtual, folder))
    return found


def referenced(data: bytes) -> list[str]:
    """Files that a configuration file names (``configSource``, ``appSettings/@file``), relative and inside its folder, each once.

    Of a file that is no XML, what comes before the fault; a document type ends the reading.
    """
    names: dict[str, None] = {}
    parser: Any = ElementTree.XMLPullParser(("start",))
    with suppress(ElementTree.ParseError):
        parser.feed(data[: document_type.start()] if (document_type := _DOCTYPE.search(data)) else data)
        for _event, element in parser.read_events():
            names |= dict.fromkeys(_names_in(element))
    return list(names)


def _names_in(element: ElementTree.Element) -> list[str]:
    is_settings = element.tag.rpartition("}")[2] == "appSettings"
    found = [element.get(attribute) for attribute in (("configSource", "file") if is_settings else ("configSource",))]
    return [name for name in found if name and _is_inside(name)]


def _is_inside(name: str) -> bool:
    normal = ntpath.normpath(name.replace("/", "\\"))
    return not (ntpath.isabs(normal) or ntpath.splitdrive(normal)[0] or normal.split("\\")[0] == "..")
