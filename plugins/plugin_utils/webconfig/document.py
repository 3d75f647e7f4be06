# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A configuration file that can be edited without losing a byte of what the edit does not touch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from ..errors import ConfigEditError, ConfigSyntaxError
from .decode import Encoding, decode, encode
from .escapes import attribute_form, is_name
from .guards import check_attribute, check_editable
from .identity import collection_path, key_of
from .layout import attribute_space, insert_child, remove_attribute, remove_child
from .mirror import Mirror
from .nodes import Attribute, Element
from .ordering import Position, put_in_order
from .placing import GROUPS, below, is_dead, is_taken_away, pick, scopes
from .steps import Step, as_steps
from .syntax import check_syntax
from .tokens import read_nodes
from .verify import difference

__all__ = ["Document"]

_NOTHING: Mapping[str, str] = MappingProxyType({})
#: Default namespaces that elements bring along when they are created.
_NAMESPACES = {"assemblyBinding": "urn:schemas-microsoft-com:asm.v1"}


class Document:
    """One file. ``Document.parse`` reads it, the edits return whether they changed something, ``to_bytes`` gives the file back.

    XPath: names match as XPath says; an expression that selects nothing is tried again with all default namespaces left out, so that
    ``/configuration/appSettings`` also finds its elements under ``xmlns="http://schemas.microsoft.com/.NetConfiguration/v2.0"`` and
    ``assemblyBinding`` its own. Prefixes are those that the document declares. There are no variables and no EXSLT functions.
    """

    def __init__(self, data: bytes, tree: Element, encoding: Encoding, *, name: str = "") -> None:
        self._data = data
        self._tree = tree
        self._encoding = encoding
        self._edited = False
        self._mirrors: dict[bool, Mirror] = {}
        self._checked: Any = None  # what libxml2 made of the text that was read, until it is edited
        self._declares = True  # whether it has namespaces at all
        self.name = name
        self.warnings: tuple[str, ...] = (encoding.warning,) if encoding.warning else ()

    @classmethod
    def parse(cls, data: bytes, *, name: str = "", root: str | None = None) -> Document:
        """Read ``data``, the bytes of a file called ``name``; ``root``: the name its root element must have.

        Raises ``ConfigSyntaxError`` with line and column: not well-formed, a DOCTYPE, over a limit, in no known encoding,
        an HTML page (a login or error page saved under the file's name).
        """
        text, encoding = decode(data, name=name)
        checked = check_syntax(text, name=name)
        tree = read_nodes(text, name=name)
        found = tree.elements()[0]
        if found.name != (root or found.name) or found.name.lower() == "html":
            raise ConfigSyntaxError(
                f"The root element is <{found.name}>, not <{root or 'configuration'}>.",
                where=name,
                line=found.line,
                column=found.column,
                next_step="Check that this is the file that was meant.",
            )
        document = cls(data, tree, encoding, name=name)
        document._checked, document._declares = checked, "xmlns" in text
        return document

    @property
    def root(self) -> Element:
        """The root element."""
        return self._tree.elements()[0]

    @property
    def tree(self) -> Element:
        """Everything in the file, as children of a nameless element; call ``touch`` after editing it."""
        return self._tree

    @property
    def encoding(self) -> Encoding:
        """How the file's bytes became text."""
        return self._encoding

    @property
    def is_edited(self) -> bool:
        """Whether something was changed since the file was read."""
        return self._edited

    def touch(self) -> None:
        """Say that the tree was edited."""
        self._edited = True
        self._checked = None
        self._mirrors.clear()

    def to_bytes(self) -> bytes:
        """The file's bytes: those that were read when nothing was edited.

        An edited document is read back first; ``ConfigEditError`` when the bytes would not mean what the document holds.
        """
        if not self._edited:
            return self._data
        slices, asked = self._tree.slices()
        text = "".join(slices)
        data = encode(text, self._encoding)
        again, encoding = decode(data, name=self.name)
        check_syntax(again, name=self.name)
        fault = "its encoding" if encoding != self._encoding or again != text else difference(asked)
        if fault:
            raise ConfigEditError(
                f"The edited file would not read back as it was meant: {fault}.",
                where=self.name,
                next_step="Nothing was written; report this as a defect.",
            )
        return data

    # Finding

    def find(self, xpath: str) -> list[Element]:
        """The elements that ``xpath`` selects, in document order."""
        found = self._mirror(plain=False).select(xpath, self._prefixes())
        if found or (self._checked is not None and not self._declares):
            return found
        return self._mirror(plain=True).select(xpath, self._prefixes())

    def get(self, xpath: str, attribute: str) -> str | None:
        """Value of an attribute of the one element that ``xpath`` selects; ``None`` when there is no such element or attribute."""
        element = self._only(xpath, self.find(xpath))
        return None if element is None else element.get(attribute)

    # Editing

    def set(self, xpath: str, attribute: str, value: str) -> bool:
        """Give the one element that ``xpath`` selects this attribute. True when that changed something."""
        return self.set_attribute(self._one(xpath), attribute, value)

    def remove_attribute(self, xpath: str, attribute: str) -> bool:
        """Take an attribute from the one element that ``xpath`` selects. True when it had it."""
        return self.unset_attribute(self._one(xpath), attribute)

    def set_attribute(self, element: Element, name: str, value: str) -> bool:
        """Like ``set``, for an element at hand."""
        found = element.attribute(name)
        if found is not None and found.value == value:
            return False
        with self._naming_the_file():
            check_editable(element, name)
            check_attribute(element, name, value)
        codec = self._encoding.written_codec
        if found is not None:
            found.raw = attribute_form(value, found.quote, codec)
        else:
            raw = attribute_form(value, '"', codec)
            element.attributes.append(Attribute(space=attribute_space(element), name=self._writable(name), raw=raw))
        self._follow(element, name, value)
        return True

    def unset_attribute(self, element: Element, name: str) -> bool:
        """Like ``remove_attribute``, for an element at hand."""
        found = element.attribute(name)
        if found is None:
            return False
        with self._naming_the_file():
            check_editable(element, name)
        remove_attribute(element, found)
        self._follow(element, name, None)
        return True

    def ensure(
        self,
        path: Sequence[str | Step],
        identity: Mapping[str, str] | None = None,
        attributes: Mapping[str, str] = _NOTHING,
        *,
        location: str | None = None,
        inherit: bool | None = None,
        position: Position | None = None,
        remove_inherited: bool = False,
    ) -> bool:
        """There is an element at ``path`` (local names below the root) with these ``attributes``; True when that changed something.

        ``identity`` tells it from others of its name. It is looked for in the file itself, plain or in a ``location`` without path; with
        ``location`` only in that one. What is missing is created, parents too: in the ``location`` asked for, else outside of any,
        except that a section that stands in a ``location`` without path is not begun a second time. ``inherit``: what that location has to
        say about child applications. ``position``: before or after which sibling it stands; it is moved when it does not.
        ``remove_inherited``: a ``remove`` of its key stands before it.
        """
        steps = as_steps(path, identity)
        element, changed = self._at(steps, location), False
        if element is None:
            with self._naming_the_file():
                for name, value in {**steps[-1].identity, **attributes}.items():
                    check_attribute(self.root, name.rpartition("/")[2], value)
            element, changed = self._create(steps, attributes, location, inherit), True
        elif inherit is not None:
            self._check_inheritance(element, inherit)
        changed = any([changed, *[self.set_attribute(element, name, value) for name, value in attributes.items()]])
        with self._naming_the_file():
            if position is not None and put_in_order(element, position):
                self.touch()
                changed = True
        return (remove_inherited and self._remove_inherited(element)) or changed

    def remove(
        self,
        path: Sequence[str | Step],
        identity: Mapping[str, str] | None = None,
        *,
        location: str | None = None,
        remove_inherited: bool = False,
    ) -> bool:
        """There is no element at ``path`` with this ``identity``; True when one was removed. Several are refused.

        ``remove_inherited``: nor one that is inherited; a ``remove`` of its key takes it away.
        """
        steps = as_steps(path, identity)
        element = self._at(steps, location)
        if element is not None:
            with self._naming_the_file():
                check_editable(element, "configSource")
            remove_child(element)
            self.touch()
        if not remove_inherited:
            return element is not None
        parents = below(scopes(self.root, location), steps[:-1])
        if any(is_taken_away(parent, steps[-1].identity, parent.elements()) for parent in parents):
            return element is not None
        self._removable(steps[-1], parents[0] if parents else None, [step.name for step in steps[:-1]])
        return self.ensure((*steps[:-1], Step("remove", steps[-1].identity)), location=location)

    # Inside

    @contextmanager
    def _naming_the_file(self) -> Iterator[None]:
        """Refusals from inside name this file."""
        try:
            yield
        except ConfigEditError as error:
            if self.name and not error.where:
                error.at(self.name)
            raise

    def _writable(self, name: str) -> str:
        if not is_name(name) or name.encode(self._encoding.written_codec, "replace").decode(self._encoding.written_codec) != name:
            raise ConfigEditError(f"The name {name!r} cannot be written in this file.", where=self.name, next_step="Use another name.")
        return name

    def _only(self, xpath: str, found: list[Element]) -> Element | None:
        with self._naming_the_file():
            return pick(found, f"What the XPath {xpath!r} selects")

    def _one(self, xpath: str) -> Element:
        element = self._only(xpath, self.find(xpath))
        if element is None:
            raise ConfigEditError(
                f"No element in the document matches {xpath!r}.",
                where=self.name,
                next_step="Correct the XPath, or create the element first.",
            )
        return element

    def _prefixes(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if self._checked is not None and not self._declares:
            return found
        for element in self._tree.walk():
            for attribute in element.attributes if "xmlns:" in element.raw_attributes else ():
                if attribute.name.startswith("xmlns:"):
                    found.setdefault(attribute.name[6:], attribute.value)
        return {prefix: uri for prefix, uri in found.items() if uri}

    def _mirror(self, *, plain: bool) -> Mirror:
        if plain not in self._mirrors:
            self._mirrors[plain] = Mirror(self.root, plain=plain, checked=self._checked)
        return self._mirrors[plain]

    def _follow(self, element: Element, name: str, value: str | None) -> None:
        self._edited = True
        self._checked = None
        followed = [mirror.follow(element, name, value) for mirror in self._mirrors.values()]
        if ":" in name or name == "xmlns" or not all(followed):
            self._mirrors.clear()

    def _at(self, steps: Sequence[Step], location: str | None) -> Element | None:
        if not steps:
            raise ConfigEditError("The path names no element.", where=self.name, next_step="Name at least one element below the root.")
        with self._naming_the_file():
            for parent in below(scopes(self.root, location), steps[:-1]):
                check_editable(parent)
            found = [element for element in below(scopes(self.root, location), steps) if not is_dead(element)]
            path = "/".join(step.name for step in steps)
            identity = "".join(f" with {name}='{value}'" for name, value in steps[-1].identity.items())
            return pick(found, f"<{path}>{identity}")

    def _create(self, steps: Sequence[Step], attributes: Mapping[str, str], location: str | None, inherit: bool | None) -> Element:
        places = scopes(self.root, location)
        parent = self._place(places, location, inherit)
        for depth, step in enumerate(steps[:-1], 1):
            children = below([parent], [step])
            if not children and step.name not in GROUPS:
                # A section may stand only once: go on where it is, if that is in a location without path or outside of any.
                found = below(places, steps[:depth])
                with self._naming_the_file():
                    elsewhere = pick(found, f"<{step.name}>")
                children = [elsewhere] if elsewhere is not None else []
                if elsewhere is not None and inherit is not None:
                    self._check_inheritance(elsewhere, inherit)
            children.sort(key=lambda child: child.attribute("appliesTo") is not None)  # what holds for every version comes first
            parent = children[0] if children else self._add(parent, step, {})
        return self._add(parent, steps[-1], attributes)

    def _place(self, places: Sequence[Element], location: str | None, inherit: bool | None) -> Element:
        """Where new sections go: the file itself, or a ``location``, which is made when it is missing."""
        if location is None and inherit is None:
            return places[0]
        inherited = {None: {}, True: {"inheritInChildApplications": "true"}, False: {"inheritInChildApplications": "false"}}[inherit]
        own = location in (None, "", ".")
        fitting = [
            place
            for place in places
            if place is not self.root and (inherit is None or (place.get("inheritInChildApplications") != "false") == inherit)
        ]
        if own and not fitting and inherit is not False:
            return self.root
        if not own and places and not fitting:
            self._check_inheritance(places[0], bool(inherit))
        return fitting[0] if fitting else self._add(self.root, Step("location"), {"path": location or ".", **inherited})

    def _check_inheritance(self, element: Element, inherit: bool) -> None:
        around = next((outer for outer in element.ancestors() if outer.name == "location"), None)
        if (around is None or around.get("inheritInChildApplications") != "false") != inherit:
            where = "outside of such a location" if around is None else f"in a location that says otherwise in line {around.line}"
            raise ConfigEditError(
                f"<{element.name}> is to be {'inherited' if inherit else 'kept from child applications'}, and stands {where}.",
                where=self.name,
                line=element.line or None,
                next_step="Move it by hand, or leave inherit_in_child_applications out.",
            )

    def _removable(self, step: Step, parent: Element | None, names: Sequence[str]) -> None:
        path, external = collection_path(parent) if parent is not None else (tuple(names), self.root.name != "configuration")
        key = key_of((*path, step.name), external=external)
        if key is None or not key.removable or not step.identity:
            raise ConfigEditError(
                f"What is inherited of <{step.name}> in <{'/'.join(path)}> cannot be removed by its key.",
                where=self.name,
                next_step="Use remove_inherited only for items of a collection of IIS or ASP.NET, named by their key.",
            )

    def _remove_inherited(self, element: Element) -> bool:
        """A ``remove`` with the key of ``element`` stands before it, or a ``clear`` does; True when one was inserted."""
        parent = element.parent
        if parent is None:
            return False
        names, external = collection_path(parent)
        key = key_of((*names, element.local_name), external=external)
        identity = {name: value for name in key.names if (value := element.get(name)) is not None} if key else {}
        self._removable(Step(element.local_name, identity), parent, names)
        siblings = parent.elements()
        before = siblings[: next(number for number, other in enumerate(siblings) if other is element)]
        if is_taken_away(element, identity, before):
            return False
        removal = self._add(parent, Step("remove", identity), {})
        put_in_order(removal, Position(anchor=element))
        self.touch()
        return True

    def _add(self, parent: Element, step: Step, attributes: Mapping[str, str]) -> Element:
        with self._naming_the_file():
            check_editable(parent)
        prefix = f"{parent.prefix}:" if parent.prefix and parent.parent is not None and parent.parent.name else ""
        element = Element(name=prefix + self._writable(step.name), self_closing=True, tail=" ")
        if not prefix and step.name in _NAMESPACES:
            element.attributes.append(Attribute(name="xmlns", raw=_NAMESPACES[step.name]))
        with self._naming_the_file():
            insert_child(parent, element, first=step.name == "configSections" and parent is self.root)
        self.touch()
        names, external = collection_path(parent)
        key = key_of((*names, step.name), external=external)
        left_out = (
            {name for name, value in key.defaults.items() if name not in attributes and step.identity.get(name) == value} if key else ()
        )
        for name, value in step.identity.items():
            child, _slash, attribute = name.rpartition("/")
            if name not in left_out or child:
                self.set_attribute(self._child(element, child) if child else element, attribute, value)
        for name, value in attributes.items():
            self.set_attribute(element, name, value)
        return element

    def _child(self, element: Element, name: str) -> Element:
        found = below([element], [Step(name)])
        return found[0] if found else self._add(element, Step(name), {})
