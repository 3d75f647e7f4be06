# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated server and Microsoft's own SignalR 2.4.1 side by side, with one key: each takes the other's tokens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from farm.signalr.standalone import StandaloneSite, web_config
from signalr_server.farm_of_nodes import HUBS, call, negotiate, new_key
from signalr_server.wire import connect, exchange

ALGORITHMS = [("SHA1", "AES"), ("HMACSHA256", "AES"), ("HMACSHA384", "AES"), ("HMACSHA512", "3DES")]
SECONDS = 60


@asynccontextmanager
async def _microsofts(real_tools: Path, folder: Path) -> AsyncIterator[int]:
    """Microsoft's server over a folder; its port."""
    program = real_tools / "signalr-node" / "signalr-node"
    if not program.exists():
        pytest.skip("Microsoft's SignalR server is not among the real parts")
    configuration = folder / "farm.json"
    site = {"name": "real", "urls": ["http://127.0.0.1:0"], "physical_path": str(folder / "real")}
    configuration.write_text(json.dumps({"sites": [site]}), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        str(program),
        "--config",
        str(configuration),
        "--exit-with-stdin",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        if process.stdout is None:
            raise RuntimeError("no standard output")
        async with asyncio.timeout(SECONDS):
            ready = json.loads(await process.stdout.readline())
        yield int(ready["sites"][0]["urls"][0].rsplit(":", 1)[1])
    finally:
        if process.stdin is not None:
            process.stdin.close()
        async with asyncio.timeout(SECONDS):
            await process.wait()


async def _probe(port: int, token: str) -> str:
    return (await exchange(port, "GET", f"/signalr/connect?transport=webSockets&connectionToken={token}")).text


@pytest.mark.parametrize(("validation", "decryption"), ALGORITHMS)
def test_each_takes_the_tokens_of_the_other(validation: str, decryption: str, real_tools: Path, tmp_path: Path) -> None:
    key = new_key() | {"validation": validation, "decryption": decryption}
    if decryption == "3DES":
        key["decryptionKey"] = key["decryptionKey"][:48]

    async def scene() -> None:
        ours, theirs = StandaloneSite("ours", tmp_path / "ours"), StandaloneSite("real", tmp_path / "real")
        for site in (ours, theirs):
            site.write_config(web_config(key))
        node = ours.node()
        await node.start()
        try:
            async with _microsofts(real_tools, tmp_path) as real_port:
                for source, target in ((node.port, real_port), (real_port, node.port)):
                    token = await negotiate(source)
                    assert await _probe(target, token) == "Not a valid web socket request."
                    answer = await call(target, token, "Echo", {"a": [1, "x"]})
                    assert answer == {"R": {"a": [1, "x"]}, "I": "0"}
                await _groups_travel(node.port, real_port)
                await _groups_travel(real_port, node.port)
        finally:
            await node.stop()

    asyncio.run(scene())


async def _groups_travel(source: int, target: int) -> None:
    """A groups token of one puts the connection into the group on the other."""
    token = await negotiate(source)
    query = f"transport=serverSentEvents&clientProtocol=2.1&connectionToken={token}&connectionData={HUBS}"
    first = await connect(source, "GET", f"/signalr/connect?{query}")
    assert b"initialized" in (await first.chunk() or b"") and b'"S":1' in (await first.chunk() or b"")
    assert await call(source, token, "Join", "room", transport="serverSentEvents") == {"I": "0"}
    groups = json.loads((await first.chunk() or b"").decode().removeprefix("data: "))["G"].replace("+", "%2B")
    first.close()
    moved = await connect(target, "GET", f"/signalr/reconnect?{query}&groupsToken={groups}")
    assert b"initialized" in (await moved.chunk() or b"")
    await call(target, await negotiate(target), "SendToGroup", "room", "u", "moved")
    assert b'"moved"' in (await moved.chunk() or b"")
    moved.close()


def test_a_different_key_is_refused_by_both(real_tools: Path, tmp_path: Path) -> None:
    async def scene() -> None:
        ours, theirs = StandaloneSite("ours", tmp_path / "ours"), StandaloneSite("real", tmp_path / "real")
        ours.write_config(web_config(new_key()))
        theirs.write_config(web_config(new_key()))
        node = ours.node()
        await node.start()
        try:
            async with _microsofts(real_tools, tmp_path) as real_port:
                sentences = [await _probe(real_port, await negotiate(node.port)), await _probe(node.port, await negotiate(real_port))]
                assert set(sentences) == {"The ConnectionId is in the incorrect format."}
        finally:
            await node.stop()

    asyncio.run(scene())
