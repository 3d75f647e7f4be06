# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Features, rights and access."""

from __future__ import annotations

from ..case import Case, Start, change, failed, op
from ..world import FOLDER, ROOT
from .calls import FAILS, FAILS_AFTER_COMMIT
from .files import _does
from .readings import PASSWORD, SERVICE

_INSTALL = op("install_feature", name="Web-WebSockets")
_GRANT = op("grant_right", account=SERVICE, right="SeBatchLogonRight")
_ACCESS = op("grant_access", path=FOLDER, account=SERVICE, rights="ReadAndExecute")
_AVAILABLE = Start(features={"Web-WebSockets": "Available"})
_NO_BATCH = Start(accounts={SERVICE: {"password": PASSWORD, "batch": False}})
_READ_FEATURE = {"features": {"names": ["Web-WebSockets"]}}
_READ_ACCOUNT = {"accounts": {"accounts": [{"name": SERVICE}]}}


def _right(held: bool) -> dict:
    return {"state": {"accounts": {SERVICE: {"batch_right": held}}}}


CASES = (
    Case(
        "install_feature/installed",
        (
            change(
                _INSTALL,
                after=_READ_FEATURE,
                expects=_does(
                    True, outcomes=[{"detail": {"restart_needed": False}}], state={"features": {"Web-WebSockets": {"state": "Installed"}}}
                ),
            ),
            change(_INSTALL, expects=_does(False)),
        ),
        _AVAILABLE,
    ),
    Case("install_feature/unknown", (change(op("install_feature", name="No-Such-Feature"), expects=failed("not_found")),)),
    Case(
        "install_feature/removed",
        (
            change(
                _INSTALL, after=_READ_FEATURE, expects={**failed("failed"), "state": {"features": {"Web-WebSockets": {"state": "Removed"}}}}
            ),
        ),
        Start(features={"Web-WebSockets": "Removed"}),
    ),
    Case(
        "install_feature/stays-after-a-failure",
        (
            change(
                _INSTALL,
                FAILS_AFTER_COMMIT,
                after=_READ_FEATURE,
                expects={
                    "failed": True,
                    "changed": True,
                    "failure": {"code": "not_found"},
                    "state": {"features": {"Web-WebSockets": {"state": "Installed"}}},
                },
            ),
        ),
        _AVAILABLE,
    ),
    Case(
        "grant_right/granted",
        (change(_GRANT, after=_READ_ACCOUNT, expects=_does(True, **_right(True))), change(_GRANT, expects=_does(False))),
        _NO_BATCH,
    ),
    Case("grant_right/undo", (change(_GRANT, FAILS, after=_READ_ACCOUNT, expects={**failed("not_found"), **_right(False)}),), _NO_BATCH),
    Case(
        "grant_right/unknown-account",
        (change(op("grant_right", account=r"CORP\nobody", right="SeBatchLogonRight"), expects=failed("not_found")),),
        _NO_BATCH,
    ),
    Case("grant_access/granted", (change(_ACCESS, expects=_does(True)), change(_ACCESS, expects=_does(False))), _NO_BATCH),
    Case("grant_access/undo", (change(_ACCESS, FAILS, expects=failed("not_found")), change(_ACCESS, expects=_does(True))), _NO_BATCH),
    Case(
        "grant_access/unknown-account",
        (change(op("grant_access", path=FOLDER, account=r"CORP\nobody", rights="Modify"), expects=failed("not_found")),),
        _NO_BATCH,
    ),
    Case(
        "grant_access/no-such-path",
        (change(op("grant_access", path=rf"{ROOT}\nowhere", account=SERVICE, rights="Modify"), expects=failed("not_found")),),
        _NO_BATCH,
    ),
)
