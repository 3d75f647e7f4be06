# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of readings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .accounts import Notes, read_accounts
from .errors import NodeError
from .faults import Faults
from .file_readings import FileReadings
from .files import NodeFiles
from .iis import Iis
from .iis_readings import IisReadings
from .state import NodeState

#: A reading answers what was asked, and notes what it could not see: the way to a field, and one sentence.
Reading = Callable[[dict[str, Any], Notes], Any]


def readings_table(state: NodeState, files: NodeFiles, iis: Iis) -> Mapping[str, Reading]:
    """Each reading of the contract and what answers it."""
    machine, on_disk = IisReadings(state, files.paths, iis), FileReadings(state, files, iis)
    return {
        "host": machine.read_host,
        "features": machine.read_features,
        "iis": machine.read_iis,
        "configuration": on_disk.read_configuration,
        "files": on_disk.read_files,
        "releases": on_disk.read_releases,
        "listing": on_disk.read_listing,
        "accounts": lambda asked, notes: read_accounts(state, asked, notes),
        "records": on_disk.read_records,
        "workers": machine.read_workers,
        "events": machine.read_events,
    }


def read_all(table: Mapping[str, Reading], asked: Mapping[str, Any], faults: Faults) -> dict[str, Any]:
    """``state`` and ``undetermined``: a reading that fails as a whole is null, and its reason is told."""
    state: dict[str, Any] = {}
    undetermined: dict[str, str] = {}
    for name, request in asked.items():
        try:
            faults.refuse(name, name)
            state[name] = table[name](request, undetermined)
        except NodeError as error:
            state[name], undetermined[name] = None, error.text
    return {"state": state, "undetermined": undetermined}
