# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""webconfig_xml in plays: the application's own file, a file of the node, a file of the controller; check mode announces what a run does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from .harness import Site

pytestmark = pytest.mark.slow

OLD, NEW = "old-greeting-Ab12", "new-greeting-Cd34"
EDITS: list[dict[str, Any]] = [
    {"path": "system.web/httpRuntime", "attributes": {"maxRequestLength": 8192}},
    {"path": "appSettings/add", "identity": {"key": "Greeting"}, "attributes": {"value": NEW}, "secret": True},
]
APPLICATION = {"farm": "{{ farm_name }}", "application": "/chat", "edits": EDITS}
NODE_FILE = {"node_path": r"%SystemDrive%\inetpub\notes.config", "create": True, "edits": [{"path": "a/b", "attributes": {"c": 1}}]}


def task(name: str, **arguments: Any) -> list[dict[str, Any]]:
    """The task, and what it returned, written where the test can read it."""
    return [
        {"name": name, "webfarm.signalr.webconfig_xml": arguments, "register": "outcome", "ignore_errors": True},
        {
            "ansible.builtin.copy": {"content": "{{ outcome | to_json }}", "dest": f"{{{{ results }}}}/{name}.json", "mode": "0600"},
            "delegate_to": "localhost",
            "vars": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            "check_mode": False,
            "diff": False,
        },
    ]


def test_check_announces_what_a_run_does_and_a_second_run_does_nothing(site: Site) -> None:
    file = site.live_folder("web01") / "web.config"
    setting = f'<add key="Greeting" value="{OLD}" />'.encode()
    file.write_bytes(file.read_bytes().replace(b"<appSettings>", b"<appSettings>\r\n    " + setting, 1))
    source, results = site.directory / "Web.config", site.directory / "results"
    source.write_bytes(file.read_bytes())
    source.chmod(0o640)
    results.mkdir()
    before = file.read_bytes()
    book = site.write_playbook(
        "edit.yml",
        [
            {
                "hosts": "web01",
                "gather_facts": False,
                "tasks": [
                    *task("application", **APPLICATION),
                    *task("node", **NODE_FILE),
                    *task("controller", local_path=str(source), edits=EDITS),
                    *task(
                        "key", **{**APPLICATION, "edits": [{"path": "system.web/machineKey", "attributes": {"validationKey": "AB" * 64}}]}
                    ),
                    *task("nothing", local_path=str(source.with_name("no.config")), edits=EDITS),
                ],
            }
        ],
    )

    def play(*arguments: str) -> dict[str, Any]:
        run = site.play(book, "-vvv", *arguments, results=str(results))
        assert run.code == 0, run.output
        assert OLD not in run.output and NEW not in run.output.replace(json.dumps(NEW), "")
        return {path.stem: json.loads(path.read_text()) for path in results.iterdir()}

    announced = play("--check", "--diff")
    assert file.read_bytes() == before and source.read_bytes() == before
    done = play("--diff")
    again = play("--diff")

    for name in ("application", "node", "controller"):
        assert (announced[name]["changed"], done[name]["changed"], again[name]["changed"]) == (True, True, False), name
        assert announced[name]["diff"] == done[name]["diff"] and again[name]["diff"] == [], name
    assert [edit["changed"] for edit in done["application"]["edits"]] == [True, True]
    assert {name: done[name]["effect"] for name in ("application", "controller")} == {
        "application": "the application restarts",
        "controller": "nothing restarts",
    }
    shown = done["application"]["diff"][0]["prepared"]
    assert '-    <add key="Greeting" value="******** (old)" />' in shown and '+    <add key="Greeting" value="******** (new)" />' in shown
    assert shown.count("\n+ ") == 2 and ' maxRequestLength="8192" />' in shown

    expected = before.replace(OLD.encode(), NEW.encode())
    expected = re.sub(rb'(<httpRuntime targetFramework="[^"]*") />', rb'\1 maxRequestLength="8192" />', expected)
    assert file.read_bytes() == source.read_bytes() == expected
    assert source.stat().st_mode & 0o777 == 0o640
    assert (site.drive("web01") / "inetpub" / "notes.config").is_file()
    assert "machine_key_sync" in done["key"]["msg"] and done["key"]["failed"]
    assert "There is no such file" in done["nothing"]["msg"]
    assert not list(site.drive("web01").rglob("lease.json")), "the lease ends with the task"


def test_local_files_need_no_windows(tmp_path: Path) -> None:
    """A file of the controller is edited for any host; the check of the arguments names the options."""
    site = Site.__new__(Site)
    site.directory, site.inventory = tmp_path, tmp_path / "hosts"
    site.inventory.write_text("localhost ansible_connection=local\n")
    (tmp_path / "app.config").write_text("<configuration/>")
    book = site.write_playbook(
        "edit.yml",
        [
            {
                "hosts": "localhost",
                "gather_facts": False,
                "tasks": [
                    {"webfarm.signalr.webconfig_xml": {"local_path": str(tmp_path / "app.config"), "edits": [{"path": "a"}]}},
                    {"webfarm.signalr.webconfig_xml": {"local_path": "x", "farm": "y", "edits": []}},
                ],
            }
        ],
    )
    run = site.play(book)
    assert run.failed and "mutually exclusive: farm|node_path|local_path" in run.output
    assert (tmp_path / "app.config").read_text().replace("\n", "").replace(" ", "") == "<configuration><a/></configuration>"
