# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``xdt:Locator``: from an element of the transform to the XPath of what it means. The text appears in the log, so it is verbatim."""

from __future__ import annotations

from collections.abc import Callable

from .dom import Element
from .grammar import split_arguments
from .log import XdtError

__all__ = ["LOCATORS", "Locator", "parent_path"]

#: (path of the parent, element, argument string) -> XPath
Locator = Callable[[str, Element, str | None], str]


def _step(base: str, test: str, predicate: str = "") -> str:
    if predicate:
        # A bracket is added at each end on its own: Condition(@a][@b) works, Condition(b[1]) does not.
        predicate = ("" if predicate.startswith("[") else "[") + predicate + ("" if predicate.endswith("]") else "]")
    return f"{base}{'' if base.endswith('/') else '/'}{test}{predicate}"


def _own_test(element: Element) -> str:
    return f"_defaultNamespace:{element.local}" if element.namespace and not element.prefix else element.name


def _default(base: str, element: Element, _arguments: str | None) -> str:
    return _step(base, _own_test(element))


def _match(base: str, element: Element, arguments: str | None) -> str:
    keys = split_arguments(arguments)
    if not keys:
        raise XdtError("Match requires at least 1 arguments")
    parts = []
    for key in keys:
        found = element.attribute(key)
        if found is None:
            raise XdtError(f"No attribute '{key}' exists for the Match Locator")
        parts.append(f"@{found.name}='{found.value}'")
    return _step(base, _own_test(element), " and ".join(parts))


def _condition(base: str, element: Element, arguments: str | None) -> str:
    return _step(base, _own_test(element), _only("Condition", arguments))


def _xpath(base: str, element: Element, arguments: str | None) -> str:
    path = _only("XPath", arguments)
    if path.startswith("/"):
        return path
    return _step(_step(base, _own_test(element)), path).replace("/./", "/")


def _only(name: str, arguments: str | None) -> str:
    found = split_arguments(arguments)
    if len(found) != 1:
        raise XdtError(f"{name} requires exactly 1 arguments")
    return found[0]


LOCATORS: dict[str, Locator] = {"DefaultLocator": _default, "Match": _match, "Condition": _condition, "XPath": _xpath}


def parent_path(name: str, base: str, element: Element, arguments: str | None) -> str:
    """Where Insert goes: the parent's path, but for XPath what it selects itself."""
    return _xpath(base, element, arguments) if name == "XPath" else base
