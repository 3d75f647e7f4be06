# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo concludes from a run's output: a wrong reading would let it claim what was not so."""

from __future__ import annotations

from pathlib import Path

import pytest
from demo.playbook import PlaybookRun

RECAP = """PLAY RECAP *********************************************************************
web01                      : ok=4    changed=0    unreachable=0    failed=0    skipped=8    rescued=0    ignored=0
web02.corp.example         : ok=8    changed=12   unreachable=0    failed=0    skipped=4    rescued=0    ignored=0
"""
#: what was printed -> changed tasks by host
OUTPUTS = {
    RECAP: {"web01": 0, "web02.corp.example": 12},
    # A task that prints a recap of its own is not the recap.
    'msg: "web09 : ok=1 changed=7"\nPLAY RECAP ****\nweb01 : ok=1 changed=0 failed=0\n': {"web01": 0},
    "ERROR! the playbook could not be found\n": {},
    "": {},
}


@pytest.mark.parametrize("output", OUTPUTS)
def test_changed_tasks_are_read_from_the_recap_alone(output: str) -> None:
    assert PlaybookRun(0, output, Path("log")).changed == OUTPUTS[output]
