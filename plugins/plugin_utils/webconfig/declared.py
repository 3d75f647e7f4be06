# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""configSections: which sections and groups exist, and where they may stand."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from . import messages
from .escapes import is_name
from .faults import FileErrors
from .merge import Place
from .nodes import Attribute, Element, Kind, Markup

__all__ = ["IMPLICIT", "Declaration", "read_declarations", "section_name_fault", "verify_ignorable"]

_IMPLICIT = "configProtectedData"
_DEFINITIONS = ("Everywhere", "MachineOnly", "MachineToWebRoot", "MachineToApplication")
_EXE_DEFINITIONS = ("MachineOnly", "MachineToApplication", "MachineToRoamingUser", "MachineToLocalUser")


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """A section or a group. ``broken``: its declaration has errors, or it was never declared."""

    key: str
    is_group: bool = False
    type: str | None = None
    allow_definition: str = "Everywhere"
    allow_exe_definition: str = "MachineToApplication"
    allow_location: bool = True
    restart_on_changes: bool = True
    require_permission: bool = True
    override_mode: str = "Allow"
    broken: bool = False

    @property
    def is_ignored(self) -> bool:
        """Whether nobody reads the section, so that it may be repeated."""
        return self.type is not None and "System.Configuration.IgnoreSection" in self.type

    def is_equivalent(self, other: Declaration) -> bool:
        """Whether declaring it again as ``other`` changes nothing."""
        if self.is_group:
            return other.is_group and (self.type is None or other.type is None or _same_class(self.type, other.type))
        return (self.type is None or _same_class(self.type, other.type)) and replace(
            self, type=None, override_mode="", broken=False
        ) == replace(other, type=None, override_mode="", broken=False, key=self.key)


def _same_class(one: str | None, other: str | None) -> bool:
    return one == other or (one is not None and other is not None and one.split(",")[0].strip() == other.split(",")[0].strip())


def section_name_fault(name: str) -> str:
    """.NET's sentence about a name that no section may have; empty when it may."""
    if not name:
        return messages.NAME_INVALID
    if not is_name(name) and name.count(":") < 2:
        if not re.match(r"[^\W\d]|[:_]", name[0]):
            return messages.NAME_START.format(name[0], ord(name[0]))
        bad = next((character for character in name if not re.match(r"[\w.\-:\u00b7]", character)), name[0])
        return messages.NAME_CHARACTER.format(bad, ord(bad))
    if name == _IMPLICIT:
        return messages.NAME_IMPLICIT.format(name)
    if name.startswith("config"):
        return messages.NAME_CONFIG
    return messages.NAME_LOCATION if name == "location" else ""


def verify_ignorable(node: Markup, place: Place, errors: FileErrors) -> None:
    """Between sections there may be nothing but comments."""
    if node.kind is not Kind.COMMENT and not node.is_blank:
        errors.add(place.error(messages.UNRECOGNIZED_ELEMENT_HERE, node.line))


class _Reader:
    def __init__(self, place: Place, errors: FileErrors, above: Callable[[str], Declaration | None]) -> None:
        self.place = place
        self.errors = errors
        self.above = above
        self.found: dict[str, Declaration] = {}

    def children(self, container: Element, prefix: str) -> None:
        self.errors.take_local(keep=False)
        for node in container.children:
            if isinstance(node, Markup):
                verify_ignorable(node, self.place, self.errors)
            elif node.name == "sectionGroup":
                self._group(node, prefix)
            elif node.name in ("section", "remove", "clear"):
                {"section": self._section, "remove": self._remove, "clear": self._clear}[node.name](node, prefix)
                self._no_content(node)
            else:
                self._add(messages.UNRECOGNIZED_ELEMENT_HERE, node.line)

    def _no_content(self, node: Element) -> None:
        for child in node.children:
            if isinstance(child, Element) or (child.kind is not Kind.COMMENT and not child.is_blank):
                self._add(messages.UNRECOGNIZED_ELEMENT_HERE, child.line)
                return

    def _add(self, message: str, line: int) -> None:
        self.errors.add(self.place.error(message, line))

    def _local(self, message: str, line: int) -> None:
        self.errors.add_local(self.place.error(message, line))

    def _name(self, node: Element) -> str | None:
        attribute = node.attribute("name")
        if attribute is not None:
            fault = section_name_fault(attribute.value)
            if fault:
                self._local(fault, node.line_of(attribute))
            return attribute.value
        return None

    def _type(self, node: Element, attribute: Attribute) -> str | None:
        if not attribute.value:
            self._local(messages.EMPTY_ATTRIBUTE.format(attribute.name), node.line_of(attribute))
        return attribute.value or None

    def _boolean(self, node: Element, attribute: Attribute) -> bool:
        if attribute.value not in ("true", "false"):
            self._local(messages.NOT_BOOLEAN.format(attribute.name), node.line_of(attribute))
        return attribute.value != "false"

    def _one_of(self, node: Element, attribute: Attribute, values: tuple[str, ...], message: str) -> str:
        if attribute.value not in values:
            self._local(message, node.line_of(attribute))
            return values[0]
        return attribute.value

    def _group(self, node: Element, prefix: str) -> None:
        name, type_name = None, None
        for attribute in node.attributes:
            if attribute.name == "name":
                name = self._name(node)
            elif attribute.name == "type":
                type_name = self._type(node, attribute)
            else:
                self._local(messages.UNRECOGNIZED_ATTRIBUTE.format(attribute.name), node.line_of(attribute))
        if name is None:
            self._add(messages.MISSING_ATTRIBUTE.format("name", node.name), node.line)
            self.errors.take_local(keep=True)
            return
        key = f"{prefix}/{name}" if prefix else name
        self._declare(Declaration(key=key, is_group=True, type=type_name), name, node.line)
        self.children(node, key)

    def _section(self, node: Element, prefix: str) -> None:
        values: dict[str, object] = {}
        name: str | None = None
        for attribute in node.attributes:
            match attribute.name:
                case "name":
                    name = self._name(node)
                case "type":
                    values["type"] = self._type(node, attribute)
                case "allowLocation":
                    values["allow_location"] = self._boolean(node, attribute)
                case "restartOnExternalChanges":
                    values["restart_on_changes"] = self._boolean(node, attribute)
                case "requirePermission":
                    values["require_permission"] = self._boolean(node, attribute)
                case "allowDefinition":
                    values["allow_definition"] = self._one_of(node, attribute, _DEFINITIONS, messages.ALLOW_DEFINITION)
                case "allowExeDefinition":
                    values["allow_exe_definition"] = self._one_of(node, attribute, _EXE_DEFINITIONS, messages.ALLOW_EXE_DEFINITION)
                case "overrideModeDefault":
                    mode = self._one_of(node, attribute, ("Allow", "Deny", "Inherit"), messages.OVERRIDE_MODE)
                    values["override_mode"] = "Deny" if mode == "Deny" else "Allow"
                case _:
                    self._local(messages.UNRECOGNIZED_ATTRIBUTE.format(attribute.name), node.line_of(attribute))
        if name is None:
            self._add(messages.MISSING_ATTRIBUTE.format("name", node.name), node.line)
            self.errors.take_local(keep=True)
            return
        if "type" not in values:
            self._local(messages.MISSING_ATTRIBUTE.format("type", node.name), node.line)
        key = f"{prefix}/{name}" if prefix else name
        self._declare(Declaration(key=key, **values), name, node.line)  # type: ignore[arg-type]

    def _declare(self, declaration: Declaration, name: str, line: int) -> None:
        key = declaration.key
        if key in self.found:
            self._local(messages.DEFINED_TWICE.format(name), line)
            declaration = self.found[key]
        else:
            above = self.above(key)
            if above is not None:
                if above.is_equivalent(declaration):
                    declaration = above
                else:
                    self._local(messages.DEFINED_ABOVE.format(name), line)
        broken = bool(self.errors.take_local(keep=True)) or declaration.broken
        self.found[key] = replace(declaration, broken=broken)

    def _remove(self, node: Element, _prefix: str) -> None:
        for attribute in node.attributes:
            if attribute.name != "name":
                self._add(messages.UNRECOGNIZED_ATTRIBUTE.format(attribute.name), node.line_of(attribute))
        name = node.get("name")
        if name is None:
            self._add(messages.MISSING_ATTRIBUTE.format("name", node.name), node.line)
        elif section_name_fault(name):
            self._add(section_name_fault(name), node.line)

    def _clear(self, node: Element, _prefix: str) -> None:
        for attribute in node.attributes[:1]:
            self._add(messages.UNRECOGNIZED_ATTRIBUTE.format(attribute.name), node.line_of(attribute))


def read_declarations(
    sections: Element, place: Place, errors: FileErrors, above: Callable[[str], Declaration | None]
) -> dict[str, Declaration]:
    """What a file's configSections declare; ``above`` looks a key up in the levels above."""
    for attribute in sections.attributes[:1]:
        errors.add(place.error(messages.UNRECOGNIZED_ATTRIBUTE.format(attribute.name), sections.line_of(attribute)))
    reader = _Reader(place, errors, above)
    reader.children(sections, "")
    return reader.found


#: configProtectedData, which every machine.config has without declaring it.
IMPLICIT = Declaration(key=_IMPLICIT, type="System.Configuration.ProtectedConfigurationSection")
