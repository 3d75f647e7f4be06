# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many nodes libxml2 may have to look at for an expression: an upper estimate that ordinary paths never come near."""

from __future__ import annotations

from dataclasses import dataclass

from .xpath_syntax import Call, Node, Path, Step

__all__ = ["Shape", "visits"]

_SINGLE = ("attribute", "child", "self", "namespace")
_WHOLE = ("following", "preceding")
#: Nodes that meet over several ways are compared with one another; that is this much faster than looking at one.
_COMPARED = 64


@dataclass(frozen=True)
class Shape:
    """Measures of a tree: all nodes, the longest way down, the most children of one node, its text."""

    nodes: int
    depth: int
    width: int
    text: int = 0  # characters of text


def visits(node: Node, shape: Shape, contexts: int = 1) -> int:
    """Nodes looked at when ``node`` is evaluated for each of ``contexts`` nodes."""
    if isinstance(node, Call):
        total = contexts + sum(visits(operand, shape, contexts) for operand in node.operands)
        paths = [operand for operand in node.operands if isinstance(operand, Path)]
        if node.gives == "nodes":  # a union: each operand is compared with those before it
            return total + (len(node.operands) - 1) * shape.nodes * shape.nodes // _COMPARED
        if any(not path.steps or path.steps[-1].axis != "attribute" for path in paths):  # the text of elements is put together
            total += shape.text * (shape.depth if contexts > 1 else 1) // _COMPARED
        return total
    return _path(node, shape, contexts)


def _path(path: Path, shape: Shape, contexts: int) -> int:
    if path.absolute:
        return contexts * _steps(path.steps, shape, 1)
    if path.start is None:
        return _steps(path.steps, shape, contexts)
    return visits(path.start, shape, contexts) + contexts * _steps(path.steps, shape, shape.nodes if contexts == 1 else shape.width)


def _steps(steps: tuple[Step, ...], shape: Shape, contexts: int) -> int:
    total, size, upwards, walked = contexts, contexts, False, False
    for step in steps:
        if step.axis in _SINGLE:
            if step.axis == "child":
                total += size * shape.width if upwards and size > 1 else 0 if walked else shape.nodes
                walked = not upwards
                size = shape.nodes
        elif step.axis in _WHOLE:
            total += size * shape.nodes
            size = shape.nodes
        else:
            many = size > 1
            total += shape.nodes * (shape.depth if many else 1)
            if many:
                total += shape.nodes * shape.nodes // _COMPARED
            upwards = upwards or step.axis not in ("descendant", "descendant-or-self")
            total += size * shape.width if "sibling" in step.axis else 0
            size = shape.nodes
        for predicate in step.predicates:
            total += visits(predicate, shape, size)
    return total
