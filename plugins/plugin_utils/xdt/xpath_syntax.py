# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""XPath 1.0 as .NET parses it: which sentence a wrong expression gets, what it needs, and how much work it can be.

libxml2 evaluates; this only reads. The grammar is XPath 1.0's (W3C, 16 November 1999); the sentences are .NET's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from .log import XdtError

__all__ = ["Expression", "NOT_A_NODE_SET", "Path", "Step", "parse"]

NOT_A_NODE_SET = "Expression must evaluate to a node-set."
_MAX_DEPTH = 40
_NCNAME = r"[^\W\d][\w.\-\u00b7]*"
_TOKEN = re.compile(
    rf"""(?P<string>"[^"]*"|'[^']*')
      | (?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)
      | (?P<axis>{_NCNAME})\s*::
      | (?P<name>{_NCNAME}(?::(?:\*|{_NCNAME}))?)
      | (?P<sign>//|::|\.\.|<=|>=|!=|[/@()|*\[\]+\-=<>.,$\#!])""",
    re.VERBOSE,
)
_NODE_TYPES = ("node", "text", "comment", "processing-instruction")
_AXES = (
    "ancestor", "ancestor-or-self", "attribute", "child", "descendant", "descendant-or-self", "following", "following-sibling",
    "namespace", "parent", "preceding", "preceding-sibling", "self",
)  # fmt: skip
#: Core functions: least and most arguments, result, and which leading arguments have to be node-sets.
_FUNCTIONS: dict[str, tuple[int, int, str, int]] = {
    "last": (0, 0, "number", 0),
    "position": (0, 0, "number", 0),
    "name": (0, 1, "string", 1),
    "namespace-uri": (0, 1, "string", 1),
    "local-name": (0, 1, "string", 1),
    "count": (1, 1, "number", 1),
    "id": (1, 1, "nodes", 0),
    "string": (0, 1, "string", 0),
    "concat": (2, 10_000, "string", 0),
    "starts-with": (2, 2, "string", 0),
    "contains": (2, 2, "string", 0),
    "substring-before": (2, 2, "string", 0),
    "substring-after": (2, 2, "string", 0),
    "substring": (2, 3, "string", 0),
    "string-length": (0, 1, "number", 0),
    "normalize-space": (0, 1, "string", 0),
    "translate": (3, 3, "string", 0),
    "boolean": (1, 1, "boolean", 0),
    "not": (1, 1, "boolean", 0),
    "true": (0, 0, "boolean", 0),
    "false": (0, 0, "boolean", 0),
    "lang": (1, 1, "boolean", 0),
    "number": (0, 1, "number", 0),
    "sum": (1, 1, "number", 1),
    "floor": (1, 1, "number", 0),
    "ceiling": (1, 1, "number", 0),
    "round": (1, 1, "number", 0),
}
_LEVELS = (("or",), ("and",), ("=", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "div", "mod"))


@dataclass(frozen=True)
class Step:
    """One step of a path."""

    axis: str
    predicates: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Path:
    """Steps from the root, from ``start``, or from the context node."""

    steps: tuple[Step, ...]
    absolute: bool = False
    start: Node | None = None


@dataclass(frozen=True)
class Call:
    """A function, an operator or a literal: its operands and what it gives."""

    operands: tuple[Node, ...]
    gives: str


Node = Path | Call


@dataclass(frozen=True)
class Expression:
    """A parsed expression. ``prefixes`` and ``foreign`` (a variable or unknown function) are what it needs from outside."""

    node: Node
    prefixes: tuple[str, ...]
    foreign: bool
    may_select_document: bool


@dataclass
class _Parser:
    text: str
    position: int = 0
    kind: str = ""
    value: str = ""
    depth: int = 0
    prefixes: list[str] = field(default_factory=list)
    foreign: bool = False
    upwards: bool = False

    def invalid(self) -> XdtError:
        return XdtError(f"'{self.text}' has an invalid token.")

    def next(self) -> None:
        while self.position < len(self.text) and self.text[self.position] in " \t\r\n":
            self.position += 1
        if self.position >= len(self.text):
            self.kind, self.value = "end", ""
            return
        found = _TOKEN.match(self.text, self.position)
        if found is None:
            raise XdtError("This is an unclosed string.") if self.text[self.position] in "'\"" else self.invalid()
        self.kind = found.lastgroup or ""
        self.value = found[self.kind]
        self.position = found.end()
        if self.kind == "name" and ":" not in self.value and re.match(r"\s*:", self.text[self.position :]):
            raise XdtError(f"'{self.text}' has an invalid qualified name.")

    def is_sign(self, *signs: str) -> bool:
        return self.kind == "sign" and self.value in signs

    def take(self, sign: str) -> None:
        if not self.is_sign(sign):
            raise self.invalid()
        self.next()

    @property
    def before_parenthesis(self) -> bool:
        return self.kind == "name" and re.match(r"\s*\(", self.text[self.position : self.position + 64]) is not None

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise XdtError("The xpath query is too complex.")
        found = self.binary(0)
        self.depth -= 1
        return found

    def binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self.unary()
        operands = [self.binary(level + 1)]
        while self.kind in ("name", "sign") and self.value in _LEVELS[level]:
            self.next()
            operands.append(self.binary(level + 1))
        if len(operands) == 1:
            return operands[0]
        return Call(tuple(operands), "boolean" if level < 4 else "number")

    def unary(self) -> Node:
        negative = False
        while self.is_sign("-"):
            negative = True
            self.next()
        found = self.union()
        return Call((found,), "number") if negative else found

    def union(self) -> Node:
        operands = [self.path()]
        while self.is_sign("|"):
            self.next()
            operands.append(self.path())
        if len(operands) == 1:
            return operands[0]
        for operand in operands:
            self.need_nodes(operand)
        return Call(tuple(operands), "nodes")

    def need_nodes(self, node: Node) -> None:
        if isinstance(node, Call) and node.gives not in ("nodes", "any"):
            raise XdtError(NOT_A_NODE_SET)

    def path(self) -> Node:
        if not (self.kind in ("string", "number") or self.is_sign("$", "(") or (self.before_parenthesis and self.value not in _NODE_TYPES)):
            return self.location()
        found = self.primary()
        predicates = []
        while self.is_sign("["):
            self.need_nodes(found)
            predicates.append(self.predicate())
        if predicates:
            found = Path((Step("self", tuple(predicates)),), start=found)
        if not self.is_sign("/", "//"):
            return found
        steps = [Step("descendant-or-self")] if self.value == "//" else []
        self.next()
        return Path((*steps, *self.steps()), start=found)

    def location(self) -> Path:
        if self.is_sign("//"):
            self.next()
            return Path((Step("descendant-or-self"), *self.steps()), absolute=True)
        if not self.is_sign("/"):
            return Path(tuple(self.steps()))
        self.next()
        if self.is_sign(".", "..", "@", "*") or self.kind in ("axis", "name"):
            return Path(tuple(self.steps()), absolute=True)
        self.upwards = True
        return Path((), absolute=True)

    def steps(self) -> list[Step]:
        found = [self.step()]
        while self.is_sign("/", "//"):
            if self.value == "//":
                found.append(Step("descendant-or-self"))
            self.next()
            found.append(self.step())
        return found

    def step(self) -> Step:
        if self.is_sign(".", ".."):
            self.upwards = True
            axis = "self" if self.value == "." else "parent"
            self.next()
            return Step(axis)
        axis = "child"
        if self.is_sign("@"):
            axis = "attribute"
            self.next()
        elif self.kind == "axis":
            axis = self.value
            if axis not in _AXES:
                raise self.invalid()
            self.upwards = self.upwards or axis in ("self", "parent", "ancestor", "ancestor-or-self", "descendant-or-self")
            self.next()
        self.node_test()
        predicates = []
        while self.is_sign("["):
            predicates.append(self.predicate())
        return Step(axis, tuple(predicates))

    def node_test(self) -> None:
        if self.is_sign("*"):
            self.next()
            return
        if self.kind != "name":
            raise XdtError(NOT_A_NODE_SET)
        if not (self.before_parenthesis and self.value in _NODE_TYPES):
            if ":" in self.value:
                self.prefixes.append(self.value.partition(":")[0])
            self.next()
            return
        instruction = self.value == "processing-instruction"
        self.next()
        self.take("(")
        if instruction and not self.is_sign(")"):
            if self.kind != "string":
                raise self.invalid()
            self.next()
        self.take(")")

    def predicate(self) -> Node:
        self.take("[")
        found = self.expression()
        self.take("]")
        return found

    def primary(self) -> Node:
        if self.kind in ("string", "number"):
            gives = self.kind
            self.next()
            return Call((), gives)
        if self.is_sign("$"):
            self.next()
            if self.kind != "name":
                raise self.invalid()
            self.foreign = True
            self.next()
            return Call((), "any")
        if self.is_sign("("):
            self.next()
            found = self.expression()
            self.take(")")
            return found
        return self.call()

    def call(self) -> Node:
        name = self.value
        self.next()
        self.take("(")
        arguments: list[Node] = []
        if not self.is_sign(")"):
            arguments.append(self.expression())
            while not self.is_sign(")"):
                self.take(",")
                arguments.append(self.expression())
        self.take(")")
        if name not in _FUNCTIONS:
            self.foreign = True
            if ":" in name:
                self.prefixes.append(name.partition(":")[0])
            return Call(tuple(arguments), "any")
        least, most, gives, sets = _FUNCTIONS[name]
        if not least <= len(arguments) <= most:
            raise XdtError(f"Function '{name}' in '{self.text}' has an invalid number of arguments.")
        for argument in arguments[:sets]:
            self.need_nodes(argument)
        return Call(tuple(arguments), gives)


@lru_cache(maxsize=512)
def parse(text: str) -> Expression | str:
    """The expression, or the sentence that says why it is none."""
    parser = _Parser(text)
    try:
        parser.next()
        node = parser.expression()
        if parser.kind != "end":
            raise parser.invalid()
        return Expression(node, tuple(parser.prefixes), parser.foreign, parser.upwards)
    except XdtError as error:
        return error.message
