# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The farms' backplanes: nodes of one farm hear each other, applications of different farms do not."""

from __future__ import annotations

from ..signalr.backplane import Backplane, Backplanes
from ..signalr.iis_view import AppView
from .specification import FarmSpecification

__all__ = ["FarmBackplanes"]


class FarmBackplanes(Backplanes):
    """What one node's applications use; ``shared`` is the same for all nodes of the specification."""

    def __init__(self, specification: FarmSpecification, node: str, shared: dict[str, Backplane]) -> None:
        super().__init__()
        self._farms = {(a.site.casefold(), a.path.casefold()): a.farm for a in specification.applications_of(node)}
        self._shared = shared

    def __call__(self, app: AppView) -> Backplane:
        """The farm's own one; an application that belongs to no farm has one for itself."""
        farm = self._farms.get((app.site.casefold(), app.virtual_path.casefold()))
        return self._shared.setdefault(farm, Backplane()) if farm else super().__call__(app)
