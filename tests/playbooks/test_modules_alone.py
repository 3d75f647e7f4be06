# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules alone, as tasks in somebody's play, on the shapes that applications have.

One node: ``/chat`` with a virtual directory, ``/data`` with what an application writes, ``/legacy`` in a 32-bit pool, and a site's root.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from farm.control.running import running_farm

from .harness import Site
from .material import new_key, release_folder, release_zip, write_key

pytestmark = pytest.mark.slow

APPLICATIONS = [
    {"farm": "chat", "path": "/chat", "pool": "ChatPool"},
    {"farm": "data", "path": "/data", "pool": "DataPool"},
    {"farm": "legacy", "path": "/legacy", "pool": "LegacyPool", "enable_32bit": True},
    {"farm": "root", "path": "/", "pool": "RootPool"},
]
VIRTUAL_DIRECTORY = {"path": "/files", "physical_path": r"C:\files"}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Each test has an application of its own."""
    directory = tmp_path_factory.mktemp("modules")
    (directory / "applications.json").write_text(json.dumps(APPLICATIONS))
    arguments = ("--nodes", "1", "--without-web-sockets", "1", "--older", "", "--applications", str(directory / "applications.json"))
    with running_farm(directory / "farm", *arguments):
        pass  # made; now it gets what no command line gives it
    known = directory / "farm" / "web01" / "node.json"
    state = json.loads(known.read_text())
    {app["path"]: app for app in state["sites"][0]["applications"]}["/chat"]["virtual_directories"].append(VIRTUAL_DIRECTORY)
    known.write_text(json.dumps(state))
    with running_farm(directory / "farm", *arguments) as farm:
        site = Site(farm, directory)
        site.inventory = site.write_inventory("alone.yml", as_one_host)
        yield site


def as_one_host(inventory: dict[str, Any]) -> None:
    hosts = inventory["all"]["children"]["signalr_farm"]["children"]["chat"]["hosts"]
    inventory["all"]["children"] = {"theirs": {"hosts": hosts}}


def results(site: Site, farm: str, application: str, tasks: list[dict[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """What each task of a play came to; one that fails does not stop the others."""
    shared = {"farm": farm, "application": application, "members": ["web01"]}
    named = [
        {f"webfarm.signalr.{module}": shared | options, "register": f"result_{number}", "ignore_errors": True}
        for number, task in enumerate(tasks)
        for module, options in task.items()
    ]
    told = site.directory / f"results-{farm}.json"
    content = "{{ [" + ", ".join(f"result_{number}" for number in range(len(tasks))) + "] | to_json }}"
    copy = {"ansible.builtin.copy": {"content": content, "dest": str(told)}, "delegate_to": "localhost"}
    copy["vars"] = {"ansible_connection": "local"}
    run = site.play(site.write_playbook("modules.yml", [{"hosts": "theirs", "gather_facts": False, "tasks": [*named, copy]}]))
    assert not run.failed, run.output
    return list(json.loads(told.read_text()))


def changed(told: list[dict[str, Any]]) -> list[bool]:
    assert not [result["msg"] for result in told if result.get("failed")]
    return [result["changed"] for result in told]


def iis(site: Site, path: str) -> dict[str, Any]:
    """An application as IIS has it, with its pool."""
    known = json.loads((site.drive("web01").parent / "node.json").read_text())
    (found,) = [app for each in known["sites"] for app in each["applications"] if app["path"] == path]
    return found | {"pool": next(pool for pool in known["pools"] if pool["name"] == found["pool"])}


def release(site: Site, farm: str, number: str) -> Path:
    original = Path(site.farm.description["farms"][farm]["package"])
    folder = site.directory / f"{farm}-{number}"
    return folder if folder.exists() else release_folder(folder, original, number)


def served(site: Site, application: str) -> str:
    return (site.live_folder("web01", application) / "release.txt").read_text().strip()


def test_features_and_built_in_identities(node: Site) -> None:
    feature, service = {"windows_feature": {}}, {"apppool_identity": {"identity": "NetworkService"}}
    back = {"apppool_identity": {"identity": "ApplicationPoolIdentity", "settings": {"max_processes": 1}}}
    told = results(node, "chat", "/chat", [feature, feature, service, service, back, back])
    assert changed(told) == [True, False] * 3
    assert [result["identity"] for result in told[2:]] == ["NetworkService"] * 2 + ["ApplicationPoolIdentity"] * 2
    refused = results(
        node,
        "chat",
        "/chat",
        [{"windows_feature": {"name": ["Web-Sockets"]}}, {"apppool_identity": {"identity": "LocalSystem", "user": "x"}}],
    )
    assert [result["changed"] for result in refused] == [False, False]
    assert "Web-Sockets" in refused[0]["msg"] and "takes neither a user name nor a password" in refused[1]["msg"]


def test_releases_of_every_kind_and_the_way_back(node: Site) -> None:
    """The application's virtual directory and the pool stay what they are; a nested application is made with a pool of its own."""
    packages = {
        "2.0.0": release(node, "chat", "2.0.0"),
        "2.1.0": release_zip(release(node, "chat", "2.1.0"), node.directory / "chat.zip"),
        "2.2.0": release_zip(release(node, "chat", "2.2.0"), node.directory / "chat.nupkg"),
    }
    present = [{"iis_release": {"package": str(package), "release": number}} for number, package in packages.items()]
    back = [{"iis_release": {"state": "rolled_back"}}, {"iis_release": {"state": "rolled_back", "release": "2.0.0"}}]
    before = iis(node, "/chat")
    told = results(node, "chat", "/chat", [present[0], present[0], *present[1:], *back, back[1]])
    assert changed(told) == [True, False, True, True, True, True, False]
    assert [result["release"] for result in told] == ["2.0.0", "2.0.0", "2.1.0", "2.2.0", "2.1.0", "2.0.0", "2.0.0"]
    assert served(node, "chat") == "2.0.0"
    after = iis(node, "/chat")
    assert after["virtual_directories"] == before["virtual_directories"] == [VIRTUAL_DIRECTORY]
    assert after["pool"]["settings"] == before["pool"]["settings"]

    nested = results(node, "admin", "/chat/admin", [present[1], present[1]])
    assert changed(nested) == [True, False]
    assert served(node, "chat/admin") == "2.1.0" and served(node, "chat") == "2.0.0"
    assert iis(node, "/chat/admin")["pool"]["name"] not in {application["pool"] for application in APPLICATIONS}


def test_what_the_application_writes_is_spoken_for_and_moves_along(node: Site) -> None:
    written = node.live_folder("web01", "data") / "App_Data" / "orders.txt"
    written.parent.mkdir()
    written.write_text("one order")
    packages = [{"package": str(release(node, "data", number)), "release": number} for number in ("3.0.0", "3.1.0")]
    persistent = {"persistent_paths": ["App_Data"]}
    first, again = ({"iis_release": packages[0] | more} for more in ({}, persistent))
    refused, *told = results(node, "data", "/data", [first, again, again])
    assert refused["failed"] and "App_Data (1 file)" in refused["msg"] and "farm_app_persistent_paths" in refused["msg"]
    assert changed(told) == [True, False]  # what moved along does not make the release another one
    live = node.live_folder("web01", "data") / "App_Data"
    assert (live / "orders.txt").read_text() == written.read_text() == "one order"
    (live / "second.txt").write_text("another order")
    following = {"iis_release": packages[1] | persistent}
    assert changed(results(node, "data", "/data", [following, following])) == [True, False]
    live = node.live_folder("web01", "data")
    assert sorted(path.name for path in (live / "App_Data").iterdir()) == ["orders.txt", "second.txt"]
    assert served(node, "data") == "3.1.0"


def test_a_sites_root_leaves_behind_what_it_was_told_to(node: Site) -> None:
    """The folder that served stays, and with it what nobody wants in a release."""
    before = node.live_folder("web01", "")
    (before / "uploads").mkdir()
    (before / "uploads" / "picture.txt").write_text("a picture")
    present = {"iis_release": {"package": str(release(node, "root", "4.0.0")), "release": "4.0.0", "leave_behind": ["uploads"]}}
    assert changed(results(node, "root", "/", [present, present])) == [True, False]
    assert served(node, "") == "4.0.0" and not (node.live_folder("web01", "") / "uploads").exists()
    assert (before / "uploads" / "picture.txt").exists()


def test_a_32_bit_pool_inherits_the_key_of_its_own_framework(node: Site) -> None:
    """The server's key lies in the root web.config of each bitness; what the application inherits is neither copied nor changed."""
    framework = node.drive("web01") / "Windows" / "Microsoft.NET"
    keys = {folder: new_key() for folder in ("Framework", "Framework64")}
    for folder, key in keys.items():
        write_key(framework / folder / "v4.0.30319" / "Config" / "web.config", key)
    url = f"{node.farm.url('web01')}/legacy/signalr"
    key_tasks = [
        {"machine_key_sync": {"phase": "prepare", "url": url}},
        {"machine_key_sync": {"phase": "switch"}},
        {"machine_key_sync": {"phase": "settle"}},
    ]
    following = {"iis_release": {"package": str(release(node, "legacy", "5.0.0")), "release": "5.0.0"}}
    told = results(node, "legacy", "/legacy", [{"node_info": {}}, *key_tasks, {"node_info": {}}, *key_tasks, following])
    assert changed(told) == [False, False, False, True, False, False, False, False, True]  # the marker, the release
    held = told[0]["node"]["machine_key"]
    assert held["kind"] == "literal" and {origin["level"] for origin in held["origins"].values()} == {"root"}
    assert r"\Framework\v4.0.30319" in held["origins"]["validationKey"]["file"]
    assert served(node, "legacy") == "5.0.0" and node.key("web01", "legacy") is None
    other = results(node, "chat", "/chat", [{"node_info": {}}])[0]["node"]["machine_key"]
    assert other["fingerprint"] != held["fingerprint"] and r"\Framework64\v4.0.30319" in other["origins"]["validationKey"]["file"]
