# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release inside a run: the package is read once, its web.config made final for each node, its archive made once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import FarmError
from ..farm.declaration import carried_key, final_config, wanted_release
from ..farm.snapshot import NodeSnapshot
from ..iis.package import Package, read_package, write_archive
from ..iis.releases import WantedRelease, left_behind
from ..machinekey import MachineKey
from .session import NodeSession

__all__ = ["archive_for", "node_release", "package_of", "refuse_left_behind"]


def package_of(session: NodeSession, options: Mapping[str, Any]) -> Package:
    """The package, read and checked by the first task that asks; a finding in it is an error for every node."""
    if not options["package"]:
        raise FarmError("No package was named.", next_step="Set farm_app_package to a folder, a .zip or a .nupkg on the controller.")
    package: Package = session.store.decide(f"package {options['package']}", lambda: read_package(options["package"]))
    return package


def node_release(session: NodeSession, snapshot: NodeSnapshot, options: Mapping[str, Any], farm_key: MachineKey | None) -> WantedRelease:
    """The release as it is to lie on this node, its web.config final."""
    package = package_of(session, options)
    config = final_config(
        package,
        key=carried_key(snapshot, farm_key),
        edits=options["edits"],
        policy=options["package_key_policy"],
        development_fingerprints=options["development_fingerprints"],
    )
    return wanted_release(session.scope, package, release=options["release"], config=config)


def archive_for(session: NodeSession, package: Package) -> Path:
    """The archive that goes to every node: made once in the run's private folder."""
    target = session.store.run.folder / f"package-{package.content_sha256[:16]}.zip"
    with session.store.run.locked("archive"):
        if not target.exists():
            unfinished = target.with_suffix(".tmp")
            write_archive(package, unfinished)
            unfinished.chmod(0o600)
            unfinished.replace(target)
    return target


def refuse_left_behind(session: NodeSession, snapshot: NodeSnapshot, release: WantedRelease, options: Mapping[str, Any]) -> None:
    """The first move away from a folder that is not one of our releases: what lies there and is in no package must have been spoken for."""
    current = snapshot.application.resolved_path
    raw = (snapshot.application.physical_path or "").lower()
    if not snapshot.application.exists or not current or raw.startswith(f"{session.scope.root}\\releases\\".lower()):
        return
    answer = session.node.read({"listing": {"paths": [current]}})
    if reason := (answer.get("undetermined") or {}).get("listing"):
        raise FarmError(
            f"What lies in the folder that serves now was not determined: {reason}.".replace("..", "."),
            where=f"{snapshot.host}, {current}",
            next_step="Connect with an account that may read it.",
        )
    listing = (answer["state"].get("listing") or {}).get(current)
    found = left_behind(listing, release.files, mapped=options["persistent_paths"], waived=options["leave_behind"])
    if found:
        raise FarmError(
            f"The folder that serves now holds what is in no package: {', '.join(found)}.",
            where=f"{snapshot.host}, {current}",
            next_step="Name each in farm_app_persistent_paths (it moves along with every release) or in farm_app_leave_behind "
            "(it stays in that folder, which is kept).",
        )
