# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared edits of one file: what a list of them in the variables means, and what a person may see of their outcome.

An edit names an element by ``path`` (local names below the root, ``system.web/httpRuntime``), ``identity`` and ``location``, and says which
``attributes`` it has (null: has not), or with ``state: absent`` that there is none. Where IIS or ASP.NET know what tells the items of a collection
apart, the attributes say it too and ``identity`` may be left out. Or it names an element that is there by ``xpath`` and says the ``value`` of one
``attribute``, or with ``state: absent`` that it has none. ``secret: true``: the values are not shown.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import ConfigEditError
from ..redact import MASK, MASK_NEW, MASK_OLD, mask_config_pair, mask_values
from .document import Document
from .identity import key_of
from .nodes import Attribute, Element, Markup
from .ordering import Position
from .placing import below, is_dead, scopes
from .steps import Step, as_steps, read_path, read_step

__all__ = ["Edit", "apply_edits", "masked_texts", "read_edits"]

_BY_PATH = ("path", "identity", "attributes", "location", "inherit_in_child_applications", "before", "after", "remove_inherited")
_BY_XPATH = ("xpath", "attribute", "value")
_OPTIONS = (*_BY_PATH, *_BY_XPATH, "state", "secret", "missing")
#: A shorter secret is masked only where an edit put it: elsewhere it would be part of any word.
_SHORT = 4
#: What tells assemblies apart stands in a child of the element that a redirect is in.
_ASSEMBLY = ("name", "publicKeyToken", "culture")


@dataclass(frozen=True)
class Edit:
    """One edit, checked. ``attributes`` has None for those that go; the element itself goes with ``removes_element``.

    ``optional``: that ``xpath`` selects nothing, or that there is no such sibling to stand beside, is no error.
    """

    path: tuple[Step, ...] = ()
    location: str | None = None
    inherit: bool | None = None
    xpath: str = ""
    attributes: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    removes_element: bool = False
    secret: bool = False
    position: Position | None = None
    remove_inherited: bool = False
    optional: bool = False

    @property
    def identity(self) -> Mapping[str, str]:
        """What tells the element from others of its name."""
        return self.path[-1].identity if self.path else {}

    @property
    def target(self) -> str:
        """What is edited, for a person."""
        if self.xpath:
            return f"{self.xpath}/@{next(iter(self.attributes))}"
        return "/".join(map(str, self.path)) + (f" in location '{self.location}'" if self.location else "")

    @property
    def secrets(self) -> list[str]:
        """The values that nobody may see."""
        return [value for value in self.attributes.values() if value] if self.secret else []

    def apply(self, document: Document) -> bool:
        """True when that changed something. Raises ConfigEditError, with the line, for what the document refuses."""
        wanted = {name: value for name, value in self.attributes.items() if value is not None}
        gone = [name for name, value in self.attributes.items() if value is None]
        if self.xpath:
            if (self.optional or not wanted) and not document.find(self.xpath):
                return False
            changed = [document.set(self.xpath, name, value) for name, value in wanted.items()]
            return any([*changed, *[document.remove_attribute(self.xpath, name) for name in gone]])
        if not self.path:  # the root of a section's own file
            changed = [document.set_attribute(document.root, name, value) for name, value in wanted.items()]
            return any([*changed, *[document.unset_attribute(document.root, name) for name in gone]])
        if self.removes_element:
            return document.remove(self.path, location=self.location, remove_inherited=self.remove_inherited)
        there = self.elements(document)
        if gone and not wanted and not there:
            return False  # what is not there has no attributes
        if not there:
            self._need_key(document)
        changed = [
            document.ensure(
                self.path,
                None,
                wanted,
                location=self.location,
                inherit=self.inherit,
                position=self.position,
                remove_inherited=self.remove_inherited,
            )
        ]
        return any([*changed, *[document.unset_attribute(element, name) for element in self.elements(document) for name in gone]])

    def _need_key(self, document: Document) -> None:
        """Refuse to create an item of a known collection without what tells it apart."""
        key = key_of([step.name for step in self.path], external=document.root.name != "configuration")
        missing = [name for name in key.names if name not in (*self.identity, *self.attributes, *key.defaults)] if key else []
        if missing:
            raise ConfigEditError(
                f"<{self.path[-1].name}> of <{'/'.join(step.name for step in self.path[:-1])}> is told from others by "
                f"{' and '.join(map(repr, missing))}, which the edit does not say.",
                where=document.name,
                next_step="Give it in attributes or identity.",
            )

    def elements(self, document: Document) -> list[Element]:
        """Those that are meant, as far as they are there and count."""
        if self.xpath:
            return document.find(self.xpath)
        found = below(scopes(document.root, self.location), self.path) if self.path else [document.root]
        return [element for element in found if not is_dead(element)]

    def values(self, document: Document) -> list[Attribute]:
        """The attributes that the edit sets or takes away, as far as they are there; of an element that goes, all but those that identify."""
        found = self.elements(document)
        if self.removes_element:
            inside = [inner for element in found for inner in element.walk()]
            return [one for element in inside for one in element.attributes if not (element in found and one.name in self.identity)]
        return [one for element in found for one in element.attributes if one.name in self.attributes]

    def inside(self, depth: int) -> Edit:
        """This edit as one of the file that holds the element ``depth`` steps down the path as its root."""
        return dataclasses.replace(self, path=self.path[depth:], location=None, inherit=None)


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
        "needs a 'missing' of fail or ignore": [] if given.get("missing", "fail") in ("fail", "ignore") else [str(given["missing"])],
        "stands before or after a sibling, not both": ["before", "after"] if "before" in given and "after" in given else [],
        "needs an 'attribute' with its 'xpath'": ["attribute"] if by_xpath and not given.get("attribute") else [],
        "needs a 'value' for its 'attribute'": ["value"] if by_xpath and state == "present" and "value" not in given else [],
    }
    for fault, names in faults.items():
        if names:
            raise ConfigEditError(
                f"An edit {fault} ({', '.join(map(repr, names))}).",
                where=what,
                next_step="An edit has path, identity, attributes, location, inherit_in_child_applications, before, after, remove_inherited and state, "
                "or xpath, attribute, value and state; and secret and missing.",
            )
    optional = given.get("missing") == "ignore"
    if by_xpath:
        value = None if state == "absent" else _text(given["value"], what)
        attribute = {str(given["attribute"]): value}
        return Edit(xpath=str(given["xpath"]), attributes=attribute, secret=bool(given.get("secret")), optional=optional)
    attributes = {str(name): None if value is None else _text(value, what) for name, value in _mapping(given, "attributes", what).items()}
    identity = {str(name): _text(value, what) for name, value in _mapping(given, "identity", what).items()}
    path = _identified(read_path(str(given["path"]), what), identity, attributes)
    inherit = given.get("inherit_in_child_applications")
    return Edit(
        path=path,
        location=str(given["location"]) if "location" in given else None,
        inherit=None if inherit is None else bool(inherit),
        attributes={name: value for name, value in attributes.items() if name not in path[-1].identity or path[-1].identity[name] != value},
        removes_element=state == "absent",
        secret=bool(given.get("secret")),
        position=_position(given, path, what, optional=optional),
        remove_inherited=bool(given.get("remove_inherited")),
        optional=optional,
    )


def _identified(path: tuple[Step, ...], identity: Mapping[str, str], attributes: Mapping[str, str | None]) -> tuple[Step, ...]:
    """``path`` with what tells its element apart: as it was given, else the key of its collection among the attributes."""
    if len(path) > 1 and path[-2].name == "dependentAssembly":
        assembly = {f"assemblyIdentity/{name}": value for name, value in identity.items() if name in _ASSEMBLY}
        path = (*as_steps(path[:-1], assembly), path[-1])
        identity = {name: value for name, value in identity.items() if name not in _ASSEMBLY}
    if path[-1].name == "dependentAssembly":
        identity = {f"assemblyIdentity/{name}" if name in _ASSEMBLY else name: value for name, value in identity.items()}
    path = as_steps(path, identity)
    key = key_of([step.name for step in path])
    if key is None or path[-1].identity:
        return path
    return as_steps(path, key.identity(attributes))


def _position(given: Mapping[str, Any], path: tuple[Step, ...], what: str, *, optional: bool) -> Position | None:
    """``before`` or ``after``: a step like ``add[@name='x']``, or a mapping of the attributes of a sibling of the element's own name."""
    for name in ("before", "after"):
        if name in given:
            if isinstance(given[name], Mapping):
                identity = {str(key): _text(value, what) for key, value in given[name].items()}
                step = Step(path[-1].name, identity)
            else:
                step = read_step(str(given[name]), what)
            return Position(step=step, after=name == "after", optional=optional)
    return None


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
