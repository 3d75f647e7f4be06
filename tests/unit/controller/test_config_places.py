# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An application's web.config: what its node would not take is refused before it is written; files that it refers to are edited with it."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.config_file import ApplicationFile, ControllerFile, Edited, edited
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.local_file import beside, replace_files
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import ConfigEditError, FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.snapshot import NodeSnapshot
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.store import RunStore
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.state import ApplicationName
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig.edits import read_edits

NAME = ApplicationName("Default Web Site", "/chat")
HOST = r"%SystemRoot%\System32\inetsrv\config\applicationHost.config"
FOLDER = r"C:\inetpub\chat"
OWN = b"""<configuration>
  <appSettings><add key="A" value="1"/></appSettings>
  <connectionStrings configSource="db.config"/>
  <system.web><httpRuntime/></system.web>
</configuration>"""
DB = b'<connectionStrings><add name="D" connectionString="x"/></connectionStrings>'
SITE = b'<configuration><location allowOverride="false"><system.web><trace enabled="false"/></system.web></location></configuration>'
LOCKING = b"""<configuration><configSections><sectionGroup name="system.webServer">
<section name="handlers" overrideModeDefault="Deny"/><section name="httpProtocol"/></sectionGroup></configSections></configuration>"""


def told(path: str, data: bytes | None, **more: Any) -> dict[str, Any]:
    return {"path": path, "exists": data is not None, "content": data and base64.b64encode(data).decode(), **more}


def application(own: bytes = OWN, *, locked: bool = False, host: bytes | None = LOCKING) -> ApplicationFile:
    """The file as a node told of it, and what is to be sent to the node in ``sent``."""
    reference = told(FOLDER + r"\db.config", DB, name="db.config")
    files = [
        told(r"C:\inetpub\wwwroot\web.config", SITE, level="site", virtual_path="/"),
        told(FOLDER + r"\web.config", own, level="app", virtual_path="/chat", references=[reference]),
    ]
    found = {"site": NAME.site, "path": NAME.path, "pool": "chat", "physical_path": FOLDER, "child_applications": ["/chat/admin"]}
    answer = {
        "state": {
            "iis": {"applications": [found], "pools": {"chat": {"state": "Started"}}, "web_socket": {"locked": locked}},
            "configuration": [{"site": NAME.site, "path": NAME.path, "files": files}],
            "files": {HOST: told(HOST, host)},
        }
    }
    target = ApplicationFile.__new__(ApplicationFile)
    target._answer, target._accept_shared = answer, False
    target._snapshot = NodeSnapshot.from_answer("web01", NAME, answer)
    target._session = SimpleNamespace(scope=SimpleNamespace(application=NAME))  # type: ignore[assignment]
    target.path = FOLDER + r"\web.config"
    return target


def outcome(target: ApplicationFile, *edits: dict[str, Any]) -> Edited:
    made = edited(target.path, target.read(), read_edits(edits), create=False, source=target.referred)
    target.check(made)
    return made


TAKEN: dict[str, dict[str, Any]] = {
    "a setting": {"path": "appSettings/add", "attributes": {"key": "A", "value": "2"}},
    "an open section": {"path": "system.webServer/httpProtocol/customHeaders/add", "attributes": {"name": "X", "value": "1"}},
    "a connection": {"path": "connectionStrings/add", "attributes": {"name": "D", "connectionString": "y"}},
    "an application below": {"path": "system.web/sessionState", "location": "admin", "attributes": {"mode": "Off"}},
    "what changes nothing": {"path": "system.webServer/handlers/add", "identity": {"name": "no"}, "state": "absent"},
}


@pytest.mark.parametrize("edit", TAKEN.values(), ids=TAKEN)
def test_what_the_node_takes(edit: dict[str, Any]) -> None:
    assert outcome(application(), edit).changed == (edit.get("state") != "absent")


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "locked by IIS": (
        {"path": "system.webServer/handlers/add", "attributes": {"name": "H", "path": "*"}},
        "handlers/add> is locked at a parent",
    ),
    "web sockets": ({"path": "system.webServer/webSocket", "attributes": {"enabled": True}}, "webSocket> is locked at a parent level: IIS"),
    "locked by the site": (
        {"path": "system.web/trace", "attributes": {"enabled": True}},
        "ASP.NET would refuse the section <system.web/trace>",
    ),
    "a value of no meaning": ({"path": "system.web/httpRuntime", "attributes": {"executionTimeout": "soon"}}, "ASP.NET would refuse"),
    "an attribute of no meaning": ({"path": "system.web/httpRuntime", "attributes": {"nonsense": 1}}, "Unrecognized attribute 'nonsense'"),
    "a folder that is no application": (
        {"path": "system.web/sessionState", "location": "sub", "attributes": {"mode": "Off"}},
        "allowDefinition='MachineToApplication' beyond application level",
    ),
    "only the server's": ({"path": "system.web/processModel", "attributes": {"enable": True}}, "allowDefinition='MachineOnly'"),
    "the farm's key": ({"path": "system.web/machineKey", "attributes": {"validation": "AES"}}, "machine_key_sync"),
}


@pytest.mark.parametrize(("edit", "said"), REFUSED.values(), ids=REFUSED)
def test_what_the_node_would_not_take(edit: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigEditError) as caught:
        outcome(application(locked=True), edit)
    assert said in str(caught.value) and caught.value.next_step and "web.config" in str(caught.value)


def test_without_the_servers_file_nothing_is_known_to_be_locked() -> None:
    edit = {"path": "system.webServer/handlers/add", "attributes": {"name": "H", "path": "*"}}
    assert outcome(application(host=None), edit).changed


def test_what_was_broken_before_may_be_repaired_step_by_step() -> None:
    broken = application(OWN.replace(b"<httpRuntime/>", b'<httpRuntime nonsense="1"/>'))
    assert outcome(broken, {"path": "system.web/httpRuntime", "attributes": {"enable": True}}).changed


def test_the_file_that_holds_the_section_is_written_alone() -> None:
    made = outcome(application(), TAKEN["a connection"])
    assert [(file.path, file.after) for file in made.files("web.config")] == [(FOLDER + r"\db.config", DB.replace(b'"x"', b'"y"'))]
    assert made.made[0].path == FOLDER + r"\db.config"


# Files of the controller that others refer to


def test_a_controllers_file_and_what_it_refers_to(tmp_path: Path) -> None:
    (tmp_path / "web.config").write_bytes(OWN)
    (tmp_path / "DB.config").write_bytes(DB)
    target = ControllerFile(str(tmp_path / "web.config"), RunStore.open(tmp_path / "run", owner_pid=os.getpid()))
    edits = read_edits([TAKEN["a connection"], TAKEN["a setting"]])
    with target:
        target.write(edited(target.path, target.read(), edits, create=False, source=target.referred))
    assert (tmp_path / "DB.config").read_bytes() == DB.replace(b'"x"', b'"y"')
    assert (tmp_path / "web.config").read_bytes() == OWN.replace(b'value="1"', b'value="2"')


def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    inside = tmp_path / "site"
    inside.mkdir()
    (tmp_path / "secret.config").write_bytes(DB)
    (inside / "db.config").symlink_to(tmp_path / "secret.config")
    with pytest.raises(FarmError, match="leads out of the folder"):
        beside(inside / "web.config", "db.config")
    with pytest.raises(FarmError, match="leads out of the folder"):
        beside(inside / "web.config", r"..\secret.config")
    assert beside(inside / "web.config", r"sub\x.config") == inside / "sub" / "x.config"


def test_files_are_put_back_when_one_cannot_be_written(tmp_path: Path) -> None:
    first, new, changed = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    first.write_bytes(b"1")
    changed.write_bytes(b"other")
    with pytest.raises(FarmError, match="was changed while"):
        replace_files([(first, b"2", b"1"), (new, b"2", None), (changed, b"2", b"1")])
    assert first.read_bytes() == b"1" and not new.exists() and changed.read_bytes() == b"other"
