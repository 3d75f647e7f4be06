# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated server answers as Microsoft's SignalR 2.4.1 did, byte for byte where SignalR decides.

Every transcript is played: requests as recorded, with the recorded tokens, against nodes with the recorded web.config.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from signalr_server.replay import Replay, Step, load, locked_above
from signalr_server.wire import Cut, connect, exchange

TRANSCRIPTS = (
    "abort",
    "authorization",
    "backplane",
    "configuration-errors",
    "connect-foreverFrame",
    "connect-longPolling",
    "connect-serverSentEvents",
    "connect-webSockets",
    "cors",
    "cross-node",
    "envelope-size",
    "groups-token",
    "identity",
    "jsonp",
    "key-probe",
    "machine-key-errors",
    "message-id",
    "negotiate",
    "old-clients",
    "ping-start",
    "raw-connection",
    "reconnect",
    "recycle",
    "request-filtering",
    "send",
    "stopped",
    "tokens",
    "unknown",
    "webSockets-limits",
    "webSockets-unavailable",
)


async def _client_goes(replay: Replay) -> None:
    list(replay.open.values())[-1].writer.transport.abort()


async def _key_b(replay: Replay) -> None:
    tokens = load(Path(replay.transcript["golden"]) / "tokens.json")
    text = (replay.sites["web01"].folder / "web.config").read_text(encoding="utf-8")
    for name in ("validationKey", "decryptionKey"):
        text = text.replace(tokens["key_A"][name], tokens["key_B"][name])
    replay.sites["web01"].write_config(text)


async def _bus(replay: Replay, *, is_down: bool) -> None:
    for backplane in replay.backplanes.values():
        backplane.is_down = is_down


async def _broadcast(replay: Replay) -> None:
    """One client sends 2500 numbered messages."""
    token = replay.recorded_token(index=0)
    for number in range(2500):
        call = json.dumps({"H": "chathub", "M": "Send", "A": ["u", str(number)], "I": number})
        target = f"/signalr/send?transport=longPolling&clientProtocol=2.1&connectionToken={token}"
        await exchange(replay.nodes["web01"].port, "POST", target, body=f"data={quote(call)}")


def _texts(envelope: str) -> list[str]:
    return [message["A"][1] for message in json.loads(envelope)["M"]]


async def _one_poll(replay: Replay, step: Step) -> None:
    cursor = quote(replay.last_cursor)
    target = f"/signalr/poll?transport=longPolling&clientProtocol=2.1&connectionToken={replay.recorded_token(index=0)}"
    hubs = quote('[{"name":"chathub"}]')
    reply = await exchange(replay.nodes["web01"].port, "POST", f"{target}&connectionData={hubs}", body=f"messageId={cursor}")
    texts = _texts(reply.text)
    replay.differ("poll", (step["messages"], step["first"]), (len(texts), texts[0]))


async def _one_stream(replay: Replay, step: Step) -> None:
    target = f"/signalr/reconnect?transport=serverSentEvents&clientProtocol=2.1&connectionToken={replay.recorded_token(index=0)}"
    hubs = quote('[{"name":"chathub"}]')
    stream = await connect(replay.nodes["web01"].port, "GET", f"{target}&connectionData={hubs}&messageId={quote(replay.last_cursor)}")
    sizes: list[int] = []
    first = ""
    while sum(sizes) < step["messages"]:
        chunk = (await stream.chunk() or b"").decode()
        if chunk.startswith('data: {"C"'):
            texts = _texts(chunk.removeprefix("data: "))
            first = first or texts[0]
            sizes.append(len(texts))
    stream.close()
    replay.differ("stream", (step["messages"], step["largest_envelope"], step["first"]), (sum(sizes), max(sizes), first))


async def _old_client(replay: Replay, step: Step) -> None:
    """Whether OnConnected ran during connect: as many events as sockets opened by clients before 1.4."""
    has_run = sum(event["event"] == "connected" for event in replay.nodes["web01"].events)
    is_old = step["clientProtocol"] in ("1.2", "1.3")
    replay.differ("OnConnected", step["ran"], is_old and has_run == ["1.2", "1.3"].index(step["clientProtocol"]) + 1)
    replay.differ("OnConnected so far", True, has_run <= 2)


async def _limit(replay: Replay, step: Step) -> None:
    """The answer to the last frame sent on the last socket, or the end of the connection."""
    name, stream = list(replay.open.items())[-1]
    if name == "b":
        await stream.send_frame(b"\0\1", opcode=2)
    try:
        opcode, data = await stream.frame()
        while data == b"{}":
            opcode, data = await stream.frame()
    except Cut:
        replay.differ("end", step.get("how"), "connection closed without a close frame")
        return
    replay.differ("answer", (step.get("opcode"), step.get("length")), (opcode, len(data)))


MEASUREMENTS = {
    "longPolling, one poll": _one_poll,
    "serverSentEvents, after a reconnect with the same cursor": _one_stream,
    "OnConnected has run during connect": _old_client,
    "answer to 65536 bytes": _limit,
    "answer to 65537 bytes": _limit,
    "answer to a binary frame": _limit,
}

ACTIONS = {
    "Another client has sent 2500 broadcasts, numbered from 0.": _broadcast,
    "The client closes its TCP connection without an abort.": _client_goes,
    "The client loses its connection.": _client_goes,
    "web.config of web01 now holds key B.": _key_b,
    "The bus goes down.": lambda replay: _bus(replay, is_down=True),
    "The bus comes back.": lambda replay: _bus(replay, is_down=False),
}

# What a transcript's nodes need beyond what it records: (transcript, node) -> fields of the view, or a file.
SITES = {
    ("stopped", "site-stopped"): {"site_state": "Stopped"},
    ("stopped", "cut"): {"site_state": "Stopped"},
    ("stopped", "pool-stopped"): {"pool_state": "Stopped"},
}


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_the_server_answers_as_recorded(name: str, golden: Path, tmp_path: Path) -> None:
    transcript = load(golden / "signalr" / "transcripts" / f"{name}.json")
    replay = Replay(transcript | {"golden": str(golden / "signalr")}, tmp_path)
    replay.actions |= ACTIONS
    replay.measurements |= MEASUREMENTS
    for node in transcript["nodes"]:
        site = replay.prepare(node)
        site.change(**SITES.get((name, node), {}))
        if (name, node) == ("stopped", "absent"):
            site.view.clear()
        if (name, node) == ("stopped", "offline"):
            (site.folder / "App_Offline.htm").write_text("<p>Back soon.</p>", encoding="utf-8")
        if (name, node) == ("configuration-errors", "locked"):
            site.change(config_files=(*locked_above(tmp_path), *site.view[0].config_files))
    assert asyncio.run(replay.play()) == []


def test_every_transcript_is_played(golden: Path) -> None:
    assert {path.stem for path in (golden / "signalr" / "transcripts").glob("*.json")} == set(TRANSCRIPTS)
