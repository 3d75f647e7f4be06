# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that the farm's modules share, once; doc_fragments/farm.py documents the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..balancer.health_file import HealthFile
from ..errors import FarmError
from ..farm.scope import FarmScope
from ..iis.pools import BUILT_IN_IDENTITIES, WantedIdentity

__all__ = [
    "BALANCER_OPTIONS",
    "FARM_OPTIONS",
    "IDENTITY_OPTIONS",
    "KEY_OPTIONS",
    "RELEASE_OPTIONS",
    "balancer_of",
    "identity_of",
    "scope_of",
]

#: doc fragment webfarm.signalr.farm
FARM_OPTIONS: dict[str, Any] = {
    "farm": {"type": "str", "required": True},
    "site": {"type": "str", "default": "Default Web Site"},
    "application": {"type": "str", "default": "/"},
    "pool": {"type": "str"},
    "root": {"type": "str"},
    "members": {"type": "list", "elements": "str", "default": []},
    "group": {"type": "str"},
    "accept_shared": {"type": "bool", "default": False},
    "reuse": {"type": "bool", "default": False},
    "keep_lease": {"type": "bool", "default": False},
    "break_lease": {"type": "bool", "default": False},
}

#: The account of a pool.
IDENTITY_OPTIONS: dict[str, Any] = {
    "identity": {"type": "str", "choices": ["SpecificUser", *BUILT_IN_IDENTITIES]},
    "user": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "grant_batch_right": {"type": "bool", "default": True},
    "settings": {"type": "dict", "default": {}},
}

#: A release and what is done with it.
RELEASE_OPTIONS: dict[str, Any] = {
    "package": {"type": "path"},
    "release": {"type": "str"},
    "edits": {"type": "list", "elements": "dict", "default": []},
    "keep": {"type": "int", "default": 3},
    "persistent_paths": {"type": "list", "elements": "str", "default": []},
    "leave_behind": {"type": "list", "elements": "str", "default": []},
    "package_key_policy": {"type": "str", "choices": ["refuse", "override"], "default": "refuse", "no_log": False},
    "development_fingerprints": {"type": "list", "elements": "str", "default": []},
}

#: How a balancer is told about a member.
BALANCER_OPTIONS: dict[str, Any] = {
    "driver": {"type": "str", "choices": ["health_file", "none"], "default": "none"},
    "health_file": {"type": "str"},
    "health_content": {"type": "str", "default": "ready"},
}

#: How the farm's one key is chosen.
KEY_OPTIONS: dict[str, Any] = {
    "key": {
        "type": "dict",
        "no_log": False,  # the parts that are secret say so themselves
        "options": {
            "validation_key": {"type": "str", "required": True, "no_log": True},
            "decryption_key": {"type": "str", "required": True, "no_log": True},
            "validation": {"type": "str", "default": "HMACSHA256"},
            "decryption": {"type": "str", "default": "AES"},
        },
    },
    "authority": {"type": "str", "choices": ["node", "variable"]},
    "accept_blast_radius": {"type": "bool", "default": False},
    "accept_weak": {"type": "bool", "default": False},
    "accept_waves": {"type": "bool", "default": False},
    "disclosed_keys": {"type": "path", "no_log": False},
    "development_fingerprints": {"type": "list", "elements": "str", "default": [], "no_log": False},
}


def scope_of(arguments: Mapping[str, Any]) -> FarmScope:
    return FarmScope.make(
        farm=arguments["farm"], site=arguments["site"], application=arguments["application"], pool=arguments["pool"], root=arguments["root"]
    )


def balancer_of(arguments: Mapping[str, Any]) -> HealthFile | None:
    """The driver that the options name; None when no balancer is driven. Raises FarmError when the health file is not named."""
    if arguments["driver"] == "none":
        return None
    if not arguments["health_file"]:
        raise FarmError("The driver 'health_file' needs the path of the file on the nodes.", next_step="Set farm_rolling_health_file.")
    return HealthFile(arguments["health_file"], arguments["health_content"])


def identity_of(arguments: Mapping[str, Any]) -> WantedIdentity | None:
    """The wanted identity; a user name alone means SpecificUser; nothing at all means untouched."""
    kind, user = arguments.get("identity"), arguments.get("user")
    if not kind and not user:
        return None
    return WantedIdentity(kind or "SpecificUser", user or "", arguments.get("password")).validated()
