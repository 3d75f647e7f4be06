# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One section while the levels are laid over each other: what each level's element adds, and what it may not.

Behaviour of ``ConfigurationElement`` and ``ConfigurationElementCollection`` of .NET Framework, told anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from . import messages
from .escapes import unescape
from .faults import ConfigurationError
from .locks import LockList, Locks, split_names
from .nodes import Attribute, Element, Kind, Markup
from .sections import ElementType, ItemList

__all__ = ["Merged", "Place", "Value"]


@dataclass(frozen=True)
class Place:
    """Whose file is being read: the level's label and the file's name."""

    level: str
    file: str

    def error(self, message: str, line: int) -> ConfigurationError:
        return ConfigurationError(message, level=self.level, file=self.file, line=line or None)


@dataclass(frozen=True)
class Value:
    """An attribute's value and where it was written."""

    value: str = field(repr=False)
    place: Place
    line: int


@dataclass(eq=False)
class Entry:
    """An item of a collection; ``removed`` items are remembered, because their locks and keys still count."""

    merged: Merged
    is_new: bool
    removed: bool = False


class Merged:
    """An element of a section, after the levels read so far."""

    def __init__(self, kind: ElementType) -> None:
        self.kind = kind
        self.values: dict[str, Value] = {}
        self.locks = Locks()
        self.children: dict[str, Merged] = {}
        self.entries: list[Entry] = []
        self.present = False  # written at this level
        self.place: Place | None = None
        self.line = 0
        self.invalid: dict[str, ConfigurationError] = {}

    def below(self) -> Merged:
        """The same element as the next level starts with it."""
        copy = Merged(self.kind)
        copy.values = dict(self.values)
        copy.locks = self.locks.inherited()
        copy.children = {name: child.below() for name, child in self.children.items()}
        copy.entries = [Entry(entry.merged.below(), False) for entry in self.entries if not entry.removed]
        return copy

    def child(self, name: str) -> Merged:
        if name not in self.children:
            self.children[name] = Merged(self.kind.children[name])
        return self.children[name]

    def all_invalid(self) -> list[ConfigurationError]:
        """Values of this level that cannot be used; those that a level above had set come first, as .NET lists them."""
        found = [self.invalid[name] for name in self.values if name in self.invalid]
        for child in self.children.values():
            found += child.all_invalid()
        for entry in self.entries:
            if not entry.removed:
                found += entry.merged.all_invalid()
        return found

    # Reading an element

    def read(self, element: Element, place: Place, *, keys_only: bool = False) -> None:
        """Lay ``element`` over what is known. Raises ``ConfigurationError`` at what .NET refuses at once; bad values wait in ``invalid``."""
        self.present, self.place, self.line = True, place, element.line
        if self.locks.forbids_element(element.name):
            raise place.error(messages.ELEMENT_LOCKED.format(element.name), element.line)
        wanted_locks = self._read_attributes(element, place, keys_only)
        self._read_content(element, place, keys_only)
        for attribute in self.kind.attributes.values():
            if attribute.required and attribute.name not in self.values and (attribute.key or not keys_only):
                raise place.error(messages.REQUIRED.format(attribute.name), element.line)
        self._apply_locks(element, place, wanted_locks)

    def _read_attributes(self, element: Element, place: Place, keys_only: bool) -> dict[str, Attribute]:
        locks: dict[str, Attribute] = {}
        for attribute in element.attributes:
            line = element.line_of(attribute)
            if self.locks.forbids_attribute(attribute.name):
                raise place.error(messages.ATTRIBUTE_LOCKED.format(attribute.name), line)
            known = self.kind.attributes.get(attribute.name)
            if known is not None:
                if keys_only and not known.key:
                    raise place.error(messages.UNRECOGNIZED_ATTRIBUTE.format(attribute.name), line)
                value, complaint = known.value(attribute.value)
                self.values[attribute.name] = Value(value, place, line)
                if complaint:
                    self.invalid[attribute.name] = place.error(complaint, line)
            elif attribute.name == "lockItem":
                if attribute.value.strip().lower() not in ("true", "false"):
                    raise place.error(messages.NOT_BOOLEAN.format(attribute.name), line)
                locks[attribute.name] = attribute
            elif attribute.name in ("lockAttributes", "lockAllAttributesExcept", "lockElements", "lockAllElementsExcept"):
                locks[attribute.name] = attribute
            elif self.kind.any_attribute and not keys_only:
                self.values[attribute.name] = Value(attribute.value, place, line)
            else:
                raise place.error(messages.UNRECOGNIZED_ATTRIBUTE.format(attribute.name), line)
        return locks

    def _read_content(self, element: Element, place: Place, keys_only: bool) -> None:
        seen: set[str] = set()
        for node in element.children:
            if isinstance(node, Markup):
                if node.kind is Kind.CDATA or (node.kind is Kind.TEXT and unescape(node.raw).strip(" \t\r\n")):
                    raise place.error(messages.CONTENT, node.line)
                continue
            if self.locks.forbids_child(node.name):
                raise place.error(messages.ELEMENT_LOCKED.format(node.name), node.line)
            if node.name in self.kind.children:
                if node.name in seen:
                    raise place.error(messages.ELEMENT_TWICE.format(node.name), node.line)
                seen.add(node.name)
                self.child(node.name).read(node, place, keys_only=keys_only)
            elif self.kind.items is None or not self._read_item(node, place, self.kind.items):
                raise place.error(messages.UNRECOGNIZED_ELEMENT.format(node.name), node.line)

    # Items of a collection

    def _read_item(self, node: Element, place: Place, items: ItemList) -> bool:
        if node.name == items.element:
            self._add(self._item(node, place, items), node, place, items)
        elif items.is_map and node.name == "remove":
            self._remove(self._item(node, place, items, keys_only=True), node, place, items)
        elif items.is_map and node.name == "clear":
            for attribute in node.attributes:
                raise place.error(messages.UNRECOGNIZED_ATTRIBUTE.format(attribute.name), node.line_of(attribute))
            if self.locks.forbids_child("remove"):
                raise place.error(messages.ELEMENT_LOCKED.format("remove"), node.line)
            if any(entry.merged.locks.item for entry in self.entries):
                raise place.error(messages.ITEM_LOCKED_CLEAR, node.line)
            self.entries.clear()
        else:
            return False
        return True

    def _item(self, node: Element, place: Place, items: ItemList, *, keys_only: bool = False) -> Merged:
        item = Merged(items.item)
        item.locks = self.locks.inherited()
        item.read(node, place, keys_only=keys_only)
        return item

    def _key(self, item: Merged, items: ItemList) -> tuple[str, ...]:
        key = tuple(item.values[name].value if name in item.values else "" for name in items.key)
        return tuple(part.upper() for part in key) if items.caseless else key

    def _add(self, item: Merged, node: Element, place: Place, items: ItemList) -> None:
        key = self._key(item, items)
        for entry in self.entries:
            if self._key(entry.merged, items) != key:
                continue
            old = entry.merged
            if old.locks.item:
                raise place.error(messages.ITEM_LOCKED, node.line)
            if not entry.removed and items.refuses_twins:
                if _texts(item) != _texts(old):
                    shown = item.values[items.key[0]].value if items.key[0] in item.values else ""
                    raise place.error(messages.ENTRY_EXISTS.format(shown), node.line)
                entry.merged = item
                return
            if items.adds_to_end:
                self.entries.remove(entry)
                break
            for name in item.values:
                if old.locks.forbids_attribute(name) and item.values[name].place == place:
                    raise place.error(messages.ATTRIBUTE_LOCKED.format(name), node.line)
            if old.locks.attributes is not None or old.locks.attributes_except is not None:
                for name, value in old.values.items():
                    if old.locks.forbids_attribute(name):
                        item.values.setdefault(name, value)
                item.locks.attributes = old.locks.attributes
                item.locks.attributes_except = old.locks.attributes_except
            entry.merged, entry.removed = item, False
            return
        if self.locks.forbids_child(items.element):
            raise place.error(messages.ELEMENT_LOCKED.format(items.element), node.line)
        self.entries.append(Entry(item, True))

    def _remove(self, item: Merged, node: Element, place: Place, items: ItemList) -> None:
        key = self._key(item, items)
        for entry in self.entries:
            if self._key(entry.merged, items) != key:
                continue
            if entry.merged.locks.item:
                shown = item.values[items.key[0]].value if items.key[0] in item.values else ""
                raise place.error(messages.ATTRIBUTE_LOCKED.format(shown), node.line)
            entry.removed = True
            return

    # Locks that this level adds

    def _lock_names(self, attribute: Attribute, line: int, place: Place, tag: str) -> list[str]:
        name = attribute.name
        of_elements = name in ("lockElements", "lockAllElementsExcept")
        if not attribute.value:
            empty = {
                "lockAllAttributesExcept": messages.LOCK_EXCEPT_EMPTY.format(name, "lockAttributes"),
                "lockAllElementsExcept": messages.LOCK_ELEMENTS_EXCEPT_EMPTY.format(name, "lockElements"),
            }
            raise place.error(empty.get(name, messages.EMPTY_ATTRIBUTE.format(name)), line)
        items = self.kind.items
        item_names = [] if items is None else ["add", "remove", "clear"] if items.is_map else [items.element]
        found = split_names(attribute.value)
        for wanted in found:
            if wanted == "*" and name in ("lockAttributes", "lockElements"):
                continue
            if of_elements:
                if wanted not in self.kind.children and wanted not in item_names:
                    of_list = [] if items is None or self.kind.is_collection else [""]  # the list itself has no name
                    names = ", ".join(f"'{n}'" for n in [*item_names, *self.kind.children, *of_list])
                    raise place.error(messages.LOCK_ELEMENT_UNKNOWN.format(wanted, names), line)
            else:
                known = self.kind.attributes.get(wanted)
                if known is None:
                    names = ", ".join(f"'{n}'" for n in self.kind.attributes)
                    raise place.error(messages.LOCK_ATTRIBUTE_UNKNOWN.format(wanted, names), line)
                if known.required:
                    raise place.error(messages.LOCK_REQUIRED.format(wanted), line)
        return found

    def _apply_locks(self, element: Element, place: Place, wanted: dict[str, Attribute]) -> None:
        def names(attribute: str) -> list[str] | None:
            found = wanted.get(attribute)
            return None if found is None else self._lock_names(found, element.line_of(found), place, element.name)

        if "lockItem" in wanted and wanted["lockItem"].value.strip().lower() == "true":
            self.locks.item, self.locks.item_inherited = True, False
        locks = self.locks
        attributes = names("lockAttributes")
        if attributes is not None:
            locks.attributes = locks.attributes or LockList()
            for name in attributes:
                locks.attributes.names.setdefault(name, False)
        kept = names("lockAllAttributesExcept")
        if kept is not None:
            above = locks.attributes_except
            locks.attributes_except = LockList({name: False for name in kept if above is None or name in above.names})
        elements = names("lockElements")
        if elements is not None:
            locks.elements = locks.elements or LockList()
            for name in elements:
                locks.elements.names.setdefault(name, False)
        kept = names("lockAllElementsExcept")
        if kept is not None:
            above = locks.elements_except
            locks.elements_except = LockList({name: False for name in kept if above is None or name in above.names})


def _texts(item: Merged) -> dict[str, str]:
    return {name: value.value for name, value in item.values.items()}
