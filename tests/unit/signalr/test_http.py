# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The adapter over aiohttp against a few small servers on the loopback: what each kind of silence is taken for."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.signalr import AioHttpPort, Answer, Call, Endpoint, NoAnswer, Trouble
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Handler = Callable[[str, asyncio.StreamWriter], Awaitable[None]]
TOKEN = "se+cr/et="
CALL = Call(target="/connect?connectionToken=se%2Bcr%2Fet%3D")


@asynccontextmanager
async def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that reads one request's head and leaves the rest to ``handler``; gives its port."""
    busy: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        busy.add(asyncio.current_task())  # type: ignore[arg-type]
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await handler(head.decode("latin-1"), writer)
        except (asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in busy:
            task.cancel()


def at(port: int, *, scheme: str = "http", host: str = "127.0.0.1", host_header: str | None = None) -> Endpoint:
    return Endpoint(name="web01", url=f"{scheme}://{host}:{port}/signalr", host_header=host_header)


def answering(*lines: str, body: str = "") -> Handler:
    async def handler(_head: str, writer: asyncio.StreamWriter) -> None:
        head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "Connection: close"])
        writer.write(f"{head}\r\n\r\n{body}".encode())
        await writer.drain()

    return handler


async def _hang(_head: str, _writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _close(_head: str, _writer: asyncio.StreamWriter) -> None:
    return None


async def _nonsense(_head: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example ESMTP\r\n\r\n")
    await writer.drain()


async def _cut_short(_head: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    await writer.drain()


TROUBLES = [
    ("hangs", _hang, Trouble.ANSWER_TIMEOUT),
    ("closes", _close, Trouble.CUT),
    ("speaks another protocol", _nonsense, Trouble.MALFORMED),
    ("is cut short", _cut_short, Trouble.CUT),
]


@pytest.mark.parametrize(("handler", "trouble"), [case[1:] for case in TROUBLES], ids=[case[0] for case in TROUBLES])
@pytest.mark.parametrize("way", ["exchange", "stream", "socket"])
def test_a_peer_that_gives_no_answer(handler: Handler, trouble: Trouble, way: str) -> None:
    if way == "socket" and handler is _cut_short:
        trouble = Trouble.CUT

    async def run() -> None:
        async with serving(handler) as port:
            await use(AioHttpPort(timeout=0.4), at(port), way)

    with pytest.raises(NoAnswer) as caught:
        asyncio.run(run())
    assert caught.value.trouble is trouble
    assert "se%2B" not in str(caught.value)


async def use(http: AioHttpPort, endpoint: Endpoint, way: str) -> None:
    if way == "exchange":
        await http.exchange(endpoint, CALL)
    elif way == "stream":
        async with http.stream(endpoint, CALL) as stream:
            async for _chunk in stream.chunks():
                pass
    else:
        async with http.socket(endpoint, CALL) as opened:
            await opened.receive()


def test_a_port_where_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NoAnswer) as caught:
            asyncio.run(AioHttpPort(timeout=2).exchange(at(taken.getsockname()[1]), CALL))
    assert caught.value.trouble is Trouble.REFUSED


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(NoAnswer) as caught:
        asyncio.run(AioHttpPort(timeout=5).exchange(at(80, host="web01.invalid"), CALL))
    assert caught.value.trouble in (Trouble.NAME, Trouble.CONNECT_TIMEOUT)  # the latter where a resolver is out of reach


def test_packets_that_disappear_are_not_a_node_that_is_down() -> None:
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)  # a full queue drops further connections without a word, as a firewall does
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        with pytest.raises(NoAnswer) as caught:
            asyncio.run(AioHttpPort(timeout=1).exchange(at(listener.getsockname()[1]), CALL))
    assert caught.value.trouble is Trouble.CONNECT_TIMEOUT


def test_what_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    heads: list[str] = []

    async def handler(head: str, writer: asyncio.StreamWriter) -> None:
        heads.append(head)
        await answering(
            "HTTP/1.1 400 Bad Request", "Server: Microsoft-IIS/10.0", "Set-Cookie: a=b", body="Not a valid web socket request."
        )(head, writer)

    async def run() -> list[Answer]:
        async with serving(handler) as port:
            http = AioHttpPort(timeout=5)
            endpoint = at(port, host_header="chat.example")
            return [await http.exchange(endpoint, CALL), await http.exchange(endpoint, Call(target="/release.txt", is_absolute=True))]

    answers = asyncio.run(run())
    assert (answers[0].status, answers[0].body, answers[0].headers["server"]) == (
        400,
        "Not a valid web socket request.",
        "Microsoft-IIS/10.0",
    )
    assert heads[0].startswith("GET /signalr/connect?connectionToken=se%2Bcr%2Fet%3D HTTP/1.1\r\n")
    assert "Host: chat.example\r\n" in heads[0]
    assert "Upgrade" not in heads[0]
    assert heads[1].startswith("GET /release.txt HTTP/1.1\r\n")
    assert "Cookie" not in heads[1]


@pytest.mark.parametrize("way", ["exchange", "stream", "socket"])
def test_a_redirect_is_an_answer_and_never_followed(way: str) -> None:
    count = 0

    async def handler(head: str, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        await answering("HTTP/1.1 302 Found", "Location: /login?ReturnUrl=x")(head, writer)

    async def run() -> Answer:
        async with serving(handler) as port:
            http = AioHttpPort(timeout=5)
            if way == "exchange":
                return await http.exchange(at(port), CALL)
            async with http.stream(at(port), CALL) if way == "stream" else http.socket(at(port), CALL) as opened:
                return opened.answer

    answer = asyncio.run(run())
    assert (answer.status, answer.headers["location"], count) == (302, "/login?ReturnUrl=x", 1)


def test_a_refused_handshake_keeps_the_servers_words() -> None:
    async def run() -> Answer:
        handler = answering("HTTP/1.1 400 Bad Request", body="Not a valid web socket request.")
        async with serving(handler) as port, AioHttpPort(timeout=5).socket(at(port), CALL) as opened:
            return opened.answer

    answer = asyncio.run(run())
    assert (answer.status, answer.body) == (400, "Not a valid web socket request.")


def test_a_huge_body_is_cut() -> None:
    async def run() -> Answer:
        async with serving(answering("HTTP/1.1 200 OK", body="x" * 1_000_000)) as port:
            return await AioHttpPort(timeout=10).exchange(at(port), CALL)

    assert len(asyncio.run(run()).body) == 256 * 1024


def test_http_spoken_to_an_https_port_and_the_other_way_round(certificate: Path) -> None:
    async def http_to_https() -> None:
        async with serving(answering("HTTP/1.1 200 OK"), server_tls(certificate)) as port:
            await AioHttpPort(timeout=3).exchange(at(port), CALL)

    async def https_to_http() -> None:
        async with serving(answering("HTTP/1.1 200 OK")) as port:
            await AioHttpPort(timeout=3).exchange(at(port, scheme="https"), CALL)

    for run, expected in ((http_to_https, (Trouble.CUT, Trouble.MALFORMED)), (https_to_http, (Trouble.TLS,))):
        with pytest.raises(NoAnswer) as caught:
            asyncio.run(run())
        assert caught.value.trouble in expected


def test_the_certificate_is_held_against_the_host_header(certificate: Path) -> None:
    async def ask(**options: object) -> int:
        host_header = options.pop("host_header", "chat.example")
        async with serving(answering("HTTP/1.1 200 OK"), server_tls(certificate)) as port:
            http = AioHttpPort(timeout=5, **options)  # type: ignore[arg-type]
            return (await http.exchange(at(port, scheme="https", host_header=host_header), CALL)).status  # type: ignore[arg-type]

    assert asyncio.run(ask(ca_file=str(certificate))) == 200
    assert asyncio.run(ask(validate_certs=False)) == 200
    for options in ({}, {"ca_file": str(certificate), "host_header": "other.example"}):
        with pytest.raises(NoAnswer) as caught:
            asyncio.run(ask(**options))
        assert caught.value.trouble is Trouble.CERTIFICATE


def test_a_ca_file_that_is_none() -> None:
    with pytest.raises(FarmError) as caught:
        AioHttpPort(ca_file="missing.pem")
    assert caught.value.where == "missing.pem"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for chat.example with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "chat.example")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("chat.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.9"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "chat.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(built.public_bytes(serialization.Encoding.PEM) + private)
    return path


def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
