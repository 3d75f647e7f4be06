# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to a Windows server: what is asked of it is planned without one, and played against a node of the real chain."""

from __future__ import annotations

from pathlib import Path

import pytest
from farm.control.running import running_farm

from conformance import outcome
from conformance.answer import with_windows_paths
from conformance.cases import ALL
from conformance.targets import NotToBeHad
from conformance.targets.windows import WindowsTarget, plan
from conformance.world import POOLS, ROOT, SITES

PLAYED = ("readings/files-by", "configuration/references-until", "calls/check-mode-pre", "expand_archive/undo", "set_site/undo-new")


def test_a_server_has_to_be_named() -> None:
    with pytest.raises(NotToBeHad, match="disposable"), WindowsTarget(None, None).running():
        raise AssertionError("it ran without a server")


def test_nothing_outside_the_cases_own_world_is_written() -> None:
    planned = plan([case for case in ALL if case.runs_on("windows")])
    assert planned["root"] == ROOT
    for case in planned["cases"]:
        for call in (case["setup"], *case["calls"]):
            for operation in call["request"].get("operations", ()):
                paths = [operation[name] for name in ("path", "destination", "to", "root", "folder", "archive") if name in operation]
                if operation["op"] != "set_application" and not operation["op"].startswith("install"):
                    assert all(path.startswith(ROOT) or operation["op"] == "format_disk" for path in paths), operation
                if operation["op"].endswith("_site") or "site" in operation:
                    assert operation.get("site", operation.get("name", "")).casefold() in {
                        name.casefold() for name in (*SITES, "NoSuchSite")
                    }
                if operation["op"].endswith("_pool"):
                    assert operation["name"].casefold() in {name.casefold() for name in (*POOLS, "NoSuchPool")}


@pytest.mark.slow
def test_cases_are_played_over_winrm_and_cleaned_up_after(real_tools: Path, tmp_path: Path) -> None:
    cases = [case for case in ALL if case.name.startswith(PLAYED) and case.runs_on("windows")]
    with (
        running_farm(tmp_path, "--nodes", "1", "--real", "--tools", str(real_tools)) as farm,
        WindowsTarget(farm.inventory, "web01").running() as target,
    ):
        drive = next(tmp_path.rglob("drive_c"))
        # A real server's paths would need no translation.
        played = [(case, with_windows_paths(answers, str(drive))) for case, answers in target.answers(cases)]
    verdicts = [outcome.judged(case, target.name, answers) for case, answers in played]
    assert {verdict.case.name: verdict.differences for verdict in verdicts if not verdict.is_equal} == {}
    assert len(verdicts) == len(cases) and target.label().startswith("windows 10.0.")
    assert not (drive / ROOT[3:]).exists()
