# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The farm on the real chain: PowerShell's engine, the IIS object model, Microsoft's SignalR server, and our own two modules."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError

import pytest
from farm.control.channel import ControlError
from farm.control.running import RunningFarm, running_farm

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def farm(real_tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFarm]:
    arguments = ("--nodes", "2", "--real", "--tools", str(real_tools), "--without-web-sockets", "1")
    with running_farm(tmp_path_factory.mktemp("farm"), *arguments) as running:
        yield running


@pytest.fixture(autouse=True)
def _repaired(farm: RunningFarm) -> Iterator[None]:
    yield
    farm.control.repair()


def negotiate(url: str) -> tuple[int, dict]:
    try:
        with urllib.request.urlopen(f"{url}/chat/signalr/negotiate?clientProtocol=1.5", timeout=20) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, {}


def test_the_nodes_differ_in_what_was_forgotten(farm: RunningFarm) -> None:
    assert [negotiate(farm.url(name))[1]["TryWebSockets"] for name in ("web01", "web02")] == [False, True]
    assert negotiate(farm.virtual_address)[0] == 200
    assert all(node["in_balancer"] for node in farm.control.status().values())


BROKEN = [("web-config", 500), ("pool-stopped", 503), ("key", 200), ("dead", None)]


@pytest.mark.parametrize(("kind", "status"), BROKEN, ids=[kind for kind, _rest in BROKEN])
def test_a_broken_node_shows_it_and_is_repaired(farm: RunningFarm, kind: str, status: int | None) -> None:
    farm.control.break_node("web02", kind)
    if status is None:
        with pytest.raises(OSError):
            negotiate(farm.url("web02"))
    else:
        assert negotiate(farm.url("web02"))[0] == status
    farm.control.repair("web02")
    assert negotiate(farm.url("web02"))[0] == 200


def test_the_web_server_follows_when_the_feature_is_removed_and_installed(farm: RunningFarm) -> None:
    farm.control.break_node("web02", "web-sockets")
    assert negotiate(farm.url("web02"))[1]["TryWebSockets"] is False
    farm.control.repair("web02")
    assert negotiate(farm.url("web02"))[1]["TryWebSockets"] is True


def test_faults_that_only_a_model_can_have_are_refused(farm: RunningFarm) -> None:
    farm.control.fault("web01", "access_denied", operation="stop_pool")
    with pytest.raises(ControlError, match="A real node cannot have the fault half_written at write_file"):
        farm.control.fault("web01", "half_written", operation="write_file")


def test_a_killed_farm_takes_its_processes_along(real_tools: Path, tmp_path: Path) -> None:
    with running_farm(tmp_path, "--nodes", "1", "--real", "--tools", str(real_tools)) as farm:
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(farm.description["pid"])], capture_output=True, text=True, check=True)
        pids = [int(pid) for pid in children.stdout.split()]
        assert len(pids) >= 2
        handles = [os.pidfd_open(pid) for pid in pids]
        os.kill(farm.description["pid"], signal.SIGKILL)
        for handle in handles:
            assert wait_for_end(handle)


def wait_for_end(handle: int) -> bool:
    """Whether the process ended within half a minute; a pidfd is readable from then on."""
    return bool(select.select([handle], [], [], 30)[0])
