# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries out a transform on a document: every element in order, each seeing what those before it left.

Behaviour, order and wording follow Microsoft.Web.XmlTransform, the engine of Visual Studio, MSBuild and the Windows deployment tools.
"""

from __future__ import annotations

from collections.abc import Callable

from .context import Context
from .dom import XDT_NAMESPACE, Document, Element, Leaf
from .grammar import parse_value
from .limits import Budget
from .log import Log, XdtError
from .reading import Loaded, load
from .transforms import TRANSFORMS, Run, TransformKind
from .tree import Tree
from .types import resolve
from .xpath import Mirror, Selected

__all__ = ["Engine", "FatalTransform"]

_BOOLEANS = {"true": True, "false": False}
_IMPORT_ATTRIBUTES = ("assembly", "namespace", "path")


class FatalTransform(Exception):
    """The transform is not carried out at all; the log says why."""


class Engine:
    """One run. ``text_of`` gives the text of a node that is commented out: the writers differ in it."""

    def __init__(
        self, source: Loaded, source_data: bytes, transform: Loaded, log: Log, *, text_of: Callable[[Element | Leaf], str]
    ) -> None:
        self.source_name = source.name
        self.transform_name = transform.name
        self.log = log
        self.text_of = text_of
        self.budget = Budget(transform.name)
        self.document: Document = source.document
        self.mirror = Mirror(source.document, source.raw, self.budget)
        self.tree = Tree(source.document, self.mirror)
        self._transform = transform.document
        self._source_data = source_data
        self._as_microsoft = source.encoding is None
        self._original: Mirror | None = None

    @property
    def original(self) -> Mirror:
        """The source as it was, to tell what was never there from what a transform removed."""
        if self._original is None:
            loaded = load(self._source_data, name=self.source_name, as_microsoft=self._as_microsoft, keep_blanks=True)
            self._original = Mirror(loaded.document, loaded.raw, self.budget)
        return self._original

    def run(self) -> None:
        """Transform the document. Raises ``FatalTransform``, and ``ConfigEditError`` over a limit."""
        root = self._transform.root
        if root is None or not any(XDT_NAMESPACE in element.scope.values() for element in root.walk()):
            self.log.remark(f"The expected namespace {XDT_NAMESPACE} was not found in the transform file")
            return
        self._check_tags(root)
        self._element(None, root)

    def _check_tags(self, root: Element) -> None:
        for element in root.walk():
            if element.namespace != XDT_NAMESPACE:
                continue
            if element.local != "Import":
                self.log.warning(f"Unknown tag '{element.name}'", element.place(self.transform_name))
                continue
            try:
                self._refuse_import(element)
            except XdtError as error:
                self.log.error(error.at(element.place(self.transform_name)))
                raise FatalTransform("Fatal syntax error") from None

    def _refuse_import(self, element: Element) -> None:
        given: dict[str, str] = {}
        for attribute in element.attributes:
            if attribute.namespace or attribute.local not in _IMPORT_ATTRIBUTES:
                raise XdtError(f"Import tag does not support '{attribute.name}' attribute", attribute.place(self.transform_name))
            given[attribute.local] = attribute.value
        if "assembly" in given and "path" in given:
            raise XdtError("Import tag cannot have both a 'path' and an 'assembly'")
        if "assembly" not in given and "path" not in given:
            raise XdtError("Import tag must have a 'path' or an 'assembly'")
        if "namespace" not in given:
            raise XdtError("Import tag must have a 'namespace'")
        if given.get("assembly") == "":
            raise XdtError("The value cannot be an empty string. (Parameter 'assemblyName')")
        raise XdtError("Import loads .NET code into the engine and is not supported: use the transforms that are built in")

    def _element(self, parent: Context | None, element: Element) -> None:
        context = Context(self, parent, element)
        try:
            self._transform_element(context)
        except XdtError as error:
            self.log.error(error.at(context.place))
            return
        for child in element.elements():
            self._element(context, child)

    def _transform_element(self, context: Context) -> None:
        attribute = context.element.xdt("Transform")
        if attribute is None:
            return
        try:
            name, arguments = parse_value(attribute.value)
            kind = resolve(name, "Transform", TRANSFORMS)
        except XdtError as error:
            raise error.at(context.attribute_place(attribute)) from None
        context.transform_attribute = attribute
        before = self.log.suppress_warnings
        suppress = context.element.xdt("SupressWarnings")  # the engine's spelling
        if suppress is not None:
            self.log.suppress_warnings = _boolean(suppress.value)
        try:
            self._execute(context, name, kind, arguments)
        finally:
            self.log.suppress_warnings = before

    def _execute(self, context: Context, name: str, kind: TransformKind, arguments: str | None) -> None:
        if context.transform_attribute is None:
            raise ValueError("the element has no transform")
        place = context.attribute_place(context.transform_attribute)
        self.log.reference = place
        started = failed = False
        try:
            if self._has_target(context, kind):
                started = True
                self.log.start(f"Executing {name} (transform line {place.line}, {place.column})")
                self.log.verbose(f"on {context.xpath}")
                self._apply(context, name, kind, arguments)
        except XdtError as error:
            failed = True
            self.log.error(error.at(place))
        finally:
            self.tree.settle()
            self.log.reference = None
        if started:
            self.log.end(f"{'Error during' if failed else 'Done executing'} {name}")
        else:
            self.log.message(f"Not executing {name} (transform line {place.line}, {place.column})")

    def _has_target(self, context: Context, kind: TransformKind) -> bool:
        missing = context.missing(parents=kind.parents)
        if missing is None:
            return True
        failed, was_there = missing
        message = (
            f"'{failed.xpath}' did not find a match, because matching nodes in the source document were modified or removed by a "
            "previous transform"
            if was_there
            else f"No element in the source document matches '{failed.xpath}'"
        )
        if kind.error_if_missing:
            raise XdtError(message, failed.place)
        self.log.warning(message, failed.place)
        return False

    def _apply(self, context: Context, name: str, kind: TransformKind, arguments: str | None) -> None:
        targets = context.target_parents if kind.parents else context.targets
        for target in targets if kind.every_target else targets[:1]:
            self.budget.spend("targets", 1 + (len(target.attributes) if isinstance(target, Element) else 0))
            try:
                self._say_target(target)
                kind.apply(Run(self, context, name, arguments, targets, target, context.node))
            except XdtError as error:
                if not kind.every_target:
                    raise
                self.log.error(error)

    def _say_target(self, target: Selected) -> None:
        if isinstance(target, (Leaf, Document)):
            self.log.verbose(f"Applying to '{target.name}' element (no source line info)")
            return
        place = target.place(self.source_name)
        self.log.verbose(f"Applying to '{target.name}' element (source line {place.line}, {place.column})")


def _boolean(text: str) -> bool:
    found = _BOOLEANS.get(text.strip(" \t\r\n\0").lower())
    if found is None:
        raise XdtError(f"String '{text}' was not recognized as a valid Boolean.")
    return found
