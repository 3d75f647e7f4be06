# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on the machine: features, rights, access; and the farm's own records and leases."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from .accounts import known_account
from .call import Call, Node
from .clock import from_text
from .errors import NodeError, missing_folder
from .file_readings import record_path
from .undo import UNCHANGED, Done, Undo

Operation = dict[str, Any]

#: Accounts that every Windows knows besides the directory's.
BUILT_IN = frozenset(
    {"builtin\\administrators", "nt authority\\system", "nt authority\\network service", "builtin\\iis_iusrs", "iis_iusrs"}
)
NO_SOURCE = (
    "The request to add or remove features on the specified server failed. Installation of one or more roles, role services, or features "
    "failed. The source files could not be found. Error: 0x800f081f"
)


def install_feature(call: Call, operation: Operation) -> Done:
    node = call.node
    name = node.state.feature(operation["name"])
    if name is None:
        raise NodeError(
            "not_found",
            f"ArgumentNotValid: The role, role service, or feature name is not valid: '{operation['name']}'. The name was not found.",
        )
    if node.state.features[name] == "Installed":
        return Done(False, {"restart_needed": False})
    if node.state.features[name] == "Removed":
        raise NodeError("failed", NO_SOURCE)
    node.state.features[name] = "Installed"
    needs_restart = name in node.state.features_needing_restart
    node.state.pending_reboot |= needs_restart
    # A module in globalModules is taken up by new worker processes only: WAS replaces all of them.
    node.iis.configuration_changed(node.state.pools)
    return Done(True, {"restart_needed": needs_restart})


def grant_right(call: Call, operation: Operation) -> Done:
    account = known_account(call.node.state, operation["account"])
    if account.batch_right:
        return UNCHANGED
    account.batch_right = True

    def undo() -> None:
        account.batch_right = False

    return Done(True, undo=undo)


def grant_access(call: Call, operation: Operation) -> Done:
    node, path, account = call.node, operation["path"], operation["account"]
    if not node.files.exists(path):
        raise missing_folder(node.path(path))
    if not _is_known(node, account):
        known_account(node.state, account)
    granted = node.state.access.setdefault(node.path(path).casefold(), {})
    before = granted.get(account.casefold())
    if before in (operation["rights"], "Modify"):
        return UNCHANGED
    granted[account.casefold()] = operation["rights"]

    def undo() -> None:
        if before is None:
            del granted[account.casefold()]
        else:
            granted[account.casefold()] = before

    return Done(True, undo=undo)


# ---- records


def write_record(call: Call, operation: Operation) -> Done:
    return _write(call.node, operation["folder"], operation["name"], operation["content"], "write_record")


def delete_record(call: Call, operation: Operation) -> Done:
    return _delete(call.node, operation["folder"], operation["name"])


def acquire_lease(call: Call, operation: Operation) -> Done:
    node, folder, wanted = call.node, operation["folder"], operation["lease"]
    held = _parsed(node, folder, "lease")
    is_other = isinstance(held, dict) and held.get("run") != wanted["run"]
    if isinstance(held, dict) and is_other and not operation["break"] and not _has_expired(node, held):
        raise NodeError("lease_held", f"The lease is held by {held.get('holder')} (run {held.get('run')}) until {held.get('expires')}.")
    return replace(_write(node, folder, "lease", wanted, "acquire_lease"), detail={"previous": held if isinstance(held, dict) else None})


def release_lease(call: Call, operation: Operation) -> Done:
    held = _parsed(call.node, operation["folder"], "lease")
    if not isinstance(held, dict) or held.get("run") != operation["run"]:
        return UNCHANGED
    call.node.files.delete(record_path(operation["folder"], "lease"))
    return Done(True)


def _write(node: Node, folder: str, name: str, content: Any, operation: str) -> Done:
    path = record_path(folder, name)
    before = node.files.entry(path).data
    if before is not None and _parsed(node, folder, name) == content:
        return UNCHANGED
    made = node.files.make_folder(folder)
    node.files.write(path, json.dumps(content).encode("utf-8"), operation=operation)
    return Done(True, undo=_as_before(node, path, before, made))


def _delete(node: Node, folder: str, name: str) -> Done:
    path = record_path(folder, name)
    before = node.files.entry(path).data
    if not node.files.delete(path):
        return UNCHANGED
    return Done(True, undo=_as_before(node, path, before, []))


def _as_before(node: Node, path: str, data: bytes | None, made: list[str]) -> Undo:
    def undo() -> None:
        if data is None:
            node.files.delete(path)
        else:
            node.files.write(path, data, operation="undo")
        node.files.remove_empty(made)

    return undo


def _parsed(node: Node, folder: str, name: str) -> Any:
    data = node.files.entry(record_path(folder, name)).data
    try:
        return None if data is None else json.loads(data.decode("utf-8-sig"))
    except ValueError:
        return None


def _has_expired(node: Node, lease: dict[str, Any]) -> bool:
    try:
        return from_text(str(lease.get("expires"))) <= node.clock.now()
    except ValueError:
        return True  # a lease that says no time cannot be waited for


def _is_known(node: Node, account: str) -> bool:
    head, _backslash, name = account.partition("\\")
    return account.casefold() in BUILT_IN or (head.casefold() == "iis apppool" and node.state.pool(name) is not None)
