# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All cases, in the order in which they are run."""

from __future__ import annotations

from ..case import Case
from . import calls, configuration, files, host, iis, pools, readings, records, releases

ALL: tuple[Case, ...] = (
    *readings.CASES,
    *configuration.CASES,
    *calls.CASES,
    *files.CASES,
    *releases.CASES,
    *iis.CASES,
    *pools.CASES,
    *host.CASES,
    *records.CASES,
)

assert len({case.name for case in ALL}) == len(ALL), "two cases have one name"
