# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the farm listens: unix sockets, whose path must not be longer than 107 bytes, and free ports."""

from __future__ import annotations

import hashlib
import socket
import tempfile
from pathlib import Path

__all__ = ["free_port", "socket_path"]


def socket_path(directory: Path, name: str) -> Path:
    """In the farm's directory, or, when that is too deep, in a private folder of the system's temporary one."""
    path = directory / name
    if len(str(path).encode()) < 100:
        return path
    digest = hashlib.sha256(str(directory).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"farm-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / name


def free_port(address: str) -> int:
    """A TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])
