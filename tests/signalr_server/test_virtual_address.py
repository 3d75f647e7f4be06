# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual address: who gets a request, what a drain leaves alone, what a client sees when a node goes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from farm.balancer.virtual_address import VirtualAddress
from signalr_server.farm_of_nodes import HEALTH, HUBS, SmallFarm, call, negotiate, small_farm
from signalr_server.wire import Cut, Stream, connect, exchange

SECONDS = 20
UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}


async def _node_of(port: int, headers: dict[str, str] | None = None) -> str:
    reply = await exchange(port, "GET", "/who.txt", headers)
    return reply.text


def _label(farm: SmallFarm) -> None:
    for name, site in farm.sites.items():
        (site.folder / "who.txt").write_text(name, encoding="ascii")


async def _open_stream(port: int, token: str) -> Stream:
    stream = await connect(
        port, "GET", f"/signalr/connect?transport=serverSentEvents&clientProtocol=2.1&connectionToken={token}&connectionData={HUBS}"
    )
    assert await stream.chunk() == b"data: initialized\n\n"
    assert b'"S":1' in (await stream.chunk() or b"")
    return stream


async def _message(stream: Stream) -> list[object]:
    while True:
        chunk = (await stream.chunk() or b"").decode()
        if '"M":[{' in chunk:
            return list(json.loads(chunk.removeprefix("data: "))["M"][0]["A"])


def _busy(farm: SmallFarm) -> str:
    return next(name for name, status in farm.address.status().items() if status.open_connections)


async def _drain(farm: SmallFarm, name: str) -> None:
    (farm.sites[name].folder / HEALTH.strip("/")).unlink()
    async with asyncio.timeout(SECONDS):
        await farm.address.wait_for(name, healthy=False)


def test_requests_go_round(tmp_path: Path) -> None:
    async def scene() -> None:
        async with small_farm(tmp_path) as farm:
            _label(farm)
            served = [await _node_of(farm.port) for _turn in range(6)]
            assert sorted(served) == ["web01", "web01", "web02", "web02", "web03", "web03"]
            assert {name: status.requests for name, status in farm.address.status().items()} == dict.fromkeys(farm.nodes, 2)

    asyncio.run(scene())


def test_one_client_connection_reaches_several_members(tmp_path: Path) -> None:
    async def scene() -> None:
        async with small_farm(tmp_path) as farm:
            _label(farm)
            stream = await connect(farm.port, "GET", "/who.txt")
            names = [(await stream.reader.readexactly(5)).decode()]
            for _turn in range(2):
                stream.writer.write(b"GET /who.txt HTTP/1.1\r\nHost: farm\r\n\r\n")
                await stream.reader.readuntil(b"\r\n\r\n")
                names.append((await stream.reader.readexactly(5)).decode())
            stream.close()
            assert sorted(names) == ["web01", "web02", "web03"]

    asyncio.run(scene())


def test_a_drained_member_gets_nothing_new_and_keeps_what_it_has(tmp_path: Path) -> None:
    async def scene() -> None:
        async with small_farm(tmp_path) as farm:
            _label(farm)
            token = await negotiate(farm.port)
            stream = await _open_stream(farm.port, token)
            drained = _busy(farm)
            await _drain(farm, drained)
            assert drained not in [await _node_of(farm.port) for _turn in range(6)]
            assert await call(farm.port, token, "Send", "u", "still here") == {"I": "0"}
            assert (await _message(stream))[1] == "still here"
            stream.close()
            async with asyncio.timeout(SECONDS):
                await farm.address.wait_until_idle(drained)
            (farm.sites[drained].folder / HEALTH.strip("/")).write_text("ok", encoding="ascii")
            async with asyncio.timeout(SECONDS):
                await farm.address.wait_for(drained, healthy=True)
            assert drained in [await _node_of(farm.port) for _turn in range(6)]

    asyncio.run(scene())


def test_a_push_crosses_nodes_through_a_web_socket(tmp_path: Path) -> None:
    async def scene() -> None:
        async with small_farm(tmp_path) as farm:
            token = await negotiate(farm.port)
            target = f"/signalr/connect?transport=webSockets&clientProtocol=2.1&connectionToken={token}&connectionData={HUBS}"
            socket = await connect(farm.port, "GET", target, UPGRADE)
            assert socket.head.status == 101
            assert json.loads((await socket.frame())[1])["S"] == 1
            node = _busy(farm)
            await socket.send_frame('{"H":"chathub","M":"Echo","A":["x"],"I":1}')
            assert (await socket.frame())[1] == b'{"R":"x","I":"1"}'
            others = [farm.nodes[name].port for name in farm.nodes if name != node]
            await call(others[0], await negotiate(others[1]), "Send", "u", "over the bus")
            assert json.loads((await socket.frame())[1])["M"][0]["A"][1] == "over the bus"
            socket.close()

    asyncio.run(scene())


def test_a_node_that_goes_takes_its_streams_and_nothing_else(tmp_path: Path) -> None:
    async def scene() -> None:
        async with small_farm(tmp_path) as farm:
            _label(farm)
            stream = await _open_stream(farm.port, await negotiate(farm.port))
            gone = _busy(farm)
            await farm.nodes[gone].stop()
            try:
                while await stream.chunk() is not None:
                    continue
            except Cut:
                pass
            assert gone not in [await _node_of(farm.port) for _turn in range(6)]

    asyncio.run(scene())


def test_no_member_is_503(tmp_path: Path) -> None:
    async def scene() -> None:
        async with small_farm(tmp_path, names=("web01",)) as farm:
            await _drain(farm, "web01")
            reply = await exchange(farm.port, "GET", "/signalr/ping")
            assert (reply.status, reply.text) == (503, "No member is healthy here.")

    asyncio.run(scene())


def test_affinity_keeps_a_client_until_its_member_drains(tmp_path: Path) -> None:
    async def scene() -> None:
        async with small_farm(tmp_path, affinity="farm-member") as farm:
            _label(farm)
            first = await exchange(farm.port, "GET", "/who.txt")
            cookie = {"Cookie": first.headers["Set-Cookie"].split(";")[0]}
            assert {await _node_of(farm.port, cookie) for _turn in range(5)} == {first.text}
            await _drain(farm, first.text)
            assert first.text not in {await _node_of(farm.port, cookie) for _turn in range(5)}

    asyncio.run(scene())


@pytest.mark.parametrize("reason", ["Forbidden: JSONP is disabled."])
def test_answers_pass_byte_for_byte(tmp_path: Path, reason: str) -> None:
    async def scene() -> None:
        async with small_farm(tmp_path) as farm:
            direct = await exchange(farm.nodes["web01"].port, "GET", "/signalr/ping?callback=f")
            through = await exchange(farm.port, "GET", "/signalr/ping?callback=f")
            assert through.reason == direct.reason == reason
            assert {**through.headers, "Date": ""} == {**direct.headers, "Date": ""}

    asyncio.run(scene())


def test_an_unknown_member_is_named(tmp_path: Path) -> None:
    async def scene() -> None:
        address = VirtualAddress(address="127.0.0.1", port=0, members=[])
        await address.wait_for("web09", healthy=True)

    with pytest.raises(KeyError, match="web09"):
        asyncio.run(scene())
