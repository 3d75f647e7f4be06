# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where an element is, or belongs: in the file itself, in a ``location`` without a path, or in one with a path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..errors import ConfigEditError
from .nodes import Element

__all__ = ["GROUPS", "is_own_location", "matches", "pick", "scopes"]

#: Section groups of .NET Framework's machine.config and of IIS: they may stand in a file more than once, sections may not.
GROUPS = frozenset(
    (
        "applicationSettings",
        "system.applicationHost",
        "system.net",
        "system.runtime.caching",
        "system.runtime.serialization",
        "system.serviceModel",
        "system.serviceModel.activation",
        "system.transactions",
        "system.web",
        "system.web.extensions",
        "system.webServer",
        "system.xaml.hosting",
        "system.xml.serialization",
        "userSettings",
    )
)
#: Collections whose keys .NET compares without regard to case.
_CASELESS = {"appSettings": "key", "connectionStrings": "name"}


def is_own_location(element: Element) -> bool:
    """A ``location`` that means the file itself: path absent, empty or a dot."""
    return element.name == "location" and (element.get("path") or "") in ("", ".")


def scopes(root: Element, location: str | None) -> list[Element]:
    """The elements under which ``location`` (``None``: the file itself) keeps its sections; the plain one first."""
    found = [child for child in root.elements() if child.name == "location"]
    if location is None:
        return [root, *filter(is_own_location, found)]
    return [element for element in found if (element.get("path") or "").lower() == location.lower() and not is_own_location(element)]


def matches(element: Element, identity: Mapping[str, str]) -> bool:
    """Whether ``element`` has these attributes; keys of appSettings and connectionStrings in any case."""
    section = element.parent.local_name if element.parent is not None else ""
    for name, wanted in identity.items():
        value = element.get(name)
        if value is None:
            return False
        if value != wanted and not (_CASELESS.get(section) == name and value.upper() == wanted.upper()):
            return False
    return True


def pick(found: Iterable[Element], what: str) -> Element | None:
    """The only one of ``found``, or none; two are refused, with both lines."""
    candidates = list(found)
    if len(candidates) > 1:
        lines = " and ".join(str(element.line) for element in candidates[:2])
        raise ConfigEditError(
            f"{what} stands in the file more than once, in lines {lines}.",
            line=candidates[1].line or None,
            next_step="Remove one, or say which is meant.",
        )
    return candidates[0] if candidates else None


def below(starts: Iterable[Element], path: Sequence[str]) -> list[Element]:
    """The elements at ``path`` (local names) below ``starts``."""
    found = list(starts)
    for name in path:
        found = [child for element in found for child in element.elements() if child.local_name == name]
    return found
