# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a hierarchy of configuration files means to ASP.NET: the effective attributes of a section, where each comes from, or the refusal.

Semantics of System.Configuration with System.Web as its host (.NET Framework 4.8).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from .builtin import BUILT_IN
from .config_source import resolve
from .declared import IMPLICIT
from .evaluate import Evaluation
from .faults import ConfigurationError
from .locations import add_locations, needs_record, resolve_locations
from .merge import Merged, Place
from .paths import MACHINE, ROOT, Hierarchy, contains, is_virtual
from .record import Record
from .scan import scan_file

__all__ = ["ConfigFile", "EffectiveItem", "EffectiveSection", "EffectiveValue", "effective_section"]

Level = Literal["machine", "root", "site", "app", "dir"]
_FRAMEWORK = "C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\Config\\"
_SITE = "C:\\inetpub\\wwwroot\\"


@dataclass(frozen=True)
class ConfigFile:
    """One file of a hierarchy.

    ``path``: virtual path of an app or dir ("/chat"). ``data`` ``None``: a folder without web.config. ``files``: what configSource and
    appSettings/@file name, by the path relative to this file. ``folder``: where it lies on the disk, when that is not the usual place.
    """

    level: Level
    data: bytes | None = field(repr=False)
    path: str = field(default="/", kw_only=True)
    files: Mapping[str, bytes] = field(default_factory=dict, kw_only=True, repr=False)
    folder: str = field(default="", kw_only=True)

    @property
    def virtual(self) -> str:
        """Virtual path; empty for machine.config and the root web.config."""
        if self.level in ("machine", "root"):
            return ""
        return "/" if self.level == "site" else "/" + self.path.strip("/")

    @property
    def label(self) -> str:
        """ "site", "app /chat"."""
        return f"{self.level} {self.virtual}" if self.level in ("app", "dir") else self.level

    @property
    def name(self) -> str:
        return "machine.config" if self.level == "machine" else "web.config"

    @property
    def on_disk(self) -> str:
        """The folder, with a backslash at the end."""
        if self.folder:
            return self.folder.rstrip("\\") + "\\"
        if not self.virtual:
            return _FRAMEWORK
        inner = self.virtual.strip("/").replace("/", "\\")
        return _SITE + (inner + "\\" if inner else "")


@dataclass(frozen=True)
class EffectiveValue:
    """An attribute's value as ASP.NET has it, the level whose file sets it ("site", "app /chat"), that file's name, and the line."""

    value: str = field(repr=False)
    level: str
    line: int
    file: str = ""


@dataclass(frozen=True)
class EffectiveItem:
    """An item of a list, or a child element: ``element`` is its path below the section ("add", "providers/add")."""

    element: str
    attributes: Mapping[str, EffectiveValue]


@dataclass(frozen=True)
class EffectiveSection:
    """A section at one place. Attributes that no file sets are absent.

    ``protected``: it is encrypted (configProtectionProvider); its ``attributes`` and ``items`` then raise ``ConfigurationError``,
    because only the node itself can decrypt it. ``declared``: there is such a section at all.
    """

    section: str
    protected: bool = False
    declared: bool = True
    _attributes: Mapping[str, EffectiveValue] = field(default_factory=dict, repr=False)
    _items: tuple[EffectiveItem, ...] = field(default=(), repr=False)
    _refusal: ConfigurationError | None = field(default=None, repr=False)

    @property
    def attributes(self) -> Mapping[str, EffectiveValue]:
        """Name -> value and origin."""
        if self._refusal is not None:
            raise self._refusal
        return self._attributes

    @property
    def items(self) -> tuple[EffectiveItem, ...]:
        """List items and child elements, in their order."""
        if self._refusal is not None:
            raise self._refusal
        return self._items


class _Reading:
    """The records from machine.config down to the place that asks."""

    def __init__(self, files: Sequence[ConfigFile], at: str | None, site_name: str) -> None:
        self.files = files
        deepest = max((file.virtual for file in files if file.virtual), key=len, default="/")
        where = "/" + (deepest if at is None else at).strip("/")
        applications = tuple(file.virtual for file in files if file.level == "app")
        self.hierarchy = Hierarchy(site_name=site_name, applications=applications, at=where)
        self.target = self.hierarchy.path(where)

    def record(self) -> Record:
        """The record that answers: the deepest one that is needed, or the first whose file has errors."""
        machine = self._new(MACHINE, None)
        root = machine if machine.errors.every else self._new(ROOT, machine)
        record = root
        if record.errors.every:
            return record
        for part in self.target[len(ROOT) + 1 :].split("/"):
            path = f"{record.path}/{part}"
            if not self._is_folder(path) and not needs_record(record, path, self.hierarchy):
                break
            record = self._new(path, record)
            if record.errors.every:
                break
        return record

    def _is_folder(self, path: str) -> bool:
        _site, virtual = self.hierarchy.split(path)
        return virtual == "/" or any(contains(virtual, file.virtual) for file in self.files if file.virtual)

    def _file(self, path: str) -> ConfigFile | None:
        if not is_virtual(path):
            wanted = "machine" if path == MACHINE else "root"
            return next((file for file in self.files if file.level == wanted), None)
        virtual = self.hierarchy.split(path)[1].lower()
        return next((file for file in self.files if file.virtual.lower() == virtual), None)

    def _new(self, path: str, parent: Record | None) -> Record:
        file = self._file(path)
        place = Place(file.label, file.name) if file else Place(path.rpartition("/")[2], "")
        record = Record(path, parent, place, file.on_disk if file else "", self.hierarchy.is_above_application(path))
        if parent is None:
            record.declarations.update(BUILT_IN if file is None or file.data is None else {IMPLICIT.key: IMPLICIT})
        if is_virtual(path):
            add_locations(record, self.hierarchy)
        if file is not None and file.data is not None:
            record.files = dict(file.files)
            record.streams[resolve(file.on_disk, file.name) or ""] = None
            scan_file(record, file.data, self.hierarchy)
            if not record.errors.every:
                resolve_locations(record, self.hierarchy)
        return record


def _values(merged: Merged) -> Mapping[str, EffectiveValue]:
    return MappingProxyType(
        {name: EffectiveValue(value.value, value.place.level, value.line, value.place.file) for name, value in merged.values.items()}
    )


def _items(merged: Merged, prefix: str = "") -> list[EffectiveItem]:
    found = []
    if merged.kind.items is not None:
        name = prefix + merged.kind.items.element
        found += [EffectiveItem(name, _values(entry.merged)) for entry in merged.entries if not entry.removed]
    for name, child in merged.children.items():
        if child.values:
            found.append(EffectiveItem(prefix + name, _values(child)))
        found += _items(child, f"{prefix}{name}/")
    return found


def effective_section(
    files: Sequence[ConfigFile], section: str, *, at: str | None = None, site_name: str = "Default Web Site"
) -> EffectiveSection:
    """``section`` ("system.web/machineKey") as an application at the virtual path ``at`` gets it (default: the deepest level of ``files``).

    ``files`` in top-down order. Without a machine.config the sections of .NET Framework 4.8 are known. ``site_name`` is what locations in
    machine.config and the root web.config call the site. Raises ``ConfigurationError`` when ASP.NET would refuse.
    """
    reading = _Reading(files, at, site_name)
    record = reading.record()
    record.errors.throw()
    evaluation = Evaluation(reading.hierarchy)
    declaration = record.declaration(section)
    if declaration is None or declaration.is_group:
        return EffectiveSection(section, declared=False)
    merged = evaluation.section(record, section)
    if evaluation.refusal is not None:
        return EffectiveSection(section, protected=True, _refusal=evaluation.refusal)
    if merged is None:
        return EffectiveSection(section)
    return EffectiveSection(section, _attributes=_values(merged), _items=tuple(_items(merged)))
