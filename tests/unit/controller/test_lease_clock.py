# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node judges a lease by its own clock, so a node whose clock is wrong gets a lease in its own time."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.session import clock_of
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.scope import FarmScope
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.snapshot import NodeSnapshot

SCOPE = FarmScope.make(farm="chat", site="Default Web Site", application="/chat")


@pytest.mark.parametrize(("ahead", "expected"), [(0, 0), (-10, 0), (120, 120), (-120, -120), (None, 0)])
def test_whose_clock_counts(ahead: int | None, expected: int) -> None:
    """``ahead``: minutes that the node's last answer is ahead of the controller; None: it told no time."""
    here = datetime.datetime.now(datetime.UTC)
    told = None if ahead is None else (here + datetime.timedelta(minutes=ahead)).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")
    empty = NodeSnapshot.from_answer("web01", SCOPE.application, {"state": {}})
    snapshot = dataclasses.replace(empty, state=dataclasses.replace(empty.state, host={"now": told}))
    assert abs(clock_of(snapshot) - here - datetime.timedelta(minutes=expected)) < datetime.timedelta(minutes=1)
