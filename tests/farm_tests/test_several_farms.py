# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two farms in one process: separate groups on separate nodes, and two applications on the same nodes."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest
from farm.control.channel import ControlError
from farm.control.running import running_farm

from .winrm_client import WinRmClient

APPLICATIONS = [
    {"farm": "chat", "nodes": ["web01", "web02"]},
    {"farm": "shop", "path": "/shop", "pool": "ShopPool", "nodes": ["web02", "web03"], "enable_32bit": True},
]


def connection_token(url: str, path: str) -> int:
    with urllib.request.urlopen(f"{url}{path}/signalr/negotiate?clientProtocol=1.5", timeout=10) as answer:
        return answer.status


def test_a_node_may_belong_to_two_farms(tmp_path: Path) -> None:
    (tmp_path / "applications.json").write_text(json.dumps(APPLICATIONS))
    with running_farm(tmp_path / "farm", "--applications", str(tmp_path / "applications.json")) as farm:
        inventory = farm.inventory.read_text()
        assert 'farm_members: ["web01", "web02"]' in inventory
        assert 'farm_members: ["web02_shop", "web03"]' in inventory
        assert connection_token(farm.url("web02"), "/chat") == connection_token(farm.url("web02"), "/shop") == 200
        addresses = [farm.description["farms"][name]["virtual_address"] for name in ("chat", "shop")]
        assert len(set(addresses)) == 2
        assert connection_token(addresses[1], "/shop") == 200
        wanted = [{"site": "Default Web Site", "path": "/chat"}, {"site": "Default Web Site", "path": "/shop"}]
        told = WinRmClient(farm, "web02").state(iis={"applications": wanted, "pools": []})["state"]["iis"]
        assert [(app["exists"], app["pool"]) for app in told["applications"]] == [(True, "ChatPool"), (True, "ShopPool")]
        assert (told["pools"]["ChatPool"]["enable_32bit"], told["pools"]["ShopPool"]["enable_32bit"]) == (False, True)
        farm.control.break_node("web02", "key", "shop")
        folder = Path(farm.description["nodes"]["web02"]["root"]) / "drive_c/inetpub/wwwroot"
        assert ["machineKey" in (folder / name / "web.config").read_text() for name in ("chat", "shop")] == [False, True]


WRONG = [
    ([{"farm": "chat", "nodes": ["web09"]}], "names unknown nodes: web09"),
    ([{"farm": "chat"}, {"farm": "other"}], "has the application Default Web Site/chat twice"),
    ([{"frm": "chat"}], "is not a list of applications"),
]


@pytest.mark.parametrize(("applications", "text"), WRONG, ids=[text for _rest, text in WRONG])
def test_a_farm_that_cannot_be_is_refused(tmp_path: Path, applications: list, text: str) -> None:
    (tmp_path / "applications.json").write_text(json.dumps(applications))
    with pytest.raises(ControlError, match=text), running_farm(tmp_path / "farm", "--applications", str(tmp_path / "applications.json")):
        pass
