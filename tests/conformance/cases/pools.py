# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Application pools: set, stopped, started, recycled."""

from __future__ import annotations

from typing import Any

from ..case import Case, Start, change, failed, op, read
from ..world import OTHER_POOL, POOL, READ_POOL, pool_of
from .calls import FAILS_AFTER_COMMIT
from .files import _does
from .readings import PASSWORD, SERVICE

_NEW = "ConformanceNew"
_STOP = op("stop_pool", name=POOL, wait=20)
_START = op("start_pool", name=POOL, wait=20)
_IDENTITY = {"identity_type": "SpecificUser", "user_name": SERVICE, "password": PASSWORD}
_ALL_SETTINGS = {
    "auto_start": False,
    "start_mode": "AlwaysRunning",
    "enable_32bit": True,
    "runtime_version": "v4.0",
    "pipeline_mode": "Classic",
    "max_processes": 2,
    "idle_timeout": 0,
    "periodic_restart": 90000,
    "identity_type": "NetworkService",
    "shutdown_time_limit": 60,
    "rapid_fail_protection": False,
}


def _read(name: str, password: str | None = None) -> dict[str, Any]:
    asked = {"name": name} if password is None else {"name": name, "password": password}
    return {"iis": {"applications": [], "pools": [asked]}}


def _pool(name: str, **facts: object) -> dict[str, Any]:
    return {"state": {"iis": {"pools": {name: facts}}}}


CASES = (
    Case(
        "set_pool/new",
        (
            change(
                op("set_pool", name=_NEW, settings={}),
                after=_read(_NEW),
                expects=_does(True, **_pool(_NEW, exists=True, identity_type="ApplicationPoolIdentity")),
            ),
            change(op("set_pool", name=_NEW.lower(), settings={}), expects=_does(False)),
        ),
    ),
    Case(
        "set_pool/every-setting",
        (
            change(
                op("set_pool", name=_NEW, settings=_ALL_SETTINGS), after=_read(_NEW), expects=_does(True, **_pool(_NEW, **_ALL_SETTINGS))
            ),
            change(op("set_pool", name=_NEW, settings=_ALL_SETTINGS), expects=_does(False)),
        ),
    ),
    Case(
        "set_pool/identity",
        (
            change(
                op("set_pool", name=POOL, settings=_IDENTITY, expect={"identity_type": "ApplicationPoolIdentity"}),
                after=_read(POOL, PASSWORD),
                expects=_does(True, **_pool(POOL, identity_type="SpecificUser", user_name=SERVICE, has_password=True, password_equal=True)),
            ),
            change(op("set_pool", name=POOL, settings=_IDENTITY), expects=_does(False)),
        ),
    ),
    Case(
        "set_pool/only-the-password",
        (
            change(
                op("set_pool", name=POOL, settings={"password": "another one"}),
                after=_read(POOL, "another one"),
                expects=_does(True, **_pool(POOL, password_equal=True)),
            ),
        ),
        Start(setup=(op("set_pool", name=POOL, settings=_IDENTITY),)),
    ),
    Case(
        "set_pool/group-managed-account",
        (
            change(
                op("set_pool", name=POOL, settings={"identity_type": "SpecificUser", "user_name": r"CORP\gmsa-chat$", "password": ""}),
                after=_read(POOL, ""),
                expects=_does(True, **_pool(POOL, user_name=r"CORP\gmsa-chat$", has_password=False, password_equal=True)),
            ),
        ),
        Start(setup=(op("set_pool", name=POOL, settings=_IDENTITY),)),
    ),
    Case(
        "set_pool/precondition",
        (
            change(
                op("set_pool", name=POOL, settings={"enable_32bit": True}, expect={"user_name": "somebody"}),
                after=READ_POOL,
                expects={**failed("precondition"), "state": pool_of(enable_32bit=False)},
            ),
        ),
    ),
    Case(
        "set_pool/precondition-exists",
        (
            change(op("set_pool", name=_NEW, settings={}, expect={"exists": True}), expects=failed("precondition")),
            change(op("set_pool", name=_NEW, settings={}, expect={"exists": False}), expects=_does(True)),
        ),
    ),
    Case(
        "set_pool/undo-new",
        (
            change(
                op("set_pool", name=_NEW, settings={}),
                FAILS_AFTER_COMMIT,
                after=_read(_NEW),
                expects={**failed("not_found"), **_pool(_NEW, exists=False)},
            ),
        ),
    ),
    Case(
        "set_pool/undo-password",
        (
            change(
                op("set_pool", name=POOL, settings={"password": "another one", "enable_32bit": True}),
                FAILS_AFTER_COMMIT,
                after=_read(POOL, PASSWORD),
                expects={**failed("not_found"), **_pool(POOL, password_equal=True, enable_32bit=False)},
            ),
        ),
        Start(setup=(op("set_pool", name=POOL, settings=_IDENTITY),)),
    ),
    # ---- what runs
    Case(
        "stop_pool/stopped",
        (
            change(
                _STOP,
                after=READ_POOL,
                expects=_does(True, outcomes=[{"detail": {"was": "Started", "ended": []}}], state=pool_of(state="Stopped")),
            ),
            change(_STOP, expects=_does(False, outcomes=[{"detail": {"was": "Stopped"}}])),
        ),
    ),
    Case(
        "stop_pool/undo",
        (change(_STOP, FAILS_AFTER_COMMIT, after=READ_POOL, expects={**failed("not_found"), "state": pool_of(state="Started")}),),
    ),
    Case("stop_pool/no-pool", (change(op("stop_pool", name="NoSuchPool", wait=5), expects=failed("not_found")),)),
    Case(
        "stop_pool/takes-its-time",
        (change(_STOP, after=READ_POOL, expects=_does(True, state=pool_of(state="Stopped"))),),
        Start(stop_seconds=0.5),
    ),
    Case(
        "stop_pool/worker-is-ended",
        (
            change(
                op("stop_pool", name=OTHER_POOL, wait=0.2),
                after={**_read(OTHER_POOL), "workers": {"pools": [OTHER_POOL]}},
                expects=_does(True, state={"iis": {"pools": {OTHER_POOL: {"state": "Stopped"}}}, "workers": {OTHER_POOL: []}}),
            ),
        ),
        Start(stop_seconds=3, setup=(op("set_pool", name=OTHER_POOL, settings={"start_mode": "AlwaysRunning"}),)),
    ),
    Case(
        "start_pool/started",
        (
            change(_START, expects=_does(False)),
            change(_STOP, expects=_does(True)),
            change(_START, after=READ_POOL, expects=_does(True, outcomes=[{"detail": {"was": "Stopped"}}], state=pool_of(state="Started"))),
        ),
    ),
    Case(
        "start_pool/undo",
        (
            change(_STOP, expects=_does(True)),
            change(_START, FAILS_AFTER_COMMIT, after=READ_POOL, expects={**failed("not_found"), "state": pool_of(state="Stopped")}),
        ),
    ),
    Case("start_pool/no-pool", (change(FAILS_AFTER_COMMIT, expects=failed("not_found")),)),
    Case(
        "start_pool/right-after-it-was-made",
        (
            change(
                op("set_pool", name=_NEW, settings={"auto_start": False}),
                op("start_pool", name=_NEW, wait=20),
                after=_read(_NEW),
                expects=_does(True, True, **_pool(_NEW, state="Started")),
            ),
        ),
    ),
    Case(
        "start_pool/restarted-in-one-call",
        (change(_STOP, _START, after=READ_POOL, expects=_does(True, True, state=pool_of(state="Started"))),),
    ),
    Case(
        "start_pool/identity-cannot-log-on",
        (
            change(op("stop_pool", name=POOL, wait=20), expects=_does(True)),
            change(
                op("set_pool", name=POOL, settings={**_IDENTITY, "password": "wrong", "start_mode": "AlwaysRunning"}),
                _START,
                after=READ_POOL,
                expects={**failed("identity"), "state": pool_of(state="Stopped", identity_type="ApplicationPoolIdentity")},
            ),
            read({"events": [{"id": 5021}, {"id": 5057}, {"id": 5059}]}, events={"since": "2020-01-01T00:00:00.0000000Z", "pools": [POOL]}),
        ),
        Start(accounts={SERVICE: {"password": PASSWORD}}),
    ),
    Case(
        "start_pool/identity-disabled",
        (
            change(op("stop_pool", name=POOL, wait=20), expects=_does(True)),
            change(op("set_pool", name=POOL, settings={**_IDENTITY, "start_mode": "AlwaysRunning"}), _START, expects=failed("identity")),
        ),
        Start(accounts={SERVICE: {"password": PASSWORD, "enabled": False}}),
    ),
    Case(
        "start_pool/timeout",
        (
            change(_STOP, expects=_does(True)),
            change(op("start_pool", name=POOL, wait=0.2), expects=failed("timeout")),
        ),
        Start(start_seconds=3),
    ),
    Case(
        "recycle_pool/recycled",
        (change(op("recycle_pool", name=POOL), after=READ_POOL, expects=_does(True, state=pool_of(state="Started"))),),
    ),
    Case(
        "recycle_pool/stopped-is-left-alone",
        (change(_STOP, op("recycle_pool", name=POOL), after=READ_POOL, expects=_does(True, False, state=pool_of(state="Stopped"))),),
    ),
    Case("recycle_pool/no-pool", (change(op("recycle_pool", name="NoSuchPool"), expects=failed("not_found")),)),
)
