# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration application as a release: a folder's files, and the same as a package."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

__all__ = ["older_than", "release_files", "write_package"]

WEB_CONFIG = """<?xml version="1.0" encoding="utf-8"?>
<!-- {name}: SignalR 2 on ASP.NET 4.7.2 -->
<configuration>
  <appSettings>
    <add key="owin:AutomaticAppStartup" value="true" />
  </appSettings>
  <system.web>
    <compilation targetFramework="4.7.2" />
    <httpRuntime targetFramework="4.7.2" />
    <customErrors mode="Off" />
  </system.web>
  <system.webServer>
    <modules runAllManagedModulesForAllRequests="true" />
  </system.webServer>
</configuration>
"""


def release_files(name: str, release: str) -> dict[str, bytes]:
    """The files of a release by their relative path with slashes. Two releases differ in every file but web.config."""
    page = f'<!DOCTYPE html>\n<html><head><title>{name} {release}</title></head><body data-release="{release}">{name} {release}</body></html>\n'
    # An assembly's place in the folder is what matters here, not that anything could load it.
    assembly = b"MZ" + b"".join(hashlib.sha256(f"{name} {release} {block}".encode()).digest() for block in range(64))
    return {
        "web.config": WEB_CONFIG.format(name=name).replace("\n", "\r\n").encode(),
        "index.htm": page.encode(),
        "release.txt": f"{release}\r\n".encode(),
        "bin/Chat.dll": assembly,
        "Scripts/chat.js": f'// {name} {release}\nvar release = "{release}";\n'.encode(),
    }


def older_than(release: str) -> str:
    """The release before this one, for a node that was forgotten: 1.1.0 gives 1.0.0."""
    major, minor, _patch = (int(part) for part in release.split("."))
    return f"{major}.{minor - 1}.0" if minor else f"{major - 1}.9.0"


def write_package(folder: Path, name: str, release: str) -> Path:
    """The release as a zip file with the same bytes each time; a file that is there already is left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    package = folder / f"{name}-{release}.zip"
    if not package.exists():
        with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in sorted(release_files(name, release).items()):
                archive.writestr(zipfile.ZipInfo(path, (2026, 1, 31, 12, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return package
