# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
r"""Immutable release directories: stage beside the old one, switch by the physical path, keep some, prune the rest.

``<root>\releases\<id>\`` holds a release and never changes again, but for its web.config, which is ours: it is final before the switch.
``<root>\manifests\<id>.json`` is written last; a directory without it is rubble of a run that died, and is made anew.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import FarmError
from .change import Change, Effect, Operation
from .pools import POOL_WAIT
from .state import ApplicationName, NodeState, Pool, Release, ReleaseFolder

__all__ = [
    "ARCHIVE",
    "WantedRelease",
    "left_behind",
    "plan_prune",
    "plan_stage",
    "plan_switch",
    "release_path",
    "require_site",
    "with_archive",
]

#: Stands in an operation for the path that the uploaded archive will have on the node.
ARCHIVE = "<archive>"


@dataclass(frozen=True)
class WantedRelease:
    """A release as it is to lie on a node. ``config`` is the final web.config, key included."""

    id: str
    root: str
    manifest: Mapping[str, Any]
    files: Sequence[Mapping[str, Any]] = field(repr=False)  # the manifest's entries, for the node's check
    config: bytes | None = field(repr=False)

    @property
    def path(self) -> str:
        return release_path(self.root, self.id)

    @property
    def config_sha256(self) -> str | None:
        return None if self.config is None else hashlib.sha256(self.config).hexdigest()


def release_path(root: str, release_id: str) -> str:
    return f"{root}\\releases\\{release_id}"


def plan_stage(state: NodeState, wanted: WantedRelease, *, application: ApplicationName) -> list[Change]:
    """What puts the release onto the node without any effect on what runs.

    Raises FarmError when the id already names other content, when files of the release that serves are missing, or the disk has no room.
    """
    folder = state.releases or ReleaseFolder(wanted.root)
    found = folder.get(wanted.id)
    operations: list[Operation] = []
    if found is not None and not found.is_of(application):
        raise FarmError(
            f"The release '{wanted.id}' in this folder belongs to '{(found.manifest or {}).get('application')}'.",
            where=found.path,
            next_step=f"Give '{application}' a folder for releases of its own (farm_root).",
        )
    if found is not None and found.is_complete:
        if found.manifest is not None and found.manifest.get("content_sha256") != wanted.manifest["content_sha256"]:
            raise FarmError(
                f"The release '{wanted.id}' is already on the node with other content.",
                where=found.path,
                next_step="A release never changes: give the new content a new id (farm_app_release).",
            )
        if wanted.config is not None and found.config_sha256 != wanted.config_sha256 and not _serves(state, application, wanted):
            operations = [_write_config(wanted, wanted.config, found.config_sha256)]
    else:
        if _serves(state, application, wanted):
            raise FarmError(
                f"The release '{wanted.id}' serves and is not complete any more: files are missing in its folder.",
                where=wanted.path,
                next_step="Deploy the package again under a new id (farm_app_release); a folder that serves is not replaced.",
            )
        _check_room(folder, wanted)
        if found is not None:
            operations.append({"op": "remove_directory", "path": wanted.path})
        operations.append({"op": "make_directory", "path": f"{wanted.root}\\releases"})
        operations.append(
            {
                "op": "expand_archive",
                "archive": ARCHIVE,
                "destination": wanted.path,
                "manifest": {**wanted.manifest, "files": list(wanted.files)},
            }
        )
        if wanted.config is not None:
            config = dict(_write_config(wanted, wanted.config, None))
            if found is not None:
                del config["expect"]  # the node looks at it before the rubble is gone
            operations.append(config)
        operations.append({"op": "write_manifest", "root": wanted.root, "manifest": {**wanted.manifest, "application": str(application)}})
    if not operations:
        return []
    return [
        Change(
            kind="release",
            target=f"release {wanted.id}",
            before="incomplete"
            if found is not None and not found.is_complete
            else "staged with another web.config"
            if found
            else "not on the node",
            after=f"staged in {wanted.path}",
            effect=Effect.NONE,
            operations=tuple(operations),
            apply=lambda before: dataclasses.replace(before, releases=_with_release(before.releases or folder, wanted)),
        )
    ]


def plan_switch(
    state: NodeState,
    wanted: WantedRelease,
    *,
    application: ApplicationName,
    pool: str,
    persistent_paths: Sequence[str] = (),
    accept_shared: bool = False,
    revive: bool = False,
) -> list[Change]:
    """What makes the application serve the staged release: its physical path, and a new worker process.

    A pool that is stopped stays stopped, unless ``revive``: Windows stopped it for the release that serves now, and this one is the cure.

    Persistent paths (``App_Data``) are copied from the folder that serves now, while the pool is stopped. A release that serves already but has
    another final web.config gets that file alone, which restarts the application by itself.
    """
    found = state.application(application)
    require_site(state, application)
    live = _serves(state, application, wanted)
    release = (state.releases or ReleaseFolder(wanted.root)).get(wanted.id)
    if live and (wanted.config is None or release is None or release.config_sha256 == wanted.config_sha256):
        return []
    found_pool = state.pool(found.pool or pool)
    others = [str(app) for app in found_pool.applications if app != application] if found_pool else []
    if live and wanted.config is not None:
        return [
            Change(
                kind="release",
                target=f"web.config of {application}",
                before=f"release {wanted.id} with another web.config",
                after=f"release {wanted.id} with its final web.config",
                effect=Effect.APPLICATION_RESTART,
                operations=(_write_config(wanted, wanted.config, release.config_sha256 if release else None),),
                apply=lambda before: dataclasses.replace(before, releases=_with_release(before.releases, wanted)),
            )
        ]
    if others and not accept_shared:
        raise FarmError(
            f"The application pool '{found.pool or pool}' also runs {', '.join(others)}, and the switch would recycle them.",
            next_step="Give the application a pool of its own, or set farm_accept_shared: true.",
        )
    return [
        Change(
            kind="release",
            target=str(application),
            before=found.physical_path or "absent",
            after=wanted.path,
            effect=Effect.POOL_RECYCLE,
            operations=tuple(_switch_operations(found.physical_path, found_pool, wanted, application, pool, persistent_paths, revive)),
            apply=lambda before: before.with_application(
                dataclasses.replace(found, exists=True, physical_path=wanted.path, resolved_path=wanted.path, pool=found.pool or pool)
            ),
            also_hits=tuple(others),
        )
    ]


def require_site(state: NodeState, application: ApplicationName) -> None:
    """Raises FarmError when the site is not there, or its content is one folder for all nodes."""
    found = state.application(application)
    if not found.site_exists:
        raise FarmError(
            f"There is no site '{application.site}' on this node.",
            next_step="Create it, or correct farm_site.",
        )
    if found.is_on_share:
        raise FarmError(
            f"The application's content lies on a share ({found.physical_path}), so all nodes have one folder.",
            next_step="Move it to a local folder of each node; content on a share is not supported.",
        )


def plan_prune(state: NodeState, *, root: str, keep: int, application: ApplicationName) -> list[Change]:
    """What removes the oldest releases so that ``keep`` stay besides the one that serves. Another application's, in the same folder, are left alone:
    whether they serve is not known here."""
    folder = state.releases
    if folder is None or keep < 0:
        return []
    serving = state.application(application)
    others = [release for release in folder.releases if not serving.serves(release) and release.is_of(application)]
    others.sort(key=lambda release: str((release.manifest or {}).get("staged", "")), reverse=True)
    doomed = others[keep:]
    return [
        Change(
            kind="release",
            target=f"release {release.id}",
            before="kept",
            after="removed",
            effect=Effect.NONE,
            operations=(  # the manifest first: a run that dies in between leaves rubble that is known as such
                {"op": "delete_file", "path": f"{root}\\manifests\\{release.id}.json"},
                {"op": "remove_directory", "path": release_path(root, release.id)},
            ),
            apply=functools.partial(_after_removal, release_id=release.id),
        )
        for release in doomed
    ]


def left_behind(
    listing: Sequence[Mapping[str, Any]] | None, files: Sequence[Mapping[str, Any]], *, mapped: Sequence[str], waived: Sequence[str]
) -> list[str]:
    """The top-level names in the folder that serves now which the release would leave behind and nobody has spoken for.

    ``bin`` and the owned files belong to any release; what the new release brings under the same path is replaced by it.
    """
    brought = {str(entry["path"]).lower() for entry in files} | {"web.config"}
    spoken_for = {name.strip("/\\").replace("\\", "/").lower() for name in (*mapped, *waived)} | {"bin"}
    found: dict[str, int] = {}
    for entry in listing or ():
        path = str(entry["path"])
        steps = path.lower().split("/")
        above = {"/".join(steps[:depth]) for depth in range(1, len(steps) + 1)}
        if path.lower() in brought or above & spoken_for or steps[0].endswith(".config"):
            continue
        top = path.split("/", maxsplit=1)[0]
        found[top] = found.get(top, 0) + 1
    return [f"{top} ({count} file{'s' if count > 1 else ''})" for top, count in sorted(found.items())]


def with_archive(operations: Sequence[Operation], archive: str) -> list[Operation]:
    """The operations with the uploaded archive's path on the node in place of ARCHIVE."""
    return [{**operation, "archive": archive} if operation.get("archive") == ARCHIVE else dict(operation) for operation in operations]


def _switch_operations(
    current: str | None,
    found_pool: Pool | None,
    wanted: WantedRelease,
    application: ApplicationName,
    pool: str,
    persistent_paths: Sequence[str],
    revive: bool,
) -> list[Operation]:
    name = found_pool.name if found_pool else pool
    point: dict[str, Any] = {"op": "set_application", "site": application.site, "path": application.path, "physical_path": wanted.path}
    if current:
        point["expect"] = {"physical_path": current}
    else:
        point["pool"] = name
    operations: list[Operation] = [] if found_pool else [{"op": "set_pool", "name": name, "settings": {}}]
    started = found_pool is None or found_pool.state == "Started"
    if persistent_paths and current:
        operations.append({"op": "stop_pool", "name": name, "wait": POOL_WAIT})
        for path in map(_inside, persistent_paths):
            operations += _carried_over(f"{current}\\{path}", f"{wanted.path}\\{path}")
        operations.append(point)
        return [*operations, {"op": "start_pool", "name": name, "wait": POOL_WAIT}] if started or revive else operations
    operations.append(point)
    if revive and not started:
        operations.append({"op": "start_pool", "name": name, "wait": POOL_WAIT})
    elif started:
        operations.append({"op": "recycle_pool", "name": name} if found_pool else {"op": "start_pool", "name": name, "wait": POOL_WAIT})
    return operations


def _inside(path: str) -> str:
    steps = path.strip("/\\").replace("\\", "/").split("/")
    if any(step.strip(" .") == "" or ":" in step for step in steps):
        raise FarmError(
            f"The persistent path '{path}' is no folder inside the application's.",
            next_step="Name it as the application sees it, like App_Data or files/uploads, in farm_app_persistent_paths.",
        )
    return "\\".join(steps)


def _carried_over(source: str, target: str) -> list[Operation]:
    """A persistent path's way into the release: what serves now has the last word over what the package, or an earlier time, has put there."""
    return [
        {"op": "make_directory", "path": source},  # nothing to carry over is no fault
        {"op": "remove_directory", "path": target},
        {"op": "copy_tree", "from": source, "to": target},
    ]


def _write_config(wanted: WantedRelease, config: bytes, previous: str | None) -> Operation:
    return {
        "op": "write_file",
        "path": f"{wanted.path}\\web.config",
        "content": config,
        "expect": {"sha256": previous} if previous else {"absent": True},
    }


def _serves(state: NodeState, application: ApplicationName, wanted: WantedRelease) -> bool:
    found = (state.releases or ReleaseFolder(wanted.root)).get(wanted.id) or Release(wanted.id, wanted.path)
    return state.application(application).serves(dataclasses.replace(found, path=wanted.path))


def _check_room(folder: ReleaseFolder, wanted: WantedRelease) -> None:
    needed = 2 * int(wanted.manifest["total_bytes"]) + 64 * 1024 * 1024  # the archive, its content, and room to breathe
    if folder.free_bytes is not None and folder.free_bytes < needed:
        raise FarmError(
            f"The disk has {folder.free_bytes // 2**20} MiB free; staging the release needs {needed // 2**20} MiB.",
            where=folder.root,
            next_step="Make room, or lower farm_app_keep so that older releases are pruned.",
        )


def _with_release(folder: ReleaseFolder | None, wanted: WantedRelease) -> ReleaseFolder:
    folder = folder or ReleaseFolder(wanted.root)
    release = Release(
        id=wanted.id,
        path=wanted.path,
        manifest=wanted.manifest,
        file_count=wanted.manifest["file_count"],
        total_bytes=wanted.manifest["total_bytes"],
        config_sha256=wanted.config_sha256,
    )
    others = _without_release(folder, wanted.id)
    return dataclasses.replace(others, exists=True, releases=(*others.releases, release))


def _after_removal(before: NodeState, *, release_id: str) -> NodeState:
    return dataclasses.replace(before, releases=_without_release(before.releases, release_id))


def _without_release(folder: ReleaseFolder | None, release_id: str) -> ReleaseFolder:
    folder = folder or ReleaseFolder("")
    return dataclasses.replace(folder, releases=tuple(r for r in folder.releases if r.id.lower() != release_id.lower()))
