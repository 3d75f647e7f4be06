# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One configuration file to be edited, wherever it lies: an application's own web.config, a file on a node, a file on the controller.

The file is read, edited in memory, and replaced in one write only when it is still what was read.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ConfigEditError, FarmError
from ..farm.declaration import EMPTY_CONFIG
from ..farm.snapshot import NodeSnapshot
from ..farm.store import RunStore
from ..iis.change import Effect, Operation
from ..webconfig import Document
from ..webconfig.edits import Edit, apply_edits, masked_texts
from .action import FarmAction
from .local_file import read_file, replace_file
from .node import AnsibleNode
from .session import NodeSession

__all__ = ["ApplicationFile", "ConfigTarget", "ControllerFile", "Edited", "NodeFile", "edited"]

#: Files that every application of the server reads (.NET Framework's own folder).
_FRAMEWORK = re.compile(r"\\microsoft\.net\\framework(?:64)?\\|\\machine\.config$", re.IGNORECASE)
_ABSOLUTE = re.compile(r"(?:[A-Za-z]:|%[^%\\/]+%)[\\/]")


@dataclass(frozen=True)
class Edited:
    """What the edits make of a file. ``before`` is None when there was none; ``texts`` are masked."""

    before: bytes | None = field(repr=False)
    after: bytes = field(repr=False)
    edits: tuple[bool, ...]
    texts: tuple[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return self.after != (self.before if self.before is not None else EMPTY_CONFIG)


def edited(path: str, before: bytes | None, edits: Sequence[Edit], *, create: bool) -> Edited:
    """The file at ``path`` with the edits made. Raises ConfigSyntaxError and ConfigEditError, and FarmError when it is missing and not to be made."""
    if before is None and not create:
        raise FarmError("There is no such file.", where=path, next_step="Correct the path, or let it be made with create: true.")
    start = before if before is not None else EMPTY_CONFIG
    document = Document.parse(start, name=path)
    changed = tuple(apply_edits(document, edits, where=path))
    after = document.to_bytes()
    texts = masked_texts(Document.parse(start, name=path), Document.parse(after, name=path), edits)
    return Edited(
        before=before,
        after=after,
        edits=changed,
        texts=("", texts[1]) if before is None else texts,
        secrets=tuple(secret for edit in edits for secret in edit.secrets if len(secret) > 3),
        warnings=document.warnings,
    )


class ConfigTarget(contextlib.AbstractContextManager["ConfigTarget"]):
    """Where the file lies. Used as a context: what has to be held while it is edited is held."""

    path: str
    effect: Effect = Effect.NONE
    also_hits: tuple[str, ...] = ()

    def __exit__(self, *_error: object) -> None:
        """Nothing is held."""

    @abstractmethod
    def read(self) -> bytes | None:
        """The bytes; None when there is no file."""

    def check(self, outcome: Edited) -> None:
        """Raises FarmError for an outcome that this file must not have."""

    @abstractmethod
    def write(self, outcome: Edited) -> None:
        """Replaces the file that was read."""


class ControllerFile(ConfigTarget):
    """A file on the controller: read again and replaced under a lock, since the tasks of several hosts may name it at once."""

    def __init__(self, path: str, run: RunStore) -> None:
        self.path = path
        self._lock = run.locked(f"file-{hashlib.sha256(str(Path(path).resolve()).encode('utf-8', 'surrogateescape')).hexdigest()[:16]}")

    def __enter__(self) -> ControllerFile:
        self._lock.__enter__()
        return self

    def __exit__(self, *_error: object) -> None:
        self._lock.__exit__(None, None, None)

    def read(self) -> bytes | None:
        return read_file(Path(self.path))

    def write(self, outcome: Edited) -> None:
        replace_file(Path(self.path), outcome.after, expect=outcome.before)


class NodeFile(ConfigTarget):
    """Any configuration file on a node, by its path."""

    def __init__(self, action: FarmAction, path: str, task_vars: Mapping[str, Any]) -> None:
        if not _ABSOLUTE.match(path):
            raise FarmError(
                f"'{path}' is no full path on a drive of the node.", next_step=r"Write node_path like C:\inetpub\chat\web.config."
            )
        self.path = path
        self.effect = Effect.ALL_POOLS if _FRAMEWORK.search(path.replace("/", "\\")) else Effect.APPLICATION_RESTART
        self._node = AnsibleNode(action, task_vars)
        self._run = action.run_store().run_id

    def read(self) -> bytes | None:
        answer = self._node.read({"files": {"paths": [self.path], "content": True}})
        found = (answer["state"].get("files") or {}).get(self.path) or {}
        if found.get("exists") is False:
            return None
        return _content(found, self.path, answer.get("undetermined") or {}, "files")

    def write(self, outcome: Edited) -> None:
        self._node.change(self._run, [_write_operation(self.path, outcome)], {})


class ApplicationFile(ConfigTarget):
    """The farm application's own web.config on a node, written under the farm's lease."""

    effect = Effect.APPLICATION_RESTART

    def __init__(self, action: FarmAction, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> None:
        self._session = NodeSession(action, arguments, task_vars)
        self._accept_shared = bool(arguments["accept_shared"])
        self._answer = self._session.node.read(self._session.scope.readings(pool=arguments["pool"]))
        snapshot = NodeSnapshot.from_answer(
            self._session.host, self._session.scope.application, self._answer, pool=self._session.scope.pool
        )
        self._snapshot = self._session.remember(snapshot)
        self.path = self._own_path()
        self.also_hits = (
            *(str(name) for name in snapshot.application.shares_folder_with),
            *(f"{snapshot.application.site}{path}" for path in snapshot.application.child_applications),
        )

    def _own_path(self) -> str:
        application, own = self._snapshot.application, self._snapshot.own_config
        if not application.exists:
            raise FarmError(
                f"There is no application '{self._session.scope.application}' on this node.",
                next_step="Correct site and application, or deploy it first (webfarm.signalr.iis_release).",
            )
        if own is None:
            raise FarmError(
                "The application's web.config was not determined: "
                f"{self._snapshot.state.undetermined.get('configuration', 'the node did not tell of it')}.",
                next_step="Connect with an account that is an administrator of the node.",
            )
        return own.path

    def read(self) -> bytes | None:
        for application in self._answer["state"].get("configuration") or ():
            for item in application["files"]:
                if item["path"] == self.path and item.get("exists") is not False:
                    return _content(item, self.path, self._snapshot.state.undetermined, "configuration")
        return None

    def check(self, outcome: Edited) -> None:
        application = self._snapshot.application
        if not outcome.changed:
            return
        if application.is_on_share:
            raise FarmError(
                f"The application's content lies on a share ({application.physical_path}), so all nodes have one web.config.",
                next_step="Move it to a local folder of each node; content on a share is not supported.",
            )
        if application.shares_folder_with and not self._accept_shared:
            raise FarmError(
                f"The file is also the web.config of {', '.join(map(str, application.shares_folder_with))}.",
                where=self.path,
                next_step="Give the application a folder of its own, or set farm_accept_shared: true.",
            )
        if _key_sections(outcome.before) != _key_sections(outcome.after):
            raise ConfigEditError(
                "These edits would change the machine key of one node, and a farm has one key.",
                where=self.path,
                next_step="Leave machineKey to webfarm.signalr.machine_key_sync, which changes it on all members or on none.",
            )

    def write(self, outcome: Edited) -> None:
        answer = self._session.change(self._snapshot, [_write_operation(self.path, outcome)])
        self._session.remember(self._snapshot.updated(answer, pool=self._session.scope.pool))


def _content(found: Mapping[str, Any], path: str, undetermined: Mapping[str, str], reading: str) -> bytes:
    if found.get("is_directory"):
        raise FarmError("This is a folder.", where=path, next_step="Name the file.")
    if found.get("content") is None:
        reasons = [text for name, text in undetermined.items() if name == reading or name.startswith(f"{reading}.")]
        raise FarmError(
            f"The node did not tell the file's content: {'; '.join(reasons) or 'it may be too large'}.".replace("..", "."),
            where=path,
            next_step="Connect with an account that may read it; files over 16 MiB are not edited.",
        )
    return base64.b64decode(found["content"])


def _write_operation(path: str, outcome: Edited) -> Operation:
    before = outcome.before
    expect: dict[str, Any] = {"absent": True} if before is None else {"sha256": hashlib.sha256(before).hexdigest()}
    return {"op": "write_file", "path": path, "content": outcome.after, "expect": expect}


def _key_sections(data: bytes | None) -> list[list[tuple[str, str]]]:
    """The machineKey elements of a file, wherever they stand."""
    found = Document.parse(data).find("//machineKey") if data is not None else []
    return [[(attribute.name, attribute.value) for attribute in element.attributes] for element in found]
