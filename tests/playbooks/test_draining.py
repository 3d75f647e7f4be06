# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last member in rotation is never taken out, also when several are to be drained in the same moment."""

from __future__ import annotations

import pytest
from farm.control.specification import HEALTH_FILE

from .harness import NODES, Site

pytestmark = pytest.mark.slow


def in_rotation(site: Site) -> list[str]:
    return [node for node in NODES if site.drive(node).joinpath(*HEALTH_FILE.split("\\")[1:]).exists()]


def member(state: str) -> dict[str, object]:
    options = {"farm": "chat", "application": "/chat", "driver": "health_file", "health_file": HEALTH_FILE, "drain_seconds": 0}
    return {"webfarm.signalr.balancer_member": {**options, "state": state, "reuse": state != "status"}}


def test_one_of_all_that_are_drained_at_once_stays(site: Site) -> None:
    play = {"hosts": "signalr_farm", "gather_facts": False, "tasks": [member("status"), member("drained")]}
    run = site.play(site.write_playbook("drain.yml", [play]))
    assert run.failed and "the last member that is known to be in rotation" in run.output, run.output
    assert len(in_rotation(site)) == 1
    back = {"hosts": "signalr_farm", "gather_facts": False, "tasks": [member("ready")]}
    assert not site.play(site.write_playbook("back.yml", [back])).failed
    assert in_rotation(site) == list(NODES)
