# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Application pools: unspecified is untouched, not determined is not different, and a stopped pool stays stopped."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.change import Effect
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.pools import (
    WantedIdentity,
    WantedPool,
    plan_pool,
    pool_trouble,
    was_disabled_by_failures,
)
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.state import Account, ApplicationName, NodeState, Pool

SECRET = "Tr0ub4dor&3"
CHAT, OTHER = ApplicationName("Default Web Site", "/chat"), ApplicationName("Default Web Site", "/other")
USER, GMSA = r"CORP\svc-chat", r"CORP\svc-chat$"
POOL = Pool(
    "chat", state="Started", identity_type="ApplicationPoolIdentity", applications=(CHAT,), start_mode="OnDemand", idle_timeout=1200.0
)
AS_USER = dataclasses.replace(POOL, identity_type="SpecificUser", user_name=USER, has_password=True, password_equal=True)
AS_GMSA = dataclasses.replace(POOL, identity_type="SpecificUser", user_name=GMSA, has_password=False)


def node(pool: Pool | None, *accounts: Account) -> NodeState:
    pools = {} if pool is None else {pool.name.lower(): pool}
    return NodeState(pools=pools, accounts={account.name.lower(): account for account in accounts})


def user(name: str = USER, password: str | None = SECRET) -> WantedIdentity:
    return WantedIdentity("SpecificUser", name, password)


def ops(pool: Pool | None, identity: WantedIdentity | None = None, settings: dict[str, Any] | None = None) -> list[str]:
    changes = plan_pool(node(pool), WantedPool("Chat", identity, settings or {}), of=str(CHAT))
    return [operation["op"] for change in changes for operation in change.operations]


SET, RECYCLE = "set_pool", "recycle_pool"
# found, wanted identity, wanted settings, what is done
PLANS: dict[str, tuple[Pool | None, WantedIdentity | None, dict[str, Any], list[str]]] = {
    "nothing said": (AS_USER, None, {}, []),
    "same built-in": (POOL, WantedIdentity("ApplicationPoolIdentity"), {}, []),
    "other built-in": (POOL, WantedIdentity("NetworkService"), {}, [SET, RECYCLE]),
    "account instead of built-in": (POOL, user(), {}, [SET, RECYCLE]),
    "built-in instead of account": (AS_USER, WantedIdentity("ApplicationPoolIdentity"), {}, [SET, RECYCLE]),
    "same account, same password": (AS_USER, user(), {}, []),
    "same account in another case": (AS_USER, user(USER.upper()), {}, []),
    "same account, no password said": (AS_USER, user(password=None), {}, []),
    "same account, other password": (dataclasses.replace(AS_USER, password_equal=False), user(), {}, [SET, RECYCLE]),
    "same account, not determined": (dataclasses.replace(AS_USER, password_equal=None), user(), {}, []),
    "other account": (AS_USER, user(r"CORP\other"), {}, [SET, RECYCLE]),
    "gMSA": (AS_USER, user(GMSA, None), {}, [SET, RECYCLE]),
    "same gMSA": (AS_GMSA, user(GMSA.lower(), None), {}, []),
    "gMSA with a password": (dataclasses.replace(AS_GMSA, has_password=True), user(GMSA, None), {}, [SET, RECYCLE]),
    "same setting": (POOL, None, {"start_mode": "OnDemand", "idle_timeout": 1200}, []),
    "same setting in another case": (POOL, None, {"start_mode": "ondemand"}, []),
    "setting": (POOL, None, {"start_mode": "AlwaysRunning"}, [SET, RECYCLE]),
    "setting that is null": (POOL, None, {"start_mode": None}, []),
    "setting that is zero": (POOL, None, {"idle_timeout": 0}, [SET, RECYCLE]),
    "stopped pool stays stopped": (dataclasses.replace(POOL, state="Stopped"), user(), {}, [SET]),
    "no pool": (None, None, {}, [SET, "start_pool"]),
    "no pool, an account": (None, user(), {}, [SET, "start_pool"]),
}


@pytest.mark.parametrize(("pool", "identity", "settings", "expected"), PLANS.values(), ids=PLANS)
def test_a_pool_gets_what_was_said_and_nothing_else(
    pool: Pool | None, identity: WantedIdentity | None, settings: dict[str, Any], expected: list[str]
) -> None:
    assert ops(pool, identity, settings) == expected


@pytest.mark.parametrize(("pool", "identity", "settings", "expected"), PLANS.values(), ids=PLANS)
def test_what_a_change_predicts_needs_no_change(
    pool: Pool | None, identity: WantedIdentity | None, settings: dict[str, Any], expected: list[str]
) -> None:
    state, wanted = node(pool), WantedPool("chat", identity, settings)
    for change in plan_pool(state, wanted):
        state = change.apply(state)
        assert SECRET not in repr(change) + str(change.as_result()) + repr(state)
        assert change.effect is (Effect.POOL_RECYCLE if pool else Effect.NONE)
    assert plan_pool(state, wanted) == []


def test_what_is_set_is_the_identity_whole() -> None:
    (change,) = plan_pool(node(POOL), WantedPool("chat", user()))
    assert change.operations[0]["settings"] == {"identity_type": "SpecificUser", "user_name": USER, "password": SECRET}
    assert (change.before, change.after) == ("identity ApplicationPoolIdentity", f"identity {USER}")
    (change,) = plan_pool(node(AS_USER), WantedPool("chat", WantedIdentity("NetworkService")))
    assert change.operations[0]["settings"] == {"identity_type": "NetworkService", "user_name": "", "password": ""}


def test_a_new_password_is_told_as_that() -> None:
    (change,) = plan_pool(node(dataclasses.replace(AS_USER, password_equal=False)), WantedPool("chat", user()))
    assert change.after == f"identity {USER} (new password)"


SHARED = dataclasses.replace(POOL, applications=(ApplicationName("default web site", "/CHAT"), OTHER))


def test_a_shared_pool_is_changed_only_when_that_was_accepted() -> None:
    wanted = WantedPool("chat", user())
    with pytest.raises(FarmError, match=r"also runs Default Web Site/other, .*farm_accept_shared"):
        plan_pool(node(SHARED), wanted, of=str(CHAT))
    (change,) = plan_pool(node(SHARED), wanted, of=str(CHAT), accept_shared=True)
    assert change.also_hits == ("Default Web Site/other",)


def test_a_right_that_is_missing_is_granted_without_touching_the_pool() -> None:
    state = node(
        dataclasses.replace(SHARED, identity_type="SpecificUser", user_name=USER, password_equal=True), Account(USER, batch_right=False)
    )
    wanted = WantedPool("chat", user())
    assert plan_pool(state, wanted, of=str(CHAT)) == []
    (change,) = plan_pool(state, wanted, of=str(CHAT), grant_batch_right=True)
    assert change.operations == ({"op": "grant_right", "account": USER, "right": "SeBatchLogonRight"},)
    assert change.effect is Effect.NONE and change.also_hits == ()
    assert plan_pool(change.apply(state), wanted, of=str(CHAT), grant_batch_right=True) == []


@pytest.mark.parametrize("right", [True, None])
def test_a_right_that_is_there_or_not_determined_is_not_granted(right: bool | None) -> None:
    assert plan_pool(node(AS_USER, Account(USER, batch_right=right)), WantedPool("chat", user()), grant_batch_right=True) == []


ACCOUNTS = {
    "does not exist": {"exists": False},
    "is disabled": {"enabled": False},
    "is locked out": {"locked": True},
    "has expired": {"expired": True},
    "has an expired password": {"password_expired": True},
    "this node may not retrieve": {"gmsa_usable": False},
    "cannot log on (The user name or password is incorrect)": {"logon": "The user name or password is incorrect"},
}


@pytest.mark.parametrize(("said", "facts"), ACCOUNTS.items(), ids=ACCOUNTS)
def test_an_account_that_cannot_work_is_refused_before_anything_is_changed(said: str, facts: dict[str, Any]) -> None:
    with pytest.raises(FarmError) as caught:
        plan_pool(node(POOL, Account(USER, **facts)), WantedPool("chat", user()))
    assert said in str(caught.value) and SECRET not in str(caught.value)
    assert plan_pool(node(AS_USER, Account(USER, **facts)), WantedPool("chat", user())) == [], "a pool that has it already is left alone"


def test_an_account_of_which_nothing_could_be_seen_is_no_error() -> None:
    assert plan_pool(node(POOL, Account(USER)), WantedPool("chat", user()))


@pytest.mark.parametrize(
    ("identity", "said"),
    [
        (WantedIdentity("NetworkService", USER), "takes neither"),
        (WantedIdentity("LocalSystem", "", SECRET), "takes neither"),
        (WantedIdentity("SpecificUser"), "needs a user name"),
        (WantedIdentity("SpecificUser", GMSA, SECRET), "no password"),
        (WantedIdentity("SpecificUser", USER), "no password was given"),
    ],
)
def test_an_identity_that_contradicts_itself_is_refused(identity: WantedIdentity, said: str) -> None:
    with pytest.raises(FarmError, match=said) as caught:
        plan_pool(node(POOL), WantedPool("chat", identity))
    assert SECRET not in str(caught.value) + repr(identity)


TROUBLE = {
    "serves": ("Started", [], ""),
    "starts": ("Starting", [], ""),
    "not determined": (None, [], ""),
    "rapid-fail protection": ("Stopped", [5059, 5002], "rapid-fail protection (WAS event 5002)"),
    "logon failure": ("Stopped", [5021], r"its identity 'CORP\svc-chat' cannot log on"),
    "logon failure, in other words": ("Stopped", [5057], "cannot log on"),
    "somebody": ("Stopped", [1309], "somebody did"),
    "on its way": ("Stopping", [], "is Stopping; no event"),
    "new": ("Unknown", [], "not known to WAS yet"),
}


@pytest.mark.parametrize(("state", "events", "said"), TROUBLE.values(), ids=TROUBLE)
def test_why_a_pool_does_not_serve_is_said_in_windows_words(state: str | None, events: list[int], said: str) -> None:
    told = pool_trouble(dataclasses.replace(AS_USER, state=state), tuple({"id": number} for number in events))
    assert (said in told) if said else (told == "")


def test_no_pool_has_no_trouble() -> None:
    assert pool_trouble(None) == ""


@pytest.mark.parametrize(
    ("state", "event", "expected"),
    [
        ("Stopped", {"id": 5002, "time": "2026-01-02"}, True),
        ("Stopped", {"id": 5002, "time": "2025-12-31"}, False),
        ("Stopped", {"id": 5059, "time": "2026-01-02"}, False),
        ("Started", {"id": 5002, "time": "2026-01-02"}, False),
    ],
)
def test_a_pool_that_failed_too_often_since_then(state: str, event: dict[str, Any], expected: bool) -> None:
    assert was_disabled_by_failures(Pool("ChatPool", state=state), (event,), since="2026-01-01") is expected
    assert not was_disabled_by_failures(None, (event,), since="2026-01-01")
