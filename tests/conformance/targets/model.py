# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated node of the farm."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from farm.node import Account, ManualClock, NodeModel, NodeState
from farm.node.start import write_windows
from farm.node.state import Application, Pool, Site

from ..case import Case, Start, change
from ..world import FILES, baseline
from . import Answers

#: The accounts of a case as the table names their facts, and what the model calls them.
_FACTS = {
    "password": "password",
    "enabled": "enabled",
    "locked": "locked",
    "expired": "expired",
    "password_expired": "password_expired",
    "batch": "batch_right",
    "gmsa": "is_gmsa",
    "usable": "gmsa_usable",
    "seen": "seen",
}


@dataclass
class ModelTarget:
    """Answers from ``farm.node``; its clock moves only when the model waits, so that time-outs take no time."""

    name: str = "model"
    _template: Path = field(default=Path())

    @contextmanager
    def running(self) -> Iterator[ModelTarget]:
        with tempfile.TemporaryDirectory(prefix="conformance-model-") as folder:
            self._template = Path(folder) / "template"
            write_windows(self._template / "drive_c")
            model = NodeModel(self._template, state=_fresh_windows(), clock=ManualClock())
            _write(model, FILES)
            _set_up(model, baseline())
            yield self

    def label(self) -> str:
        return self.name

    def answers(self, cases: Iterable[Case]) -> Iterator[tuple[Case, Answers]]:
        for case in cases:
            root = self._template.with_name("node")
            shutil.copytree(self._template, root)
            try:
                model = NodeModel(root, clock=ManualClock())
                _put_into(model, case.start)
                yield case, [model.run(call.module, call.request, check_mode=call.check_mode) for call in case.calls]
            finally:
                shutil.rmtree(root)


def _fresh_windows() -> NodeState:
    default = Site("Default Web Site", 1, [Application("/", r"%SystemDrive%\inetpub\wwwroot")])
    return NodeState("NODE1", pools=[Pool("DefaultAppPool")], sites=[default])


def _put_into(model: NodeModel, start: Start) -> None:
    _write(model, start.files)
    model.state.features.update(start.features)
    for name, facts in start.accounts.items():
        defaults = {"batch_right": True}
        model.state.accounts.append(Account(name, **{**defaults, **{_FACTS[key]: value for key, value in facts.items()}}))
    _set_up(model, list(start.setup))
    model.state.stop_seconds, model.state.start_seconds = start.stop_seconds, start.start_seconds
    model.faults.extend(dict(fault) for fault in start.faults)
    model.faults.extend({"operation": "*", "target": path, "kind": "sharing_violation"} for path in start.held)


def _write(model: NodeModel, files: Mapping[str, bytes | None]) -> None:
    for path, data in files.items():
        local = model.paths.local(path)
        (local if data is None else local.parent).mkdir(parents=True, exist_ok=True)
        if data is not None:
            model.paths.local(path).write_bytes(data)


def _set_up(model: NodeModel, operations: list[dict]) -> None:
    call = change(*operations, expects={}, run="setup")
    answer = model.run(call.module, call.request)
    assert not answer.get("failed"), f"the starting state could not be made: {answer}"
