# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the IIS object model that make a node what it is to be: applicationHost.config and the directory's accounts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from .specification import ApplicationSpecification

__all__ = ["set_feature", "write_accounts", "write_application_host"]


def write_application_host(file: Path, applications: Sequence[ApplicationSpecification]) -> None:
    """Put the applications and their pools in the place of those that the file has."""
    text = file.read_text(encoding="utf-8")
    pools = {application.pool: application.enable_32bit for application in applications}
    lines = ['<add name="DefaultAppPool" managedRuntimeVersion="v4.0" />']
    for pool, is_32bit in pools.items():
        bitness = ' enable32BitAppOnWin64="true"' if is_32bit else ""
        lines.append(f'<add name={quoteattr(pool)} managedRuntimeVersion="v4.0"{bitness} />')
    text = _between(text, "<applicationPools>", "<applicationPoolDefaults", lines)
    sites = dict.fromkeys(["Default Web Site", *(application.site for application in applications)])
    lines = [
        line for number, site in enumerate(sites, start=1) for line in _site(number, site, [a for a in applications if a.site == site])
    ]
    file.write_text(_between(text, "<sites>", "<siteDefaults>", lines), encoding="utf-8")


def _between(text: str, start: str, end: str, lines: Iterable[str]) -> str:
    """The text with other lines between two marks, in the file's own line ends."""
    newline = "\r\n" if "\r\n" in text else "\n"
    inner = newline + "".join(f"            {line}{newline}" for line in lines) + "            "
    return re.sub(f"(?<={re.escape(start)}).*?(?={re.escape(end)})", lambda _: inner, text, count=1, flags=re.DOTALL)


def _site(number: int, name: str, applications: Sequence[ApplicationSpecification]) -> Iterable[str]:
    by_path = {application.path: application for application in applications}
    root = r"%SystemDrive%\inetpub\wwwroot" + ("" if number == 1 else rf"\site{number}")
    host = "" if number == 1 else name.replace(" ", "-").lower()
    yield f'<site name={quoteattr(name)} id="{number}">'
    if "/" not in by_path:
        yield from _application("/", "DefaultAppPool", root)
    for application in applications:
        yield from _application(application.path, application.pool, application.physical_path)
    yield f'    <bindings><binding protocol="http" bindingInformation="*:80:{host}" /></bindings>'
    yield "</site>"


def _application(path: str, pool: str, folder: str) -> Iterable[str]:
    yield f"    <application path={quoteattr(path)} applicationPool={quoteattr(pool)}>"
    yield f'        <virtualDirectory path="/" physicalPath={quoteattr(folder)} />'
    yield "    </application>"


def write_accounts(file: Path, passwords: Mapping[str, str], farms: Iterable[str]) -> None:
    """The directory: an account with a password and a group managed service account for each farm."""
    accounts: dict[str, Any] = {name: {"password": password, "enabled": True, "batch": True} for name, password in passwords.items()}
    accounts |= {rf"CONTOSO\{farm}$": {"gmsa": True, "usable": True} for farm in farms}
    file.write_text(json.dumps(accounts, indent=1), encoding="utf-8")
    file.chmod(0o600)


def set_feature(file: Path, name: str, state: str) -> None:
    """Change a feature's state in features.json, as an operator at the server manager does."""
    content = json.loads(file.read_text(encoding="utf-8"))
    for feature in content["features"]:
        if feature["name"] == name:
            feature["state"] = state
    file.write_text(json.dumps(content, indent=2), encoding="utf-8")
