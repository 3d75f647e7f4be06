# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared edits of one file: what a list of them in the variables means, and what a person may see of their outcome.

An edit names an element by ``path`` (local names below the root, ``system.web/httpRuntime``), ``identity`` and ``location``, and says which
``attributes`` it has (null: has not), or with ``state: absent`` that there is none. Or it names an element that is there by ``xpath`` and says the
``value`` of one ``attribute``, or with ``state: absent`` that it has none. ``secret: true``: the values are not shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import ConfigEditError
from ..redact import MASK, MASK_NEW, MASK_OLD, mask_config_pair, mask_values
from .document import Document
from .nodes import Attribute, Element, Markup
from .placing import below, matches, scopes

__all__ = ["Edit", "apply_edits", "masked_texts", "read_edits"]

_OPTIONS = ("path", "identity", "attributes", "location", "state", "xpath", "attribute", "value", "secret")
_BY_PATH = ("path", "identity", "attributes", "location")
_BY_XPATH = ("xpath", "attribute", "value")
#: A shorter secret is masked only where an edit put it: elsewhere it would be part of any word.
_SHORT = 4


@dataclass(frozen=True)
class Edit:
    """One edit, checked. ``attributes`` has None for those that go; the element itself goes with ``removes_element``."""

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
        if self.xpath:
            return f"{self.xpath}/@{next(iter(self.attributes))}"
        identity = "".join(f"[@{name}='{value}']" for name, value in self.identity.items())
        return "/".join(self.path) + identity + (f" in location '{self.location}'" if self.location else "")

    @property
    def secrets(self) -> list[str]:
        """The values that nobody may see."""
        return [value for value in self.attributes.values() if value] if self.secret else []

    def apply(self, document: Document) -> bool:
        """True when that changed something. Raises ConfigEditError, with the line, for what the document refuses."""
        wanted = {name: value for name, value in self.attributes.items() if value is not None}
        gone = [name for name, value in self.attributes.items() if value is None]
        if self.xpath:
            changed = [document.set(self.xpath, name, value) for name, value in wanted.items()]
            return any([*changed, *(document.remove_attribute(self.xpath, name) for name in gone if document.find(self.xpath))])
        identity = dict(self.identity) or None
        if self.removes_element:
            return document.remove(self.path, identity, location=self.location)
        if gone and not wanted and not self.elements(document):
            return False  # what is not there has no attributes
        changed = [document.ensure(self.path, identity, wanted, location=self.location)]
        return any([*changed, *(document.unset_attribute(element, name) for element in self.elements(document) for name in gone)])

    def elements(self, document: Document) -> list[Element]:
        """Those that are meant, as far as they are there."""
        if self.xpath:
            return document.find(self.xpath)
        return [element for element in below(scopes(document.root, self.location), self.path) if matches(element, self.identity)]

    def values(self, document: Document) -> list[Attribute]:
        """The attributes that the edit sets or takes away, as far as they are there; of an element that goes, all but those that identify."""
        found = self.elements(document)
        if self.removes_element:
            inside = [inner for element in found for inner in element.walk()]
            return [one for element in inside for one in element.attributes if not (element in found and one.name in self.identity)]
        return [one for element in found for one in element.attributes if one.name in self.attributes]


def read_edits(edits: Sequence[Mapping[str, Any]], *, where: str = "") -> list[Edit]:
    """The edits that the variables declare; an option that is None counts as not given. Raises ConfigEditError naming the edit by its number."""
    return [_read(edit, f"edit {number}" + (f" of {where}" if where else "")) for number, edit in enumerate(edits, start=1)]


def apply_edits(document: Document, edits: Sequence[Mapping[str, Any]] | Sequence[Edit], *, where: str = "") -> list[bool]:
    """Makes the edits in their order; which of them changed something. All are checked before the first one is made."""
    checked = [edit if isinstance(edit, Edit) else read_edits([edit], where=where)[0] for edit in edits]
    return [edit.apply(document) for edit in checked]


def masked_texts(before: Document, after: Document, edits: Sequence[Edit]) -> tuple[str, str]:
    """The file before and after as it may be shown: no secret that its names tell of, and none that an edit sets or replaces.

    The two documents are used up by this.
    """
    secrets = {attribute.value for edit in edits if edit.secret for document in (before, after) for attribute in edit.values(document)}
    secrets |= {value for edit in edits for value in edit.secrets}
    forms = [secret for secret in secrets if len(secret) >= _SHORT]
    for edit in edits:
        if edit.secret:
            _mask_values(edit, before, after)
    texts = mask_config_pair(before.tree.write(), after.tree.write())
    return mask_values(texts[0], forms), mask_values(texts[1], forms)


def _mask_values(edit: Edit, before: Document, after: Document) -> None:
    old, new = edit.values(before), edit.values(after)
    if edit.removes_element:
        for text in (child for element in edit.elements(before) for inner in element.walk() for child in inner.children):
            if isinstance(text, Markup) and not text.is_blank:
                text.raw = MASK_OLD
    same = [one.value for one in old] == [one.value for one in new]
    for attributes, mask in ((old, MASK_OLD), (new, MASK_NEW)):
        for attribute in attributes:
            attribute.raw = MASK if same else mask


def _read(edit: Mapping[str, Any], what: str) -> Edit:
    given = {name: value for name, value in edit.items() if value is not None}
    state, by_xpath = given.get("state", "present"), "xpath" in given
    faults = {
        "has an unknown option": sorted(set(map(str, given)) - set(_OPTIONS)),
        "needs a state of present or absent": [] if state in ("present", "absent") else [str(state)],
        "names its element by 'path' or by 'xpath', and by one of them": [] if by_xpath != ("path" in given) else ["path", "xpath"],
        "mixes the two ways to name an element": [name for name in (_BY_PATH if by_xpath else _BY_XPATH) if name in given],
        "takes no 'attributes' when the element is to be absent": ["attributes"] if state == "absent" and "attributes" in given else [],
        "needs an 'attribute' with its 'xpath'": ["attribute"] if by_xpath and not given.get("attribute") else [],
        "needs a 'value' for its 'attribute'": ["value"] if by_xpath and state == "present" and "value" not in given else [],
    }
    for fault, names in faults.items():
        if names:
            raise ConfigEditError(
                f"An edit {fault} ({', '.join(map(repr, names))}).",
                where=what,
                next_step="An edit has path, identity, attributes, location and state, or xpath, attribute, value and state; and secret.",
            )
    if by_xpath:
        value = None if state == "absent" else _text(given["value"], what)
        return Edit(xpath=str(given["xpath"]), attributes={str(given["attribute"]): value}, secret=bool(given.get("secret")))
    path = tuple(str(given["path"]).strip("/").split("/"))
    if not all(path):
        raise ConfigEditError("The path of an edit names no element.", where=what, next_step="Write it like 'system.web/httpRuntime'.")
    return Edit(
        path=path,
        identity={str(name): _text(value, what) for name, value in _mapping(given, "identity", what).items()},
        location=str(given["location"]) if "location" in given else None,
        attributes={
            str(name): None if value is None else _text(value, what) for name, value in _mapping(given, "attributes", what).items()
        },
        removes_element=state == "absent",
        secret=bool(given.get("secret")),
    )


def _mapping(given: Mapping[str, Any], name: str, what: str) -> Mapping[str, Any]:
    value = given.get(name, {})
    if not isinstance(value, Mapping):
        raise ConfigEditError(f"'{name}' of an edit is a mapping of attributes to values.", where=what, next_step="Correct the edit.")
    return value


def _text(value: Any, what: str) -> str:
    """A value as configuration files spell it: booleans in lower case."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int, float)):
        return str(value)
    raise ConfigEditError("The value of an attribute is a text, a number or a boolean.", where=what, next_step="Correct the edit.")
