# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases: staged beside the old one, switched by the physical path, kept, pruned; nothing that serves or persists is ever lost."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.change import Change, Effect
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.releases import (
    ARCHIVE,
    WantedRelease,
    left_behind,
    plan_prune,
    plan_stage,
    plan_switch,
    with_archive,
)
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.state import (
    Application,
    ApplicationName,
    NodeState,
    Pool,
    Release,
    ReleaseFolder,
)

ROOT = r"%SystemDrive%\inetpub\webfarm\chat"
EXPANDED = r"C:\inetpub\webfarm\chat"
OLD = r"C:\inetpub\wwwroot\chat"
CHAT = ApplicationName("Default Web Site", "/chat")
CONFIG = b"<configuration><!-- secret --></configuration>"
ROOM = 10 * 2**30


def manifest(release: str = "r2", **changes: Any) -> dict[str, Any]:
    return {"id": release, "content_sha256": "ab" * 32, "file_count": 2, "total_bytes": 100, "owned": ["web.config"], **changes}


def wanted(release: str = "r2", config: bytes | None = CONFIG, **changes: Any) -> WantedRelease:
    return WantedRelease(release, ROOT, manifest(release, **changes), [{"path": "bin/a.dll", "size": 100, "sha256": "cd" * 32}], config)


def release(name: str = "r2", config: bytes | None = CONFIG, *, staged: str = "", **changes: Any) -> Release:
    sha256 = None if config is None else hashlib.sha256(config).hexdigest()
    values = {"manifest": manifest(name, staged=staged), "file_count": 2, "total_bytes": 100, "config_sha256": sha256, **changes}
    return Release(name, rf"{ROOT}\releases\{name}", rf"{EXPANDED}\releases\{name}", **values)


def node(
    *releases: Release, serves: str | None = OLD, pool: str | None = "Started", shared: Sequence[ApplicationName] = (), free: int = ROOM
) -> NodeState:
    application = Application(
        "Default Web Site",
        "/Chat",  # as IIS spells it
        exists=serves is not None,
        pool="ChatPool" if serves else None,
        physical_path=serves,
        resolved_path=serves.replace("%SystemDrive%", "C:") if serves else None,
    )
    pools = {"chatpool": Pool("ChatPool", state=pool, applications=(application.name, *shared))} if pool else {}
    return NodeState(
        applications={application.name.key: application},
        pools=pools,
        releases=ReleaseFolder(ROOT, exists=True, free_bytes=free, releases=releases),
    )


def ops(changes: list[Change]) -> list[str]:
    return [operation["op"] for change in changes for operation in change.operations]


# Stage

WHOLE = ["make_directory", "expand_archive", "write_file", "write_manifest"]
STAGES: dict[str, tuple[NodeState, WantedRelease, list[str]]] = {
    "not there": (node(), wanted(), WHOLE),
    "not there, no web.config": (node(), wanted(config=None), ["make_directory", "expand_archive", "write_manifest"]),
    "there": (node(release()), wanted(), []),
    "there, in another case": (node(release("R2")), wanted(), []),
    "there, with more files than it brought": (node(release(file_count=9, total_bytes=900)), wanted(), []),
    "there, with another web.config": (node(release(config=b"<x/>")), wanted(), ["write_file"]),
    "there, without a web.config": (node(release(config=None)), wanted(), ["write_file"]),
    "serving, with another web.config": (node(release(config=b"<x/>"), serves=rf"{ROOT}\releases\r2"), wanted(), []),
    "serving by its full path": (node(release(config=b"<x/>"), serves=rf"{EXPANDED}\releases\r2"), wanted(), []),
    "rubble without a manifest": (node(release(manifest=None)), wanted(), ["remove_directory", *WHOLE]),
    "files are missing": (node(release(file_count=1)), wanted(), ["remove_directory", *WHOLE]),
    "bytes are missing": (node(release(total_bytes=99)), wanted(), ["remove_directory", *WHOLE]),
}


@pytest.mark.parametrize(("state", "want", "expected"), STAGES.values(), ids=STAGES)
def test_stage(state: NodeState, want: WantedRelease, expected: list[str]) -> None:
    changes = plan_stage(state, want, application=CHAT)
    assert ops(changes) == expected
    for change in changes:
        assert change.effect is Effect.NONE and "secret" not in repr(change) + str(change.as_result())
        after = change.apply(state)
        assert plan_stage(after, want, application=CHAT) == [] and after.releases is not None
        assert after.releases.releases[-1].is_complete


def test_the_manifest_of_the_archive_names_its_files_and_the_one_that_stays_does_not() -> None:
    (change,) = plan_stage(node(), wanted(), application=CHAT)
    expand, config, written = change.operations[1:]
    assert expand["archive"] == ARCHIVE and expand["manifest"]["files"][0]["path"] == "bin/a.dll"
    assert "files" not in written["manifest"] and change.operations[-1] is written, "it is written last"
    assert config["expect"] == {"absent": True}
    assert with_archive(change.operations, r"C:\t\a.zip")[1]["archive"] == r"C:\t\a.zip"


def test_preconditions_hold_before_rubble_is_removed() -> None:
    """A node checks every precondition before it does anything, so what rubble breaks must not be one."""
    (change,) = plan_stage(node(release(manifest=None)), wanted(), application=CHAT)
    assert [operation for operation in change.operations if "expect" in operation] == []
    (change,) = plan_stage(node(release(config=b"<x/>")), wanted(), application=CHAT)
    assert change.operations[0]["expect"] == {"sha256": hashlib.sha256(b"<x/>").hexdigest()}


REFUSED_STAGES: dict[str, tuple[NodeState, str]] = {
    "other content": (node(release(manifest=manifest(content_sha256="ff" * 32))), "already on the node with other content"),
    "no room": (node(free=2**20), "1 MiB free; staging the release needs 64 MiB"),
    "what serves is not complete": (node(release(file_count=1), serves=rf"{EXPANDED}\releases\r2"), "not complete any more"),
}


@pytest.mark.parametrize(("state", "said"), REFUSED_STAGES.values(), ids=REFUSED_STAGES)
def test_a_stage_that_is_refused(state: NodeState, said: str) -> None:
    with pytest.raises(FarmError, match=said):
        plan_stage(state, wanted(), application=CHAT)


def test_unknown_room_is_no_refusal() -> None:
    state = node()
    assert state.releases is not None
    state = dataclasses.replace(state, releases=dataclasses.replace(state.releases, free_bytes=None))
    assert plan_stage(state, wanted(), application=CHAT)


# Switch

SWITCHES: dict[str, tuple[NodeState, tuple[str, ...], list[str]]] = {
    "from another folder": (node(release()), (), ["set_application", "recycle_pool"]),
    "pool stopped": (node(release(), pool="Stopped"), (), ["set_application"]),
    "no application": (node(release(), serves=None, pool=None), (), ["set_pool", "set_application", "start_pool"]),
    "no application, another pool": (node(release(), serves=None), (), ["set_pool", "set_application", "start_pool"]),
    "serving": (node(release(), serves=rf"{ROOT}\releases\r2"), (), []),
    "serving by its full path": (node(release(), serves=rf"{EXPANDED}\RELEASES\r2"), (), []),
    "serving, another web.config": (node(release(config=b"<x/>"), serves=rf"{ROOT}\releases\r2"), (), ["write_file"]),
    "persistent paths": (
        node(release()),
        ("App_Data",),
        ["stop_pool", "make_directory", "remove_directory", "copy_tree", "set_application", "start_pool"],
    ),
    "persistent paths, pool stopped": (
        node(release(), pool="Stopped"),
        ("App_Data",),
        ["stop_pool", "make_directory", "remove_directory", "copy_tree", "set_application"],
    ),
    "persistent paths, no application": (
        node(release(), serves=None, pool=None),
        ("App_Data",),
        ["set_pool", "set_application", "start_pool"],
    ),
}


@pytest.mark.parametrize(("state", "persistent", "expected"), SWITCHES.values(), ids=SWITCHES)
def test_switch(state: NodeState, persistent: tuple[str, ...], expected: list[str]) -> None:
    changes = plan_switch(state, wanted(), application=CHAT, pool="chat", persistent_paths=persistent)
    assert ops(changes) == expected
    for change in changes:
        after = change.apply(state)
        assert plan_switch(after, wanted(), application=CHAT, pool="chat", persistent_paths=persistent) == []


def test_a_switch_holds_only_from_where_it_was_planned() -> None:
    (change,) = plan_switch(node(release()), wanted(), application=CHAT, pool="chat")
    assert change.operations[0] == {
        "op": "set_application",
        "site": "Default Web Site",
        "path": "/chat",
        "physical_path": rf"{ROOT}\releases\r2",
        "expect": {"physical_path": OLD},
    }
    assert (change.before, change.after, change.effect) == (OLD, rf"{ROOT}\releases\r2", Effect.POOL_RECYCLE)


def test_persistent_paths_come_from_what_serves_and_replace_what_lies_there() -> None:
    (change,) = plan_switch(node(release()), wanted(), application=CHAT, pool="chat", persistent_paths=["files/uploads/"])
    source, target = rf"{OLD}\files\uploads", rf"{ROOT}\releases\r2\files\uploads"
    assert change.operations[1:4] == (
        {"op": "make_directory", "path": source},
        {"op": "remove_directory", "path": target},
        {"op": "copy_tree", "from": source, "to": target},
    )


@pytest.mark.parametrize("path", ["", "/", "..", "a/../..", "C:\\x", ". .", "a//b"])
def test_a_persistent_path_that_leaves_the_folder_is_refused(path: str) -> None:
    with pytest.raises(FarmError, match="no folder inside the application's"):
        plan_switch(node(release()), wanted(), application=CHAT, pool="chat", persistent_paths=[path])


OTHER = ApplicationName("Default Web Site", "/other")


def test_a_shared_pool_is_recycled_only_when_that_was_accepted() -> None:
    state = node(release(), shared=[OTHER])
    with pytest.raises(FarmError, match="also runs Default Web Site/other"):
        plan_switch(state, wanted(), application=CHAT, pool="chat")
    (change,) = plan_switch(state, wanted(), application=CHAT, pool="chat", accept_shared=True)
    assert change.also_hits == ("Default Web Site/other",)


def test_an_application_is_its_own_in_any_spelling() -> None:
    (change,) = plan_switch(node(release()), wanted(), application=ApplicationName("DEFAULT web site", "/CHAT"), pool="chat")
    assert change.also_hits == ()


def test_a_share_is_refused() -> None:
    with pytest.raises(FarmError, match="on a share"):
        plan_switch(node(release(), serves=r"\\files\chat"), wanted(), application=CHAT, pool="chat")


def test_a_missing_site_is_refused() -> None:
    with pytest.raises(FarmError, match="no site 'Nowhere'"):
        plan_switch(node(release()), wanted(), application=ApplicationName("Nowhere"), pool="chat")


STOPPED_BY = {
    "nobody knows": (False, (), ["set_application"]),
    "nobody knows, persistent paths": (
        False,
        ("App_Data",),
        ["stop_pool", "make_directory", "remove_directory", "copy_tree", "set_application"],
    ),
    "rapid-fail protection": (True, (), ["set_application", "start_pool"]),
    "rapid-fail protection, persistent paths": (
        True,
        ("App_Data",),
        ["stop_pool", "make_directory", "remove_directory", "copy_tree", "set_application", "start_pool"],
    ),
}


@pytest.mark.parametrize(("revive", "persistent", "expected"), STOPPED_BY.values(), ids=STOPPED_BY)
def test_only_a_pool_that_windows_stopped_is_started_again(revive: bool, persistent: tuple[str, ...], expected: list[str]) -> None:
    state = node(release(), pool="Stopped")
    assert ops(plan_switch(state, wanted(), application=CHAT, pool="chat", persistent_paths=persistent, revive=revive)) == expected


# Two applications that were given one folder


def test_a_release_says_whose_it_is_and_is_no_other_applications() -> None:
    (change,) = plan_stage(node(), wanted(), application=CHAT)
    (written,) = [operation for operation in change.operations if operation["op"] == "write_manifest"]
    assert written["manifest"]["application"] == str(CHAT)
    theirs = release("r2", manifest=manifest("r2", application="Default Web Site/other"))
    with pytest.raises(FarmError, match="belongs to 'Default Web Site/other'"):
        plan_stage(node(theirs), wanted(), application=CHAT)
    own = release("r2", manifest=manifest("r2", application="default web site/CHAT"))
    assert plan_stage(node(own), wanted(), application=CHAT) == []


def test_a_release_of_another_application_is_not_pruned() -> None:
    theirs = release("r0", manifest=manifest("r0", application="Default Web Site/other", staged=""))
    assert [change.target for change in plan_prune(node(theirs, release("r1")), root=ROOT, keep=0, application=CHAT)] == ["release r1"]


# Prune

KEPT = [release(f"r{number}", staged=f"2026-01-0{number}T00:00:00.0000000Z") for number in range(1, 6)]


@pytest.mark.parametrize(
    ("keep", "serves", "doomed"),
    [
        (3, rf"{ROOT}\releases\r5", ["r1"]),
        (3, rf"{EXPANDED}\releases\r1", ["r2"]),
        (1, rf"{EXPANDED}\releases\R3", ["r4", "r2", "r1"]),
        (0, rf"{ROOT}\releases\r5", ["r4", "r3", "r2", "r1"]),
        (9, OLD, []),
        (-1, OLD, []),
    ],
)
def test_the_oldest_go_and_what_serves_is_counted_apart(keep: int, serves: str, doomed: list[str]) -> None:
    state = node(*KEPT, serves=serves)
    changes = plan_prune(state, root=ROOT, keep=keep, application=CHAT)
    assert sorted(change.target for change in changes) == sorted(f"release {name}" for name in doomed)
    for change in changes:
        assert ops([change]) == ["delete_file", "remove_directory"], "without its manifest, what is left is known as rubble"
        state = change.apply(state)
    assert plan_prune(state, root=ROOT, keep=keep, application=CHAT) == []


def test_rubble_is_older_than_anything() -> None:
    state = node(*KEPT[:2], release("r0", manifest=None), serves=rf"{ROOT}\releases\r2")
    (change,) = plan_prune(state, root=ROOT, keep=1, application=CHAT)
    assert change.target == "release r0"


def test_what_was_not_read_is_not_pruned() -> None:
    assert plan_prune(dataclasses.replace(node(), releases=None), root=ROOT, keep=0, application=CHAT) == []


# Left behind

LISTING = [
    {"path": path, "size": 1}
    for path in (
        "bin/Old.dll",
        "web.config",
        "Web.Debug.config",
        "Scripts/app.js",
        "App_Data/a.mdf",
        "App_Data/logs/b.txt",
        "files/x/1.png",
    )
]


@pytest.mark.parametrize(
    ("mapped", "waived", "expected"),
    [
        ((), (), ["App_Data (2 files)", "files (1 file)"]),
        (("app_data",), ("files",), []),
        (("App_Data/logs", "files\\x\\"), (), ["App_Data (1 file)"]),
        (("App", "file"), (), ["App_Data (2 files)", "files (1 file)"]),
    ],
)
def test_what_nobody_has_spoken_for(mapped: tuple[str, ...], waived: tuple[str, ...], expected: list[str]) -> None:
    assert left_behind(LISTING, [{"path": "scripts/APP.js"}], mapped=mapped, waived=waived) == expected


def test_an_empty_folder_leaves_nothing() -> None:
    assert left_behind([], [], mapped=(), waived=()) == left_behind(None, [], mapped=(), waived=()) == []
