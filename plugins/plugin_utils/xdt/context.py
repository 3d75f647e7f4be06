# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One element of the transform while it is carried out: its path, what it selects, and the node that it would insert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .dom import Attr, Element
from .grammar import parse_value
from .locators import LOCATORS, parent_path
from .log import NULL_REFERENCE, Place, XdtError
from .outer_xml import scrubbed_copy
from .types import resolve
from .xpath import Selected, in_scope

if TYPE_CHECKING:
    from .engine import Engine

__all__ = ["Context"]


class Context:
    """Answers are kept, stale or not: an element further down sees the matches that its parent had."""

    def __init__(self, engine: Engine, parent: Context | None, element: Element) -> None:
        self._engine = engine
        self.parent = parent
        self.element = element
        self.transform_attribute: Attr | None = None
        self._xpath: str | None = None
        self._parent_xpath: str | None = None
        self._targets: list[Selected] | None = None
        self._target_parents: list[Selected] | None = None
        self._node: Element | None = None
        self._namespaces: dict[str, str] | None = None

    @property
    def place(self) -> Place:
        return self.element.place(self._engine.transform_name)

    def attribute_place(self, attribute: Attr) -> Place:
        return attribute.place(self._engine.transform_name)

    @property
    def namespaces(self) -> dict[str, str]:
        if self._namespaces is None:
            self._namespaces = in_scope(self.element)
        return self._namespaces

    def _locator(self) -> tuple[str, str | None]:
        attribute = self.element.xdt("Locator")
        if attribute is None:
            return "DefaultLocator", None
        try:
            name, arguments = parse_value(attribute.value)
            resolve(name, "Locator", LOCATORS)
        except XdtError as error:
            raise error.at(self.attribute_place(attribute)) from None
        return name, arguments

    @property
    def xpath(self) -> str:
        if self._xpath is None:
            try:
                base = self.parent.xpath if self.parent else ""
                name, arguments = self._locator()
                self._xpath = LOCATORS[name](base, self.element, arguments)
            except XdtError as error:
                raise error.at(self.place) from None
        return self._xpath

    @property
    def parent_xpath(self) -> str:
        if self._parent_xpath is None:
            try:
                base = self.parent.xpath if self.parent else ""
                name, arguments = self._locator()
                self._parent_xpath = parent_path(name, base, self.element, arguments)
            except XdtError as error:
                raise error.at(self.place) from None
        return self._parent_xpath

    @property
    def targets(self) -> list[Selected]:
        if self._targets is None:
            self._targets = self._engine.mirror.select(self.xpath, self.namespaces)
        return self._targets

    @property
    def target_parents(self) -> list[Selected]:
        if self.parent is None:
            raise XdtError(NULL_REFERENCE)  # what inserting beside the root element comes to
        if self._target_parents is None:
            self._target_parents = self._engine.mirror.select(self.parent_xpath, self.namespaces)
        return self._target_parents

    @property
    def node(self) -> Element:
        """The copy of the element that goes into the document."""
        if self._node is None:
            self._node = scrubbed_copy(self.element, self.place, self._engine.budget)
        return self._node

    def missing(self, *, parents: bool) -> tuple[Context, bool] | None:
        """None when there is a target; else the highest element that selects nothing, and whether the untouched source had it."""
        if self.target_parents if parents else self.targets:
            return None
        failed = self
        while failed.parent is not None:
            above = failed.parent
            if parents and (not above.parent_xpath or above.target_parents):
                break
            if not parents and above.targets:
                break
            failed = above
        return failed, bool(self._engine.original.select(failed.xpath, self.namespaces))
