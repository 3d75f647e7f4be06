# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``<location path="...">``: what a file says about places below it."""

from __future__ import annotations

from . import messages
from .paths import Hierarchy
from .record import Record

__all__ = ["add_locations", "needs_record", "resolve_locations"]


def resolve_locations(record: Record, hierarchy: Hierarchy) -> None:
    """Find out where the locations of this file point, and what is wrong with that. Once per file; the files above come first."""
    if record.locations_resolved:
        return
    record.locations_resolved = True
    if record.parent is not None:
        resolve_locations(record.parent, hierarchy)
    seen: dict[tuple[str, str], int] = {}
    for number, found in enumerate(record.locations):
        found.target = hierarchy.target(record.path, found.sub_path or "")
        declaration = record.declaration(found.key)
        twin = seen.setdefault((found.target, found.key), number)
        if twin != number and not (declaration and declaration.is_ignored):
            first = record.locations[twin]
            if not first.errors:
                first.errors.append(record.place.error(messages.TWICE, first.line))
            found.errors.append(record.place.error(messages.TWICE, found.line))
        if declaration is None or declaration.broken:
            continue
        if not hierarchy.allows(found.target, declaration.allow_definition):
            found.errors.append(record.place.error(messages.BEYOND[declaration.allow_definition], found.line))
    for above in record.ancestors():
        for found in record.locations:
            section = above.sections.get(found.key)
            is_locked = section is not None and (section.locks_children or section.is_locked)
            is_locked = is_locked or any(
                other.override_mode == "Deny" and other.key == found.key and _is_at_or_below(found.target, other.target)
                for other in above.locations
            )
            if is_locked:
                found.errors.append(record.place.error(messages.LOCKED, found.line))


def _is_at_or_below(path: str, below: str) -> bool:
    return below == path or below.startswith(path + "/")


def add_locations(record: Record, hierarchy: Hierarchy) -> None:
    """Give ``record`` the sections that locations of the files above hold for this very place."""
    for above in record.ancestors():
        resolve_locations(above, hierarchy)
        for found in above.locations:
            if found.target != record.path or (found.skips_child_applications and record.is_above_application):
                continue
            record.section_at(found.key).add_location(found)
            for error in found.errors:
                record.errors.add(error)


def needs_record(record: Record, path: str, hierarchy: Hierarchy) -> bool:
    """Whether a location of ``record`` or a file above it points to ``path`` or below."""
    for above in (record, *record.ancestors()):
        resolve_locations(above, hierarchy)
        if any(_is_at_or_below(path, found.target) for found in above.locations):
            return True
    return False
