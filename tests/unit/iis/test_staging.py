# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a release on a node counts as staged, and what is done about one that does not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.releases import WantedRelease, plan_stage
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.state import ApplicationName, NodeState

ROOT = r"%SystemDrive%\inetpub\webfarm\chat"
MANIFEST = {"id": "1.0", "content_sha256": "c" * 64, "file_count": 3, "total_bytes": 300, "owned": ["web.config"]}
CONFIG = b"<configuration/>"
APPLICATION = ApplicationName("Default Web Site", "/chat")


def state(*, live: bool = False, **release: Any) -> NodeState:
    """A node with release 1.0 in this shape; without any fields there is none."""
    path = ROOT + r"\releases\1.0"
    found = {"id": "1.0", "path": path, "resolved_path": path, "manifest": MANIFEST, "file_count": 3, "total_bytes": 300} | release
    application = {"site": APPLICATION.site, "path": APPLICATION.path, "site_exists": True, "exists": True}
    answer = {
        "iis": {"applications": [{**application, "physical_path": path if live else r"C:\old", "pool": "ChatPool"}], "pools": {}},
        "releases": {"root": ROOT, "exists": True, "releases": [found] if release else []},
    }
    return NodeState.from_answer({"state": answer})


def staged(found: NodeState) -> list[str]:
    wanted = WantedRelease(id="1.0", root=ROOT, manifest=MANIFEST, files=[], config=CONFIG)
    return [operation["op"] for change in plan_stage(found, wanted, application=APPLICATION) for operation in change.operations]


AFRESH = ["make_directory", "expand_archive", "write_file", "write_manifest"]
CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing is there": ({}, AFRESH),
    "it is there": ({"config_sha256": WantedRelease("1.0", ROOT, MANIFEST, [], CONFIG).config_sha256}, []),
    "more is there than was staged": (
        {"file_count": 5, "total_bytes": 900, "config_sha256": WantedRelease("1.0", ROOT, MANIFEST, [], CONFIG).config_sha256},
        [],
    ),
    "with another web.config": ({"config_sha256": "0" * 64}, ["write_file"]),
    "it serves, with another web.config": ({"live": True, "config_sha256": "0" * 64}, []),
    "without a manifest": ({"manifest": None}, ["remove_directory", *AFRESH]),
    "files are missing": ({"file_count": 2, "total_bytes": 200}, ["remove_directory", *AFRESH]),
}


@pytest.mark.parametrize("case", CASES)
def test_what_staging_does(case: str) -> None:
    found, operations = CASES[case]
    assert staged(state(**found)) == operations


def test_a_folder_that_serves_is_never_removed() -> None:
    with pytest.raises(FarmError, match=r"serves and is not complete.*new id"):
        staged(state(live=True, file_count=2, total_bytes=200))


def test_the_web_config_of_rubble_does_not_stop_the_staging() -> None:
    wanted = WantedRelease(id="1.0", root=ROOT, manifest=MANIFEST, files=[], config=CONFIG)
    (change,) = plan_stage(state(manifest=None, config_sha256="0" * 64), wanted, application=APPLICATION)
    (write,) = [operation for operation in change.operations if operation["op"] == "write_file"]
    assert "expect" not in write


def test_other_content_needs_another_id() -> None:
    with pytest.raises(FarmError, match="already on the node with other content"):
        staged(state(manifest=MANIFEST | {"content_sha256": "d" * 64}))
