# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes of requests, checked strictly: what the contract does not know is refused, never passed over."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import RequestRefused
from .state import POOL_DEFAULTS

CONTRACT = 1
_RUN = re.compile(r"[A-Za-z0-9_-]{1,64}")

Check = Callable[[Any, str], None]


def text(value: Any, where: str) -> None:
    _require(isinstance(value, str) and value != "", where, "a text that is not empty")


def any_text(value: Any, where: str) -> None:
    _require(isinstance(value, str), where, "a text")


def flag(value: Any, where: str) -> None:
    _require(isinstance(value, bool), where, "true or false")


def number(value: Any, where: str) -> None:
    _require(isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0, where, "a number that is not negative")


def mapping(value: Any, where: str) -> None:
    _require(isinstance(value, dict), where, "an object")


def run_id(value: Any, where: str) -> None:
    _require(isinstance(value, str) and _RUN.fullmatch(value) is not None, where, "1 to 64 letters, digits, - or _")


def one_of(*allowed: str) -> Check:
    def check(value: Any, where: str) -> None:
        _require(value in allowed, where, f"one of {', '.join(allowed)}")

    return check


def list_of(inner: Check) -> Check:
    def check(value: Any, where: str) -> None:
        _require(isinstance(value, list), where, "a list")
        for index, item in enumerate(value):
            inner(item, f"{where}[{index}]")

    return check


@dataclass(frozen=True)
class Shape:
    """An object with exactly these fields; a trailing ``?`` makes one optional."""

    fields: Mapping[str, Check]

    def __call__(self, value: Any, where: str) -> None:
        mapping(value, where)
        known = {name.removesuffix("?"): check for name, check in self.fields.items()}
        if unknown := sorted(set(value) - set(known)):
            raise RequestRefused(f"{where}: unknown field {', '.join(unknown)}")
        if missing := [name for name in self.fields if not name.endswith("?") and name not in value]:
            raise RequestRefused(f"{where}: missing field {', '.join(missing)}")
        for name, item in value.items():
            known[name](item, f"{where}.{name}")


def shape(**names: Check) -> Shape:
    """A :class:`Shape`; a trailing ``_`` of a name makes the field optional."""
    return Shape({name[:-1] + "?" if name.endswith("_") else name: check for name, check in names.items()})


APPLICATION = shape(site=text, path=text)


def either(first: Shape, second: Shape) -> Check:
    """The first shape, or the second when one of its fields is there."""

    def check(value: Any, where: str) -> None:
        mapping(value, where)
        names = {name.removesuffix("?") for name in second.fields}
        (second if names & set(value) else first)(value, where)

    return check


FILE_EXPECT = either(shape(sha256=text), shape(absent=flag))
APPLICATION_EXPECT = either(shape(physical_path=any_text), shape(exists=flag))


_POOL_CHECKS: dict[str, Check] = {
    "auto_start": flag,
    "start_mode": one_of("OnDemand", "AlwaysRunning"),
    "enable_32bit": flag,
    "runtime_version": any_text,
    "pipeline_mode": one_of("Integrated", "Classic"),
    "max_processes": number,
    "idle_timeout": number,
    "periodic_restart": number,
    "identity_type": one_of("ApplicationPoolIdentity", "SpecificUser", "NetworkService", "LocalService", "LocalSystem"),
    "user_name": any_text,
    "shutdown_time_limit": number,
    "rapid_fail_protection": flag,
}
assert set(_POOL_CHECKS) == set(POOL_DEFAULTS)

POOL_SETTINGS = Shape({**{f"{name}?": check for name, check in _POOL_CHECKS.items()}, "password?": any_text})
POOL_EXPECT = Shape({**{f"{name}?": check for name, check in _POOL_CHECKS.items()}, "exists?": flag, "state?": text, "has_password?": flag})

#: The node keeps a manifest as it is and looks only at its id and at the files that are not the package's.
_MANIFEST_FIELDS: dict[str, Check] = {
    "id": text,
    "owned": list_of(text),
    "content_sha256?": text,
    "package_sha256?": text,
    "file_count?": number,
    "total_bytes?": number,
    "staged?": text,
    "application?": text,
}
_LISTED = list_of(shape(path=text, size=number, sha256=text))
MANIFEST = Shape({**_MANIFEST_FIELDS, "files?": _LISTED})
ARCHIVE_MANIFEST = Shape({**_MANIFEST_FIELDS, "files": _LISTED})
LEASE = Shape({"run": text, "holder": text, "expires": text, "process?": lambda _value, _where: None})

READINGS: dict[str, Shape] = {
    "host": shape(),
    "features": shape(names=list_of(text)),
    "iis": shape(applications=list_of(APPLICATION), pools=list_of(shape(name=text, password_=any_text))),
    "configuration": shape(applications=list_of(APPLICATION)),
    "files": shape(paths=list_of(text), content_=flag),
    "releases": shape(root=text, hashes_=flag),
    "accounts": shape(accounts=list_of(shape(name=text, password_=any_text))),
    "listing": shape(paths=list_of(text)),
    "records": shape(folder=text),
    "workers": shape(pools=list_of(text)),
    "events": shape(since=text, pools=list_of(text)),
}

_FILE_FIELDS: dict[str, Check] = {"path": text, "content": any_text, "expect?": FILE_EXPECT}
_LEFTOVERS: dict[str, Check] = {"path": text, "run?": text}
_RECORD_NAME = one_of("marker", "journal")

#: The fields of each operation besides ``id`` and ``op``.
OPERATIONS: dict[str, dict[str, Check]] = {
    "write_file": _FILE_FIELDS,
    "stage_file": _FILE_FIELDS,
    "replace_file": {"path": text, "staged_sha256": text, "expect?": FILE_EXPECT},
    "restore_file": _LEFTOVERS,
    "settle_file": _LEFTOVERS,
    "delete_file": {"path": text, "expect?": FILE_EXPECT},
    "make_directory": {"path": text},
    "remove_directory": {"path": text},
    "expand_archive": {"archive": text, "destination": text, "manifest": ARCHIVE_MANIFEST},
    "copy_tree": {"from": text, "to": text},
    "write_manifest": {"root": text, "manifest": MANIFEST},
    "set_site": {
        "name": text,
        "physical_path?": text,
        "bindings?": list_of(shape(protocol=text, information=text, ssl_flags_=number)),
    },
    "set_application": {"site": text, "path": text, "physical_path?": text, "pool?": text, "expect?": APPLICATION_EXPECT},
    "set_pool": {"name": text, "settings": POOL_SETTINGS, "expect?": POOL_EXPECT},
    "stop_pool": {"name": text, "wait": number},
    "start_pool": {"name": text, "wait": number},
    "recycle_pool": {"name": text},
    "install_feature": {"name": text},
    "grant_right": {"account": text, "right": one_of("SeBatchLogonRight")},
    "grant_access": {"path": text, "account": text, "rights": one_of("ReadAndExecute", "Modify")},
    "write_record": {"folder": text, "name": _RECORD_NAME, "content": mapping},
    "delete_record": {"folder": text, "name": _RECORD_NAME},
    "acquire_lease": {"folder": text, "lease": shape(run=text, holder=text, expires=text, process_=mapping), "break": flag},
    "release_lease": {"folder": text, "run": text},
}


def check_readings(readings: Any, where: str) -> None:
    """:class:`RequestRefused` for a reading that the contract does not have, or one asked for in another shape."""
    mapping(readings, where)
    for name, asked in readings.items():
        if name not in READINGS:
            raise RequestRefused(f"{where}: unknown reading {name}")
        READINGS[name](asked, f"{where}.{name}")


def check_state_request(request: Any) -> None:
    Shape({"contract": number, "readings": check_readings})(request, "node_state")
    _check_contract(request)


def check_change_request(request: Any) -> None:
    """The outer shape; operations are looked at by :func:`check_operation`, so that each is refused under its own name."""
    Shape({"contract": number, "run": run_id, "operations": list_of(mapping), "after": check_readings})(request, "node_change")
    _check_contract(request)


def check_operation(operation: dict[str, Any]) -> None:
    """:class:`RequestRefused` for an operation in another shape; its ``op`` must be known."""
    Shape({"id": text, "op": text, **OPERATIONS[operation["op"]]})(operation, operation["op"])


def _check_contract(request: dict[str, Any]) -> None:
    if request["contract"] != CONTRACT:
        raise RequestRefused(f"contract {request['contract']} is not spoken here, only {CONTRACT}")


def _require(holds: bool, where: str, wanted: str) -> None:
    if not holds:
        raise RequestRefused(f"{where} has to be {wanted}")
