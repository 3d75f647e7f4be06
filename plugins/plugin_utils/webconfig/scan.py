# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading one file of the hierarchy: declarations, sections, locations, and everything that is wrong with the file as a whole."""

from __future__ import annotations

from ..errors import ConfigSyntaxError
from . import messages
from .config_source import resolve, source_fault
from .declared import Declaration, read_declarations, section_name_fault, verify_ignorable
from .merge import Place
from .nodes import Attribute, Element, Kind, Markup
from .paths import ROOT, Hierarchy, location_fault, normal_location
from .record import Record, SectionAt, SectionInput
from .xmlfile import as_configuration_error, read_file

__all__ = ["scan_file"]

_NAMESPACE = "http://schemas.microsoft.com/.NetConfiguration/v2.0"


class _Stop(Exception):
    """The rest of the file is not looked at."""


class _Location:
    """The location that is being read; without one the file itself."""

    def __init__(self, sub_path: str | None = None, override_mode: str = "Inherit", *, inherit: bool = True, inside: bool = False) -> None:
        self.sub_path = sub_path
        self.override_mode = override_mode
        self.skips_child_applications = not inherit
        self.inside = inside


class _Scanner:
    def __init__(self, record: Record, hierarchy: Hierarchy) -> None:
        self.record = record
        self.hierarchy = hierarchy
        self.errors = record.errors
        self.place: Place = record.place

    # The file

    def file(self, tree: Element) -> None:
        for node in tree.children:
            if isinstance(node, Element):
                self._root(node)
            elif node.kind is not Kind.DECLARATION:
                if node.kind is Kind.INSTRUCTION and not self._past_root(tree, node):
                    self.errors.add_global(self.place.error(messages.UNRECOGNIZED_ELEMENT_HERE, node.line))
                    return
                verify_ignorable(node, self.place, self.errors)

    def _past_root(self, tree: Element, node: Markup) -> bool:
        return any(isinstance(child, Element) for child in tree.children[: tree.index(node)])

    def _root(self, root: Element) -> None:
        if root.name != "configuration":
            self.errors.add_global(self.place.error(messages.NO_ROOT.format(self.place.file), root.line))
            raise _Stop
        for attribute in root.attributes:
            line = root.line_of(attribute)
            if attribute.name != "xmlns":
                self.errors.add(self.place.error(messages.UNRECOGNIZED_ATTRIBUTE.format(attribute.name), line))
            elif attribute.value != _NAMESPACE:
                self.errors.add_global(self.place.error(messages.NAMESPACE.format(attribute.value, _NAMESPACE), line))
        first = next(iter(root.elements()), None)
        sections = first if first is not None and first.name == "configSections" else None
        self._children(root, "", _Location(), declarations=sections)

    # Sections

    def _children(self, container: Element, prefix: str, location: _Location, declarations: Element | None = None) -> None:
        self.errors.take_local(keep=False)
        for node in container.children:
            if isinstance(node, Markup):
                verify_ignorable(node, self.place, self.errors)
            elif node is declarations:
                parent = self.record.parent
                above = parent.declaration if parent is not None else lambda _key: None
                self.record.declarations.update(read_declarations(node, self.place, self.errors, above))
                self.errors.take_local(keep=False)
            elif node.name == "configSections":
                self.errors.add(self.place.error(messages.CONFIG_SECTIONS, node.line))
            elif node.name == "location":
                if prefix or location.inside:
                    self.errors.add_global(self.place.error(messages.LOCATION_NESTED, node.line))
                else:
                    self._location(node)
            else:
                self._group_or_section(node, f"{prefix}/{node.name}" if prefix else node.name, location)

    def _group_or_section(self, node: Element, key: str, location: _Location) -> None:
        declaration = self.record.declaration(key)
        if declaration is None:
            self.errors.add_local(self.place.error(messages.UNRECOGNIZED_SECTION.format(key), node.line))
            fault = section_name_fault(node.name)
            if fault:
                self.errors.add_local(self.place.error(fault, node.line))
            self.errors.take_local(keep=True)
            declaration = Declaration(key=key, broken=True)
            self.record.declarations[key] = declaration
        if not declaration.is_group:
            self._section(node, declaration, location)
        elif not declaration.broken:
            for attribute in node.attributes:
                if attribute.name.startswith(("config", "lock")):
                    line = node.line_of(attribute)
                    self.errors.add(self.place.error(messages.RESERVED_ATTRIBUTE.format(attribute.name), line))
            self._children(node, key, location)

    def _section(self, node: Element, declaration: Declaration, location: _Location) -> None:
        key = declaration.key
        found = SectionInput(
            key=key,
            record=self.record,
            element=node,
            sub_path=location.sub_path,
            override_mode=location.override_mode,
            skips_child_applications=location.skips_child_applications,
        )
        own, children = "Inherit", "Inherit"
        if not declaration.broken:
            own, children = self._verify(found, declaration, location)
        found.errors = self.errors.take_local(keep=location.sub_path is None)
        if location.sub_path is not None:
            self.record.locations.append(found)
        elif not (location.skips_child_applications and self.record.is_above_application):
            section = self.record.sections.setdefault(key, SectionAt())
            section.change_locks(own, children)
            section.add_own(found)

    def _verify(self, found: SectionInput, declaration: Declaration, location: _Location) -> tuple[str, str]:
        node = found.element
        if location.inside and not declaration.allow_location:
            self._local(messages.NOT_IN_LOCATION, node.line)
        if location.sub_path is None:
            already = self.record.sections.get(found.key)
            if already is not None and already.own is not None and not declaration.is_ignored:
                self._local(messages.TWICE, node.line)
            if not self.hierarchy.allows(self.record.path, declaration.allow_definition):
                self._local(messages.BEYOND[declaration.allow_definition], node.line)
        own, children = self.record.locks(found.key)
        if own == "Deny":
            self._local(messages.LOCKED, node.line)
        self._source_and_protection(found)
        return own, children

    def _local(self, message: str, line: int) -> None:
        self.errors.add_local(self.place.error(message, line))

    def _source_and_protection(self, found: SectionInput) -> None:
        node = found.element
        source, protection = node.get("configSource"), node.get("configProtectionProvider")
        fault = source_fault(source) if source is not None else ""
        if fault == messages.SOURCE_RELATIVE and source is not None and not source.startswith("\\") and source[1:2] != ":":
            self._local(fault, node.line)
        if source is not None and len(node.attributes) != 1:
            self._local(messages.SOURCE_SYNTAX, node.line)
        if protection is not None:
            if not protection:
                self._local(messages.PROTECTION_EMPTY, node.line)
            if len(node.attributes) != 1:
                self._local(messages.PROTECTION_SYNTAX, node.line)
            found.protection = protection
        if source is None:
            return
        for child in node.children:
            if isinstance(child, Element) or (child.kind is not Kind.COMMENT and not child.is_blank):
                self._local(messages.SOURCE_SYNTAX, child.line)
                break
        if fault:
            if not self.errors.has_local or fault != messages.SOURCE_RELATIVE:
                self._local(fault, node.line)
            return
        found.config_source = source
        self._stream(found, source)

    def _stream(self, found: SectionInput, source: str) -> None:
        stream = resolve(self.record.folder, source)
        if stream is None:
            self._local(messages.SOURCE_OUTSIDE.format(source), found.line)
        elif stream in self.record.streams and self.record.streams[stream] != found.key:
            self._local(messages.SOURCE_SHARED.format(source), found.line)
        elif any(stream in record.streams for record in self.record.ancestors()):
            self._local(messages.SOURCE_PARENT.format(source), found.line)
        else:
            self.record.streams[stream] = found.key

    # Locations

    def _location(self, node: Element) -> None:
        before = len(self.errors.everywhere)
        path, mode, inherit = self._location_attributes(node)
        sub_path = normal_location(path)
        fault = location_fault(sub_path) if sub_path else ""
        if not fault and sub_path is None and not inherit and len(self.record.path) <= len(ROOT):
            fault = messages.LOCATION_INHERIT
        if fault:
            self._everywhere(fault, node.line)
        if len(self.errors.everywhere) > before:
            return
        if sub_path is not None and not self._concerns_application(sub_path):
            return
        self._children(node, "", _Location(sub_path, mode, inherit=inherit, inside=True))

    def _everywhere(self, message: str, line: int) -> None:
        self.errors.add_global(self.place.error(message, line))

    def _location_attributes(self, node: Element) -> tuple[str | None, str, bool]:
        path, mode, inherit, has_mode = None, "Inherit", True, False
        for attribute in node.attributes:
            line = node.line_of(attribute)
            if attribute.name == "path":
                path = attribute.value
            elif attribute.name in ("allowOverride", "overrideMode"):
                if has_mode:
                    self._everywhere(messages.LOCATION_BOTH_MODES, line)
                else:
                    mode, has_mode = self._mode(attribute, line), True
            elif attribute.name == "inheritInChildApplications":
                inherit = self._boolean(attribute, line)
            else:
                self._everywhere(messages.UNRECOGNIZED_ATTRIBUTE.format(attribute.name), line)
        return path, mode, inherit

    def _mode(self, attribute: Attribute, line: int) -> str:
        if attribute.name == "allowOverride":
            return "Inherit" if self._boolean(attribute, line) else "Deny"
        if attribute.value not in ("Allow", "Deny", "Inherit"):
            self._everywhere(messages.OVERRIDE_MODE, line)
            raise _Stop
        return attribute.value

    def _boolean(self, attribute: Attribute, line: int) -> bool:
        if attribute.value not in ("true", "false"):
            self._everywhere(messages.NOT_BOOLEAN.format(attribute.name), line)
        return attribute.value != "false"

    def _concerns_application(self, sub_path: str) -> bool:
        """A location is read when it lies on the way to the application or below it, judged by the bare text of the paths."""
        target = self.hierarchy.target(self.record.path, sub_path)
        application = self.hierarchy.path(self.hierarchy.application)
        return application.startswith(target) or target.startswith(application)


def scan_file(record: Record, data: bytes, hierarchy: Hierarchy) -> None:
    """Read the file of ``record``; what is wrong with it is in ``record.errors`` afterwards."""
    try:
        tree = read_file(data)
    except ConfigSyntaxError as error:
        record.errors.only(as_configuration_error(error, record.place))
        return
    try:
        _Scanner(record, hierarchy).file(tree)
    except _Stop:
        record.errors.take_local(keep=False)
