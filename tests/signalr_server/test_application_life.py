# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When an application starts anew, what it then serves, and what it says while it cannot serve."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from farm.signalr.iis_view import AppView, ConfigLevel
from farm.signalr.options import ServerOptions
from farm.signalr.server import SignalRNode
from farm.signalr.standalone import StandaloneSite, web_config
from signalr_server.farm_of_nodes import HUBS, call, negotiate, new_key
from signalr_server.wire import Reply, connect, exchange

INCORRECT = "The ConnectionId is in the incorrect format."
NO_SOCKET = "Not a valid web socket request."
OPTIONS = ServerOptions(poll=0.05)
SECONDS = 20

Scene = Callable[[StandaloneSite, SignalRNode], Awaitable[None]]


def _play(folder: Path, scene: Scene, *, key: dict[str, str] | None = None, options: ServerOptions = OPTIONS) -> None:
    async def run() -> None:
        site = StandaloneSite("web01", folder / "web01")
        site.write_config(web_config(key))
        node = site.node(options=options)
        await node.start()
        try:
            await scene(site, node)
        finally:
            await node.stop()

    asyncio.run(run())


async def _probe(node: SignalRNode, token: str) -> str:
    """The key probe: which of the two sentences."""
    reply = await exchange(node.port, "GET", f"/signalr/connect?transport=webSockets&connectionToken={token}")
    assert reply.status == 400
    return reply.text


async def _generation(node: SignalRNode) -> int:
    answer = await call(node.port, await negotiate(node.port), "WhoAmI")
    result = answer["R"]
    assert isinstance(result, dict)
    return int(result["generation"])


async def _get(node: SignalRNode, path: str, headers: dict[str, str] | None = None) -> Reply:
    return await exchange(node.port, "GET", path, headers)


def test_a_new_physical_path_serves_the_new_release(tmp_path: Path) -> None:
    async def scene(site: StandaloneSite, node: SignalRNode) -> None:
        newer = tmp_path / "releases" / "1.1.0"
        newer.mkdir(parents=True)
        (site.folder / "release.txt").write_text("1.0.0", encoding="ascii")
        (newer / "release.txt").write_text("1.1.0", encoding="ascii")
        (newer / "web.config").write_bytes((site.folder / "web.config").read_bytes())
        token = await negotiate(node.port)
        assert ((await _get(node, "/release.txt")).text, await _generation(node)) == ("1.0.0", 1)
        site.change(physical_path=newer, config_files=(ConfigLevel("app", newer / "web.config"),))
        assert ((await _get(node, "/release.txt")).text, await _generation(node)) == ("1.1.0", 2)
        assert await _probe(node, token) == NO_SOCKET

    _play(tmp_path, scene, key=new_key())


def test_generated_keys_die_with_the_application(tmp_path: Path) -> None:
    async def scene(site: StandaloneSite, node: SignalRNode) -> None:
        token = await negotiate(node.port)
        assert await _probe(node, token) == NO_SOCKET
        site.change(recycles=1)
        assert await _probe(node, token) == INCORRECT

    _play(tmp_path, scene)


def test_a_file_written_anew_with_the_same_bytes_is_no_change(tmp_path: Path) -> None:
    async def scene(site: StandaloneSite, node: SignalRNode) -> None:
        assert await _generation(node) == 1
        site.write_config((site.folder / "web.config").read_text(encoding="utf-8"))
        assert await _generation(node) == 1
        site.write_config(web_config(new_key()))
        assert await _generation(node) == 2

    _play(tmp_path, scene, key=new_key())


def test_live_streams_end_without_another_request(tmp_path: Path) -> None:
    async def scene(site: StandaloneSite, node: SignalRNode) -> None:
        token = await negotiate(node.port)
        stream = await connect(
            node.port, "GET", f"/signalr/connect?transport=serverSentEvents&connectionToken={token}&connectionData={HUBS}"
        )
        assert await stream.chunk() == b"data: initialized\n\n"
        site.write_config(web_config(new_key()))
        while await stream.chunk() is not None:
            continue
        async with asyncio.timeout(SECONDS):
            event = await node.wait_for_event("recycled")
        assert event["reason"] == "web.config changed"

    _play(tmp_path, scene, key=new_key())


@pytest.mark.parametrize("change", [{"pool_state": "Stopped"}, {"pool_state": "Stopping"}, {"site_state": "Stopped"}])
def test_a_stopped_pool_or_site_is_503_until_it_starts_again(tmp_path: Path, change: dict[str, str]) -> None:
    async def scene(site: StandaloneSite, node: SignalRNode) -> None:
        assert (await _get(node, "/signalr/ping")).status == 200
        site.change(**change)
        reply = await _get(node, "/signalr/ping")
        assert (reply.status, reply.headers["Server"]) == (503, "Microsoft-HTTPAPI/2.0")
        site.change(**dict.fromkeys(change, "Started"))
        assert (await _get(node, "/signalr/ping")).status == 200

    _play(tmp_path, scene)


def test_the_feature_shows_after_a_recycle_only(tmp_path: Path) -> None:
    async def scene(site: StandaloneSite, node: SignalRNode) -> None:
        async def has_sockets() -> bool:
            return bool(json.loads((await _get(node, "/signalr/negotiate")).text)["TryWebSockets"])

        site.change(websockets_installed=False)
        assert not await has_sockets()
        site.change(websockets_installed=True)
        assert not await has_sockets()
        site.change(recycles=1)
        assert await has_sockets()

    _play(tmp_path, scene)


def test_app_offline_answers_and_goes(tmp_path: Path) -> None:
    async def scene(site: StandaloneSite, node: SignalRNode) -> None:
        page = site.folder / "app_offline.htm"
        page.write_text("back soon", encoding="ascii")
        reply = await _get(node, "/signalr/ping")
        assert (reply.status, reply.text) == (503, "back soon")
        page.unlink()
        assert (await _get(node, "/signalr/ping")).status == 200

    _play(tmp_path, scene)


def test_broken_xml_fails_everything_and_a_repair_heals(tmp_path: Path) -> None:
    async def scene(site: StandaloneSite, node: SignalRNode) -> None:
        good = (site.folder / "web.config").read_text(encoding="utf-8")
        site.write_config(good.replace("</system.web>", "</system.webs>"))
        reply = await _get(node, "/signalr/ping")
        assert reply.status == 500 and "does not match the end tag of" in reply.text
        site.write_config(good)
        assert (await _get(node, "/signalr/ping")).status == 200

    _play(tmp_path, scene)


def test_a_missing_folder_is_500_19(tmp_path: Path) -> None:
    async def scene(site: StandaloneSite, node: SignalRNode) -> None:
        site.change(physical_path=tmp_path / "nowhere")
        reply = await _get(node, "/signalr/ping")
        assert reply.status == 500 and "500.19" in reply.text and "0x80070003" in reply.text

    _play(tmp_path, scene)


NATIVE = [
    ('<serverRuntime appConcurrentRequestLimit="10000" />', "0x80070021"),
    ('<security><authentication><windowsAuthentication enabled="true" /></authentication></security>', "0x80070021"),
    ('<handlers><add name="a" /><add name="A" /></handlers>', "0x800700b7"),
    ('<staticContent><mimeMap fileExtension=".x" /><mimeMap fileExtension=".x" /></staticContent>', "0x800700b7"),
    ('<staticContent><mimeMap fileExtension=".x" /><remove fileExtension=".x" /><mimeMap fileExtension=".x" /></staticContent>', ""),
    ('<webSocket pingInterval="00:00:30" />', ""),
]


@pytest.mark.parametrize(("section", "code"), NATIVE)
def test_iis_refuses_its_own_sections_before_aspnet_is_asked(tmp_path: Path, section: str, code: str) -> None:
    async def scene(site: StandaloneSite, node: SignalRNode) -> None:
        text = (site.folder / "web.config").read_text(encoding="utf-8")
        site.write_config(text.replace("</configuration>", f"<system.webServer>{section}</system.webServer></configuration>"))
        reply = await _get(node, "/signalr/ping")
        assert (reply.status, code in reply.text) == (500 if code else 200, True)

    _play(tmp_path, scene)


def test_a_worker_that_takes_time_to_start_keeps_its_first_requests_waiting(tmp_path: Path) -> None:
    async def scene(_site: StandaloneSite, node: SignalRNode) -> None:
        first = asyncio.create_task(_get(node, "/signalr/ping"))
        async with asyncio.timeout(SECONDS):
            await node.wait_for_event("started")
        assert not first.done()
        assert (await first).status == 200

    _play(tmp_path, scene, options=ServerOptions(start_seconds=0.3))


def test_root_and_nested_applications_have_their_own_keys_and_endpoints(tmp_path: Path) -> None:
    async def scene(site: StandaloneSite, node: SignalRNode) -> None:
        folder = tmp_path / "chat"
        folder.mkdir()
        (folder / "web.config").write_text(web_config(new_key()), encoding="utf-8")
        (folder / "release.txt").write_text("chat", encoding="ascii")
        files = (ConfigLevel("site", site.folder / "web.config"), ConfigLevel("app", folder / "web.config"))
        site.view.append(AppView(site="web01", virtual_path="/Chat", physical_path=folder, pool="ChatPool", config_files=files))
        answer = json.loads((await _get(node, "/chat/signalr/negotiate")).text)
        assert answer["Url"] == "/Chat/signalr"
        assert (await _get(node, "/CHAT/release.txt")).text == "chat"
        assert await _probe(node, await negotiate(node.port)) == NO_SOCKET
        assert await _probe(node, quote(answer["ConnectionToken"], safe="")) == INCORRECT

    _play(tmp_path, scene, key=new_key())


HOSTS = [("chat.example", 200), ("CHAT.example:8080", 200), ("other.example", 400)]


@pytest.mark.parametrize(("host", "status"), HOSTS)
def test_a_site_answers_to_its_names(tmp_path: Path, host: str, status: int) -> None:
    async def scene(site: StandaloneSite, node: SignalRNode) -> None:
        site.change(host_names=("chat.example",))
        assert (await _get(node, "/signalr/ping", {"Host": host})).status == status

    _play(tmp_path, scene)


@pytest.mark.parametrize("path", ["/web.config", "/../web01/web.config", "/%2e%2e/web01/release.txt", "/bin/app.dll"])
def test_what_iis_would_not_send_is_404(tmp_path: Path, path: str) -> None:
    async def scene(site: StandaloneSite, node: SignalRNode) -> None:
        (site.folder / "bin").mkdir()
        (site.folder / "bin" / "app.dll").write_bytes(b"MZ")
        (site.folder / "release.txt").write_text("1", encoding="ascii")
        assert (await _get(node, path)).status == 404

    _play(tmp_path, scene)
