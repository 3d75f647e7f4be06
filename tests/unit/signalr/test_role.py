# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role farm_verify as a playbook runs it, against simulated nodes: outcome, report, check mode, several farms, and no token anywhere."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from farm.signalr.standalone import StandaloneSite, web_config

pytestmark = pytest.mark.slow

SECONDS = 120.0  # a bound against hanging, never an expectation
ONE = {"validationKey": "A1" * 64, "decryptionKey": "B2" * 32, "validation": "HMACSHA256", "decryption": "AES"}
OTHER = ONE | {"validationKey": "C3" * 64}
PLAY = [{"hosts": "farms", "gather_facts": False, "roles": [{"role": "webfarm.signalr.farm_verify"}]}]


@dataclass
class Run:
    """What a playbook run left behind."""

    code: int
    output: str
    reports: dict[str, dict[str, Any]]


def run_role(folder: Path, farms: dict[str, list[dict[str, str]]], *arguments: str) -> Run:
    """Start a node for each key of each farm, run the role once over all, stop them."""

    async def run() -> Run:
        async with AsyncExitStack() as stack:
            groups: dict[str, Any] = {}
            for farm, keys in farms.items():
                hosts = {}
                for number, key in enumerate(keys, 1):
                    site = StandaloneSite(f"{farm}{number}", folder / f"{farm}{number}")
                    site.write_config(web_config(key))
                    node = site.node()
                    await node.start()
                    stack.push_async_callback(node.stop)
                    # The role may reach no host but over HTTP: any other way fails.
                    hosts[f"{farm}{number}"] = {"ansible_host": node.address, "ansible_connection": "winrm", "farm_node_port": node.port}
                groups[farm] = {"hosts": hosts, "vars": {"farm_name": farm, "farm_members": list(hosts)}}
            inventory = folder / "inventory.yml"
            inventory.write_text(yaml.safe_dump({"farms": {"children": groups}}), "utf-8")
            (folder / "play.yml").write_text(yaml.safe_dump(PLAY), "utf-8")
            reports = folder / "reports"
            process = await asyncio.create_subprocess_exec(
                *(str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(inventory), str(folder / "play.yml")),
                *("-e", f"farm_verify_report_directory={reports}", *arguments),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env=os.environ | {"ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_HOME": str(folder / "ansible")},
            )
            output, _none = await asyncio.wait_for(process.communicate(), SECONDS)
            written = {file.stem: json.loads(file.read_text("utf-8")) for file in reports.glob("*.json")}
            return Run(process.returncode or 0, output.decode(), written)

    return asyncio.run(run())


def test_one_farm(tmp_path: Path) -> None:
    run = run_role(tmp_path, {"chat": [ONE, ONE]}, "-vvvvvv")
    assert run.code == 0, run.output
    assert run.reports["chat"]["farm_is_one"] is True
    assert "The farm is one. 4 of 4 token checks accepted." in run.output
    assert "changed=0" in run.output and "changed=1" not in run.output
    # A token is at least 92 characters of base64; nothing of that kind is in the most talkative output there is.
    assert [blob[:20] for blob in re.findall(r"[A-Za-z0-9+/=%]{88,}", run.output) if not blob.startswith("/")] == []


def test_not_one_farm_is_reported_and_then_fails(tmp_path: Path) -> None:
    run = run_role(tmp_path, {"chat": [ONE, OTHER, ONE]})
    assert run.code == 2
    assert run.reports["chat"]["after"]["key_groups"] == [["chat1", "chat3"], ["chat2"]]
    assert "The ConnectionId is in the incorrect format." in run.output
    assert "Give every node the same explicit machineKey" in run.output


def test_check_mode_asks_and_says_but_writes_nothing_and_does_not_fail(tmp_path: Path) -> None:
    run = run_role(tmp_path, {"chat": [ONE, OTHER]}, "--check", "--diff")
    assert run.code == 0, run.output
    assert run.reports == {}
    assert "The farm is not one. 2 of 4 token checks accepted." in run.output


def test_each_farm_answers_for_itself(tmp_path: Path) -> None:
    run = run_role(tmp_path, {"chat": [ONE, ONE], "news": [OTHER, OTHER]})
    assert run.code == 0, run.output
    assert {name: report["farm_is_one"] for name, report in run.reports.items()} == {"chat": True, "news": True}
    assert [node["name"] for node in run.reports["news"]["after"]["nodes"]] == ["news1", "news2"]


def test_a_report_is_all_that_is_asked_for(tmp_path: Path) -> None:
    run = run_role(tmp_path, {"chat": [ONE, OTHER]}, "-e", '{"farm_verify_report_only": true, "farm_verify_show": false}')
    assert run.code == 0, run.output
    assert run.reports["chat"]["farm_is_one"] is False
    assert "token of" not in run.output
