# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real modules, on PowerShell's engine, give the answers on record: about a minute on an idle machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import outcome
from conformance.cases import ALL
from conformance.targets.powershell import PowerShellTarget


@pytest.mark.slow
def test_the_real_modules_answer_as_it_is_on_record(real_tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBFARM_TOOLS", str(real_tools))
    with PowerShellTarget().running() as target:
        verdicts = list(outcome.run(target, ALL))
    assert len(verdicts) == len([case for case in ALL if case.runs_on("powershell")])
    assert {verdict.case.name: verdict.differences for verdict in verdicts if not verdict.is_equal} == {}
