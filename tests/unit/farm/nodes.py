# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of ``node_state`` as the contract has them, made in a line, and what they become."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.scope import FarmScope
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.snapshot import NodeSnapshot
from ansible_collections.webfarm.signalr.plugins.plugin_utils.machinekey import MachineKey

SCOPE = FarmScope.make(farm="chat", site="Default Web Site", application="/chat")
PATH = r"C:\inetpub\wwwroot\chat\web.config"


def made_of(label: str) -> MachineKey:
    """A key that looks random and is the same everywhere."""
    return MachineKey(hashlib.sha512(label.encode()).hexdigest().upper(), hashlib.sha256(label.encode()).hexdigest().upper())


KEY, OTHER_KEY = made_of("one"), made_of("another")
PLAIN = b'<?xml version="1.0"?>\r\n<configuration>\r\n  <system.web>\r\n    <compilation debug="false" />\r\n  </system.web>\r\n</configuration>'
_SECTION = '<section name="{0}" type="System.Web.Configuration.{1}, System.Web" allowDefinition="{2}"/>'
MACHINE = (
    '<configuration><configSections><sectionGroup name="system.web">'
    + _SECTION.format("machineKey", "MachineKeySection", "MachineToApplication")
    + _SECTION.format("compilation", "CompilationSection", "Everywhere")
    + "</sectionGroup></configSections></configuration>"
).encode()


def with_key(key: MachineKey, data: bytes = PLAIN) -> bytes:
    element = " ".join(f'{name}="{value}"' for name, value in key.attributes().items())
    return data.replace(b"<system.web>", f"<system.web>\r\n    <machineKey {element} />".encode())


def file(level: str, path: str, data: bytes | None, **more: Any) -> dict[str, Any]:
    """A file of the reading ``configuration``."""
    return {
        "level": level,
        "path": path,
        "exists": data is not None,
        "size": None if data is None else len(data),
        "sha256": None if data is None else hashlib.sha256(data).hexdigest(),
        "content": None if data is None else base64.b64encode(data).decode(),
        **more,
    }


def answer(
    config: bytes | None = PLAIN,
    *,
    exists: bool = True,
    pool: Mapping[str, Any] | None = None,
    records: Mapping[str, Any] | None = None,
    undetermined: Mapping[str, str] | None = None,
    **state: Any,
) -> dict[str, Any]:
    application = {
        "site": "Default Web Site",
        "path": "/chat",
        "site_exists": True,
        "exists": exists,
        "pool": "ChatPool" if exists else None,
        "physical_path": PATH.rpartition("\\")[0] if exists else None,
        "resolved_path": PATH.rpartition("\\")[0] if exists else None,
    }
    found = {"exists": True, "state": "Started", "identity_type": "ApplicationPoolIdentity", "enable_32bit": False}
    found["applications"] = [{"site": "Default Web Site", "path": "/chat"}]
    files = [
        file("machine", rf"C:\Windows\{folder}\machine.config", MACHINE, bitness=bitness)
        for bitness, folder in ((32, "Framework"), (64, "Framework64"))
    ]
    files += [file("root", rf"C:\Windows\{bitness}\web.config", b"<configuration/>", bitness=bitness) for bitness in (32, 64)]
    files.append(file("site", r"C:\inetpub\wwwroot\web.config", None, virtual_path="/", references=[]))
    files.append(file("app", PATH, config, virtual_path="/chat", references=[]))
    return {
        "contract": 1,
        "state": {
            "host": {"shared_configuration": False},
            "features": {"Web-WebSockets": {"state": "Installed"}},
            "iis": {"applications": [application], "pools": {"ChatPool": {**found, **(pool or {})}} if exists else {}},
            "configuration": [{"site": "Default Web Site", "path": "/chat", "files": files}],
            "records": dict(records or {"marker": None, "lease": None, "journal": None}),
            **state,
        },
        "undetermined": dict(undetermined or {}),
    }


def snapshot(host: str = "web01", config: bytes | None = PLAIN, **more: Any) -> NodeSnapshot:
    return NodeSnapshot.from_answer(host, SCOPE.application, answer(config, **more), pool=SCOPE.pool)
