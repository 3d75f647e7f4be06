# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A configuration file that can be edited without losing a byte of what the edit does not touch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType

from ..errors import ConfigEditError, ConfigSyntaxError
from .decode import Encoding, decode, encode
from .escapes import attribute_form, is_name
from .guards import check_attribute, check_editable
from .layout import attribute_space, insert_child, remove_attribute, remove_child
from .mirror import Mirror
from .nodes import Attribute, Element
from .placing import GROUPS, below, matches, pick, scopes
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
        self.name = name
        self.warnings: tuple[str, ...] = (encoding.warning,) if encoding.warning else ()

    @classmethod
    def parse(cls, data: bytes, *, name: str = "", root: str | None = None) -> Document:
        """Read ``data``, the bytes of a file called ``name``; ``root``: the name its root element must have.

        Raises ``ConfigSyntaxError`` with line and column: not well-formed, a DOCTYPE, over a limit, in no known encoding,
        an HTML page (a login or error page saved under the file's name).
        """
        text, encoding = decode(data, name=name)
        check_syntax(text, name=name)
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
        return cls(data, tree, encoding, name=name)

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
        self._mirrors.clear()

    def to_bytes(self) -> bytes:
        """The file's bytes: those that were read when nothing was edited.

        An edited document is read back first; ``ConfigEditError`` when the bytes would not mean what the document holds.
        """
        if not self._edited:
            return self._data
        text = self._tree.write()
        data = encode(text, self._encoding)
        again, encoding = decode(data, name=self.name)
        check_syntax(again, name=self.name)
        fault = "its encoding" if encoding != self._encoding else difference(self._tree, read_nodes(again, name=self.name))
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
        return self._mirror(plain=False).select(xpath, self._prefixes()) or self._mirror(plain=True).select(xpath, self._prefixes())

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
        path: Sequence[str],
        identity: Mapping[str, str] | None = None,
        attributes: Mapping[str, str] = _NOTHING,
        *,
        location: str | None = None,
    ) -> bool:
        """There is an element at ``path`` (local names below the root) with these ``attributes``; True when that changed something.

        ``identity`` tells it from others of its name. It is looked for in the file itself, plain or in a ``location`` without path; with
        ``location`` only in that one. What is missing is created, parents too: in the ``location`` asked for, else outside of any,
        except that a section that stands in a ``location`` without path is not begun a second time.
        """
        what = "<" + "/".join(path) + ">" + "".join(f" with {name}='{value}'" for name, value in (identity or {}).items())
        element = self._at(path, identity, location, what)
        if element is None:
            with self._naming_the_file():
                for name, value in {**(identity or {}), **attributes}.items():
                    check_attribute(self.root, name, value)
            element = self._create(path, identity or {}, location)
            for name, value in attributes.items():
                self.set_attribute(element, name, value)
            return True
        changed = [self.set_attribute(element, name, value) for name, value in attributes.items()]
        return any(changed)

    def remove(self, path: Sequence[str], identity: Mapping[str, str] | None = None, *, location: str | None = None) -> bool:
        """There is no element at ``path`` with this ``identity``; True when one was removed. Several are refused."""
        element = self._at(path, identity, location, "<" + "/".join(path) + ">")
        if element is None:
            return False
        with self._naming_the_file():
            check_editable(element, "configSource")
        remove_child(element)
        self.touch()
        return True

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
        for element in self._tree.walk():
            for attribute in element.attributes if "xmlns:" in element.raw_attributes else ():
                if attribute.name.startswith("xmlns:"):
                    found.setdefault(attribute.name[6:], attribute.value)
        return {prefix: uri for prefix, uri in found.items() if uri}

    def _mirror(self, *, plain: bool) -> Mirror:
        if plain not in self._mirrors:
            self._mirrors[plain] = Mirror(self.root, plain=plain)
        return self._mirrors[plain]

    def _follow(self, element: Element, name: str, value: str | None) -> None:
        self._edited = True
        followed = [mirror.follow(element, name, value) for mirror in self._mirrors.values()]
        if ":" in name or name == "xmlns" or not all(followed):
            self._mirrors.clear()

    def _at(self, path: Sequence[str], identity: Mapping[str, str] | None, location: str | None, what: str) -> Element | None:
        if not path:
            raise ConfigEditError("The path names no element.", where=self.name, next_step="Name at least one element below the root.")
        found = below(scopes(self.root, location), path)
        with self._naming_the_file():
            for parent in below(scopes(self.root, location), path[:-1]):
                check_editable(parent)
            return pick([one for one in found if identity is None or matches(one, identity)], what)

    def _create(self, path: Sequence[str], identity: Mapping[str, str], location: str | None) -> Element:
        places = scopes(self.root, location)
        if not places:
            places = [self._add(self.root, "location", {"path": location or ""})]
        parent = places[0]
        for depth, name in enumerate(path[:-1], 1):
            children = [child for child in parent.elements() if child.local_name == name]
            if not children and name not in GROUPS:
                # A section may stand only once: go on where it is, if that is in a location without path.
                found = below(places, path[:depth])
                with self._naming_the_file():
                    elsewhere = pick(found, f"<{name}>")
                children = [elsewhere] if elsewhere is not None else []
            parent = children[0] if children else self._add(parent, name, {})
        return self._add(parent, path[-1], identity)

    def _add(self, parent: Element, name: str, attributes: Mapping[str, str]) -> Element:
        with self._naming_the_file():
            check_editable(parent)
        prefix = f"{parent.prefix}:" if parent.prefix and parent.parent is not None and parent.parent.name else ""
        element = Element(name=prefix + self._writable(name), self_closing=True, tail=" ")
        if not prefix and name in _NAMESPACES:
            element.attributes.append(Attribute(name="xmlns", raw=_NAMESPACES[name]))
        with self._naming_the_file():
            insert_child(parent, element, first=name == "configSections" and parent is self.root)
        self.touch()
        for key, value in attributes.items():
            self.set_attribute(element, key, value)
        return element
