# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual address: the load balancer in front of the farm's nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .node import FarmNode
from .specification import FarmSpecification

__all__ = ["start_virtual_address"]


async def start_virtual_address(specification: FarmSpecification, nodes: Mapping[str, FarmNode]) -> Any:
    """Listen on the virtual address and forward to the nodes that answer."""
    return None
