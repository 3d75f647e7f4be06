# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new node: Windows with IIS, and the chat application as people leave it.

The start of a demo is the state that brings people to this product: three servers that each "look configured", and no farm.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from .clock import Clock
from .model import DRIVE, NodeModel
from .state import Account, Application, NodeState, Pool, Site

TEMPLATE = Path(__file__).with_name("template")
FRAMEWORK = "Windows/Microsoft.NET"
WEB_ROOT = "inetpub/wwwroot"
SITE = "Default Web Site"
POOL = "ChatPool"
DIRECTORY = (
    Account("CORP\\svc-chat", password="Chat-Pool-2026!"),
    Account("CORP\\svc-disabled", password="Chat-Pool-2026!", enabled=False),
    Account("CORP\\svc-expired", password="Chat-Pool-2026!", password_expired=True),
    Account("CORP\\gmsa-chat$", is_gmsa=True),
    Account("CORP\\gmsa-other$", is_gmsa=True, gmsa_usable=False),
)


@dataclass(frozen=True)
class Start:
    """How a new node looks; the defaults are one that lacks nothing but what makes a farm.

    ``machine_key`` is put into the application's web.config (attribute to value), ``web_config`` replaces it as a whole.
    ``virtual_path`` ``/`` makes the application the site's root. ``uploads``: a virtual directory with a user's file in it.
    """

    site: str = SITE
    virtual_path: str = "/chat"
    folder: str = r"C:\inetpub\wwwroot\chat"
    pool: str = POOL
    release: str = "2015.4.2"
    web_sockets: bool = True
    web_config: str | bytes | None = None
    machine_key: tuple[tuple[str, str], ...] = ()
    identity_type: str = "ApplicationPoolIdentity"
    user_name: str = ""
    password: str | None = None
    enable_32bit: bool = False
    host_header: str = ""
    uploads: bool = False
    stop_seconds: float = 0
    start_seconds: float = 0


#: What makes node 2 and node 3 of the demo differ from node 1.
BROKEN: dict[int, dict[str, object]] = {2: {"web_sockets": False}, 3: {"release": "2015.3.9"}}


def starting_state(
    root: Path,
    index: int,
    *,
    start: Start | None = None,
    accounts: Iterable[Account] = DIRECTORY,
    clock: Clock | None = None,
    **changes: object,
) -> NodeModel:
    """Node ``index`` (from 1) of the farm that is none yet, made below ``root``.

    Without ``start`` node 2 lacks the WebSocket feature and node 3 has an older release. ``changes`` are fields of :class:`Start`.
    """
    looks = replace(start or Start(**BROKEN.get(index, {})), **changes)  # type: ignore[arg-type]
    state = NodeState(f"web{index:02d}", stop_seconds=looks.stop_seconds, start_seconds=looks.start_seconds)
    state.features["Web-WebSockets"] = "Installed" if looks.web_sockets else "Available"
    state.pools = [Pool("DefaultAppPool"), _chat_pool(looks)]
    state.sites = _sites(looks)
    model = NodeModel(root, state=state, accounts=[replace(account) for account in accounts], clock=clock)
    write_windows(root / DRIVE)
    _write_application(model, looks)
    return model


def write_windows(drive: Path) -> None:
    """The files that every Windows with IIS has, as far as anyone here looks at them."""
    for framework in ("Framework", "Framework64"):
        folder = drive / FRAMEWORK / framework / "v4.0.30319" / "Config"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "machine.config").write_bytes(_template("machine.config"))
        (folder / "web.config").write_bytes(_template("root.web.config"))
    for folder in (drive / WEB_ROOT, drive / "ProgramData", drive / "Windows" / "Temp"):
        folder.mkdir(parents=True, exist_ok=True)
    (drive / WEB_ROOT / "iisstart.htm").write_bytes(b"<html><body>IIS</body></html>\r\n")


def _template(name: str) -> bytes:
    """A file as Windows has it: lines end in CRLF, which the files of a repository should not."""
    return (TEMPLATE / name).read_bytes().replace(b"\n", b"\r\n")


def application_config(start: Start) -> bytes:
    """The application's web.config: a 2015 SignalR application's, with byte order mark, comments and CRLF."""
    if start.web_config is not None:
        return start.web_config if isinstance(start.web_config, bytes) else start.web_config.encode("utf-8")
    data = b"\xef\xbb\xbf" + _template("application.web.config")
    if not start.machine_key:
        return data
    attributes = " ".join(f'{name}="{value}"' for name, value in start.machine_key)
    return data.replace(b"    <authentication mode", f"    <machineKey {attributes} />\r\n    <authentication mode".encode(), 1)


def _chat_pool(start: Start) -> Pool:
    pool = Pool(start.pool, password=start.password)
    pool.settings |= {"identity_type": start.identity_type, "user_name": start.user_name, "enable_32bit": start.enable_32bit}
    return pool


def _sites(start: Start) -> list[Site]:
    uploads = [{"path": "/uploads", "physical_path": r"C:\inetpub\uploads"}] if start.uploads else []
    application = Application(start.virtual_path, start.folder, start.pool, uploads)
    binding = {"protocol": "http", "information": f"*:80:{start.host_header}", "ssl_flags": 0}
    default = Site(SITE, 1, [Application("/", r"%SystemDrive%\inetpub\wwwroot")])
    site = default if start.site == SITE else Site(start.site, 2, [Application("/", rf"C:\inetpub\{start.site}")])
    site.bindings = [binding]
    site.applications = [application] if start.virtual_path == "/" else [*site.applications, application]
    return [default] if site is default else [default, site]


def _write_application(model: NodeModel, start: Start) -> None:
    for site in model.state.sites:
        for application in site.applications:
            model.paths.local(application.physical_path).mkdir(parents=True, exist_ok=True)
            for directory in application.virtual_directories:
                folder = model.paths.local(directory["physical_path"])
                folder.mkdir(parents=True, exist_ok=True)
                (folder / "kept.txt").write_bytes(b"a file that a user sent\r\n")
    folder = model.paths.local(start.folder)
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    (folder / "web.config").write_bytes(application_config(start))
    (folder / "release.txt").write_bytes(start.release.encode("ascii"))
    (folder / "index.html").write_bytes(b"<!DOCTYPE html><html><body>chat</body></html>\r\n")
    (folder / "bin" / "Chat.Web.dll").write_bytes(f"stands for the compiled application {start.release}\r\n".encode("ascii"))
