# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""White space inside start tags: what each attribute had before it, and what it gets when attributes come and go."""

from __future__ import annotations

from typing import Protocol

from .dom import Element

__all__ = ["AttributeLayout", "Indents"]


class Indents(Protocol):
    """Who knows how deep we are: the formatter."""

    @property
    def attribute_indent(self) -> str: ...


class _Spaces:
    """White space by attribute name, listed as a .NET dictionary lists it: an added entry takes the slot freed last."""

    def __init__(self) -> None:
        self._slots: list[tuple[str, str] | None] = []
        self._where: dict[str, int] = {}
        self._free: list[int] = []

    def __contains__(self, name: str) -> bool:
        return name in self._where

    def __len__(self) -> int:
        return len(self._where)

    def __getitem__(self, name: str) -> str:
        entry = self._slots[self._where[name]]
        return entry[1] if entry else ""

    def get(self, name: str) -> str | None:
        return self[name] if name in self._where else None

    def __setitem__(self, name: str, space: str) -> None:
        if name not in self._where:
            if self._free:
                self._where[name] = self._free.pop()
            else:
                self._where[name] = len(self._slots)
                self._slots.append(None)
        self._slots[self._where[name]] = (name, space)

    def remove(self, name: str) -> None:
        number = self._where.pop(name)
        self._slots[number] = None
        self._free.append(number)

    def clear(self) -> None:
        self.__init__()  # type: ignore[misc]

    def values(self) -> list[str]:
        return [entry[1] for entry in self._slots if entry]


#: The white space before ``>`` or ``/>`` is kept under this name.
TAIL = ""


class AttributeLayout:
    """Order and white space of one tag. ``plain``: a second attribute never starts a line of its own."""

    def __init__(self, spaces: list[tuple[str, str]] | None = None, tail: str | None = None, *, plain: bool = False) -> None:
        self.order: list[str] = []
        self.spaces = _Spaces()
        for name, space in spaces or ():
            self.order.append(name)
            self.spaces[name] = space
        if tail is not None:
            self.spaces[TAIL] = tail
        self._plain = plain
        self._line: str | None = None
        self._one_per_line: bool | None = None

    @property
    def new_line(self) -> str | None:
        """What an attribute that starts a line gets before it, as far as it is known."""
        return self._line

    def new_line_string(self, indents: Indents | None) -> str | None:
        if self._line is None:
            self._line = next((space for space in self.spaces.values() if "\n" in space), None)
            if self._line is None and indents is not None:
                self._line = indents.attribute_indent
        return self._line

    def _is_one_per_line(self) -> bool:
        if self._one_per_line is None:
            between = [self.spaces[name] for name in self.order[1:] if name in self.spaces]
            self._one_per_line = len(self.spaces) > 1 and all("\n" in space for space in between) and (bool(between) or not self._plain)
        return self._one_per_line

    def update(self, element: Element, indents: Indents) -> None:
        """Follow the attributes that ``element`` has now."""
        names = [attribute.name for attribute in element.attributes]
        if not names:
            if self.order:
                tail = self.spaces.get(TAIL)
                self.spaces.clear()
                self.order.clear()
                if self._plain and tail is not None:
                    self.spaces[TAIL] = tail
            return
        exists = dict.fromkeys(self.order, False)
        for name in names:
            if name not in exists:
                self.order.append(name)
            exists[name] = True
        first, kept = True, None
        for name in self.order:
            if not exists[name]:
                if name in self.spaces:
                    space = self.spaces[name]
                    if first:
                        kept = space if kept is None else kept
                    elif "\n" in space:
                        kept = space
                    self.spaces.remove(name)
            elif kept is not None:
                if first or name not in self.spaces or "\n" not in self.spaces[name]:
                    self.spaces[name] = kept
                kept = None
            elif name not in self.spaces:
                self._add(name, first, indents)
            first = first and not exists[name]

    def _add(self, name: str, first: bool, indents: Indents) -> None:
        if first:
            self.spaces[name] = " "
        elif self._is_one_per_line():
            self.spaces[name] = self.new_line_string(indents) or " "
        else:
            self.new_line_string(indents)
