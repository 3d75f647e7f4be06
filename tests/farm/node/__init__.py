# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated Windows node with IIS: what the two modules of the Windows half would read and do, on a folder of this machine."""

from __future__ import annotations

from .clock import Clock, ManualClock, SystemClock
from .errors import NodeDied, NodeError
from .faults import checked as checked_fault
from .model import NodeModel
from .start import DIRECTORY, Start, starting_state
from .state import Account, NodeState

__all__ = [
    "DIRECTORY",
    "Account",
    "Clock",
    "ManualClock",
    "NodeDied",
    "NodeError",
    "NodeModel",
    "NodeState",
    "Start",
    "SystemClock",
    "checked_fault",
    "starting_state",
]
