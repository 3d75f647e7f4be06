# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The static file handler, as far as a release id, a health page or a test page needs it."""

from __future__ import annotations

from pathlib import Path

from .answers import IIS_HEADERS, Answer
from .configuration import find_file

_TYPES = {
    ".htm": "text/html",
    ".html": "text/html",
    ".txt": "text/plain",
    ".css": "text/css",
    ".js": "application/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".ico": "image/x-icon",
}
_DEFAULT_DOCUMENTS = ("Default.htm", "index.htm", "index.html", "iisstart.htm")


def find_answer(root: Path, path: str, method: str) -> Answer | None:
    """The file that a path inside the application names; None when IIS would not send one."""
    parts = [part for part in path.split("/") if part]
    if method not in ("GET", "HEAD") or ".." in parts or "\\" in path:
        return None
    folder = root
    for part in parts[:-1]:
        folder = find_file(folder / part)
    names = _DEFAULT_DOCUMENTS if not parts or path.endswith("/") else (parts[-1],)
    folder = find_file(folder / parts[-1]) if parts and path.endswith("/") else folder
    file = next((found for found in (find_file(folder / name) for name in names) if found.is_file()), None)
    content_type = _TYPES.get(file.suffix.lower()) if file else None
    if file is None or content_type is None:
        return None
    return Answer(200, IIS_HEADERS | {"Content-Type": content_type}, file.read_bytes())
