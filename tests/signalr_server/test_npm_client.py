# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft's JavaScript client, unchanged, through the virtual address: connects on each transport, calls, receives a push.

foreverFrame is not among them: the client refuses it where there is an EventSource, and jsdom runs a page's scripts only
when the page has ended, which a forever frame never does. Its bytes are compared in the recorded conversations.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from signalr_server.farm_of_nodes import call, negotiate, small_farm

CLIENT = Path(__file__).with_name("npm_client")
SECONDS = 60


@pytest.fixture
def node_program() -> str:
    program = shutil.which("node")
    if program is None:
        pytest.skip("node is not installed")
    if not (CLIENT / "node_modules").is_dir():
        pytest.skip(f"the client's packages are missing: npm install --prefix {CLIENT.relative_to(CLIENT.parents[2])}")
    return program


async def _step(process: asyncio.subprocess.Process, wanted: str) -> dict[str, object]:
    """What the client says at a step; everything before it is shown when it ends early."""
    said = []
    while process.stdout is not None and (line := await process.stdout.readline()):
        said.append(line.decode().strip())
        step = json.loads(line)
        if step["step"] == wanted:
            return dict(step)
    raise AssertionError(f"no {wanted}: {said}, {(await process.stderr.read()).decode()[-2000:] if process.stderr else ''}")


@pytest.mark.parametrize("transport", ["webSockets", "serverSentEvents", "longPolling"])
def test_the_client_connects_calls_and_is_pushed_to(transport: str, node_program: str, tmp_path: Path) -> None:
    async def scene() -> None:
        async with small_farm(tmp_path) as farm, asyncio.timeout(SECONDS):
            process = await asyncio.create_subprocess_exec(
                node_program,
                "client.cjs",
                farm.address.url,
                transport,
                "room",
                cwd=CLIENT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            try:
                connected = await _step(process, "connected")
                assert (connected["transport"], connected["token"]) == (transport, 128)
                assert (await _step(process, "echoed"))["value"] == {"a": [1, "x"]}
                await _step(process, "joined")
                # From a node that the client need not be at.
                token = await negotiate(farm.nodes["web02"].port)
                assert await call(farm.nodes["web03"].port, token, "SendToGroup", "room", "operator", "hello") == {"I": "0"}
                pushed = await _step(process, "pushed")
                assert (pushed["user"], pushed["text"], pushed["node"]) == ("operator", "hello", "web03")
                assert await process.wait() == 0
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()

    asyncio.run(scene())
