# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three nodes with one key, one backplane and a virtual address: what several tests here start from."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from farm.balancer.virtual_address import VirtualAddress
from farm.signalr.backplane import Backplane
from farm.signalr.options import ServerOptions
from farm.signalr.server import SignalRNode
from farm.signalr.standalone import StandaloneSite, web_config
from signalr_server.wire import exchange

HUBS = quote('[{"name":"chathub"}]')
HEALTH = "/health.txt"


def new_key() -> dict[str, str]:
    """A machineKey for this test only."""
    return {
        "validation": "HMACSHA256",
        "decryption": "AES",
        "validationKey": secrets.token_hex(64).upper(),
        "decryptionKey": secrets.token_hex(32).upper(),
    }


@dataclass
class SmallFarm:
    """The parts, by name."""

    sites: dict[str, StandaloneSite]
    nodes: dict[str, SignalRNode]
    address: VirtualAddress

    @property
    def port(self) -> int:
        """The port of the virtual address."""
        return self.address.port


@asynccontextmanager
async def small_farm(
    folder: Path, *, options: ServerOptions | None = None, names: tuple[str, ...] = ("web01", "web02", "web03"), affinity: str | None = None
) -> AsyncIterator[SmallFarm]:
    """The farm, running; it ends with the block."""
    backplane, key = Backplane(), new_key()
    sites = {name: StandaloneSite(name, folder / name) for name in names}
    for site in sites.values():
        site.write_config(web_config(key))
        (site.folder / HEALTH.strip("/")).write_text("ok", encoding="ascii")
    nodes = {name: site.node(options=options or ServerOptions(poll=0.05), backplane=backplane) for name, site in sites.items()}
    for node in nodes.values():
        await node.start()
    members = [(name, node.address, node.port) for name, node in nodes.items()]
    address = VirtualAddress(address="127.0.0.1", port=0, members=members, health_path=HEALTH, interval=0.05, affinity_cookie=affinity)
    await address.start()
    try:
        yield SmallFarm(sites, nodes, address)
    finally:
        await address.stop()
        for node in nodes.values():
            await node.stop()


async def negotiate(port: int) -> str:
    """A connection token, percent-encoded."""
    reply = await exchange(port, "GET", f"/signalr/negotiate?clientProtocol=2.1&connectionData={HUBS}")
    return quote(json.loads(reply.text)["ConnectionToken"], safe="")


async def call(port: int, token: str, method: str, *arguments: object, transport: str = "longPolling") -> dict[str, object]:
    """The result of a hub call sent by POST."""
    body = "data=" + quote(json.dumps({"H": "chathub", "M": method, "A": list(arguments), "I": 0}))
    reply = await exchange(port, "POST", f"/signalr/send?transport={transport}&clientProtocol=2.1&connectionToken={token}", body=body)
    return dict(json.loads(reply.text))
