# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe against servers that answer: one table of cases, asked of Microsoft's SignalR 2.4.1 and of the simulated node alike."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.signalr import (
    AioHttpPort,
    Endpoint,
    HubCall,
    ProbeReport,
    ProbeRequest,
    probe_farm,
)
from farm.signalr.options import ServerOptions
from farm.signalr.standalone import StandaloneSite, web_config

SECONDS = 20.0  # a bound against hanging, never an expectation
KEY = {"validationKey": "A1" * 64, "decryptionKey": "B2" * 32, "validation": "HMACSHA256", "decryption": "AES"}
FORMAT = "The ConnectionId is in the incorrect format."


@dataclass(frozen=True)
class Case:
    """How the odd node is set up, and what the probe says: of web01's token shown to it, and of itself."""

    key: dict[str, str] | None = field(default_factory=lambda: dict(KEY))
    shown: str = "accepted"
    itself: str = "accepted"
    said: str = ""
    finding: str | None = None
    websockets: bool = True
    pool_state: str = "Started"
    remote: bool = False
    config: str | None = None


REFUSED: dict[str, Any] = {"shown": "refused", "said": FORMAT, "finding": "keys_differ"}
UNUSABLE: dict[str, Any] = {"shown": "unusable", "itself": "unusable", "finding": "node_not_answering"}
CASES = {
    "the same key": Case(),
    "the same key in other spelling": Case(key=KEY | {"validationKey": "a1" * 64}),
    "another validationKey": Case(key=KEY | {"validationKey": "C3" * 64}, **REFUSED),
    "another decryptionKey": Case(key=KEY | {"decryptionKey": "C3" * 32}, **REFUSED),
    "another algorithm": Case(key=KEY | {"validation": "SHA1"}, **REFUSED),
    "no machineKey": Case(key=None, **REFUSED),
    "AutoGenerate": Case(key={"validationKey": "AutoGenerate", "decryptionKey": "AutoGenerate"}, **REFUSED),
    "hex with IsolateApps": Case(
        key=KEY | {"validationKey": KEY["validationKey"] + ",IsolateApps"},
        **UNUSABLE,
        said="Validation key specified has invalid hex characters.",
    ),
    "odd number of digits": Case(
        key=KEY | {"decryptionKey": KEY["decryptionKey"][:-1]}, **UNUSABLE, said="Decryption key specified has invalid hex characters."
    ),
    "validation MD5": Case(key=KEY | {"validation": "MD5"}, **UNUSABLE, said="'validation' attribute must be one of these values"),
    "wrong length": Case(key=KEY | {"decryptionKey": "B2" * 20}, **UNUSABLE, said="Error occurred during a cryptographic operation."),
    "hex with IsolateApps, details hidden": Case(
        key=KEY | {"validationKey": KEY["validationKey"] + ",IsolateApps"}, remote=True, **UNUSABLE, said="Runtime Error"
    ),
    "broken web.config": Case(
        config="<configuration><system.web></configuration>",
        shown="failed",
        itself="failed",
        said="start tag",
        finding="node_not_answering",
    ),
    "stopped pool": Case(
        pool_state="Stopped",
        shown="stopped",
        itself="stopped",
        said="HTTP Error 503. The service is unavailable.",
        finding="node_not_answering",
    ),
    "no WebSocket feature": Case(websockets=False, finding="websockets_differ"),
}


@asynccontextmanager
async def simulated(case: Case, folder: Path) -> AsyncIterator[dict[str, str]]:
    """web01 and the odd node as simulated nodes; gives their addresses."""
    async with AsyncExitStack() as stack:
        urls = {}
        for name, each in (("web01", Case()), ("odd", case)):
            site = StandaloneSite(name, folder / name)
            site.write_config(each.config or web_config(each.key))
            site.change(websockets_installed=each.websockets, pool_state=each.pool_state)
            node = site.node(options=ServerOptions(remote_errors=each.remote))
            await node.start()
            stack.push_async_callback(node.stop)
            urls[name] = node.url
        yield urls


@asynccontextmanager
async def real(case: Case, folder: Path, tools: Path) -> AsyncIterator[dict[str, str]]:
    """The same two as sites of Microsoft's server."""
    sites = []
    for name, each in (("web01", Case()), ("odd", case)):
        (folder / name).mkdir()
        (folder / name / "web.config").write_text(each.config or web_config(each.key), "utf-8")
        state = folder / name / "state.json"
        state.write_text(json.dumps({"sites": [{"name": name, "state": "Started", "appPoolState": each.pool_state}]}), "utf-8")
        sites.append(
            {
                "name": name,
                "urls": ["http://127.0.0.1:0"],
                "physical_path": str(folder / name),
                "websockets": each.websockets,
                "remote_errors": each.remote,
                "state_file": str(state),
            }
        )
    config = folder / "farm.json"
    config.write_text(json.dumps({"sites": sites}), "utf-8")
    process = subprocess.Popen(
        [str(tools / "signalr-node" / "signalr-node"), "--config", str(config), "--exit-with-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout
    try:
        ready = json.loads(await asyncio.to_thread(process.stdout.readline))
        yield {site["name"]: site["urls"][0] for site in ready["sites"]}
    finally:
        process.stdin.close()
        await asyncio.to_thread(process.wait, SECONDS)
        process.stdout.close()


async def probed(urls: dict[str, str], **more: Any) -> ProbeReport:
    nodes = tuple(Endpoint(name=name, url=f"{url}/signalr") for name, url in urls.items())
    return await probe_farm(ProbeRequest(nodes=nodes, **more), AioHttpPort(timeout=SECONDS))


@pytest.fixture(params=["simulated", "real"])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """How to run a case on one of the two kinds of server."""
    if request.param == "simulated":
        return lambda case: simulated(case, tmp_path)
    tools = request.getfixturevalue("real_tools")
    return lambda case: real(case, tmp_path, tools)


@pytest.mark.parametrize("name", CASES)
def test_the_verdict_and_the_servers_words(running: Any, name: str) -> None:
    case = CASES[name]

    async def run() -> ProbeReport:
        async with running(case) as urls:
            return await probed(urls)

    result = asyncio.run(run()).as_result()
    rows = {(row["from"], row["to"]): row for row in result["matrix"]}
    assert rows["web01", "web01"]["verdict"] == "accepted"
    assert (rows["web01", "odd"]["verdict"], rows["odd", "odd"]["verdict"]) == (case.shown, case.itself)
    assert case.said in rows["web01", "odd"]["said"]
    codes = [finding["code"] for finding in result["findings"]]
    assert codes[:1] == ([case.finding] if case.finding else [])
    assert result["farm_is_one"] is (case.finding is None)
    text = json.dumps(result)
    assert "A1A1A1A1" not in text.upper() and "B2B2B2B2" not in text.upper(), "ASP.NET's page quotes the key; the probe must not"


def test_every_transport_lives_and_a_hub_answers(running: Any) -> None:
    call = HubCall(hub="ChatHub", method="Echo", arguments=("hello",))

    async def run() -> ProbeReport:
        async with running(Case()) as urls:
            return await probed(urls, depth="transports", call=call)

    result = asyncio.run(run()).as_result()
    assert [(row["transport"], row["step"], row["said"]) for row in result["transports"] if row["node"] == "odd"] == [
        (transport, "done", "") for transport in ("webSockets", "serverSentEvents", "foreverFrame", "longPolling")
    ]


def test_a_hub_that_fails_says_so_on_every_transport(running: Any) -> None:
    call = HubCall(hub="ChatHub", method="Fail")

    async def run() -> ProbeReport:
        async with running(Case()) as urls:
            return await probed(urls, depth="transports", call=call)

    result = asyncio.run(run()).as_result()
    said = {(row["step"], row["said"]) for row in result["transports"]}
    assert said == {("call", "There was an error invoking Hub method 'chathub.Fail'.")}
    assert {finding["code"] for finding in result["findings"]} == {"transport_failed"}
