# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The run's private store: what one task has read, the next may use.

Ansible forks a process for every task and host, so what a run knows lives in files: in the run's own temporary folder, which Ansible makes once in the
parent (mode 0700) and removes at its end, in files of mode 0600, never in facts or registered results. A run that was killed leaves its folder behind;
the next run on the same controller removes our part of it.

Entries are pickled: they are values of this package, written and read by this run alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import pickle
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

__all__ = ["FarmStore", "RunStore", "is_running", "process_identity"]

_FOLDER = "webfarm.signalr"
_OWNER = "owner.json"
_LONGEST = 100  # characters of a name in a file's: two of them and what is around have to fit into 255


def process_identity(pid: int) -> dict[str, Any]:
    """What tells this process from a later one with the same number: the controller's name, the number, the start time (Linux)."""
    return {"controller": socket.gethostname(), "pid": pid, "started": _status(pid)[1]}


def is_running(identity: dict[str, Any]) -> bool | None:
    """Whether the process of ``process_identity`` still runs; None when it ran on another controller, where we cannot see."""
    if identity.get("controller") != socket.gethostname():
        return None
    pid = identity.get("pid")
    if not isinstance(pid, int) or pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is there, under another user
    state, started = _status(pid)
    return state not in ("Z", "X") and started in ("", identity.get("started"))


def _status(pid: int) -> tuple[str, str]:
    """State and start time of a process (proc(5)); empty where neither can be seen, and the number has to do."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return fields[0], fields[19]
    except (OSError, IndexError):
        return "", ""


@dataclass(frozen=True)
class RunStore:
    """The store of one run of Ansible, in a folder below its temporary folder."""

    folder: Path

    @classmethod
    def open(cls, temporary_folder: str | Path, *, owner_pid: int) -> RunStore:
        """The store below Ansible's temporary folder of this run; made, and the leavings of dead runs removed, at the first call."""
        folder = Path(temporary_folder) / _FOLDER
        store = cls(folder)
        if not (folder / _OWNER).exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with store.locked("store"):
                if not (folder / _OWNER).exists():
                    _sweep(Path(temporary_folder))
                    _write(folder / _OWNER, json.dumps(process_identity(owner_pid)).encode("ascii"))
        return store

    @property
    def run_id(self) -> str:
        """Names this run on the nodes: in leases, journals and the names of staged files."""
        return "r" + hashlib.sha256(str(self.folder.resolve()).encode("utf-8") + (self.folder / _OWNER).read_bytes()).hexdigest()[:10]

    @property
    def owner(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / _OWNER).read_text(encoding="ascii")))

    def farm(self, farm: str, application: str, *, check_mode: bool) -> FarmStore:
        """The part that belongs to one application of one farm; check mode has its own, with predicted states."""
        return FarmStore(self, f"{quote(farm, safe='')}~{quote(application.lower(), safe='')}~{'check' if check_mode else 'run'}")

    @contextlib.contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Holds the lock ``name`` among the processes of this run."""
        with open(self.folder / f"{name}.lock", "a", encoding="ascii") as lock:
            os.fchmod(lock.fileno(), 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@dataclass(frozen=True)
class FarmStore:
    """Snapshots, notes and decisions of one farm's application. Keys are free text (hosts, names of steps)."""

    run: RunStore
    name: str

    def put(self, kind: str, key: str, value: Any) -> None:
        """Raises FileNotFoundError once the run is over and its folder swept: a worker that outlived it must leave nothing behind."""
        path = self._path(kind, key)
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        _write(path, pickle.dumps((key, value)))

    def get(self, kind: str, key: str) -> Any:
        """What was put there in this run, or None."""
        return (_load(self._path(kind, key)) or (key, None))[1]

    def all(self, kind: str) -> dict[str, Any]:
        """Every entry of a kind, by its key."""
        folder = self.run.folder / _file_name(self.name) / kind
        found = sorted(folder.glob("*.entry")) if folder.is_dir() else []
        return dict(entry for path in found if (entry := _load(path)) is not None and entry[1] is not None)

    def decide(self, name: str, make: Callable[[], Any]) -> Any:
        """What ``make`` decided, once in this run: the first process asks it under a lock, the others read the answer.

        An error is not kept: whoever asks next tries again, and says the same.
        """
        with self.run.locked(f"{_file_name(self.name)}~{_file_name(name)}"):
            known = self.get("decision", name)
            if known is None:
                known = make()
                self.put("decision", name, known)
            return known

    def _path(self, kind: str, key: str) -> Path:
        return self.run.folder / _file_name(self.name) / kind / f"{_file_name(key)}.entry"


def _file_name(text: str) -> str:
    """``text`` as part of a file's name; a long one (the hosts of a farm, a path) is cut and told apart by its hash."""
    quoted = quote(text, safe="~%")
    return quoted if len(quoted) <= _LONGEST else f"{quoted[: _LONGEST - 17]}~{hashlib.sha256(text.encode('utf-8')).hexdigest()[:16]}"


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, readable by the owner only."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(data)
    os.replace(temporary, path)


def _load(path: Path) -> tuple[str, Any] | None:
    try:
        return pickle.loads(path.read_bytes())
    except FileNotFoundError:
        return None


def _sweep(temporary_folder: Path) -> None:
    """Removes our folders of runs that are dead: a killed Ansible does not clean up, and what we keep may hold a key.

    A worker may have outlived its run, so the folder is renamed first: nothing can be added to it then.
    """
    for owner in temporary_folder.parent.glob(f"*/{_FOLDER}*/{_OWNER}"):
        try:
            dead = is_running(json.loads(owner.read_text(encoding="ascii"))) is False
        except (OSError, ValueError):
            continue
        if dead:
            doomed = owner.parent.with_name(f"{_FOLDER}.swept")
            with contextlib.suppress(OSError):  # another run sweeps it
                owner.parent.rename(doomed)
                shutil.rmtree(doomed, ignore_errors=True)
