# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known about one place of the hierarchy: its file's declarations, sections, locations, locks and errors.

Follows ``BaseConfigurationRecord`` of System.Configuration in what it decides and in which order, not in how.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .declared import Declaration
from .faults import ConfigurationError, FileErrors
from .merge import Place
from .nodes import Element

__all__ = ["Record", "SectionAt", "SectionInput"]


@dataclass(eq=False)
class SectionInput:
    """One element that adds to a section."""

    key: str
    record: Record  # whose file it stands in
    element: Element
    sub_path: str | None = None  # of the location around it
    target: str = ""  # configuration path that the location points to
    override_mode: str = "Inherit"
    skips_child_applications: bool = False
    config_source: str | None = None
    protection: str | None = None
    errors: list[ConfigurationError] = field(default_factory=list)

    @property
    def line(self) -> int:
        return self.element.line


@dataclass(eq=False)
class SectionAt:
    """A section at one place: the locations from above that point here, oldest first, and the file's own element."""

    locations: list[SectionInput] = field(default_factory=list)
    own: SectionInput | None = None
    is_locked: bool = False
    locks_children: bool = False
    _location_decided: bool = False

    def change_locks(self, own: str, children: str) -> None:
        if own != "Inherit":
            self.is_locked = self.locks_children = own == "Deny"
        if children != "Inherit":
            self.locks_children = "Deny" in (own, children)

    def add_location(self, found: SectionInput) -> None:
        """Locations come from the nearest level upwards; only the nearest that says something about overriding counts."""
        self.locations.insert(0, found)
        if not found.errors and not self._location_decided and found.override_mode != "Inherit":
            self.change_locks(found.override_mode, found.override_mode)
            self._location_decided = True

    def add_own(self, found: SectionInput) -> None:
        self.own = found
        if not found.errors:
            self.change_locks("Inherit", found.override_mode)


@dataclass(eq=False)
class Record:
    """One place: machine, root, the site, a folder."""

    path: str
    parent: Record | None
    place: Place
    folder: str = ""  # on the disk, with a backslash at the end
    is_above_application: bool = True
    errors: FileErrors = field(default_factory=FileErrors)
    declarations: dict[str, Declaration] = field(default_factory=dict)
    sections: dict[str, SectionAt] = field(default_factory=dict)
    locations: list[SectionInput] = field(default_factory=list)
    streams: dict[str, str | None] = field(default_factory=dict)  # full path -> the section that uses it; the file itself: None
    files: dict[str, bytes] = field(default_factory=dict, repr=False)
    locations_resolved: bool = False

    def ancestors(self) -> list[Record]:
        """The records above, nearest first."""
        found, record = [], self.parent
        while record is not None:
            found.append(record)
            record = record.parent
        return found

    def declaration(self, key: str) -> Declaration | None:
        """The nearest declaration of ``key``, here or above."""
        for record in (self, *self.ancestors()):
            if key in record.declarations:
                return record.declarations[key]
        return None

    def is_root_of(self, key: str) -> bool:
        """Whether ``key`` is declared here and nowhere above."""
        return key in self.declarations and all(key not in record.declarations for record in self.ancestors())

    def locks(self, key: str) -> tuple[str, str]:
        """Allow or Deny for the section here, and for the places below."""
        found = self.sections.get(key)
        if found is not None:
            return _mode(found.is_locked), _mode(found.locks_children)
        return self.locks_from_above(key)

    def locks_from_above(self, key: str) -> tuple[str, str]:
        for record in self.ancestors():
            found = record.sections.get(key)
            if found is not None:
                return _mode(found.locks_children), _mode(found.locks_children)
        declared = self.declaration(key)
        default = declared.override_mode if declared is not None else "Allow"
        return ("Allow", default) if key in self.declarations else (default, default)

    def section_at(self, key: str) -> SectionAt:
        """The section here, made when it is not known yet."""
        if key not in self.sections:
            own, children = self.locks_from_above(key)
            self.sections[key] = SectionAt()
            self.sections[key].change_locks(own, children)
        return self.sections[key]


def _mode(denied: bool) -> str:
    return "Deny" if denied else "Allow"
