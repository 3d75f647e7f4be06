# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The world that every case finds: one site, one application, one pool, below one folder, all of them ours alone."""

from __future__ import annotations

import ntpath
from typing import Any

from .case import op

ROOT = r"C:\webfarm-conformance"
SITE = "Conformance"
POOL = "ConformancePool"
OTHER_POOL = "ConformanceOther"
#: The pools that cases make; a target that has to clean up removes them by name.
POOLS = (POOL, OTHER_POOL, "ConformanceNew")
SITES = (SITE, "ConformanceSecond")
BINDING = {"protocol": "http", "information": "*:18999:conformance.invalid", "ssl_flags": 0}
PATH = "/chat"
SITE_FOLDER = rf"{ROOT}\site"
FOLDER = rf"{ROOT}\chat"
FARM = rf"{ROOT}\farm"
RECORDS = rf"{ROOT}\records"
CONFIG = rf"{FOLDER}\web.config"
_LINES = (
    '<?xml version="1.0" encoding="utf-8"?>',
    "<configuration>",
    "  <system.web>",
    '    <httpRuntime targetFramework="4.6.1" />',
    "  </system.web>",
    "</configuration>",
    "",
)
TEXT = "\r\n".join(_LINES)
NEW_TEXT = TEXT.replace("4.6.1", "4.7.2")

APPLICATION = {"site": SITE, "path": PATH}

FILES: dict[str, bytes | None] = {
    SITE_FOLDER: None,
    rf"{FOLDER}\bin": None,
    CONFIG: TEXT.encode("utf-8"),
    rf"{FOLDER}\bin\Chat.dll": b"stands for a program\r\n",
    rf"{FOLDER}\release.txt": b"1.0\r\n",
}


def baseline() -> list[dict[str, Any]]:
    """The operations that make the site, the application and its pool."""
    return [
        op("set_pool", name=POOL, settings={"runtime_version": "v4.0", "idle_timeout": 0}),
        op("set_site", name=SITE, physical_path=SITE_FOLDER, bindings=[BINDING]),
        op("set_application", site=SITE, path=PATH, physical_path=FOLDER, pool=POOL),
    ]


def folders_of(files: dict[str, bytes | None]) -> list[str]:
    """The folders that have to be there before the files, outermost first."""
    wanted = {path if data is None else ntpath.dirname(path) for path, data in files.items()}
    return sorted(wanted, key=len)


def pool_of(**facts: Any) -> dict[str, Any]:
    """A partial ``iis`` reading: the pool with these facts."""
    return {"iis": {"pools": {POOL: facts}}}


READ_POOL = {"iis": {"applications": [], "pools": [{"name": POOL}]}}
READ_APPLICATION = {"iis": {"applications": [APPLICATION], "pools": []}}


def read_files(*paths: str, content: bool = False) -> dict[str, Any]:
    return {"files": {"paths": list(paths), "content": content}}
