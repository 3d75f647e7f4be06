# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's snapshot: its state, and the machine key that is effective for the application, read from the bytes of its configuration files.

The bytes themselves are not kept: what stays is structure, hashes, and the key where a decision needs it.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..iis.state import Application, ApplicationName, NodeState, Pool
from ..machinekey import NodeKey, Origin, Problem, effective_machine_key
from ..webconfig import ConfigFile

__all__ = ["ConfigFound", "NodeSnapshot", "hierarchy_of"]


@dataclass(frozen=True)
class ConfigFound:
    """A configuration file of the hierarchy, as it lay on the node."""

    level: str
    virtual_path: str
    path: str
    exists: bool
    sha256: str | None
    references: Mapping[str, str] = field(default_factory=dict)  # file name in configSource -> full path


@dataclass(frozen=True)
class NodeSnapshot:
    host: str
    application_name: ApplicationName
    state: NodeState
    key: NodeKey | None  # None: the application has no configuration yet, or it was not read
    configuration: tuple[ConfigFound, ...] = ()

    @classmethod
    def from_answer(cls, host: str, application: ApplicationName, answer: Mapping[str, Any], *, pool: str | None = None) -> NodeSnapshot:
        """The snapshot in an answer of ``node_state``. The pool's bitness chooses between the two machine.configs."""
        state = NodeState.from_answer(answer)
        found = state.application(application)
        hosting = state.pool(found.pool or pool)
        files = _files(answer, application, bitness=hosting.bitness if hosting else 64)
        was_asked = "configuration" in (answer.get("state") or {})
        return cls(
            host=host,
            application_name=application,
            state=state,
            key=_effective_key(files, application, state.undetermined) if was_asked and found.exists else None,
            configuration=tuple(_found(item) for item in files),
        )

    @property
    def application(self) -> Application:
        return self.state.application(self.application_name)

    @property
    def pool(self) -> Pool | None:
        return self.state.pool(self.application.pool)

    @property
    def own_config(self) -> ConfigFound | None:
        """The application's own web.config."""
        path = self.application_name.path.lower()
        return next(
            (item for item in reversed(self.configuration) if item.level in ("app", "site") and item.virtual_path.lower() == path), None
        )

    @property
    def marker(self) -> Mapping[str, Any]:
        return self._record("marker")

    @property
    def journal(self) -> Mapping[str, Any]:
        return self._record("journal")

    @property
    def lease(self) -> Mapping[str, Any]:
        return self._record("lease")

    @property
    def is_serving(self) -> bool:
        return self.application.exists and self.pool is not None and self.pool.state == "Started"

    def _record(self, name: str) -> Mapping[str, Any]:
        record = self.state.records.get(name)
        return record if isinstance(record, Mapping) and "unreadable" not in record else {}

    def updated(self, answer: Mapping[str, Any], *, pool: str | None = None) -> NodeSnapshot:
        """This snapshot with a later answer of the same node laid over it; the key anew when the configuration was read again."""
        newer = NodeSnapshot.from_answer(self.host, self.application_name, answer, pool=pool)
        state = self.state.updated(newer.state)
        if not newer.configuration:
            return dataclasses.replace(self, state=state)
        return dataclasses.replace(self, state=state, key=newer.key, configuration=newer.configuration)


def _files(answer: Mapping[str, Any], application: ApplicationName, *, bitness: int) -> list[Mapping[str, Any]]:
    """The files of the application's hierarchy for one bitness, in the order in which they are inherited."""
    configuration = (answer.get("state") or {}).get("configuration")
    read = configuration if isinstance(configuration, list) else (configuration or {}).get("applications") or []
    for item in read:
        if ApplicationName(item["site"], item["path"]).key == application.key:
            return [file for file in item.get("files") or () if file.get("bitness") in (None, bitness)]
    return []


def hierarchy_of(answer: Mapping[str, Any], application: ApplicationName, *, bitness: int) -> list[ConfigFile]:
    """The configuration files of an answer as ASP.NET inherits them, top-down; a file that was not told counts as missing."""
    return _hierarchy(_files(answer, application, bitness=bitness))


def _hierarchy(files: list[Mapping[str, Any]]) -> list[ConfigFile]:
    return [
        ConfigFile(
            item["level"],
            base64.b64decode(item["content"]) if item.get("exists") and item.get("content") is not None else None,
            path=item.get("virtual_path") or "/",
            files={
                reference["name"]: base64.b64decode(reference["content"])
                for reference in item.get("references") or ()
                if reference.get("exists") and reference.get("content") is not None
            },
            folder=str(item["path"]).rpartition("\\")[0],
        )
        for item in files
    ]


def _effective_key(files: list[Mapping[str, Any]], application: ApplicationName, undetermined: Mapping[str, str]) -> NodeKey:
    unread = [item["path"] for item in files if item.get("exists") is not False and item.get("content") is None]
    if unread or not files:  # not determined is not missing: such a node has a key, and nobody knows which
        reason = next((text for name, text in undetermined.items() if name.startswith("configuration")), "")
        problem = Problem(
            sentence=f"The application's configuration could not be read{f': {reason}' if reason else ''}".rstrip(".") + ".",
            next_step="Connect with an account that is an administrator of the node; files over 16 MiB are not read.",
            origin=Origin(file=unread[0] if unread else ""),
        )
        return NodeKey(kind="refused", problems=(problem,))
    hierarchy = _hierarchy(files)
    return effective_machine_key(hierarchy, at=application.path, site_name=application.site)


def _found(item: Mapping[str, Any]) -> ConfigFound:
    return ConfigFound(
        level=item["level"],
        virtual_path=item.get("virtual_path") or "/",
        path=item["path"],
        exists=bool(item.get("exists")),
        sha256=item.get("sha256"),
        references={reference["name"]: reference["path"] for reference in item.get("references") or ()},
    )
