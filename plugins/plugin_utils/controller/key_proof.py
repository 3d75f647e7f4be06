# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof of a key change, asked from where Ansible runs: whether it can be had, before anything happens, and whether it is there afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from ..errors import FarmError
from ..farm.key_change import NodeOutcome, Step
from ..farm.snapshot import NodeSnapshot
from ..signalr import AioHttpPort, Endpoint, ProbeRequest, probe_farm
from ..signalr.matrix import Cell
from .session import SNAPSHOTS, NodeSession

__all__ = ["KeyProof"]

_ADDRESS = "key address"  # the store's kind of entry


class KeyProof:
    """Every node that serves is shown the token of every other. Nodes without a url, and nodes whose pool is stopped, are not asked."""

    def __init__(self, session: NodeSession, arguments: Mapping[str, Any]) -> None:
        self._session = session
        self._arguments = arguments

    def take_address(self) -> None:
        """Remembers where this node is asked."""
        url = self._arguments["url"]
        if url:
            endpoint = Endpoint(name=self._session.host, url=url, host_header=self._arguments["host_header"])
            self._session.store.put(_ADDRESS, self._session.host, endpoint)

    def warnings(self, outcomes: Mapping[str, NodeOutcome]) -> list[str]:
        switched = any(outcome.step is Step.SWITCHED for outcome in outcomes.values())
        unproven = switched and not self._session.check_mode and not self._session.store.all(_ADDRESS)
        return ["The change was not proven from outside: no url was given."] if unproven else []

    def why_impossible(self, outcomes: Mapping[str, NodeOutcome]) -> str:
        """While nothing has happened yet: why nobody could tell from here afterwards whether the farm is one. Empty when the nodes can be asked."""
        try:
            own = [cell for cell in self._asked(outcomes, wait=0) if cell.source == cell.target]
        except FarmError as error:
            return f"the farm cannot be asked for the proof: {str(error).rstrip('.')}"
        shut = [cell for cell in own if cell.diagnosis.verdict.is_out_of_reach]
        if not shut:
            return ""
        found = shut[0].diagnosis
        return (
            f"{', '.join(cell.target.name for cell in shut)} cannot be asked from here, so that nothing could be proven afterwards. "
            f"{found.cause or found.said} {found.next_step} The address comes from farm_scheme, farm_node_address, farm_node_port and farm_host_header"
        )

    def why_missing(self, outcomes: Mapping[str, NodeOutcome]) -> str:
        """After the switch: why the farm is not one. Empty when each node accepts every other's token."""
        try:
            cells = self._asked(outcomes, wait=float(self._arguments["proof_wait"]))
        except FarmError as error:  # all nodes wait for a verdict: who cannot ask has no proof
            return f"The farm could not be asked: {error}"
        refused = [cell for cell in cells if not cell.diagnosis.is_good]
        if not refused:
            return ""
        first = refused[0]
        return (
            f"After the switch '{first.target.name}' did not accept a token of '{first.source.name}': {first.diagnosis.said or first.diagnosis.cause} "
            f"({len(refused)} of {len(cells)} token checks failed)."
        )

    def _asked(self, outcomes: Mapping[str, NodeOutcome], *, wait: float) -> tuple[Cell, ...]:
        addresses: dict[str, Endpoint] = self._session.store.all(_ADDRESS)
        snapshots: dict[str, NodeSnapshot] = self._session.store.all(SNAPSHOTS)
        asked = tuple(endpoint for host, endpoint in sorted(addresses.items()) if snapshots[host].is_serving)
        nothing_changes = all(outcome.step is Step.NOTHING_TO_DO for outcome in outcomes.values())
        if self._session.check_mode or not asked or nothing_changes:
            return ()
        request = ProbeRequest(nodes=asked, wait=wait)
        return asyncio.run(probe_farm(request, AioHttpPort(validate_certs=self._arguments["validate_certs"]))).matrix.cells
