# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One configuration file: read once, checked for what System.Configuration refuses in any file, taken apart by location."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .sections import SYSTEM_WEB, TOP_LEVEL
from .xml_text import Element, XmlError, parse

MACHINE_KEY = ("system.web", "machineKey")


@dataclass(frozen=True)
class Fault:
    """What a Configuration Error page says: the sentence, and where."""

    message: str
    file: Path
    line: int


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


def read(path: Path, data: bytes | None) -> ConfigFile:
    """Takes a file's bytes (None: it does not exist) apart."""
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
    _Collector(file, _declared(root)).collect(root)
    return file


def _unrecognized_attribute(name: str, path: Path, line: int) -> Fault:
    return Fault(f"Unrecognized attribute '{name}'. Note that attribute names are case-sensitive.", path, line)


def _declared(root: Element) -> frozenset[str]:
    """Names that the file's own configSections add at the top level or below a group."""
    declarations = [child for section in root.named("configSections") for child in section.children]
    inner = [child for declaration in declarations for child in declaration.children]
    return frozenset(declaration.attributes.get("name", "") for declaration in [*declarations, *inner])


class _Collector:
    def __init__(self, file: ConfigFile, declared: frozenset[str]) -> None:
        self.file = file
        self.declared = declared
        self.seen: set[tuple[str, tuple[str, ...]]] = set()

    def collect(self, root: Element) -> None:
        for child in root.children:
            if child.name != "location":
                self._top_level(child, {})
                continue
            for inner in child.children:
                self._top_level(inner, child.attributes)

    def _top_level(self, element: Element, location: dict[str, str]) -> None:
        if element.name not in TOP_LEVEL | self.declared:
            self._fault(f"Unrecognized configuration section {element.name}.", element)
        elif element.name != "system.web":
            self._section((element.name,), element, location)
        else:
            for child in element.children:
                if child.name in SYSTEM_WEB | self.declared:
                    self._section(("system.web", child.name), child, location)
                else:
                    self._fault(f"Unrecognized configuration section system.web/{child.name}.", child)

    def _section(self, name: tuple[str, ...], element: Element, location: dict[str, str]) -> None:
        where = location.get("path", "").strip("/")
        where = "" if where == "." else where
        if (where.casefold(), name) in self.seen and len(name) == 2:
            self._fault("Sections must only appear once per config file.  See the help topic <location> for exceptions.", element)
            return
        self.seen.add((where.casefold(), name))
        self._check_source(element)
        section = Section(
            element,
            self.file.path,
            where,
            location.get("allowOverride", "true") != "false",
            location.get("inheritInChildApplications", "true") != "false",
        )
        self.file.sections.append((name, section))

    def _check_source(self, element: Element) -> None:
        source = element.attributes.get("configSource")
        if source is None or element.name == "system.webServer":
            return
        if "/" in source:
            self._fault("The configSource attribute must be a relative physical path, so the '/' character is not allowed.", element)
        elif ".." in source.split("\\") or ":" in source or source.startswith("\\"):
            reason = "It must refer to a file in the same directory or in a subdirectory as the configuration file."
            self._fault(f"The configSource attribute is invalid.: The configSource '{source}' is invalid. {reason}", element)
        elif len(element.attributes) > 1 or element.children:
            self._fault("A section using 'configSource' may contain no other attributes or elements.", element)

    def _fault(self, message: str, element: Element) -> None:
        self.file.faults.append(Fault(message, self.file.path, element.line))
