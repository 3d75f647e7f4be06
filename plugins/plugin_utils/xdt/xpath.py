# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers XPath with libxml2 over a document that changes: a live tree beside ours, brought up to date before it is asked.

White space in attributes goes in as it is in .NET (line ends and tabs stay), and nothing is expanded or fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..imports import etree
from ..webconfig.nodes import Element as RawElement
from ..webconfig.nodes import Kind as RawKind
from ..webconfig.nodes import Markup
from .dom import Attr, Document, Element, Kind, Leaf, Node
from .limits import MAX_PATH, Budget
from .log import XdtError
from .xpath_cost import Shape, visits
from .xpath_syntax import NOT_A_NODE_SET, Expression, Path, parse

__all__ = ["Mirror", "Selected", "compiled"]

Selected = Element | Leaf | Attr | Document
_Change = tuple[Node, bool]  # which, and whether it was added
_LITERAL = str.maketrans({"\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"})
_LINE_BREAK = re.compile(r"[\t\r\n]")
_NEEDS_CONTEXT = "Namespace Manager or XsltContext needed. This query has a prefix, variable, or user-defined function."
_UNKNOWN_FUNCTION = "XsltContext is needed for this query because of an unknown function."
_BUILT_IN = ("xml", "xmlns")
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def compiled(xpath: str, namespaces: Mapping[str, str] | None) -> Expression:
    """Parse ``xpath``; without ``namespaces`` it may use no prefix. Raises ``XdtError`` in .NET's words."""
    if len(xpath) > MAX_PATH:
        raise XdtError("The xpath query is too complex.")
    found = parse(xpath)
    if isinstance(found, str):
        raise XdtError(found)
    if namespaces is None:
        if found.foreign or found.prefixes:
            raise XdtError(_NEEDS_CONTEXT)
    else:
        for prefix in found.prefixes:
            if prefix not in namespaces and prefix not in _BUILT_IN:
                raise XdtError(f"Namespace prefix '{prefix}' is not defined.")
        if found.foreign:
            raise XdtError(_UNKNOWN_FUNCTION)
    if getattr(found.node, "gives", "nodes") != "nodes":
        raise XdtError(NOT_A_NODE_SET)
    return found


def _parser() -> Any:
    return etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, strip_cdata=False, huge_tree=False)


def _legal(text: str) -> str:
    """``text`` with what libxml2 would refuse replaced."""
    return _ILLEGAL.sub("\ufffd", text)


def _clark(namespace: str, local: str) -> str:
    return f"{{{namespace}}}{local}" if namespace else local


def _mirror_text(root: RawElement) -> str:
    out: list[str] = []
    waiting: list[RawElement | Markup | str] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            out.append(node)
        elif isinstance(node, RawElement):
            attributes = node.raw_attributes
            if _LINE_BREAK.search(attributes):
                attributes = "".join(f" {one.name}={one.quote}{one.raw.translate(_LITERAL)}{one.quote}" for one in node.attributes)
            out.append(f"<{node.name}{attributes}>")
            waiting.append(f"</{node.name}>")
            waiting.extend(reversed(node.children))
        elif node.kind is not RawKind.DECLARATION:
            out.append(node.raw.replace("\r", "&#xD;") if node.kind is RawKind.TEXT else node.raw)
    return "".join(out)


def _counted(document: Document) -> Iterator[Element | Leaf]:
    """Elements, comments and instructions in document order: what libxml2 has nodes of its own for."""
    waiting: list[Node] = list(reversed(document.children))
    while waiting:
        node = waiting.pop()
        if isinstance(node, Element):
            yield node
            waiting.extend(reversed(node.children))
        elif node.kind in (Kind.COMMENT, Kind.INSTRUCTION):
            yield node


class Mirror:
    """The live tree. Tell it what changed with ``changed``; ask with ``select``."""

    def __init__(self, document: Document, raw: RawElement, budget: Budget) -> None:
        self._document = document
        self._budget = budget
        self._ours: dict[Any, Element | Leaf] = {}
        self._theirs: dict[int, Any] = {}
        self._stale: dict[int, tuple[Element | Document, list[_Change]]] = {}
        self._stale_attributes: dict[int, Element] = {}
        outside = [node for node in raw.children if isinstance(node, RawElement) or node.kind in (RawKind.COMMENT, RawKind.INSTRUCTION)]
        text = "".join("" if isinstance(node, Markup) and node.raw.startswith("<?doctype") else _top(node) for node in outside)
        self._root: Any = etree.fromstring(text.encode("utf-8"), _parser())
        theirs = [*reversed(list(self._root.itersiblings(preceding=True))), *self._root.iter(), *self._root.itersiblings()]
        depth, width = 1, 1
        for ours, node in zip(_counted(document), theirs, strict=True):
            self._pair(ours, node)
            if isinstance(ours, Element):
                width = max(width, len(ours.children))
        nodes = 2 * len(theirs) + 1
        depth = max(1, min(256, self._deepest()))
        self._shape = Shape(nodes, depth, width, sum(map(len, self._root.itertext())))

    def _deepest(self) -> int:
        deepest, waiting = 1, [(self._document.root, 1)]
        while waiting:
            element, depth = waiting.pop()
            deepest = max(deepest, depth)
            waiting.extend((child, depth + 1) for child in (element.elements() if element else ()))
        return deepest

    def _pair(self, ours: Element | Leaf, theirs: Any) -> None:
        self._ours[theirs] = ours
        self._theirs[id(ours)] = theirs

    # Changes

    def changed(self, parent: Element | Document, node: Node, *, added: bool) -> None:
        """``node`` was added to, or removed from, the children of ``parent``."""
        self._stale.setdefault(id(parent), (parent, []))[1].append((node, added))

    def changed_attributes(self, element: Element) -> None:
        self._stale_attributes[id(element)] = element

    def grew(self, nodes: int, width: int) -> None:
        """``nodes`` were added; some parent may have ``width`` children."""
        old = self._shape
        self._shape = Shape(old.nodes + 2 * nodes, min(256, old.depth + nodes), max(old.width, width), old.text)

    def _refresh(self) -> None:
        for element in self._stale_attributes.values():
            theirs = self._theirs.get(id(element))
            if theirs is not None:
                theirs.attrib.clear()
                self._set_attributes(element, theirs)
        self._stale_attributes.clear()
        for parent, changes in list(self._stale.values()):
            if isinstance(parent, Document):
                root = parent.root
                self._root = None if root is None else self._theirs.get(id(root))
                if root is not None and self._root is None:
                    self._root = self._built(root)
            elif id(parent) in self._theirs and not self._patch(parent, changes):
                self._fill(parent, self._theirs[id(parent)])
        self._stale.clear()

    def _patch(self, parent: Element, changes: list[_Change]) -> bool:
        """Make a few changes in place; False when the children are better put together anew."""
        added = [node for node, is_added in changes if is_added]
        if len(changes) > 2 or len(added) > 1 or any(isinstance(node, Leaf) and node.is_text for node, _added in changes):
            return False
        theirs = self._theirs[id(parent)]
        for node, is_added in changes:
            gone = None if is_added else self._theirs.get(id(node))
            if gone is None or gone.getparent() is not theirs:
                continue
            before, tail = gone.getprevious(), gone.tail or ""
            theirs.remove(gone)
            gone.tail = None
            if before is not None:
                before.tail = (before.tail or "") + tail
            else:
                theirs.text = (theirs.text or "") + tail
        for node in added:
            if node.parent is parent:
                self._patch_in(parent, theirs, node)
        return True

    def _patch_in(self, parent: Element, theirs: Any, node: Node) -> None:
        number = parent.children.index(node)
        texts: list[list[str]] = [[], []]
        previous = None
        for child in reversed(parent.children[:number]):
            if not isinstance(child, Leaf) or not child.is_text:
                previous = self._theirs[id(child)]
                break
            texts[0].insert(0, _legal(child.value))
        for child in parent.children[number + 1 :]:
            if not isinstance(child, Leaf) or not child.is_text:
                break
            texts[1].append(_legal(child.value))
        new = self._twin(node)
        if previous is None:
            theirs.insert(0, new)
            theirs.text = "".join(texts[0])
        else:
            previous.addnext(new)
            previous.tail = "".join(texts[0])
        new.tail = "".join(texts[1])

    def _twin(self, node: Node) -> Any:
        """The node of theirs that stands for ``node``, an element, comment or instruction."""
        theirs = self._theirs.get(id(node))
        if theirs is None:
            if isinstance(node, Element):
                return self._built(node)
            theirs = (
                etree.Comment(re.sub("-(?=-|$)", "- ", node.value))
                if node.kind is Kind.COMMENT
                else etree.ProcessingInstruction(node.target, node.value)
            )
            self._pair(node, theirs)
        return theirs

    def _built(self, element: Element) -> Any:
        theirs = etree.Element(_clark(element.namespace, element.local))
        self._set_attributes(element, theirs)
        self._pair(element, theirs)
        self._fill(element, theirs)
        return theirs

    def _set_attributes(self, element: Element, theirs: Any) -> None:
        for attribute in element.attributes:
            if not attribute.is_declaration:
                theirs.set(_clark(attribute.namespace, attribute.local), _legal(attribute.value))

    def _fill(self, parent: Element, theirs: Any) -> None:
        for child in list(theirs):
            child.tail = None
            theirs.remove(child)
        theirs.text = None
        last = None
        for child in parent.children:
            if isinstance(child, Leaf) and child.is_text:
                value = _legal(child.value)
                if last is None:
                    theirs.text = (theirs.text or "") + value
                else:
                    last.tail = (last.tail or "") + value
                continue
            node = self._twin(child)
            node.tail = None
            theirs.append(node)
            last = node

    # Questions

    def select(self, xpath: str, namespaces: Mapping[str, str] | None, start: Selected | None = None) -> list[Selected]:
        """What ``xpath`` selects from ``start`` (the document when None), in document order. Raises ``XdtError``."""
        expression = compiled(xpath, namespaces)
        self._budget.spend("XPath work", visits(expression.node, self._shape))
        self._refresh()
        if self._root is None:
            return [self._document] if xpath.strip() == "/" else []
        if isinstance(start, Attr) or (isinstance(start, Leaf) and start.is_text):
            return []
        context: Any = self._root.getroottree()
        if start is not None and not isinstance(start, Document):
            if isinstance(start, Leaf) and not xpath.lstrip().startswith("/"):
                return self._from_leaf(expression, xpath, namespaces, start)
            context = context if isinstance(start, Leaf) else self._theirs.get(id(start))
            if context is None:
                return []
        bindings = {prefix: uri for prefix, uri in (namespaces or {}).items() if uri and prefix not in _BUILT_IN}
        try:
            found = etree.XPath(xpath, namespaces=bindings, regexp=False)(context)
            whole = expression.may_select_document and etree.XPath(f"count({xpath})", namespaces=bindings, regexp=False)(context)
        except etree.XPathError:
            raise XdtError(f"'{xpath}' has an invalid token.") from None
        if not isinstance(found, list):
            raise XdtError(NOT_A_NODE_SET)
        selected = self._back(found)
        return [self._document, *selected] if whole and whole > len(found) else selected

    def _from_leaf(self, expression: Expression, xpath: str, namespaces: Mapping[str, str] | None, start: Leaf) -> list[Selected]:
        """libxml2's binding starts at elements only: say where the comment or instruction stands in its parent."""
        if not isinstance(start.parent, Element) or not isinstance(expression.node, Path) or expression.node.start is not None:
            return []
        number, in_text = 0, False
        for child in start.parent.children:
            is_text = isinstance(child, Leaf) and child.is_text
            number += not (is_text and in_text)
            in_text = is_text
            if child is start:
                break
        return self.select(f"node()[{number}]/{xpath}", namespaces, start.parent)

    def _back(self, found: list[Any]) -> list[Selected]:
        selected: list[Selected] = []
        for node in found:
            ours = self._text_or_attribute(node) if isinstance(node, str) else self._ours.get(node)
            if ours is not None:
                selected.append(ours)
        return selected

    def _text_or_attribute(self, node: Any) -> Selected | None:
        near = self._ours.get(node.getparent())
        if near is None:
            return None
        if node.is_attribute and isinstance(near, Element):
            return next((one for one in near.attributes if _clark(one.namespace, one.local) == node.attrname), None)
        parent = near if node.is_text else near.parent
        if not isinstance(parent, Element):
            return None
        after = 0 if node.is_text else next(number for number, child in enumerate(parent.children) if child is near) + 1
        return next((child for child in parent.children[after:] if isinstance(child, Leaf) and child.is_text), None)


def _top(node: RawElement | Markup) -> str:
    return _mirror_text(node) if isinstance(node, RawElement) else node.raw


def in_scope(element: Element) -> dict[str, str]:
    """Prefixes that an element of the transform may use in XPath; its default namespace is ``_defaultNamespace``."""
    return {prefix or "_defaultNamespace": uri for prefix, uri in element.scope.items() if uri}


def attributes_of(element: Element, xpath: str) -> list[Attr]:
    """The attributes that an argument list selects on an element of its own, in their order. Raises ``XdtError``."""
    compiled(xpath, None)
    own = [one for one in element.attributes if not one.is_declaration]
    names = [part.strip()[1:] for part in xpath.split("|")]
    if all(re.fullmatch(r"\*|[^\W\d][\w.\-]*", name) for name in names):
        return [one for one in own if "*" in names or (one.local in names and not one.namespace)]
    theirs = etree.Element(_clark(element.namespace, element.local))
    for one in own:
        theirs.set(_clark(one.namespace, one.local), _legal(one.value))
    try:
        found: Any = etree.XPath(xpath, regexp=False)(theirs)
    except etree.XPathError:
        raise XdtError(f"'{xpath}' has an invalid token.") from None
    wanted = {node.attrname for node in found if getattr(node, "is_attribute", False)}
    return [one for one in own if _clark(one.namespace, one.local) in wanted]
