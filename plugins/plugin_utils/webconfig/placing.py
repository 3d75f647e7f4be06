# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where an element is, or belongs: in the file itself, in a ``location`` without a path, or in one with a path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..errors import ConfigEditError
from .identity import collection_path, key_of, with_identity
from .nodes import Element
from .steps import Step

__all__ = ["GROUPS", "below", "is_dead", "is_own_location", "is_taken_away", "matches", "pick", "scopes"]

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


def is_own_location(element: Element) -> bool:
    """A ``location`` that means the file itself: path absent, empty or a dot."""
    return element.name == "location" and (element.get("path") or "") in ("", ".")


def scopes(root: Element, location: str | None) -> list[Element]:
    """The elements under which ``location`` (``None``, empty or a dot: the file itself) keeps its sections; the plain one first."""
    found = [child for child in root.elements() if child.name == "location"]
    if location in (None, "", "."):
        return [root, *filter(is_own_location, found)]
    return [element for element in found if (element.get("path") or "").lower() == location.lower() and not is_own_location(element)]


def matches(element: Element, identity: Mapping[str, str]) -> bool:
    """Whether ``element`` has these attributes, compared as its collection compares its keys."""
    if not identity or element.parent is None:
        return not identity
    return _matching([element], element.parent, element.local_name, identity) != []


def _matching(elements: list[Element], parent: Element, name: str, identity: Mapping[str, str]) -> list[Element]:
    names, external = collection_path(parent)
    key = key_of((*names, name), external=external)
    return with_identity(elements, identity, key)


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


def _named(parent: Element, name: str) -> list[Element]:
    names = {child.name for child in parent.elements()}
    wanted = {full for full in names if full == name or full.endswith(":" + name)}
    return [child for child in parent.elements() if child.name in wanted] if wanted else []


def below(starts: Iterable[Element], path: Sequence[Step]) -> list[Element]:
    """The elements at ``path`` below ``starts``."""
    found = list(starts)
    for step in path:
        inner: list[Element] = []
        for parent in found:
            named = _named(parent, step.name)
            inner += _matching(named, parent, step.name, step.identity) if step.identity else named
        found = inner
    return found


def is_taken_away(element: Element, identity: Mapping[str, str], others: Iterable[Element]) -> bool:
    """Whether one of ``others``, siblings of ``element``, is a ``clear``, or a ``remove`` with this key."""
    return any(
        other.local_name == "clear" or (other.local_name == "remove" and bool(identity) and matches(other, identity))
        for other in others
        if other is not element
    )


def is_dead(element: Element) -> bool:
    """Whether a later ``clear``, or ``remove`` with its key, takes this item of a known collection away again."""
    parent = element.parent
    if parent is None or element.local_name in ("clear", "remove"):
        return False
    siblings = parent.elements()
    if not any(other.name.endswith(("clear", "remove")) for other in siblings):  # the rule, and quickly told
        return False
    names, external = collection_path(parent)
    key = key_of((*names, element.local_name), external=external)
    if key is None or not key.removable:
        return False
    identity = {name: value for name in key.names if (value := element.get(name, key.defaults.get(name))) is not None}
    number = next(number for number, other in enumerate(siblings) if other is element)
    return is_taken_away(element, identity, siblings[number + 1 :])
