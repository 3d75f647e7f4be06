# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The farm's own records on a node, and its lease."""

from __future__ import annotations

from typing import Any

from ..answer import Has
from ..case import Case, Start, change, failed, op
from ..world import RECORDS
from .calls import FAILS
from .files import _does

_MARKER = {
    "farm": "chat",
    "members": ["web01", "web02"],
    "fingerprint": "1a2b3c4d",
    "nested": {"empty": [], "nothing": None, "yes": True, "number": 3},
}
_WRITE = op("write_record", folder=RECORDS, name="marker", content=_MARKER)
_DELETE = op("delete_record", folder=RECORDS, name="marker")
_LEASE = {"run": "run-1", "holder": "alice on ci01", "expires": "2099-01-01T00:00:00.0000000Z"}
_OTHERS = {"run": "run-0", "holder": "bob on ci02", "expires": "2099-01-01T00:00:00.0000000Z"}
_EXPIRED = {**_OTHERS, "expires": "2020-01-01T00:00:00.0000000Z"}
_READ = {"records": {"folder": RECORDS}}


def _acquire(lease: dict[str, str] | None = None, *, broken: bool = False) -> dict[str, Any]:
    return {"op": "acquire_lease", "folder": RECORDS, "lease": lease or _LEASE, "break": broken}


def _release(run: str) -> dict[str, Any]:
    return op("release_lease", folder=RECORDS, run=run)


def _records(**found: object) -> dict[str, Any]:
    return {"state": {"records": found}}


_HELD = Start(setup=(_acquire(_OTHERS),))

CASES = (
    Case(
        "write_record/written",
        (change(_WRITE, after=_READ, expects=_does(True, **_records(marker=_MARKER, journal=None))), change(_WRITE, expects=_does(False))),
    ),
    Case(
        "write_record/another",
        (
            change(_WRITE, expects=_does(True)),
            change(
                op("write_record", folder=RECORDS, name="marker", content={"farm": "other"}),
                after=_READ,
                expects=_does(True, **_records(marker={"farm": "other"})),
            ),
        ),
    ),
    Case(
        "write_record/undo",
        (
            change(_WRITE, FAILS, after=_READ, expects={**failed("not_found"), **_records(marker=None)}),
            change(_WRITE, expects=_does(True)),
            change(
                op("write_record", folder=RECORDS, name="marker", content={}),
                FAILS,
                after=_READ,
                expects={**failed("not_found"), **_records(marker=_MARKER)},
            ),
        ),
    ),
    Case(
        "delete_record/deleted",
        (
            change(_WRITE, expects=_does(True)),
            change(_DELETE, after=_READ, expects=_does(True, **_records(marker=None))),
            change(_DELETE, expects=_does(False)),
        ),
    ),
    Case(
        "delete_record/undo",
        (
            change(_WRITE, expects=_does(True)),
            change(_DELETE, FAILS, after=_READ, expects={**failed("not_found"), **_records(marker=_MARKER)}),
        ),
    ),
    Case(
        "acquire_lease/acquired",
        (
            change(_acquire(), after=_READ, expects=_does(True, outcomes=[{"detail": {"previous": None}}], **_records(lease=_LEASE))),
            change(_acquire(), expects=_does(False)),
        ),
    ),
    Case(
        "acquire_lease/prolonged",
        (
            change(_acquire(), expects=_does(True)),
            change(
                _acquire({**_LEASE, "expires": "2100-01-01T00:00:00.0000000Z"}),
                after=_READ,
                expects=_does(True, **_records(lease={"expires": "2100-01-01T00:00:00.0000000Z"})),
            ),
        ),
    ),
    Case(
        "acquire_lease/held-by-another",
        (
            change(
                _acquire(),
                after=_READ,
                expects={**failed("lease_held"), "failure": {"text": Has("bob on ci02")}, **_records(lease=_OTHERS)},
            ),
        ),
        _HELD,
    ),
    Case(
        "acquire_lease/broken",
        (
            change(
                _acquire(broken=True),
                after=_READ,
                expects=_does(True, outcomes=[{"detail": {"previous": _OTHERS}}], **_records(lease=_LEASE)),
            ),
        ),
        _HELD,
    ),
    Case(
        "acquire_lease/expired",
        (change(_acquire(), after=_READ, expects=_does(True, **_records(lease=_LEASE))),),
        Start(setup=(_acquire(_EXPIRED),)),
    ),
    Case(
        "acquire_lease/unreadable",
        (change(_acquire(), after=_READ, expects=_does(True, **_records(lease=_LEASE))),),
        Start(files={rf"{RECORDS}\lease.json": b"{"}),
    ),
    Case("acquire_lease/undo", (change(_acquire(), FAILS, after=_READ, expects={**failed("not_found"), **_records(lease=None)}),)),
    Case(
        "release_lease/released",
        (
            change(_acquire(), expects=_does(True)),
            change(_release("run-1"), after=_READ, expects=_does(True, **_records(lease=None))),
            change(_release("run-1"), expects=_does(False)),
        ),
    ),
    Case("release_lease/anothers-stays", (change(_release("run-1"), after=_READ, expects=_does(False, **_records(lease=_OTHERS))),), _HELD),
)
