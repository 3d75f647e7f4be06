# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ASP.NET SignalR 2 from outside: the protocol as data, the key probe, a client per transport, and what the answers mean."""

from __future__ import annotations

from .console import render_matrix
from .farm import DEPTHS, ProbeReport, ProbeRequest, probe_farm
from .findings import ACCEPTABLE as ACCEPTABLE_FINDINGS
from .http import AioHttpPort
from .port import Answer, Call, Endpoint, HttpPort, NoAnswer, Trouble
from .protocol import TRANSPORTS
from .transports import HubCall
from .verdict import Diagnosis, Verdict

__all__ = [
    "ACCEPTABLE_FINDINGS",
    "DEPTHS",
    "TRANSPORTS",
    "AioHttpPort",
    "Answer",
    "Call",
    "Diagnosis",
    "Endpoint",
    "HttpPort",
    "HubCall",
    "NoAnswer",
    "ProbeReport",
    "ProbeRequest",
    "Trouble",
    "Verdict",
    "probe_farm",
    "render_matrix",
]
