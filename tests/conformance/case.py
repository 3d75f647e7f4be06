# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a case is: a starting state, a sequence of calls, and what is meant by each."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

RUN = "run-1"


@dataclass(frozen=True)
class Start:
    """What a case finds besides the world of :mod:`.world`.

    ``files``: path to bytes, None for a folder. ``setup``: operations carried out before, which have to succeed. The other
    fields need a machine that can be put into a state at will: ``accounts`` (name to facts), ``features`` (name to state),
    ``faults`` (of the node model; the real modules meet those that :mod:`.targets.powershell` can make), ``held`` (files that another
    program holds), and the seconds that pools take.
    """

    files: Mapping[str, bytes | None] = field(default_factory=dict)
    setup: tuple[dict[str, Any], ...] = ()
    accounts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    features: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Mapping[str, Any], ...] = ()
    held: tuple[str, ...] = ()
    stop_seconds: float = 0
    start_seconds: float = 0


@dataclass(frozen=True)
class Call:
    """One module call. ``expects`` is the part of the answer that the case is about; the whole is compared with ``answers/``."""

    module: str
    request: dict[str, Any]
    expects: Mapping[str, Any]
    check_mode: bool = False


@dataclass(frozen=True)
class Case:
    """``name`` is ``group/what``. ``only`` names the targets that can be put into the starting state; empty means all."""

    name: str
    calls: tuple[Call, ...]
    start: Start = Start()
    only: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        return self.name.partition("/")[0]

    def runs_on(self, target: str) -> bool:
        """Whether the target can be brought into the case's starting state."""
        if self.only:
            return target in self.only
        if target == "powershell" and any(fault["operation"] != "commit" for fault in self.start.faults):
            return False
        start = self.start
        needs_a_made_up_machine = (
            start.accounts or start.features or start.faults or start.held or start.stop_seconds or start.start_seconds
        )
        return not (target == "windows" and needs_a_made_up_machine)


def op(operation_name: str, /, **fields: Any) -> dict[str, Any]:
    """An operation; its id is given by :func:`change`. A trailing ``_`` of a field's name is dropped (``from_``)."""
    return {"op": operation_name, **{key.rstrip("_"): value for key, value in fields.items()}}


def change(
    *operations: dict[str, Any], expects: Mapping[str, Any], after: dict[str, Any] | None = None, check: bool = False, run: str = RUN
) -> Call:
    """A call of node_change."""
    numbered = [{"id": str(index), **operation} for index, operation in enumerate(operations, start=1)]
    return Call("node_change", {"contract": 1, "run": run, "operations": numbered, "after": after or {}}, expects, check)


def read(expects: Mapping[str, Any], /, **readings: Any) -> Call:
    """A call of node_state; ``expects`` is about its ``state``."""
    return Call("node_state", {"contract": 1, "readings": readings}, {"state": expects})


def failed(code: str, *, left: list[str] | None = None) -> dict[str, Any]:
    """An answer that failed with this code and left nothing behind."""
    return {"failed": True, "changed": bool(left), "failure": {"code": code}, "undone": not left, "left": left or []}


def b64(text: str | bytes) -> str:
    data = text.encode("utf-8") if isinstance(text, str) else text
    return base64.b64encode(data).decode("ascii")


def sha(text: str | bytes) -> str:
    data = text.encode("utf-8") if isinstance(text, str) else text
    return hashlib.sha256(data).hexdigest()
