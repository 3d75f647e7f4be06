# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Laying a section's elements over each other, from machine.config down."""

from __future__ import annotations

import codecs

from . import messages
from .config_source import external_section, find_file, without_attributes
from .declared import IMPLICIT
from .faults import ConfigurationError
from .merge import Merged, Place
from .nodes import Element, Kind
from .paths import Hierarchy, is_virtual
from .record import Record, SectionInput
from .sections import type_of

__all__ = ["Evaluation"]

_GLOBALIZATION = "System.Web.Configuration.GlobalizationSection"
_COMPILATION = "System.Web.Configuration.CompilationSection"
_BELOW_APPLICATION = ("codeSubDirectories", "buildProviders", "folderLevelBuildProviders")
#: What .NET Framework has when no file says it.
_PROVIDERS = ("RsaProtectedConfigurationProvider", "DataProtectionConfigurationProvider")


class Evaluation:
    """One question about a section. ``refusal`` is set when a level's element is encrypted and otherwise in order."""

    def __init__(self, hierarchy: Hierarchy) -> None:
        self._hierarchy = hierarchy
        self.refusal: ConfigurationError | None = None

    def section(self, record: Record, key: str) -> Merged | None:
        """The section at ``record``; ``None`` for one of which only the form of its XML is known."""
        if record.is_root_of(key) or record.parent is None:
            declaration = record.declaration(key)
            kind = type_of(declaration.type or "") if declaration is not None else None
            merged = Merged(kind) if kind is not None else None
        else:
            merged = self.section(record.parent, key)
        found = record.sections.get(key)
        if found is None or self.refusal is not None:
            return merged
        for one in (*found.locations, *([found.own] if found.own is not None else [])):
            merged = self._lay(merged, one, record)
            if self.refusal is not None:
                return merged
        return merged

    def _lay(self, merged: Merged | None, found: SectionInput, record: Record) -> Merged | None:
        place = found.record.place
        element = found.element
        protection = found.protection
        name = found.key.rpartition("/")[2]
        if found.config_source is not None:
            data = find_file(found.record.files, found.config_source)
            if data is None:
                raise place.error(messages.SOURCE_MISSING.format(found.config_source), found.line)
            place = Place(place.level, found.config_source)
            element = external_section(data, name, place, messages.SOURCE_FORMAT)
            protection = element.get("configProtectionProvider")
            if protection is not None and len(element.attributes) != 1:
                raise place.error(messages.PROTECTION_SYNTAX, element.line)
            if protection == "":
                raise place.error(messages.PROTECTION_EMPTY, element.line)
        if protection:
            self.refusal = self._protected(element, protection, place, record, found.key)
            return merged
        declaration = record.declaration(found.key)
        if merged is None or (declaration is not None and declaration.is_ignored):
            return merged
        below = merged.below()
        if found.key == "appSettings":
            below.values.pop("file", None)  # the file is read once; its items are inherited
        below.read(element, place)
        if found.key == "appSettings":
            self._read_settings_file(below, found, place)
        self._post(below, declaration.type if declaration else None, place, record)
        invalid = below.all_invalid()
        if invalid:
            raise invalid[0].as_scope("section", invalid[1:])
        return below

    def _read_settings_file(self, below: Merged, found: SectionInput, place: Place) -> None:
        value = below.values.get("file")
        data = find_file(found.record.files, value.value) if value is not None and value.value else None
        if value is None or data is None:
            return
        inner = Place(place.level, value.value)
        root = external_section(data, "appSettings", inner, messages.FILE_ROOT.format("appSettings"))
        below.read(without_attributes(root, inner), inner)

    def _protected(self, element: Element, provider: str, place: Place, record: Record, key: str) -> ConfigurationError:
        known = set(_PROVIDERS)
        if key != IMPLICIT.key:
            data = Evaluation(self._hierarchy).section(record, IMPLICIT.key)
            if data is not None and "providers" in data.children:
                known = {e.merged.values["name"].value for e in data.children["providers"].entries if not e.removed}
        if provider not in known:
            raise place.error(messages.PROTECTION_UNKNOWN.format(provider), element.line)
        line = 0
        for node in element.children:
            if isinstance(node, Element):
                if node.name != "EncryptedData" or line:
                    raise place.error(messages.PROTECTION_FORMAT, line or element.line)
                line = node.line
            elif node.kind is not Kind.COMMENT and not node.is_blank:
                raise place.error(messages.PROTECTION_FORMAT, line or element.line)
        if not line:
            raise place.error(messages.PROTECTION_NO_DATA, element.line)
        return place.error(messages.PROTECTION_FAILED.format(provider), line)

    def _post(self, merged: Merged, type_name: str | None, place: Place, record: Record) -> None:
        """What single sections check after they were read."""
        kind = (type_name or "").split(",")[0].strip()
        if kind == _GLOBALIZATION:
            names = ("responseEncoding", "responseHeaderEncoding", "requestEncoding", "fileEncoding")
            wrong = [(v.line, n, v.place) for n in names if (v := merged.values.get(n)) and v.value and not _is_encoding(v.value)]
            if wrong:
                line, name, where = min(wrong, key=lambda found: found[0])
                raise where.error(messages.GLOBALIZATION.format(name), line)
        if kind == _COMPILATION and self._is_below_application(record):
            for name in _BELOW_APPLICATION:
                child = merged.children.get(name)
                if child is not None and child.present and child.place is not None:
                    raise child.place.error(messages.BELOW_APPLICATION.format(name), child.line)

    def _is_below_application(self, record: Record) -> bool:
        application = self._hierarchy.path(self._hierarchy.application)
        return is_virtual(record.path) and not self._hierarchy.is_above_application(record.path) and len(record.path) > len(application)


def _is_encoding(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True
