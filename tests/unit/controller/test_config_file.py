# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of the controller, and any file on a node: read, edited in memory, replaced once and only when it is still what was read."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller import config_file
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.config_file import ControllerFile, NodeFile, edited
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.local_file import read_file, replace_file
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import ConfigEditError, ConfigSyntaxError, FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.store import RunStore
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.change import Effect
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig.edits import read_edits

DATA = b'<configuration>\n  <appSettings><add key="Pwd" value="old"/></appSettings>\n</configuration>\n'
EDIT = read_edits([{"path": "appSettings/add", "identity": {"key": "Pwd"}, "attributes": {"value": "new"}}])
NO_EDIT = read_edits([{"path": "appSettings/add", "identity": {"key": "Pwd"}, "attributes": {"value": "old"}}])
GONE = read_edits([{"path": "nothing", "state": "absent"}])
PATH = r"C:\inetpub\chat\web.config"


# What the edits make of a file


def test_an_edit_changes_the_bytes_and_shows_masked_texts() -> None:
    made = edited(PATH, DATA, EDIT, create=False)
    assert made.changed and made.edits == (True,) and made.after == DATA.replace(b"old", b"new")
    assert made.texts[0] != made.texts[1] and not {"old", "new"} & {text.split('value="')[1].split('"')[0] for text in made.texts}
    assert "new" not in repr(made) and "old" not in repr(made)


@pytest.mark.parametrize(("before", "edits", "create"), [(DATA, NO_EDIT, False), (DATA, [], True), (None, GONE, True), (None, [], True)])
def test_what_is_so_already_is_no_change(before: bytes | None, edits: list[Any], create: bool) -> None:
    assert edited(PATH, before, edits, create=create).changed is False


def test_a_missing_file_is_made_only_when_that_was_said() -> None:
    with pytest.raises(FarmError, match=r"web\.config: There is no such file"):
        edited(PATH, None, EDIT, create=False)
    made = edited(PATH, None, EDIT, create=True)
    assert made.changed and made.texts[0] == "" and b'<add key="Pwd" value="new" />' in made.after


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (b"<configuration>", ConfigSyntaxError, "line 1"),
        (b"", ConfigSyntaxError, "web.config"),
        (DATA.replace(b"<appSettings>", b'<appSettings configSource="x.config">'), ConfigEditError, "x.config"),
    ],
)
def test_refusals_name_file_and_line(data: bytes, kind: type[FarmError], said: str) -> None:
    with pytest.raises(kind) as caught:
        edited(PATH, data, EDIT, create=True)
    assert said in str(caught.value) and PATH in str(caught.value)


# A file of the controller


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o750])
def test_a_file_keeps_its_mode_and_a_link_stays_one(tmp_path: Path, mode: int) -> None:
    file, link = tmp_path / "Web.config", tmp_path / "link.config"
    file.write_bytes(DATA)
    file.chmod(mode)
    link.symlink_to(file)
    replace_file(link, b"new", expect=DATA)
    assert file.read_bytes() == b"new" and file.stat().st_mode & 0o777 == mode and link.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Web.config", "link.config"]


def test_a_new_file_is_readable_by_all(tmp_path: Path) -> None:
    replace_file(tmp_path / "new.config", b"new", expect=None)
    assert (tmp_path / "new.config").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("expect", [None, b"other"])
def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path, expect: bytes | None) -> None:
    (tmp_path / "a.config").write_bytes(DATA)
    with pytest.raises(FarmError, match="changed while it was being edited"):
        replace_file(tmp_path / "a.config", b"new", expect=expect)
    assert (tmp_path / "a.config").read_bytes() == DATA


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.config").write_bytes(DATA)

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FarmError, match="No space left on device"):
        replace_file(tmp_path / "a.config", b"new", expect=DATA)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [DATA]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert read_file(tmp_path / "no.config") is None
    with pytest.raises(FarmError, match="cannot be read"):
        read_file(tmp_path)
    with pytest.raises(FarmError, match="cannot be written"):
        replace_file(tmp_path / "no" / "a.config", b"new", expect=None)


def test_a_controllers_file_is_read_and_written_under_a_lock(tmp_path: Path) -> None:
    (tmp_path / "a.config").write_bytes(DATA)
    target = ControllerFile(str(tmp_path / "a.config"), RunStore.open(tmp_path / "run", owner_pid=os.getpid()))
    with target:
        target.write(edited(target.path, target.read(), EDIT, create=False))
    assert (tmp_path / "a.config").read_bytes() == DATA.replace(b"old", b"new") and target.effect is Effect.NONE


# A file on a node


class Node:
    """A node with one file, as the door to it shows it."""

    def __init__(self, found: dict[str, Any], undetermined: dict[str, str] | None = None) -> None:
        self.found, self.undetermined = found, undetermined or {}
        self.operations: list[dict[str, Any]] = []

    def read(self, readings: dict[str, Any]) -> dict[str, Any]:
        (path,) = readings["files"]["paths"]
        return {"state": {"files": {path: self.found} if self.found else None}, "undetermined": self.undetermined}

    def change(self, _run: str, operations: list[dict[str, Any]], _after: dict[str, Any]) -> None:
        self.operations += operations


def on_node(monkeypatch: pytest.MonkeyPatch, node: Node, path: str = PATH) -> NodeFile:
    monkeypatch.setattr(config_file, "AnsibleNode", lambda _action, _vars: node)
    return NodeFile(SimpleNamespace(run_store=lambda: SimpleNamespace(run_id="r1")), path, {})  # type: ignore[arg-type]


def test_a_nodes_file_is_replaced_only_when_it_is_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node({"exists": True, "content": base64.b64encode(DATA).decode()})
    target = on_node(monkeypatch, node)
    outcome = edited(target.path, target.read(), EDIT, create=False)
    target.write(outcome)
    expect = {"sha256": hashlib.sha256(DATA).hexdigest()}
    assert node.operations == [{"op": "write_file", "path": PATH, "content": outcome.after, "expect": expect}]


def test_a_file_that_is_not_there_may_not_have_come_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node({"exists": False})
    target = on_node(monkeypatch, node)
    target.write(edited(target.path, target.read(), EDIT, create=True))
    assert node.operations[0]["expect"] == {"absent": True}


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (Node({"exists": True, "is_directory": True}), "This is a folder"),
        (Node({"exists": True, "content": None}), "may be too large"),
        (Node({"exists": None}, {"files": "Access is denied."}), "Access is denied"),
        (Node({}, {"files": "Access is denied."}), "Access is denied"),
        (Node({}, {"files." + PATH: "It is locked."}), "It is locked"),
    ],
)
def test_what_was_not_told_is_not_missing(monkeypatch: pytest.MonkeyPatch, node: Node, said: str) -> None:
    with pytest.raises(FarmError, match=said):
        on_node(monkeypatch, node).read()


EFFECTS = {
    r"C:\inetpub\chat\web.config": Effect.APPLICATION_RESTART,
    r"%SystemRoot%\Microsoft.NET\Framework64\v4.0.30319\CONFIG\web.config": Effect.ALL_POOLS,
    "C:/Windows/Microsoft.NET/Framework/v4.0.30319/Config/machine.config": Effect.ALL_POOLS,
}


@pytest.mark.parametrize(("path", "effect"), EFFECTS.items())
def test_the_effect_of_a_nodes_file(monkeypatch: pytest.MonkeyPatch, path: str, effect: Effect) -> None:
    assert on_node(monkeypatch, Node({}), path).effect is effect


@pytest.mark.parametrize("path", ["", "web.config", r"..\web.config", r"\web.config", r"\\server\share\web.config", "C:web.config"])
def test_a_path_that_is_not_whole_is_refused(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    with pytest.raises(FarmError, match="no full path"):
        on_node(monkeypatch, Node({}), path)
