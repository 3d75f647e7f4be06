# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One configuration file to be edited, wherever it lies: an application's own web.config, a file on a node, a file on the controller.

The file is read, edited in memory, and replaced in one write only when it is still what was read. So are the files that it refers to
(configSource, appSettings/@file), when an edit belongs there.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import hashlib
import ntpath
import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ConfigEditError, FarmError
from ..farm.declaration import EMPTY_CONFIG
from ..farm.snapshot import NodeSnapshot, hierarchy_of
from ..farm.store import RunStore
from ..iis.change import Effect, Operation
from ..webconfig import ConfigFile, Document
from ..webconfig.allowed import IIS_KILOBYTES, IisLocks, check_level, check_size, locked_error, section_of, size_warning
from ..webconfig.edits import Edit
from ..webconfig.effective import ConfigurationError, effective_section
from ..webconfig.file_set import FileOutcome, FileSet, Made, Source
from .action import FarmAction
from .local_file import beside, read_file, replace_files
from .node import AnsibleNode
from .session import NodeSession

__all__ = ["ApplicationFile", "ConfigTarget", "ControllerFile", "Edited", "NodeFile", "edited"]

#: Files that every application of the server reads (.NET Framework's own folder).
_FRAMEWORK = re.compile(r"\\microsoft\.net\\framework(?:64)?\\|\\machine\.config$", re.IGNORECASE)
_ABSOLUTE = re.compile(r"(?:[A-Za-z]:|%[^%\\/]+%)[\\/]")


_WEB_SOCKET = ("system.webServer", "webSocket")
#: Where IIS keeps what it locks.
_APPLICATION_HOST = r"%SystemRoot%\System32\inetsrv\config\applicationHost.config"


@dataclass(frozen=True)
class Edited:
    """What the edits make of a file. ``before`` is None when there was none; ``texts`` are masked. ``others``: what it refers to, edited."""

    before: bytes | None = field(repr=False)
    after: bytes = field(repr=False)
    edits: tuple[bool, ...]
    texts: tuple[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    warnings: tuple[str, ...] = ()
    others: tuple[FileOutcome, ...] = ()
    made: tuple[Made, ...] = ()

    @property
    def main_changed(self) -> bool:
        """Whether the file itself comes out different."""
        return self.after != (self.before if self.before is not None else EMPTY_CONFIG)

    @property
    def changed(self) -> bool:
        return self.main_changed or bool(self.others)

    def files(self, path: str) -> list[FileOutcome]:
        """All that has to be written: the files that others refer to first, so that no reference leads to nothing."""
        main = FileOutcome(path=path, before=self.before, after=self.after, texts=self.texts)
        return [*self.others, *([main] if self.main_changed else [])]


def edited(
    path: str,
    before: bytes | None,
    edits: Sequence[Edit],
    *,
    create: bool,
    source: Source | None = None,
    kilobytes: int = IIS_KILOBYTES,
) -> Edited:
    """The file at ``path`` with the edits made; ``source`` reads what it refers to.

    Raises ConfigSyntaxError and ConfigEditError, and FarmError when it is missing and not to be made.
    """
    if before is None and not create:
        raise FarmError("There is no such file.", where=path, next_step="Correct the path, or let it be made with create: true.")
    files = FileSet(path, before, before if before is not None else EMPTY_CONFIG, source, create=create)
    made = tuple(files.apply(edit) for edit in edits)
    main, *others = files.outcomes()
    changed = tuple(other for other in others if other.after != other.before)
    outcome = Edited(
        before=before,
        after=main.after,
        edits=tuple(one.changed for one in made),
        texts=main.texts,
        secrets=tuple(secret for edit in edits for secret in edit.secrets if len(secret) > 3),
        warnings=tuple(warning for one in (main, *changed) for warning in one.warnings),
        others=changed,
        made=made,
    )
    sizes = []
    for file in outcome.files(path):
        check_size(len(file.before or b""), len(file.after), path=file.path, kilobytes=kilobytes)
        sizes += [warning] if (warning := size_warning(len(file.after), path=file.path, kilobytes=kilobytes)) else []
    return dataclasses.replace(outcome, warnings=(*outcome.warnings, *sizes))


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

    @abstractmethod
    def referred(self, name: str) -> tuple[str, bytes | None]:
        """Full path and bytes of a file in the same folder or below, as the file refers to it; None when there is no such file."""

    def check(self, outcome: Edited) -> None:
        """Raises FarmError for an outcome that this file must not have."""

    @abstractmethod
    def write(self, outcome: Edited) -> None:
        """Replaces the files that were read and have changed."""


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

    def referred(self, name: str) -> tuple[str, bytes | None]:
        path = beside(Path(self.path), name)
        return str(path), read_file(path)

    def write(self, outcome: Edited) -> None:
        replace_files([(Path(file.path), file.after, file.before) for file in outcome.files(self.path)])


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
        return self._read(self.path)

    def _read(self, path: str) -> bytes | None:
        answer = self._node.read({"files": {"paths": [path], "content": True}})
        found = (answer["state"].get("files") or {}).get(path) or {}
        if found.get("exists") is False:
            return None
        return _content(found, path, answer.get("undetermined") or {}, "files")

    def referred(self, name: str) -> tuple[str, bytes | None]:
        path = ntpath.join(ntpath.dirname(self.path), name.replace("/", "\\"))
        return path, self._read(path)

    def check(self, outcome: Edited) -> None:
        if self.effect is not Effect.ALL_POOLS and ntpath.basename(self.path).lower() == "web.config":
            for made in outcome.made:
                if made.changed:
                    check_level(made.section, made.location, path=self.path)

    def write(self, outcome: Edited) -> None:
        self._node.change(self._run, _write_operations(self.path, outcome), {})


class ApplicationFile(ConfigTarget):
    """The farm application's own web.config on a node, written under the farm's lease."""

    effect = Effect.APPLICATION_RESTART

    def __init__(self, action: FarmAction, arguments: Mapping[str, Any], task_vars: Mapping[str, Any], *, with_locks: bool = False) -> None:
        self._session = NodeSession(action, arguments, task_vars)
        self._accept_shared = bool(arguments["accept_shared"])
        locks = {"files": {"paths": [_APPLICATION_HOST], "content": True}} if with_locks else {}
        self._answer = self._session.node.read(self._session.scope.readings(pool=arguments["pool"]) | locks)
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

    def referred(self, name: str) -> tuple[str, bytes | None]:
        wanted = ntpath.normpath(name.replace("/", "\\")).lower()
        for application in self._answer["state"].get("configuration") or ():
            for item in application["files"]:
                for found in (item.get("references") or ()) if item["path"] == self.path else ():
                    if ntpath.normpath(found["name"].replace("/", "\\")).lower() == wanted:
                        path = str(found["path"])
                        if found.get("exists") is False:
                            return path, None
                        return path, _content(found, path, self._snapshot.state.undetermined, "configuration")
        return ntpath.join(ntpath.dirname(self.path), wanted), None

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
        files = outcome.files(self.path)
        if any(_key_sections(file.before) != _key_sections(file.after) for file in files):
            raise ConfigEditError(
                "These edits would change the machine key of one node, and a farm has one key.",
                where=self.path,
                next_step="Leave machineKey to webfarm.signalr.machine_key_sync, which changes it on all members or on none.",
            )

        self._check_places(outcome)
        self._check_meaning(outcome)

    def _check_places(self, outcome: Edited) -> None:
        """No section that is locked for this application, none that belongs above it."""
        application = self._snapshot.application
        own = application.path.rstrip("/")
        below = [path[len(own) :] for path in application.child_applications if path.lower().startswith(own.lower() + "/")]
        changed = [made for made in outcome.made if made.changed and made.section]
        for made in changed:
            check_level(made.section, made.location, path=self.path, applications=below)
        if self._snapshot.state.web_socket.get("locked") is True and any(made.section[:2] == _WEB_SOCKET for made in changed):
            raise locked_error(_WEB_SOCKET, None, path=self.path)
        locks = self._locks() if any(made.section[0] == "system.webServer" for made in changed) else None
        for made in changed if locks else ():
            lock = locks.lock(made.section, f"{application.site}{own}") if locks else None
            if lock is not None:
                raise locked_error(made.section, lock, path=self.path)

    def _locks(self) -> IisLocks | None:
        """What the files above lock; None when the node did not show its applicationHost.config."""
        found = (self._answer["state"].get("files") or {}).get(_APPLICATION_HOST) or {}
        if not found.get("content"):
            return None
        locks = IisLocks(base64.b64decode(found["content"]))
        site = self._snapshot.application.site
        for file in hierarchy_of(self._answer, self._session.scope.application, bitness=self._bitness):
            if file.level in ("site", "app", "dir") and file.data and file.virtual.lower() != self._snapshot.application.path.lower():
                locks.add_file(file.data, place=f"{site}{file.virtual}", name=f"{file.on_disk}web.config")
        return locks

    @property
    def _bitness(self) -> int:
        return self._snapshot.pool.bitness if self._snapshot.pool else 64

    def _check_meaning(self, outcome: Edited) -> None:
        """What ASP.NET took before it must take afterwards, too: a lock from above, a twin, a value that its type has not."""
        own = self._snapshot.application.path
        before = hierarchy_of(self._answer, self._session.scope.application, bitness=self._bitness)
        after = [
            dataclasses.replace(file, data=outcome.after, files={**file.files, **self._referred_bytes(outcome)})
            if file.virtual.lower() == own.lower()
            else file
            for file in before
        ]
        for key in sorted({key for made in outcome.made if made.changed and not made.location and (key := section_of(made.section))}):
            refusal = _refusal(after, key, own, self._snapshot.application.site)
            if refusal and not _refusal(before, key, own, self._snapshot.application.site):
                raise ConfigEditError(
                    f"ASP.NET would refuse the section <{key}>: {refusal}",
                    where=self.path,
                    next_step="Correct the edit, or what the files above say; nothing was written.",
                )

    def _referred_bytes(self, outcome: Edited) -> dict[str, bytes]:
        folder = ntpath.dirname(self.path)
        return {ntpath.relpath(file.path, folder): file.after for file in outcome.others}

    def write(self, outcome: Edited) -> None:
        answer = self._session.change(self._snapshot, _write_operations(self.path, outcome))
        self._session.remember(self._snapshot.updated(answer, pool=self._session.scope.pool))


def _refusal(files: Sequence[ConfigFile], section: str, at: str, site: str) -> str:
    try:
        effective_section(files, section, at=at, site_name=site)
    except ConfigurationError as error:
        return str(error)
    return ""


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


def _write_operations(path: str, outcome: Edited) -> list[Operation]:
    found: list[Operation] = []
    for file in outcome.files(path):
        expect = {"absent": True} if file.before is None else {"sha256": hashlib.sha256(file.before).hexdigest()}
        found.append({"op": "write_file", "path": file.path, "content": file.after, "expect": expect})
    return found


def _key_sections(data: bytes | None) -> list[list[tuple[str, str]]]:
    """The machineKey elements of a file, wherever they stand."""
    elements = Document.parse(data).root.walk() if data is not None and b"achineKey" in data.replace(b"\0", b"") else ()
    found = [element for element in elements if element.local_name == "machineKey"]
    return [[(attribute.name, attribute.value) for attribute in element.attributes] for element in found]
