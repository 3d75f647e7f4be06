# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One configuration file: read once, checked for what System.Configuration refuses in any file, taken apart by location."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .sections import GROUPS, IGNORED, SYSTEM_WEB, TOP_LEVEL
from .xml_text import Element, XmlError, parse

MACHINE_KEY = ("system.web", "machineKey")
_NOT_IN_PATH = '?:\\*"<>|'
_PATH_REFUSED = "<location> path attribute must be a relative virtual path.  It cannot contain any of '?' ':' '\\' '*' '\"' '<' '>' or '|'."
_INHERIT_REFUSED = (
    'InheritInChildApplications cannot be set to "false" if the location path is referring to machine.config or the root web.config.'
)
_MODE_REFUSED = "The 'overrideMode' and 'overrideModeDefault' attributes must be one of the following values: Inherited, Allow, Deny."


@dataclass(frozen=True)
class Fault:
    """What a Configuration Error page says: the sentence, and where; `location` is the `location` element it lies in."""

    message: str
    file: Path
    line: int
    location: str = ""


@dataclass(frozen=True)
class Section:
    """A section in a file: ``location`` is the path of the ``location`` element round it, "" for none or the file's own folder."""

    element: Element
    file: Path
    location: str = ""
    allows_override: bool = True
    inherits_in_child_applications: bool = True


@dataclass
class ConfigFile:
    """The sections of a file, and its faults; a file that does not exist has neither."""

    path: Path
    faults: list[Fault] = field(default_factory=list)
    is_malformed: bool = False
    root: Element | None = None
    sections: list[tuple[tuple[str, ...], Section]] = field(default_factory=list)

    def find(self, *path: str) -> list[Section]:
        """Every occurrence of a section, in the file's order."""
        return [section for name, section in self.sections if name == path]


def read(path: Path, data: bytes | None, *, level: str = "app") -> ConfigFile:
    """Takes a file's bytes (None: it does not exist) apart; `level` is that of :class:`ConfigLevel`."""
    file = ConfigFile(path)
    if data is None:
        return file
    try:
        root = parse(data)
    except XmlError as error:
        file.is_malformed = True
        file.faults.append(Fault(str(error), path, error.line))
        return file
    if root.name != "configuration":
        file.faults.append(Fault(f"Configuration file {path.name} does not have root <configuration> tag", path, root.line))
        return file
    file.root = root
    for name in root.attributes:
        if name != "xmlns":
            file.faults.append(_unrecognized_attribute(name, path, root.line))
    _Collector(file, _declared(root), is_above_sites=level in ("machine", "root")).collect(root)
    return file


def _unrecognized_attribute(name: str, path: Path, line: int) -> Fault:
    return Fault(f"Unrecognized attribute '{name}'. Note that attribute names are case-sensitive.", path, line)


def _declared(root: Element) -> frozenset[str]:
    """Names that the file's own configSections add at the top level or below a group."""
    declarations = [child for section in root.named("configSections") for child in section.children]
    inner = [child for declaration in declarations for child in declaration.children]
    return frozenset(declaration.attributes.get("name", "") for declaration in [*declarations, *inner])


@dataclass(frozen=True)
class _Location:
    """The attributes of a `location` element, or of none; `number` tells two elements for one path apart."""

    number: int = 0
    path: str = ""
    allows_override: bool = True
    inherits: bool = True


class _Collector:
    def __init__(self, file: ConfigFile, declared: frozenset[str], *, is_above_sites: bool) -> None:
        self.file = file
        self.declared = declared
        self.is_above_sites = is_above_sites
        self.seen: set[tuple[int, tuple[str, ...]]] = set()

    def collect(self, root: Element) -> None:
        for number, child in enumerate(root.children, start=1):
            if child.name != "location":
                self._top_level(child, _Location())
                continue
            location = self._location(child, number)
            for inner in child.children:
                self._top_level(inner, location)

    def _location(self, element: Element, number: int) -> _Location:
        path = element.attributes.get("path", "")
        override = element.attributes.get("allowOverride", "true")
        mode = element.attributes.get("overrideMode", "Inherit")
        if set(path) & set(_NOT_IN_PATH):
            self._fault(_PATH_REFUSED, element)
        if override not in ("true", "false"):
            self._fault("The property 'allowOverride' must have value 'true' or 'false'.", element)
        if mode not in ("Inherit", "Allow", "Deny"):
            self._fault(_MODE_REFUSED, element)
        inherit = element.attributes.get("inheritInChildApplications", "true")
        path = "" if path == "." else path.strip("/")
        if inherit not in ("true", "false"):
            self._fault("The property 'inheritInChildApplications' must have value 'true' or 'false'.", element)
        elif inherit == "false" and not path and self.is_above_sites:
            self._fault(_INHERIT_REFUSED, element)
        # A location for the file's own folder is no other place than the file itself.
        number = number if path or inherit == "false" else 0
        return _Location(number, path, override != "false" and mode != "Deny", inherit != "false")

    def _top_level(self, element: Element, location: _Location) -> None:
        if element.name not in TOP_LEVEL | self.declared:
            self._fault(f"Unrecognized configuration section {element.name}.", element, location)
        elif element.name != "system.web":
            self._section((element.name,), element, location)
        else:
            for child in element.children:
                if child.name in SYSTEM_WEB | self.declared:
                    self._section(("system.web", child.name), child, location)
                else:
                    self._fault(f"Unrecognized configuration section system.web/{child.name}.", child, location)

    def _section(self, name: tuple[str, ...], element: Element, location: _Location) -> None:
        if (location.number, name) in self.seen and name[0] not in GROUPS - {"system.web"} | IGNORED:
            self._fault("Sections must only appear once per config file.  See the help topic <location> for exceptions.", element, location)
            return
        self.seen.add((location.number, name))
        source = element.attributes.get("configSource")
        if source is not None and element.name != "system.webServer":
            refusal = _source_refusal(source, self.file.path.name, element)
            if refusal:
                self._fault(refusal, element, location)
        section = Section(element, self.file.path, location.path, location.allows_override, location.inherits)
        self.file.sections.append((name, section))

    def _fault(self, message: str, element: Element, location: _Location | None = None) -> None:
        self.file.faults.append(Fault(message, self.file.path, element.line, location.path if location else ""))


def _source_refusal(source: str, own_name: str, element: Element) -> str:
    """What System.Configuration says to a `configSource`, or nothing."""
    if not source or source != source.strip():
        return "The configSource attribute must be a relative physical path."
    if "/" in source:
        return "The configSource attribute must be a relative physical path, so the '/' character is not allowed."
    if _leaves_folder(source):
        reason = "It must refer to a file in the same directory or in a subdirectory as the configuration file."
        return f"The configSource attribute is invalid.: The configSource '{source}' is invalid. {reason}"
    if source.casefold() == own_name.casefold():
        return (
            f"The configSource file '{source}' can only be used by one type of section, and may not be the same as the configuration file."
        )
    return (
        "A section using 'configSource' may contain no other attributes or elements."
        if len(element.attributes) > 1 or element.children
        else ""
    )


def _leaves_folder(source: str) -> bool:
    depth = 0
    for part in source.split("\\"):
        depth += -1 if part == ".." else 0 if part in (".", "") else 1
        if depth < 0:
            return True
    return ":" in source or source.startswith("\\")
