# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""webconfig_transform in plays: file to file, the application's own file, a file of the node; check mode announces what a run does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .harness import Site

pytestmark = pytest.mark.slow

OLD, NEW = "old-password-Ab12", "new-password-Cd34"
XDT = 'xmlns:xdt="http://schemas.microsoft.com/XML-Document-Transform"'
TRANSFORM = f"""<configuration {XDT}>
  <appSettings>
    <add key="ApiPassword" value="{NEW}" xdt:Transform="SetAttributes(value)" xdt:Locator="Match(key)" />
    <add key="Absent" value="{NEW}" xdt:Transform="Remove" xdt:Locator="Match(key,value)" />
  </appSettings>
</configuration>
"""
SOURCE = f'<configuration>\r\n  <appSettings>\r\n    <add key="ApiPassword" value="{OLD}"   />\r\n  </appSettings>\r\n</configuration>'


def task(name: str, **arguments: Any) -> list[dict[str, Any]]:
    """The task, and what it returned, written where the test can read it."""
    return [
        {"name": name, "webfarm.signalr.webconfig_transform": arguments, "register": "outcome", "ignore_errors": True},
        {
            "ansible.builtin.copy": {"content": "{{ outcome | to_json }}", "dest": f"{{{{ results }}}}/{name}.json", "mode": "0600"},
            "delegate_to": "localhost",
            "vars": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            "check_mode": False,
            "diff": False,
        },
    ]


def test_check_announces_what_a_run_does(site: Site) -> None:
    live = site.live_folder("web01") / "web.config"
    setting = f'<add key="ApiPassword" value="{OLD}" />'.encode()
    live.write_bytes(live.read_bytes().replace(b"<appSettings>", b"<appSettings>\r\n    " + setting, 1))
    before = live.read_bytes()
    files = {"Web.config": SOURCE, "Web.Release.config": TRANSFORM, "strict.xdt": f'<c {XDT}><x xdt:transform="Remove"/></c>'}
    for name, text in files.items():
        (site.directory / name).write_bytes(text.encode())
    broken = TRANSFORM.replace('Transform="Remove"', 'Transform="Remov"')
    (site.directory / "broken.xdt").write_text(broken)
    key = f'<configuration {XDT}><system.web><machineKey validation="SHA1" xdt:Transform="InsertIfMissing" /></system.web></configuration>'
    (site.directory / "key.xdt").write_text(key)
    results = site.directory / "results"
    results.mkdir()

    def at(name: str) -> str:
        return str(site.directory / name)

    release = {"transforms": [at("Web.Release.config")]}
    farm = {"farm": "{{ farm_name }}", "application": "/chat"}
    book = site.write_playbook(
        "transform.yml",
        [
            {
                "hosts": "web01",
                "gather_facts": False,
                "tasks": [
                    *task("file", src=at("Web.config"), local_path=at("out.config"), **release),
                    *task("application", **farm, **release),
                    *task("node", src=at("Web.config"), node_path=r"%SystemDrive%\inetpub\tool.config", **release),
                    *task("strict", local_path=at("Web.config"), transforms=[at("strict.xdt")], strict=True),
                    *task("broken", local_path=at("Web.config"), transforms=[at("broken.xdt")]),
                    *task("key", **farm, transforms=[at("key.xdt")]),
                    *task("nothing", local_path=at("no.config"), **release),
                ],
            }
        ],
    )

    def play(*arguments: str) -> dict[str, Any]:
        run = site.play(book, "-vvv", *arguments, results=str(results))
        assert run.code == 0, run.output
        assert OLD not in run.output and NEW not in run.output
        return {path.stem: json.loads(path.read_text()) for path in results.iterdir()}

    announced = play("--check", "--diff")
    assert live.read_bytes() == before and not Path(at("out.config")).exists()
    done = play("--diff")
    again = play("--diff")

    for name in ("file", "application", "node"):
        assert (announced[name]["changed"], done[name]["changed"], again[name]["changed"]) == (True, True, False), name
        assert announced[name]["diff"] == done[name]["diff"] and again[name]["diff"] == [], name
        assert any("did not find a match" in said or "No element" in said for said in done[name]["warnings"]), name
    assert Path(at("out.config")).read_bytes() == SOURCE.replace(OLD, NEW).encode()
    assert (site.drive("web01") / "inetpub" / "tool.config").read_bytes() == SOURCE.replace(OLD, NEW).encode()
    assert live.read_bytes() == before.replace(OLD.encode(), NEW.encode())
    assert "Set 'value' attribute" in done["file"]["log"]
    assert "********" in done["application"]["diff"][0]["prepared"]
    assert "Unknown attribute 'xdt:transform'" in done["strict"]["msg"]
    assert "Could not resolve 'Remov' as a type of Transform" in done["broken"]["msg"] and "line 4, column" in done["broken"]["msg"]
    assert "machine_key_sync" in done["key"]["msg"]
    assert "There is no such file" in done["nothing"]["msg"]
    assert Path(at("Web.config")).read_bytes() == SOURCE.encode()
