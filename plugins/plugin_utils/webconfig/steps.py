# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The path to an element as a person writes it: ``system.webServer/rewrite/rules/rule[@name='Https']/action``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import ConfigEditError

__all__ = ["Step", "as_steps", "read_path", "read_step"]

_STEP = re.compile(r"""\s*([^\s/\[\]'"=@]+)\s*((?:\[(?:[^\]'"]|'[^']*'|"[^"]*")*\]\s*)*)(/|$)""")
_TEST = re.compile(r"""\s*((?:[^\s/\[\]'"=@]+/)?)@([^\s/\[\]'"=@]+)\s*=\s*('[^']*'|"[^"]*")\s*(and\s|$)""")
_PREDICATE = re.compile(r"""\[((?:[^\]'"]|'[^']*'|"[^"]*")*)\]""")


@dataclass(frozen=True)
class Step:
    """One element on the way: its local name, and the attributes that tell it from others (``child/name`` for a child's)."""

    name: str
    identity: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name + "".join(f"[{_attribute(name)}='{value}']" for name, value in self.identity.items())


def _attribute(name: str) -> str:
    child, slash, attribute = name.rpartition("/")
    return f"{child}{slash}@{attribute}"


def as_steps(path: Sequence[str | Step], identity: Mapping[str, str] | None = None) -> tuple[Step, ...]:
    """``path`` as steps, the last of which is told by ``identity``."""
    steps = [step if isinstance(step, Step) else Step(step) for step in path]
    if identity and steps:
        steps[-1] = Step(steps[-1].name, {**steps[-1].identity, **identity})
    return tuple(steps)


def read_path(text: str, what: str) -> tuple[Step, ...]:
    """The steps in ``text``. Raises ConfigEditError, naming ``what``, for anything but names and tests of attributes."""
    steps: list[Step] = []
    rest = text.strip().strip("/")
    while rest or not steps:
        match = _STEP.match(rest)
        if match is None or (match[3] and match.end() == len(rest)):
            raise _invalid(text, what)
        steps.append(Step(match[1], _tests(match[2], text, what)))
        rest = rest[match.end() :]
    return tuple(steps)


def read_step(text: str, what: str) -> Step:
    """The one step in ``text``."""
    steps = read_path(text, what)
    if len(steps) != 1:
        raise _invalid(text, what)
    return steps[0]


def _tests(text: str, path: str, what: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for predicate in _PREDICATE.findall(text):
        rest = predicate
        while rest or not predicate:
            match = _TEST.match(rest)
            if match is None or (match[4] and match.end() == len(rest)):
                raise _invalid(path, what)
            found[match[1] + match[2]] = match[3][1:-1]
            rest = rest[match.end() :]
    return found


def _invalid(text: str, what: str) -> ConfigEditError:
    return ConfigEditError(
        f"The path {text!r} of an edit names no element.",
        where=what,
        next_step="Write it like 'system.web/httpRuntime' or \"system.webServer/rewrite/rules/rule[@name='Https']/action\".",
    )
