# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Application pools and their identity: wanted against found.

Unspecified means untouched. A wanted password is compared on the node and only "equal" comes back; "not determined" is never taken for "different",
since a wrong guess would restart a farm for nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import FarmError
from .change import Change, Effect, Operation
from .state import Account, NodeState, Pool

__all__ = ["BUILT_IN_IDENTITIES", "WantedIdentity", "WantedPool", "check_account", "plan_pool", "pool_trouble", "was_disabled_by_failures"]

BUILT_IN_IDENTITIES = ("ApplicationPoolIdentity", "NetworkService", "LocalService", "LocalSystem")

#: Seconds to wait for a pool to stop or start before the next measure is taken.
POOL_WAIT = 120


@dataclass(frozen=True)
class WantedIdentity:
    """``SpecificUser`` with a name, or one of the built-in identities. A gMSA (``DOMAIN\\name$``) has no password."""

    type: str
    user: str = ""
    password: str | None = field(default=None, repr=False)

    @property
    def is_gmsa(self) -> bool:
        return self.user.endswith("$")

    def validated(self) -> WantedIdentity:
        """Raises FarmError when the parts contradict each other."""
        if self.type != "SpecificUser":
            if self.user or self.password:
                raise FarmError(
                    f"The built-in identity '{self.type}' takes neither a user name nor a password.",
                    next_step="Leave both out, or use the identity 'SpecificUser'.",
                )
        elif not self.user:
            raise FarmError(
                "The identity 'SpecificUser' needs a user name.", next_step=r"Name the account as DOMAIN\user, or a gMSA as DOMAIN\name$."
            )
        elif self.is_gmsa and self.password:
            raise FarmError(
                f"'{self.user}' ends in '$', so it is a group managed service account, and those have no password.",
                next_step="Leave the password out; Active Directory keeps it.",
            )
        return self


@dataclass(frozen=True)
class WantedPool:
    """What the declaration says of a pool; ``None`` leaves that setting as it is. A pool that does not exist is made."""

    name: str
    identity: WantedIdentity | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)  # names of the contract: enable_32bit, idle_timeout, ...


def plan_pool(
    state: NodeState, wanted: WantedPool, *, grant_batch_right: bool = False, accept_shared: bool = False, of: str = ""
) -> list[Change]:
    """What gives the pool its settings and identity. ``of``: the application whose pool it is; others in it are hit as well.

    Raises FarmError when the account cannot work, or when other applications share the pool and that was not accepted.
    """
    found = state.pool(wanted.name)
    differing = _differing_settings(found, wanted)
    identity = wanted.identity.validated() if wanted.identity else None
    identity_differs = identity is not None and _identity_differs(found, identity)
    operations: list[Operation] = []
    if identity is not None and identity.type == "SpecificUser":
        account = state.accounts.get(identity.user.lower())
        if identity_differs:
            _require_password(identity)
            check_account(identity, account)
        if grant_batch_right and account is not None and account.batch_right is False:
            operations.append({"op": "grant_right", "account": identity.user, "right": "SeBatchLogonRight"})
    others = _other_applications(found, of)
    if others and not accept_shared and (differing or identity_differs):
        raise FarmError(
            f"The application pool '{wanted.name}' also runs {', '.join(others)}, and they would be changed with it.",
            next_step="Give the application a pool of its own, or set farm_accept_shared: true.",
        )
    settings: dict[str, Any] = dict(differing)
    if identity is not None and identity_differs:
        settings |= {"identity_type": identity.type, "user_name": identity.user if identity.type == "SpecificUser" else ""}
        settings["password"] = identity.password or ""
    if settings or found is None:
        operations.append({"op": "set_pool", "name": wanted.name, "settings": settings})
    if not operations:
        return []
    if found is None:
        operations.append({"op": "start_pool", "name": wanted.name, "wait": POOL_WAIT})
    elif found.state == "Started" and settings:
        operations.append({"op": "recycle_pool", "name": wanted.name})
    before, after = _told(found, differing, identity if identity_differs else None)
    granted = identity.user if identity is not None and operations[0]["op"] == "grant_right" else ""
    return [
        Change(
            kind="app_pool",
            target=f"application pool {wanted.name}",
            before=before if settings or found is None else f"{granted} may not log on as a batch job",
            after=after if settings or found is None else f"{granted} may log on as a batch job",
            effect=Effect.POOL_RECYCLE if found is not None and settings else Effect.NONE,
            operations=tuple(operations),
            apply=lambda state: _applied(state, wanted, settings, granted),
            also_hits=tuple(others) if settings else (),
        )
    ]


def _require_password(identity: WantedIdentity) -> None:
    if not identity.is_gmsa and identity.password is None:
        raise FarmError(
            f"The application pool is to run as '{identity.user}' from now on, and no password was given.",
            next_step="Give the account's password (in a vault); only a pool that has this account already needs none.",
        )


def check_account(identity: WantedIdentity, account: Account | None) -> None:
    """Raises FarmError when the node has shown that a pool cannot run as this account; what it could not see is no error."""
    if account is None:
        return
    refusals = [
        (account.exists is False, "does not exist", r"Check the spelling (DOMAIN\user) and that the node can reach its domain controller."),
        (account.enabled is False, "is disabled", "Enable it in Active Directory."),
        (account.locked is True, "is locked out", "Unlock it, and look for the server that keeps trying an old password."),
        (account.expired is True, "has expired", "Extend it in Active Directory."),
        (account.password_expired is True, "has an expired password", "Set a new password, and put it into the variables."),
        (
            account.gmsa_usable is False,
            "is a gMSA whose password this node may not retrieve",
            "Add the node to PrincipalsAllowedToRetrieveManagedPassword and restart it (or run klist purge for the computer account).",
        ),
        (
            account.logon not in (None, "ok"),
            f"cannot log on ({account.logon})",
            "Correct the password in the variables; nothing was changed.",
        ),
    ]
    for refused, what, next_step in refusals:
        if refused:
            raise FarmError(f"The account '{identity.user}' {what}, so the application pool could not start with it.", next_step=next_step)


def was_disabled_by_failures(pool: Pool | None, events: tuple[Mapping[str, Any], ...], *, since: str) -> bool:
    """Whether rapid-fail protection has stopped the pool since ``since`` (UTC text; WAS event 5002), and not a person."""
    return (
        pool is not None
        and pool.state == "Stopped"
        and any(event.get("id") == 5002 and str(event.get("time", "")) >= since for event in events)
    )


def pool_trouble(pool: Pool | None, events: tuple[Mapping[str, Any], ...] = ()) -> str:
    """Why a pool does not serve, in Windows' words: rapid-fail protection, a logon failure, or somebody's stop. Empty when it serves."""
    if pool is None or pool.state in (None, "Started", "Starting"):
        return ""
    ids = {event.get("id") for event in events}
    if 5002 in ids:
        return (
            f"The application pool '{pool.name}' was disabled by rapid-fail protection (WAS event 5002): its worker processes failed too often. "
            "Read the .NET Runtime 1026 and ASP.NET 1309 events of the node, mend the cause, and start the pool."
        )
    if ids & {5021, 5057, 5059}:
        return (
            f"The application pool '{pool.name}' was disabled because its identity '{pool.identity}' cannot log on "
            "(WAS events 5021, 5057, 5059). Check the password and the right 'Log on as a batch job'."
        )
    if pool.state not in ("Stopped", "Stopping"):
        return f"The state of the application pool '{pool.name}' is not known to WAS yet. Read the node again."
    return f"The application pool '{pool.name}' is {pool.state}; no event says that Windows stopped it, so somebody did. Start it if it is to serve."


def _differing_settings(found: Pool | None, wanted: WantedPool) -> dict[str, Any]:
    return {
        name: value
        for name, value in wanted.settings.items()
        if value is not None and (found is None or _plain(getattr(found, name)) != _plain(value))
    }


def _plain(value: Any) -> Any:
    """IIS takes the words of its settings (AlwaysRunning, Integrated, v4.0) in any case, and gives them back in its own."""
    return value.lower() if isinstance(value, str) else value


def _identity_differs(found: Pool | None, wanted: WantedIdentity) -> bool:
    if found is None or found.identity_type != wanted.type:
        return True
    if wanted.type != "SpecificUser":
        return False
    if (found.user_name or "").lower() != wanted.user.lower():
        return True
    if wanted.is_gmsa:
        return bool(found.has_password)
    return wanted.password is not None and found.password_equal is False


def _identity_words(found: Pool | None, wanted: WantedIdentity) -> str:
    name = wanted.user or wanted.type
    same_account = found is not None and found.identity_type == wanted.type and (found.user_name or "").lower() == wanted.user.lower()
    return f"{name} (new password)" if same_account and not wanted.is_gmsa else name


def _told(found: Pool | None, differing: Mapping[str, Any], identity: WantedIdentity | None) -> tuple[str, str]:
    """The pool before and after, for a person: what differs of it."""
    before = [f"{name} {getattr(found, name)}" for name in differing]
    after = [f"{name} {value}" for name, value in differing.items()]
    if identity is not None:
        before.insert(0, f"identity {found.identity if found else ''}")
        after.insert(0, f"identity {_identity_words(found, identity)}")
    return ", ".join(before) if found else "absent", ", ".join(after) or "made, with IIS's own settings"


def _other_applications(found: Pool | None, of: str) -> list[str]:
    return [] if found is None or not of else [str(app) for app in found.applications if app.key != of.lower()]


def _applied(before: NodeState, wanted: WantedPool, settings: Mapping[str, Any], granted: str) -> NodeState:
    pool = before.pool(wanted.name) or Pool(wanted.name, state="Started", identity_type="ApplicationPoolIdentity")
    shown = {name: value for name, value in settings.items() if name != "password"}
    if "password" in settings:
        shown |= {"has_password": bool(settings["password"]), "password_equal": True if settings["password"] else None}
    account = before.accounts.get(granted.lower())
    if account is not None:
        accounts = {**before.accounts, granted.lower(): dataclasses.replace(account, batch_right=True)}
        before = dataclasses.replace(before, accounts=accounts)
    return before.with_pool(dataclasses.replace(pool, exists=True, **shown))
