# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command of the IIS object model."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ..executor.engine import EngineUnavailable

__all__ = ["iis_model"]


async def iis_model(tools: Path, *arguments: str) -> str:
    """Run the model's own command; raises ``EngineUnavailable`` with what it said."""
    process = await asyncio.create_subprocess_exec(
        str(tools / "iis-model" / "iis-model"), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    stdout, stderr = await process.communicate()
    if process.returncode not in (0, 3):  # 3: no worker process, which "warm" tells
        raise EngineUnavailable(f"iis-model {arguments[0]}: {stderr.decode().strip()}")
    return stdout.decode()
