# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared edits of one file: what a list of them in the variables means, and what a person may see of their outcome.

An edit names an element by ``path`` (local names below the root, ``system.web/httpRuntime``) and ``identity`` and says which ``attributes`` it has,
or names an existing one by ``xpath`` and says the ``value`` of one ``attribute``. ``state: absent`` takes away: the element; the attributes that are
named; the one attribute. An attribute whose value is null is taken away, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import ConfigEditError
from ..redact import MASK, MASK_NEW, MASK_OLD, mask_config_pair, mask_values
from .document import Document
from .escapes import attribute_form
from .nodes import Element
from .placing import below, matches, scopes

__all__ = ["Edit", "apply_edits", "read_edits", "shown_pair"]

_OPTIONS = ("path", "identity", "attributes", "location", "state", "xpath", "attribute", "value", "secret")
_NEXT = "Correct the list of edits; nothing was written."
#: Shorter secrets are masked only where the edit put them: as part of other texts they would be any word.
_SHORT = 4


@dataclass(frozen=True)
class Edit:
    """One edit, checked. ``attributes`` has None for those that are taken away; ``secret``: their values are."""

    path: tuple[str, ...] = ()
    identity: Mapping[str, str] = field(default_factory=dict)
    location: str | None = None
    xpath: str = ""
    attributes: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    removes_element: bool = False
    secret: bool = False

    @property
    def target(self) -> str:
        """What is edited, for a person."""
        identity = "".join(f"[{name}={value}]" for name, value in self.identity.items())
        return self.xpath or f"{'/'.join(self.path)}{identity}" + (f" in location {self.location}" if self.location else "")

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(value for value in self.attributes.values() if value) if self.secret else ()

    def apply(self, document: Document) -> bool:
        """True when that changed something. Raises ConfigEditError, with the line, for what Document refuses."""
        if self.xpath:
            return _set_all(document, document.find(self.xpath), self.attributes) if self._found(document) else self._none(document)
        identity = dict(self.identity) or None
        if self.removes_element:
            return document.remove(self.path, identity, location=self.location)
        wanted = {name: value for name, value in self.attributes.items() if value is not None}
        gone = [name for name, value in self.attributes.items() if value is None]
        changed = document.ensure(self.path, identity, wanted, location=self.location) if wanted or not gone else False
        found = self.elements(document) if gone else []
        return any([document.unset_attribute(element, name) for element in found for name in gone]) or changed

    def elements(self, document: Document) -> list[Element]:
        """The elements that are meant, as far as they are there."""
        if self.xpath:
            return document.find(self.xpath)
        found = below(scopes(document.root, self.location), self.path)
        return [element for element in found if matches(element, self.identity)]

    def _found(self, document: Document) -> bool:
        if len(self.elements(document)) == 1:
            return True
        if all(value is None for value in self.attributes.values()) and not self.elements(document):
            return False
        for name in self.attributes:  # refuses none and several, in Document's words
            document.set(self.xpath, name, "")
        return True

    def _none(self, document: Document) -> bool:
        return False


def _set_all(document: Document, elements: Sequence[Element], attributes: Mapping[str, str | None]) -> bool:
    return any(
        [
            document.unset_attribute(element, name) if value is None else document.set_attribute(element, name, value)
            for element in elements
            for name, value in attributes.items()
        ]
    )
