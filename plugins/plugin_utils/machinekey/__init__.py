# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The four attributes of ``system.web/machineKey``: what they are on a node, whether they serve a farm, and the tokens they make."""

from __future__ import annotations

from .algorithms import KeyUnusable
from .crypto import CONNECTION_TOKEN, GROUPS_TOKEN, TokenRejected, protect, unprotect
from .disclosed import DisclosedKeys
from .effective import effective_machine_key
from .findings import Finding
from .generate import generate
from .key import ATTRIBUTES, DEFAULTS, MachineKey, fingerprint, same_key
from .node_key import NodeKey, Origin, Problem, judge
from .rules import validate
from .write import apply_key, remove_suffix

__all__ = [
    "ATTRIBUTES",
    "CONNECTION_TOKEN",
    "DEFAULTS",
    "GROUPS_TOKEN",
    "DisclosedKeys",
    "Finding",
    "KeyUnusable",
    "MachineKey",
    "NodeKey",
    "Origin",
    "Problem",
    "TokenRejected",
    "apply_key",
    "effective_machine_key",
    "fingerprint",
    "generate",
    "judge",
    "protect",
    "remove_suffix",
    "same_key",
    "unprotect",
    "validate",
]
