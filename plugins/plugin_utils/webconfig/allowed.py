# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an edited file would still be taken: where a section may stand, which sections of IIS are locked, how big a file may be.

Sources: ``allowDefinition`` in machine.config of .NET Framework 4.8; ``overrideModeDefault``, ``overrideMode`` and ``allowOverride`` of
IIS's configuration reference; ``MaxWebConfigFileSizeInKB`` in the registry of an IIS server (250 where it is not set).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import ConfigEditError
from .builtin import BUILT_IN
from .document import Document
from .nodes import Element

__all__ = ["IIS_KILOBYTES", "IisLock", "IisLocks", "check_level", "check_size", "locked_error", "section_of", "size_warning"]

#: What IIS reads of one file at most, in units of 1,024 bytes.
IIS_KILOBYTES = 250
_WARN_AT = 0.8
_HOST = "applicationHost.config"
_ROOT_ONLY = ("MachineOnly", "MachineToWebRoot")


def section_of(names: Sequence[str]) -> str:
    """The section of .NET Framework that the element at ``names`` belongs to; empty when it is in none of them."""
    for depth in range(len(names), 0, -1):
        found = BUILT_IN.get("/".join(names[:depth]))
        if found is not None:
            return "" if found.is_group else found.key
    return ""


def check_level(names: Sequence[str], location: str | None, *, path: str, applications: Iterable[str] | None = None) -> None:
    """Refuse a section that ASP.NET allows only above the place that it would be written for.

    ``applications``: locations, relative to the file's folder, that are applications themselves; ``None``: unknown, so nothing is said of them.
    """
    key = section_of(names)
    definition = BUILT_IN[key].allow_definition if key else "Everywhere"
    if definition in _ROOT_ONLY:
        raise ConfigEditError(
            f"It is an error to use a section registered as allowDefinition='{definition}' in a web.config of a site or an application: <{key}>.",
            where=path,
            next_step="Such a section belongs in the machine.config or root web.config of .NET Framework.",
        )
    place = (location or "").strip("/").lower()
    if definition == "MachineToApplication" and applications is not None and place not in ("", "."):
        known = {application.strip("/").lower() for application in applications}
        if place not in known:
            raise ConfigEditError(
                f"It is an error to use a section registered as allowDefinition='MachineToApplication' beyond application level: <{key}> in "
                f"location '{location}', which is no application.",
                where=path,
                next_step="Leave the location out, or make that folder an application in IIS.",
            )


def check_size(before: int, after: int, *, path: str, kilobytes: int = IIS_KILOBYTES) -> None:
    """Refuse a write that makes the file (sizes in bytes) cross what IIS reads; 0 kilobytes: no limit."""
    limit = kilobytes * 1024
    if limit and before <= limit < after:
        raise ConfigEditError(
            f"The file would have {after} bytes; IIS reads no configuration file of more than {kilobytes} kB and answers 500.19.",
            where=path,
            next_step="Move a section to a file of its own (configSource), or raise MaxWebConfigFileSizeInKB on every node and say so here "
            "(max_kilobytes).",
        )


def size_warning(after: int, *, path: str, kilobytes: int = IIS_KILOBYTES) -> str:
    """What to tell about a file of ``after`` bytes; empty while it is far from the limit."""
    limit = kilobytes * 1024
    if not limit or after <= limit * _WARN_AT:
        return ""
    relation = "over" if after > limit else "near"
    return f"{path} has {after} bytes, {relation} the {kilobytes} kB that IIS reads of a configuration file."


@dataclass(frozen=True)
class IisLock:
    """Which file locks a section, and where in it."""

    file: str
    line: int
    location: str = ""


class IisLocks:
    """Which sections of IIS files above allow a web.config to change."""

    def __init__(self, application_host: bytes, *, name: str = _HOST) -> None:
        root = Document.parse(application_host, name=name).root
        self._locked_by_default: dict[str, IisLock | None] = {}
        for sections in (child for child in root.elements() if child.local_name == "configSections"):
            self._declare(sections, "", name)
        self._said: list[tuple[str, str, str, IisLock]] = []  # place ("site/path"), section, mode, where
        self._add(root, "", name)

    def add_file(self, data: bytes, *, place: str, name: str) -> None:
        """A web.config above the one that is edited, which stands at ``place`` ("Default Web Site/chat")."""
        self._add(Document.parse(data, name=name).root, place.strip("/"), name)

    def lock(self, names: Sequence[str], place: str) -> IisLock | None:
        """What locks the section that ``names`` lead into for the web.config at ``place``; ``None`` when nothing is known to."""
        key = next(
            ("/".join(names[:depth]) for depth in range(len(names), 0, -1) if "/".join(names[:depth]) in self._locked_by_default), ""
        )
        if not key:
            return None
        lock = self._locked_by_default[key]
        here = place.strip("/").lower()
        for above, section, mode, where in sorted(self._said, key=lambda one: len(one[0])):
            if section == key and (above in ("", here) or here.startswith(above + "/")):
                lock = where if mode == "deny" else None
        return lock

    def _declare(self, group: Element, prefix: str, name: str) -> None:
        for child in group.elements():
            path = prefix + (child.get("name") or "")
            if child.local_name == "sectionGroup":
                self._declare(child, path + "/", name)
            elif child.local_name == "section":
                denied = (child.get("overrideModeDefault") or "Allow").lower() == "deny"
                elsewhere = (child.get("allowDefinition") or "Everywhere") in ("MachineOnly", "AppHostOnly")
                self._locked_by_default[path] = IisLock(name, child.line) if denied or elsewhere else None

    def _add(self, root: Element, place: str, name: str) -> None:
        for location in (child for child in root.elements() if child.local_name == "location"):
            mode = (location.get("overrideMode") or "").lower()
            if mode not in ("allow", "deny"):
                mode = {"false": "deny", "true": "allow"}.get(location.get("allowOverride") or "", "")
            if not mode:
                continue
            inner = (location.get("path") or "").strip("/")
            above = "/".join(part for part in (place, "" if inner == "." else inner) if part).lower()
            for key in self._sections(location, ""):
                self._said.append((above, key, mode, IisLock(name, location.line, inner)))

    def _sections(self, parent: Element, prefix: str) -> Iterable[str]:
        for child in parent.elements():
            path = prefix + child.local_name
            if path in self._locked_by_default:
                yield path
            else:
                yield from self._sections(child, path + "/")


def locked_error(names: Sequence[str], lock: IisLock | None, *, path: str) -> ConfigEditError:
    """The refusal, in the words that IIS uses when such a file is asked for. Without a ``lock`` IIS itself said that there is one."""
    where = "" if lock is None else f" ({lock.file}, line {lock.line}" + (f", location '{lock.location}')" if lock.location else ")")
    section = "/".join(names)
    return ConfigEditError(
        f"The section <{section}> is locked at a parent level{where}: IIS would answer 500.19, 0x80070021.",
        where=path,
        next_step=f"Unlock it on the node first: appcmd unlock config -section:{section}.",
    )
