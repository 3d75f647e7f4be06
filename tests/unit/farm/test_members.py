# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who belongs to a farm: everybody who is named by anybody, and what is said when one of them was not read."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import MemberNotRead
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.members import Membership

from .nodes import snapshot


def membership(declared: str = "", group: str = "", read: str = "", markers: dict[str, Any] | None = None) -> Membership:
    records = {host: {"marker": {"members": names} if isinstance(names, list) else names} for host, names in (markers or {}).items()}
    snapshots = {host: snapshot(host, records=records.get(host)) for host in read.split()}
    return Membership.of(declared=declared.split(), group=group.split(), snapshots=snapshots)


# who is declared, in the group, read; what markers say; who is missing
CASES: dict[str, tuple[str, str, str, dict[str, Any], str]] = {
    "all read": ("web01 web02", "", "web01 web02", {}, ""),
    "nobody declared": ("", "", "web01 web02", {}, ""),
    "--limit": ("web01 web02 web03", "", "web01", {}, "web02 web03"),
    "a slice of the inventory": ("", "web01", "web01", {"web01": ["web01", "web02"]}, "web02"),
    "only the group knows": ("", "web01 web02", "web01", {}, "web02"),
    "a marker of another node": ("web01 web02", "", "web01 web02", {"web02": ["web01", "web02", "web03"]}, "web03"),
    "a marker that names nobody": ("web01", "", "web01", {"web01": None}, ""),
    "a marker that cannot be read": ("web01", "", "web01", {"web01": {"unreadable": "not JSON"}}, ""),
    "more read than named": ("web01", "", "web01 web09", {}, ""),
    "names have a case": ("WEB01", "", "web01", {}, "WEB01"),
}


@pytest.mark.parametrize(("declared", "group", "read", "markers", "missing"), CASES.values(), ids=CASES)
def test_who_is_missing(declared: str, group: str, read: str, markers: dict[str, Any], missing: str) -> None:
    found = membership(declared, group, read, markers)
    assert found.missing == tuple(missing.split())
    assert set(found.members) == set(found.read) | set(found.missing)
    if missing:
        with pytest.raises(MemberNotRead) as caught:
            found.require_all_read("A new key")
        assert all(f"'{name}' (" in str(caught.value) for name in missing.split()) and str(caught.value).startswith("A new key needs")
    else:
        found.require_all_read("A new key")


def test_the_error_says_who_knows_of_each() -> None:
    found = membership("web02 web03", "web03", "web01", {"web01": ["web02", "web04"]})
    with pytest.raises(MemberNotRead) as caught:
        found.require_all_read("A new key")
    assert "'web02' (declared in farm_members and named by a node's marker)" in str(caught.value)
    assert "'web03' (declared in farm_members and in the inventory group)" in str(caught.value)
    assert "'web04' (named by a node's marker)" in str(caught.value)
