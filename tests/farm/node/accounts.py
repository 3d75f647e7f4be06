# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts of the directory as this node sees them, and what an application pool's identity needs of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import NodeError
from .state import Account, NodeState, Pool

WRONG_PASSWORD = "The user name or password is incorrect."
UNSEEN = "The specified domain either does not exist or could not be contacted."
_SEEN_IN_DIRECTORY = ("enabled", "locked", "expired", "password_expired")

Notes = dict[str, str]

#: Why a logon fails although the password is right, in the order in which Windows looks; its own sentences (winerror.h 1331,
#: 1793, 1330, 1909).
_OBSTACLES: tuple[tuple[Callable[[Account], bool], str], ...] = (
    (lambda account: not account.enabled, "This user can't sign in because this account is currently disabled."),
    (lambda account: account.expired, "The user's account has expired."),
    (lambda account: account.password_expired, "The password for this account has expired."),
    (lambda account: account.locked, "The referenced account is currently locked out and may not be logged on to."),
)
NO_BATCH_RIGHT = "Logon failure: the user has not been granted the requested logon type at this computer."
GMSA_UNUSABLE = "This computer may not retrieve the password of the group managed service account."


def logon_failure(state: NodeState, name: str, password: str | None, *, batch: bool) -> str | None:
    """Why ``name`` cannot log on with ``password``; None when it can. ``batch`` asks for the right that a pool needs."""
    account = state.account(name)
    if account is None:
        return WRONG_PASSWORD
    if account.is_gmsa:
        return None if account.gmsa_usable and account.enabled else GMSA_UNUSABLE
    if account.password != password:
        account.failed_logons += 1
        return WRONG_PASSWORD
    if reason := next((text for applies, text in _OBSTACLES if applies(account)), None):
        return reason
    return NO_BATCH_RIGHT if batch and not account.batch_right else None


def pool_failure(state: NodeState, pool: Pool) -> str | None:
    """Why the pool's identity cannot log on; None when it can."""
    if pool.settings["identity_type"] != "SpecificUser":
        return None
    return logon_failure(state, pool.settings["user_name"], pool.password, batch=not state.pools_have_batch_right)


def read_accounts(state: NodeState, asked: dict[str, Any], notes: Notes) -> dict[str, Any]:
    """The reading ``accounts``: one logon attempt for each password that was sent, none otherwise."""
    return {item["name"]: _described(state, item["name"], item.get("password"), notes) for item in asked["accounts"]}


def known_account(state: NodeState, name: str) -> Account:
    account = state.account(name)
    if account is None:
        raise NodeError("not_found", f"Windows knows no account '{name}'.")
    return account


def _described(state: NodeState, name: str, password: str | None, notes: Notes) -> dict[str, Any]:
    account = state.account(name)
    if account is None:
        nothing = dict.fromkeys((*_SEEN_IN_DIRECTORY, "is_gmsa", "gmsa_usable", "batch_right"))
        return {"exists": False, **nothing, "logon": None if password is None else WRONG_PASSWORD}
    told: dict[str, Any] = {"exists": True}
    for field in _SEEN_IN_DIRECTORY:
        told[field] = getattr(account, field) if account.seen else None
        if not account.seen:
            notes[f"accounts.{name}.{field}"] = UNSEEN
    told |= {
        "is_gmsa": account.is_gmsa,
        "gmsa_usable": account.gmsa_usable if account.is_gmsa else None,
        "batch_right": account.batch_right,
    }
    told["logon"] = None if password is None else logon_failure(state, name, password, batch=False) or "ok"
    return told
