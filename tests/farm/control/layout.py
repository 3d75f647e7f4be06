# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of a node as it is before anything is done: Windows' configuration files, the sites, the applications."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..executor.drive import Drive
from .release import older_than, release_files
from .specification import HEALTH_CONTENT, HEALTH_FILE, ApplicationSpecification, FarmSpecification

__all__ = ["replace_release", "write_applications", "write_framework"]

TEMPLATE = Path(__file__).with_name("template")
CONFIG_FOLDERS = ("Windows/Microsoft.NET/Framework/v4.0.30319/Config", "Windows/Microsoft.NET/Framework64/v4.0.30319/Config")
FOLDERS = ("Windows/Temp", "Windows/System32/inetsrv/config", "inetpub/wwwroot", "ProgramData")


def write_framework(drive: Path) -> None:
    """machine.config and the root web.config of both bitnesses, and the folders that every server has."""
    for folder in FOLDERS:
        (drive / folder).mkdir(parents=True, exist_ok=True)
    for folder in CONFIG_FOLDERS:
        (drive / folder).mkdir(parents=True, exist_ok=True)
        for name in ("machine.config", "web.config"):
            (drive / folder / name).write_bytes((TEMPLATE / name).read_bytes().replace(b"\n", b"\r\n"))


def write_applications(drive: Path, specification: FarmSpecification, node: str) -> None:
    """Each application's release in place; a forgotten node has the one before."""
    is_older = specification.node_names.index(node) + 1 in specification.older
    (drive / "inetpub/wwwroot/iisstart.htm").write_text("<html><body>IIS Windows Server</body></html>\r\n")
    Drive(drive).local(HEALTH_FILE).write_text(HEALTH_CONTENT)
    for application in specification.applications_of(node):
        release = older_than(application.release) if is_older else application.release
        folder = Drive(drive).local(application.physical_path)
        _write(folder, release_files(application.farm, release))


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def replace_release(folder: Path, application: ApplicationSpecification, release: str) -> dict[Path, bytes]:
    """Put another release's files in place, web.config excepted; gives back what was there."""
    files = {path: content for path, content in release_files(application.farm, release).items() if path != "web.config"}
    before = {folder / path: (folder / path).read_bytes() for path in files if (folder / path).exists()}
    _write(folder, files)
    return before
