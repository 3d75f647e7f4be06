# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two modules themselves, run by PowerShell's engine through Ansible's own wrapper on an IIS object model over files."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from windows_half.chain import Chain, RealNode, running_chain

from ..answer import with_windows_paths
from ..case import RUN, Case, Start, change
from ..checkout import REPOSITORY, collections_path
from ..world import FILES, baseline
from . import Answers, NotToBeHad

#: Facts of an account as the table names them, and as the object model's accounts.json does.
CHANGED_ON_DISK = "Filename: applicationHost.config\r\nError: Cannot commit configuration changes because the file has changed on disk\r\n"
_FACTS = {"password_expired": "passwordExpired"}


def tools_folder() -> Path:
    """Where PowerShell's engine and the IIS object model are; :class:`NotToBeHad` otherwise."""
    candidates = [os.environ.get("WEBFARM_TOOLS"), REPOSITORY.parent / "shared" / "tools"]
    for candidate in candidates:
        if candidate and (Path(candidate) / "psengine").is_dir() and (Path(candidate) / "iis-model").is_dir():
            return Path(candidate).resolve()
    raise NotToBeHad("PowerShell's engine and the IIS object model are not here: set WEBFARM_TOOLS to their folder")


@dataclass
class PowerShellTarget:
    """Answers from ``plugins/modules/*.ps1``; paths are told as Windows would."""

    name: str = "powershell"
    _template: Path = field(default=Path())
    _chain: Chain | None = None

    @contextmanager
    def running(self) -> Iterator[PowerShellTarget]:
        tools = tools_folder()
        collections_path()
        with tempfile.TemporaryDirectory(prefix="conformance-powershell-") as folder, running_chain(tools) as chain:
            self._chain, self._template = chain, Path(folder) / "template"
            subprocess.run([str(tools / "iis-model" / "iis-model"), "init", str(self._template)], check=True, capture_output=True)
            _edit(self._template / "settings.json", stopSeconds=0.05, activationSeconds=0)
            _write(self._template, FILES)
            _set_up(self._node(self._template), baseline())
            yield self

    def label(self) -> str:
        return self.name

    def answers(self, cases: Iterable[Case]) -> Iterator[tuple[Case, Answers]]:
        for case in cases:
            root = self._template.with_name("node")
            shutil.copytree(self._template, root)
            try:
                node = self._node(root)
                self._put_into(node, case.start)
                with _held(root, case.start.held):
                    answers = [node.run(call.module, call.request, check_mode=call.check_mode) for call in case.calls]
                yield case, [with_windows_paths(answer, str(root / "drive_c")) for answer in answers]
            finally:
                shutil.rmtree(root)

    def _node(self, root: Path) -> RealNode:
        assert self._chain is not None
        return RealNode(root, self._chain)

    def _put_into(self, node: RealNode, start: Start) -> None:
        _write(node.root, start.files)
        if start.accounts:
            accounts = {name: {_FACTS.get(key, key): value for key, value in facts.items()} for name, facts in start.accounts.items()}
            (node.root / "accounts.json").write_text(json.dumps(accounts))
        if start.features:
            _set_features(node.root / "features.json", start.features)
        if start.setup:
            _set_up(node, list(start.setup))
        if start.stop_seconds or start.start_seconds:
            _edit(node.root / "settings.json", stopSeconds=start.stop_seconds, startSeconds=start.start_seconds)
        if start.faults:
            (node.root / "calls.json").unlink(missing_ok=True)  # calls are counted from here
            (node.root / "faults.json").write_text(
                json.dumps({"faults": [line for fault in start.faults for line in _commit_faults(fault)]})
            )


def _commit_faults(fault: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A fault at the commit as the object model knows it: the first calls, or all of them."""
    times = fault.get("times")
    calls = [{"from": 1}] if times is None else [{"call": call} for call in range(1, times + 1)]
    return [{"operation": "CommitChanges", **call, "exception": {"hresult": "0x80070020", "message": CHANGED_ON_DISK}} for call in calls]


@contextmanager
def _held(root: Path, paths: Iterable[str]) -> Iterator[None]:
    """Another program holds these files: .NET takes such a lock for a sharing violation."""
    with ExitStack() as held:
        for path in paths:
            local = _local(root, f"{path}.{RUN}.tmp.config")  # where the bytes go before they replace the file
            file = held.enter_context(local.open("ab"))
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _local(root: Path, path: str) -> Path:
    return root / "drive_c" / Path(path[3:].replace("\\", "/"))


def _write(root: Path, files: Mapping[str, bytes | None]) -> None:
    for path, data in files.items():
        local = _local(root, path)
        (local if data is None else local.parent).mkdir(parents=True, exist_ok=True)
        if data is not None:
            local.write_bytes(data)


def _edit(file: Path, **values: Any) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def _set_features(file: Path, states: Mapping[str, str]) -> None:
    catalogue = json.loads(file.read_text())
    for feature in catalogue["features"]:
        feature["state"] = states.get(feature["name"], feature["state"])
    file.write_text(json.dumps(catalogue))


def _set_up(node: RealNode, operations: list[dict[str, Any]]) -> None:
    call = change(*operations, expects={}, run="setup")
    answer = node.run(call.module, call.request)
    assert not answer.get("failed"), f"the starting state could not be made: {answer}"
