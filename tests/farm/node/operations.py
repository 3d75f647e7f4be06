# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of operations, and how one call of them is carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from . import file_operations, host_operations, iis_operations, tree_operations
from .call import Call, Node
from .errors import NodeError
from .undo import Done

Operation = dict[str, Any]
#: Pauses between attempts at a file that another process holds, in seconds: about 6 in all.
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 0.8, 0.9, 0.9, 0.9, 0.9)


@dataclass(frozen=True)
class Row:
    """One operation: what does it, what it is told to act on, and what has to hold before anything is touched."""

    do: Callable[[Call, Operation], Done]
    target: Callable[[Operation], str]
    expect: Callable[[Node, Operation], None] | None = None
    #: Part of the one commit of IIS changes.
    is_configuration: bool = False
    #: IIS changes made so far have to be written first.
    commits: bool = False
    #: The contract knows no undo.
    is_final: bool = False


def _path(operation: Operation) -> str:
    return str(operation["path"])


def _name(operation: Operation) -> str:
    return str(operation["name"])


def _record(operation: Operation) -> str:
    return f"{operation['folder']}\\{operation.get('name', 'lease')}.json"


TABLE: Mapping[str, Row] = {
    "write_file": Row(file_operations.write_file, _path, file_operations.expect_file),
    "stage_file": Row(file_operations.stage_file, _path, file_operations.expect_file),
    "replace_file": Row(file_operations.replace_file, _path, file_operations.expect_file),
    "restore_file": Row(file_operations.restore_file, _path, is_final=True),
    "settle_file": Row(file_operations.settle_file, _path, is_final=True),
    "delete_file": Row(file_operations.delete_file, _path, file_operations.expect_file),
    "make_directory": Row(file_operations.make_directory, _path),
    "remove_directory": Row(file_operations.remove_directory, _path, is_final=True),
    "expand_archive": Row(tree_operations.expand_archive, lambda operation: str(operation["destination"])),
    "copy_tree": Row(tree_operations.copy_tree, lambda operation: str(operation["to"])),
    "write_manifest": Row(tree_operations.write_manifest, lambda operation: str(operation["root"])),
    "set_site": Row(iis_operations.set_site, _name, is_configuration=True),
    "set_application": Row(
        iis_operations.set_application,
        lambda operation: f"{operation['site']}{operation['path']}",
        iis_operations.expect_application,
        is_configuration=True,
    ),
    "set_pool": Row(iis_operations.set_pool, _name, iis_operations.expect_pool, is_configuration=True),
    "stop_pool": Row(iis_operations.stop_pool, _name),
    "start_pool": Row(iis_operations.start_pool, _name, commits=True),
    "recycle_pool": Row(iis_operations.recycle_pool, _name, commits=True, is_final=True),
    "install_feature": Row(host_operations.install_feature, _name, commits=True, is_final=True),
    "grant_right": Row(host_operations.grant_right, lambda operation: str(operation["account"]), commits=True),
    "grant_access": Row(host_operations.grant_access, _path, commits=True),
    "write_record": Row(host_operations.write_record, _record),
    "delete_record": Row(host_operations.delete_record, _record),
    "acquire_lease": Row(host_operations.acquire_lease, _record),
    "release_lease": Row(host_operations.release_lease, _record, is_final=True),
}


class OperationFailed(Exception):
    """The operation at which a call ended, and why."""

    def __init__(self, operation: Operation, error: NodeError) -> None:
        super().__init__(error.text)
        self.operation = operation
        self.error = error

    def told(self) -> dict[str, Any]:
        row = TABLE.get(self.operation["op"])
        target = row.target(self.operation) if row else ""
        return {"id": self.operation["id"], "op": self.operation["op"], "target": target, "code": self.error.code, "text": self.error.text}


def check_expectations(node: Node, operations: Iterable[Operation]) -> None:
    """Everything that is expected, before anything is touched."""
    for operation in operations:
        expect = TABLE[operation["op"]].expect
        if expect is not None:
            with _attributed(operation):
                expect(node, operation)


def carry_out(call: Call, operations: list[Operation], outcomes: list[dict[str, Any]]) -> None:
    """Do the operations in order and note their outcomes; :class:`OperationFailed` at the first that Windows refuses."""
    for operation in operations:
        row = TABLE[operation["op"]]
        if row.commits:
            _commit(call)
        with _attributed(operation):
            done = _attempt(call, row, operation)
        label = f"{operation['op']} {row.target(operation)}"
        if row.is_configuration:
            call.pending.append((operation, label, done))
        else:
            call.trail.add(label, done)
        outcomes.append(
            {"id": operation["id"], "op": operation["op"], "target": row.target(operation), "changed": done.changed, "detail": done.detail}
        )
    _commit(call)


def not_carried_out(call: Call) -> set[str]:
    """The ids of operations whose IIS changes were never committed."""
    return {operation["id"] for operation, _label, done in call.pending if done.changed}


def stays(outcomes: Iterable[dict[str, Any]]) -> bool:
    """Whether something was done that the contract knows no undo for."""
    return any(outcome["changed"] and TABLE[outcome["op"]].is_final for outcome in outcomes)


def _commit(call: Call) -> None:
    if call.pending:
        with _attributed(call.pending[-1][0]):
            call.batch.commit()
        for _operation, label, done in call.pending:
            call.trail.add(label, done)
        call.pending.clear()


def _attempt(call: Call, row: Row, operation: Operation) -> Done:
    name, target = operation["op"], row.target(operation)
    faults = call.node.faults
    faults.die("die_before", name, target)
    for pause in (*PAUSES, None):
        try:
            faults.refuse(name, target)
            break
        except NodeError as error:
            if error.code != "sharing_violation" or pause is None:
                raise
            call.node.clock.pause(pause)
    done = row.do(call, operation)
    faults.die("die_after", name, target)
    return done


@contextmanager
def _attributed(operation: Operation) -> Iterator[None]:
    """Whatever Windows refuses in the block, it refuses to this operation."""
    try:
        yield
    except NodeError as error:
        raise OperationFailed(operation, error) from error
