# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``xdt:Transform``: what each does to the document, as a table."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .context import Context
from .dom import Attr, Document, Element, Kind, Leaf
from .grammar import split_arguments
from .log import NULL_REFERENCE, Log, Place, XdtError
from .xpath import Selected, attributes_of

if TYPE_CHECKING:
    from .engine import Engine

__all__ = ["TRANSFORMS", "Run", "TransformKind"]

_TOKEN = re.compile(r"\$\(([\w:.]+)\)")


@dataclass
class Run:
    """One transform being carried out on one target."""

    engine: Engine
    context: Context
    name: str
    arguments: str | None
    targets: list[Selected]
    target: Selected
    node: Element

    @property
    def log(self) -> Log:
        return self.engine.log

    def no_arguments(self) -> None:
        if self.arguments:
            self.log.warning(f"{self.name} does not expect arguments; ignoring")

    def only_first(self) -> None:
        if len(self.targets) > 1:
            self.log.warning(f"Found multiple target elements, but the '{self.name}' Transform only applies to the first match")

    def listed(self, element: Element) -> list[Attr]:
        """The attributes of ``element`` that the argument list means; all when there is none."""
        names = split_arguments(self.arguments)
        if not names:
            return attributes_of(element, "@*")
        for name in names:
            if not attributes_of(element, f"@{name}"):
                self.log.warning(f"Argument '{name}' did not match any attributes")
        return attributes_of(element, "|".join(f"@{name}" for name in names))

    def target_element(self) -> Element:
        if not isinstance(self.target, Element):
            raise XdtError(NULL_REFERENCE)
        return self.target


def _replace(run: Run) -> None:
    run.no_arguments()
    run.only_first()
    run.engine.tree.replace(run.target, run.node)
    run.log.verbose(f"Replaced '{run.target.name}' element")


def _remove(run: Run) -> None:
    run.only_first()
    _remove_all(run)


def _remove_all(run: Run) -> None:
    run.no_arguments()
    run.engine.tree.remove(run.target)
    run.log.verbose(f"Removed '{run.target.name}' element")


def _insert(run: Run) -> None:
    run.no_arguments()
    _append(run)


def _append(run: Run) -> None:
    run.engine.tree.append(run.target, run.node)
    run.log.verbose(f"Inserted '{run.node.name}' element")


def _insert_if_missing(run: Run) -> None:
    run.no_arguments()
    if not run.context.targets:
        _append(run)


def _insert_before(run: Run) -> None:
    run.engine.tree.insert_beside(_sibling(run), run.node, after=False)
    run.log.verbose(f"Inserted '{run.node.name}' element")


def _insert_after(run: Run) -> None:
    run.engine.tree.insert_beside(_sibling(run), run.node, after=True)
    run.log.verbose(f"Inserted '{run.node.name}' element")


def _sibling(run: Run) -> Element:
    arguments = split_arguments(run.arguments)
    if not arguments:
        raise XdtError(f"{run.name} requires an XPath argument")
    if len(arguments) > 1:
        raise XdtError(f"Too many arguments to {run.name}")
    found = run.engine.mirror.select(arguments[0], None, run.target)
    if not found:
        raise XdtError(f"No element in the source document matches '{arguments[0]}'")
    if not isinstance(found[0], Element):
        raise XdtError(f"'{arguments[0]}' does not evaluate to an element")
    return found[0]


def _set(run: Run, value_of: Callable[[Run, Attr], str]) -> None:
    attributes = run.listed(run.node)
    for attribute in attributes:
        target = run.target_element()
        value = value_of(run, attribute)
        run.engine.budget.spend("inserted characters", len(value))
        found = target.attribute(attribute.name)
        if found is not None:
            found.value = value
        else:
            # .NET drops an attribute of the same local name and namespace that is written with a prefix.
            target.attributes[:] = [
                one for one in target.attributes if (one.local, one.namespace) != (attribute.local, attribute.namespace)
            ]
            added = attribute.clone()
            added.value = value
            target.add(added)
        run.engine.mirror.changed_attributes(target)
        run.log.verbose(f"Set '{attribute.name}' attribute")
    if attributes:
        run.log.verbose(f"Set {len(attributes)} attributes")
    else:
        run.log.warning("No attributes found to set")


def _set_attributes(run: Run) -> None:
    _set(run, lambda _run, attribute: attribute.value)


def _set_tokenized(run: Run) -> None:
    _set(run, _tokenized)


def _tokenized(run: Run, attribute: Attr) -> str:
    target = run.target_element()

    def value(found: re.Match[str]) -> str:
        source = target.attribute(found[1])
        if source is None and found[1].lower() != attribute.name.lower():
            source = run.node.attribute(found[1])
        if source is None:
            raise XdtError(NULL_REFERENCE)
        run.engine.budget.spend("inserted characters", len(source.value))
        return source.value.replace("'", "&apos;")

    return _TOKEN.sub(value, attribute.value)


def _remove_attributes(run: Run) -> None:
    target = run.target
    attributes = run.listed(target) if isinstance(target, Element) else []
    for attribute in attributes:
        element = run.target_element()
        element.attributes[:] = [one for one in element.attributes if one is not attribute]
        run.engine.mirror.changed_attributes(element)
        run.log.verbose(f"Removed '{attribute.name}' attribute")
    if attributes:
        run.log.verbose(f"Removed {len(attributes)} attributes")
    elif isinstance(target, Document):
        raise XdtError(NULL_REFERENCE)
    else:
        place = Place(run.engine.source_name) if isinstance(target, Leaf) else target.place(run.engine.source_name)
        run.log.warning("No attributes found to remove", place)


def _comment_out(run: Run) -> None:
    target = run.target
    if isinstance(target, (Attr, Document)) or target.parent is None:
        raise XdtError("Cannot comment out the whole XML document")
    comment = Leaf(Kind.COMMENT, f" {run.engine.text_of(target)} ")
    run.engine.budget.spend("inserted characters", len(comment.value))
    run.engine.tree.insert_beside(target, comment, after=True)
    run.engine.tree.remove(target)
    run.log.verbose(f"Commented out '{target.name}' element")


@dataclass(frozen=True, kw_only=True)
class TransformKind:
    """How a transform takes its targets. ``error_if_missing``: no target is an error, else a warning."""

    apply: Callable[[Run], None]
    every_target: bool = False
    parents: bool = False
    error_if_missing: bool = False


TRANSFORMS: dict[str, TransformKind] = {
    "Replace": TransformKind(apply=_replace),
    "Remove": TransformKind(apply=_remove),
    "RemoveAll": TransformKind(apply=_remove_all, every_target=True),
    "Insert": TransformKind(apply=_insert, parents=True, error_if_missing=True),
    "InsertIfMissing": TransformKind(apply=_insert_if_missing, parents=True, error_if_missing=True),
    "InsertBefore": TransformKind(apply=_insert_before, parents=True, error_if_missing=True),
    "InsertAfter": TransformKind(apply=_insert_after, parents=True, error_if_missing=True),
    "SetAttributes": TransformKind(apply=_set_attributes, every_target=True),
    "SetTokenizedAttributes": TransformKind(apply=_set_tokenized, every_target=True),
    "RemoveAttributes": TransformKind(apply=_remove_attributes, every_target=True),
    "CommentOut": TransformKind(apply=_comment_out),
}
