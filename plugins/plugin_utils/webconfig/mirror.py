# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same tree in lxml: says whether a text is well-formed XML, and answers XPath.

Literal line ends and tabs in attributes go in as references, because .NET keeps them and a conforming parser would turn them
into blanks. Nothing is fetched, no entity is expanded, no EXSLT function is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ..errors import ConfigEditError
from ..imports import etree
from .nodes import Element, Markup, Node

__all__ = ["Mirror", "check_with_lxml"]

_POSITION = re.compile(r", line \d+, column \d+$")
_LINE_BREAK = re.compile(r"[\t\r\n]")
_LITERAL = str.maketrans({"\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"})


@lru_cache(maxsize=1)
def _parser() -> Any:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        strip_cdata=False,
    )


def check_with_lxml(text: str) -> tuple[Any, tuple[str, int, int] | None]:
    """The root of ``text`` (without its XML declaration), or what libxml2 has against it: sentence, line and column."""
    if text.count("\r") != text.count("\r\n"):  # libxml2 counts no line for a lone CR
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    data = text.encode("utf-8", "surrogatepass")
    try:
        return etree.fromstring(data, _parser()), None
    except etree.XMLSyntaxError as error:
        line, column = error.position
        return None, (_POSITION.sub("", error.msg or "") or "The XML is not well-formed.", max(line, 1), max(column, 1))


def _raw_attributes(root: Element) -> Iterator[str]:
    return (element.raw_attributes for element in root.walk())


class Mirror:
    """An lxml tree of a document and the way back from its elements to ours.

    ``plain`` leaves out every default namespace declaration: names are local names then. ``checked``: the root that libxml2 made of the very
    text of ``root``, which serves when there is nothing in it that libxml2 reads otherwise than .NET.
    """

    def __init__(self, root: Element, *, plain: bool, checked: Any = None) -> None:
        self.plain = plain
        self._root = root
        self._theirs: dict[int, Any] = {}  # of the elements that were selected, by the identity of ours
        if checked is not None and not any(_LINE_BREAK.search(raw) or (plain and "xmlns" in raw) for raw in _raw_attributes(root)):
            self._tree = checked.getroottree()
            return
        out: list[str] = []
        waiting: list[Node | str] = [root]
        while waiting:
            node = waiting.pop()
            if isinstance(node, str):
                out.append(node)
            elif isinstance(node, Markup):
                out.append(node.raw)
            else:
                out.append(f"<{node.name}{self._attributes(node)}>")
                waiting.append(f"</{node.name}>")
                waiting.extend(reversed(node.children))
        self._tree = etree.fromstring("".join(out).encode("utf-8"), _parser()).getroottree()

    def _attributes(self, element: Element) -> str:
        raw = element.raw_attributes
        if not _LINE_BREAK.search(raw) and not (self.plain and "xmlns" in raw):
            return raw
        return "".join(
            f' {attribute.name}="{attribute.raw.translate(_LITERAL).replace(chr(34), "&quot;")}"'
            for attribute in element.attributes
            if not (self.plain and attribute.name == "xmlns")
        )

    def select(self, xpath: str, namespaces: dict[str, str]) -> list[Element]:
        """The elements that ``xpath`` selects, in document order. Raises ``ConfigEditError`` for anything that is no set of elements."""
        try:
            found = etree.XPath(xpath, namespaces=namespaces, regexp=False)(self._tree)
        except etree.XPathError as error:
            raise ConfigEditError(f"The XPath {xpath!r} is not valid: {error}.", next_step="Correct the expression.") from None
        if not isinstance(found, list) or not all(etree.iselement(node) and isinstance(node.tag, str) for node in found):
            raise ConfigEditError(f"The XPath {xpath!r} selects something else than elements.", next_step="Let it select elements.")
        wanted = set(found)  # keeps lxml's proxies alive: the walk below meets the same objects
        selected: list[Element] = []
        if not wanted:
            return selected
        for theirs, ours in zip(self._tree.iter("*"), self._root.walk(), strict=True):
            if theirs in wanted:
                self._theirs[id(ours)] = theirs
                selected.append(ours)
                if len(selected) == len(wanted):
                    break
        return selected

    def follow(self, element: Element, name: str, value: str | None) -> bool:
        """Follow a change of an attribute without a prefix (``None`` removes it); False when this tree cannot."""
        theirs = self._theirs.get(id(element))
        if theirs is None:
            return False
        if value is None:
            theirs.attrib.pop(name, None)
        else:
            theirs.set(name, value)
        return True
