# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which prefix a name is written with, and which declarations go with it: the rules of .NET's XmlTextWriter."""

from __future__ import annotations

from dataclasses import dataclass

from .dom import Attr, Element

__all__ = ["NameScope"]


@dataclass
class _Binding:
    prefix: str
    namespace: str
    declared: bool


@dataclass
class _Frame:
    default: str = ""
    pending: bool = False  # the default namespace still has to be declared
    bindings: int = 0  # how many were in force outside
    invented: int = 0


class NameScope:
    """The open elements of a text being written. Call ``start``, ``attribute`` for each attribute, ``declarations``, later ``end``."""

    def __init__(self) -> None:
        self._frames = [_Frame()]
        self._bindings: list[_Binding] = []

    def _index(self, prefix: str) -> int:
        return next((number for number in range(len(self._bindings) - 1, -1, -1) if self._bindings[number].prefix == prefix), -1)

    def _find(self, namespace: str) -> str | None:
        for number in range(len(self._bindings) - 1, -1, -1):
            binding = self._bindings[number]
            if binding.namespace == namespace and self._index(binding.prefix) == number:
                return binding.prefix
        return None

    def _bind(self, prefix: str, namespace: str, *, declared: bool) -> None:
        number = self._index(prefix)
        if number >= 0 and self._bindings[number].namespace == namespace:
            self._bindings[number].declared = self._bindings[number].declared or declared
            return
        if declared and number >= self._frames[-1].bindings:
            self._bindings[number].declared = True
        self._bindings.append(_Binding(prefix, namespace, declared))

    def start(self, element: Element) -> str:
        """Open an element; the prefix that its tags get."""
        prefix: str = element.prefix
        if element.namespace:
            found = self._find(element.namespace)
            prefix = found if found is not None else "" if element.namespace == self._frames[-1].default else prefix
        self._frames.append(_Frame(self._frames[-1].default, bindings=len(self._bindings)))
        if not prefix:
            self._frames[-1].default, self._frames[-1].pending = element.namespace, True
        else:
            self._bind(prefix, element.namespace, declared=False)
        return prefix

    def attribute(self, attribute: Attr) -> str:
        """The prefix that an attribute of the element just opened gets."""
        if attribute.is_declaration:
            if attribute.prefix:
                self._bind(attribute.local, attribute.value, declared=True)
            else:
                self._frames[-1].default, self._frames[-1].pending = attribute.value, False
            return attribute.prefix
        if attribute.prefix == "xml" or not attribute.namespace:
            return attribute.prefix if attribute.prefix == "xml" else ""
        prefix = attribute.prefix
        if prefix and self._index(prefix) >= self._frames[-1].bindings:
            prefix = ""
        found = self._find(attribute.namespace)
        if found is not None and prefix in ("", found):
            return found
        if not prefix:
            self._frames[-1].invented += 1
            prefix = f"d{len(self._frames) - 1}p{self._frames[-1].invented}"
        self._bind(prefix, attribute.namespace, declared=False)
        return prefix

    def declarations(self) -> list[tuple[str, str]]:
        """Attributes that the start tag needs besides its own: name and namespace."""
        frame = self._frames[-1]
        found: list[tuple[str, str]] = []
        for number in range(len(self._bindings) - 1, frame.bindings - 1, -1):
            binding = self._bindings[number]
            if not binding.declared:
                binding.declared = True
                found.append((f"xmlns:{binding.prefix}", binding.namespace))
        if frame.pending and frame.default != self._frames[-2].default:
            found.append(("xmlns", frame.default))
        frame.pending = False
        return found

    def end(self) -> None:
        frame = self._frames.pop()
        del self._bindings[frame.bindings :]

    def enter(self, element: Element) -> None:
        """Open ``element`` for its declarations alone."""
        self.start(element)
        for attribute in element.attributes:
            self.attribute(attribute)
        self.declarations()
