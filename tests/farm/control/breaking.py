# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do to a node that breaks a farm, each with its repair."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

from .layout import replace_release
from .node import FarmNode, NodeRefused
from .release import older_than
from .specification import ApplicationSpecification

__all__ = ["BREAKAGES", "break_node"]

Repair = Callable[[], Awaitable[None]]
Breakage = Callable[[FarmNode, ApplicationSpecification], Awaitable[Repair]]


async def break_node(node: FarmNode, kind: str, farm: str = "") -> Repair:
    """Break the node's application of ``farm`` (or its first); gives back what repairs it. Raises ``NodeRefused``."""
    if kind not in BREAKAGES:
        raise NodeRefused(f"There is no way '{kind}' to break a node; there are {', '.join(BREAKAGES)}.")
    application = next((known for known in node.applications if farm in ("", known.farm)), None)
    if application is None:
        raise NodeRefused(f"{node.name} has no application of the farm {farm}.")
    return await BREAKAGES[kind][0](node, application)


async def _other_key(node: FarmNode, application: ApplicationSpecification) -> Repair:
    element = (
        f'<machineKey validationKey="{secrets.token_hex(64).upper()}" decryptionKey="{secrets.token_hex(32).upper()}" '
        'validation="HMACSHA256" decryption="AES" />'
    )

    def with_other_key(text: str) -> str:
        if re.search(r"<machineKey\b", text):
            return re.sub(r"<machineKey\b[^>]*/>", element, text)
        return text.replace("<system.web>", f"<system.web>\r\n    {element}", 1)

    return _edit(node.application_folder(application) / "web.config", with_other_key)


async def _broken_xml(node: FarmNode, application: ApplicationSpecification) -> Repair:
    return _edit(node.application_folder(application) / "web.config", lambda text: text.replace("</system.web>", "</system.wbe>", 1))


async def _older_release(node: FarmNode, application: ApplicationSpecification) -> Repair:
    before = replace_release(node.application_folder(application), application, older_than(application.release))

    async def repair() -> None:
        for path, content in before.items():
            path.write_bytes(content)

    return repair


async def _no_web_sockets(node: FarmNode, _application: ApplicationSpecification) -> Repair:
    await node.set_web_sockets(False)
    return lambda: node.set_web_sockets(True)


async def _pool_stopped(node: FarmNode, application: ApplicationSpecification) -> Repair:
    await node.set_pool_running(application.pool, False)
    return lambda: node.set_pool_running(application.pool, True)


async def _wrong_password(node: FarmNode, application: ApplicationSpecification) -> Repair:
    account = rf"CONTOSO\svc_{application.farm}"
    before = await node.set_account_password(account, secrets.token_urlsafe(16))

    async def repair() -> None:
        await node.set_account_password(account, before)
        await node.set_pool_running(application.pool, True)

    return repair


def _edit(file: Path, change: Callable[[str], str]) -> Repair:
    before = file.read_bytes()
    text = before.decode("utf-8-sig")
    changed = change(text)
    if changed == text:
        raise NodeRefused(f"{file.name} has no place for this change.")
    file.write_bytes(changed.encode())

    async def repair() -> None:
        file.write_bytes(before)

    return repair


BREAKAGES: dict[str, tuple[Breakage, str]] = {
    "key": (_other_key, "web.config gets a machineKey of its own"),
    "web-config": (_broken_xml, "web.config is not well-formed any more"),
    "release": (_older_release, "the files of the release before are put in place"),
    "web-sockets": (_no_web_sockets, "the WebSocket feature is removed"),
    "pool-stopped": (_pool_stopped, "an operator stops the application pool"),
    "pool-password": (_wrong_password, "the directory changes the password of the pool's account"),
}
