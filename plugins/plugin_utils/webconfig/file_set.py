# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A configuration file and those that it refers to (configSource, appSettings/@file): an edit is made in the file that owns the value.

A reference is followed only into the folder of the file that holds it, or below, as ASP.NET itself does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..errors import ConfigEditError
from .config_source import resolve, source_fault
from .document import Document
from .edits import Edit, masked_texts
from .nodes import Element
from .placing import below, scopes
from .steps import Step

__all__ = ["FileOutcome", "FileSet", "Made", "Source"]

#: Name in a reference -> the full path of the file, and its bytes (None: there is none).
Source = Callable[[str], tuple[str, bytes | None]]


@dataclass(frozen=True)
class Made:
    """What became of one edit: whether it changed something, and in which file."""

    changed: bool
    path: str
    section: tuple[str, ...] = ()  # local names from the root's child to the element
    location: str | None = None


@dataclass(frozen=True)
class FileOutcome:
    """One file of the set. ``before`` is None when there was none; ``texts`` are masked."""

    path: str
    before: bytes | None = field(repr=False)
    after: bytes = field(repr=False)
    texts: tuple[str, str] = field(repr=False)
    warnings: tuple[str, ...] = ()


class _File:
    def __init__(self, path: str, before: bytes | None, document: Document) -> None:
        self.path, self.before, self.document = path, before, document
        self.start = document.to_bytes()
        self.edits: list[Edit] = []

    def apply(self, edit: Edit) -> bool:
        self.edits.append(edit)
        return edit.apply(self.document)

    def outcome(self) -> FileOutcome:
        after = self.document.to_bytes()
        root = self.document.root.name if self.document.root.name != "configuration" else None
        texts = masked_texts(Document.parse(self.start, root=root), Document.parse(after, root=root), self.edits)
        return FileOutcome(
            path=self.path,
            before=self.before,
            after=after,
            texts=("", texts[1]) if self.before is None else texts,
            warnings=self.document.warnings,
        )


class FileSet:
    """``source``: reads what is referred to; without it an edit of a section in another file is refused. ``create``: missing ones are made."""

    def __init__(self, path: str, before: bytes | None, start: bytes, source: Source | None = None, *, create: bool = False) -> None:
        self._main = _File(path, before, Document.parse(start, name=path))
        self._source = source
        self._create = create
        self._others: dict[str, _File] = {}

    def apply(self, edit: Edit) -> Made:
        """Makes the edit in the file that owns what it names. Raises ConfigEditError and ConfigSyntaxError, naming that file."""
        if edit.xpath:
            return self._apply_xpath(edit)
        section = tuple(step.name for step in edit.path)
        changed, path = self._apply_path(edit)
        return Made(changed, path, section, edit.location)

    def outcomes(self) -> list[FileOutcome]:
        """The file itself, then those others that were edited."""
        return [self._main.outcome(), *[other.outcome() for other in self._others.values() if other.document.is_edited]]

    # Inside

    def _apply_xpath(self, edit: Edit) -> Made:
        document = self._main.document
        found = document.find(edit.xpath)
        sources = [element for element in document.root.walk() if element.attribute("configSource")] if not found else []
        if sources and not edit.optional and any(value is not None for value in edit.attributes.values()):
            told = ", ".join(f"<{element.name}> (line {element.line})" for element in sources)
            raise ConfigEditError(
                f"No element in the document matches {edit.xpath!r}; these sections live in files of their own: {told}.",
                where=self._main.path,
                next_step="An XPath is not followed there: name the element by path instead.",
            )
        names: tuple[str, ...] = ()
        location = None
        for element in found[0].ancestors() if found else ():
            if element.name == "location":
                location = element.get("path")
            else:
                names = (element.local_name, *names)
        return Made(self._main.apply(edit), self._main.path, names[1:], location)

    def _apply_path(self, edit: Edit) -> tuple[bool, str]:
        main = self._main
        if self._source is None:
            return main.apply(edit), main.path
        held = self._held_elsewhere(edit)
        if held is not None:
            depth, element = held
            other = self._other(element, str(element.get("configSource")), "configSource")
            return (other.apply(edit.inside(depth)), other.path) if other else (False, main.path)
        return self._apply_settings(edit)

    def _held_elsewhere(self, edit: Edit) -> tuple[int, Element] | None:
        """The section on the path that lives in another file, and how many steps lead to it."""
        places = scopes(self._main.document.root, edit.location)
        for depth in range(1, len(edit.path) + 1):
            for element in below(places, edit.path[:depth]):
                if element.attribute("configSource") is None:
                    continue
                if depth == len(edit.path) and (edit.removes_element or "configSource" in edit.attributes):
                    return None  # the reference itself is meant
                return depth, element
        return None

    def _apply_settings(self, edit: Edit) -> tuple[bool, str]:
        """``appSettings file="..."``: what that file says counts, and what it does not say stands here; when it is missing all is here."""
        main = self._main
        owner = below(scopes(main.document.root, edit.location), [Step("appSettings")]) if edit.path[0].name == "appSettings" else []
        referring = [element for element in owner if element.get("file")]
        if len(edit.path) < 2 or not referring:
            return main.apply(edit), main.path
        other = self._other(referring[0], str(referring[0].get("file")), "file", required=False)
        inner = edit.inside(1)
        if other is None or not inner.elements(other.document):
            return main.apply(edit), main.path
        changed = other.apply(inner)
        if edit.removes_element and main.apply(edit):
            changed = True
        return changed, other.path

    def _other(self, element: Element, name: str, attribute: str, *, required: bool = True) -> _File | None:
        fault = source_fault(name) if attribute == "configSource" else ""
        if not fault and (resolve("", name) in (None, "") or name.startswith(("/", "\\")) or ":" in name):
            fault = "It names a file outside of the folder."
        if fault:
            raise ConfigEditError(
                f'<{element.name} {attribute}="{name}"> is not followed. {fault}',
                where=self._main.path,
                line=element.line or None,
                next_step="Let it name a file in the same folder or below.",
            )
        key = resolve("", name) or ""
        if key not in self._others:
            path, before = self._source(name) if self._source else (name, None)
            if before is None and not required:
                return None
            if before is None and not self._create:
                raise ConfigEditError(
                    f"<{element.name}> lives in '{name}', and there is no such file.",
                    where=self._main.path,
                    line=element.line or None,
                    next_step="Correct the reference, or let the file be made with create: true.",
                )
            start = (
                before if before is not None else f'<?xml version="1.0" encoding="utf-8"?>\n<{element.name}>\n</{element.name}>\n'.encode()
            )
            document = Document.parse(start, name=path, root=element.name)
            if attribute == "file" and document.root.attributes:
                raise ConfigEditError(
                    "The root of an appSettings file may have no attributes: ASP.NET refuses the whole section.",
                    where=path,
                    line=document.root.line,
                    next_step="Remove them.",
                )
            self._others[key] = _File(path, before, document)
        other = self._others[key]
        if other.document.root.name != element.name:
            raise ConfigEditError(
                f"'{name}' holds <{other.document.root.name}>, not <{element.name}>.",
                where=self._main.path,
                line=element.line or None,
                next_step="Give each section a file of its own.",
            )
        return other
