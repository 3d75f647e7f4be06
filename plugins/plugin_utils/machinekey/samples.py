# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys that stand in documentation and tutorials, as hashes of the kind that ``disclosed`` uses: never the keys themselves.

Small on purpose: it works without Microsoft's list, and names keys that the list does not have.
"""

from __future__ import annotations

from .disclosed import hash_of

__all__ = ["sample_source"]

_MSDN = "Microsoft's reference page of the machineKey element"
_IIS = "Microsoft's article on troubleshooting forms authentication"
_IIS7 = "Microsoft's blog article on generating keys in IIS Manager"
_COOKIES = "an article on decrypting ASP.NET Identity cookies"
_COMPAT = "the tests of AspNetCore.LegacyAuthCookieCompat"
_COUNTED = "examples that count bytes upwards from zero"

_SOURCES = {
    "fae46bc369f678d4e7e8fa1e64db9221840ec92e75ec5ac03892b07b67a25994": _MSDN,
    "51ef2ec8e54b8394e85b574e910b64ec370fdc7248fb7ec4f350e93f67afcd50": _MSDN,
    "346c3b37968f4c3b88ee970298e68a403aeefc8a63b94e585b60b9504f5d7ee4": _IIS,
    "25b367f5020227ca07287e14f452da097d9d008a857cbe60a3884f567abb899f": _IIS,
    "4be4a76fbf62a6a713a5199039e5141ca1dffa3649b9f2eea85020272c781068": _IIS7,
    "4d0fa4ddf63e190266292a66baaa37b53b17d767cf9315e5e8fff2137b578d07": _IIS7,
    "24a3f0a4f8a849f1c0a052a5575f7f06427557af5533146bbac39593dbe4df50": _COOKIES,
    "244f45e8b50826421e6813e370b411742d6f9516e9ebfa7cdfb2672599d8ddaa": _COOKIES,
    "dfd4e5a6d2b3f92fac8fd7681f2e696ba007bbe33ffc131f12b0571ee5588d51": _COOKIES,
    "4ccac1991581472853f14007ca9d8b8d3cffb2751d1bf6bb839d4d0228747b4e": _COMPAT,
    "88e9f1036230ef788488dd3511f6b8e57c64460633fb892dba4a3d731ac6c044": _COMPAT,
    "75b0e236abbadf63793d28d01f0a750714fc2cb10c090690508440e0ee688731": _COUNTED,
    "8fec958437b27e6c73b93255e8b5341684c531cb98a907a3ebd367c4c304c008": _COUNTED,
}


def sample_source(value: str) -> str | None:
    """Where a key attribute's value is published as an example; None when it is none of those known."""
    return _SOURCES.get(hash_of(value))
