# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a call of node_change goes as a whole: preconditions first, in order, undone in reverse, check mode, refusals."""

from __future__ import annotations

from ..answer import Has
from ..case import Case, Start, b64, change, failed, op, sha
from ..world import CONFIG, NEW_TEXT, POOL, READ_POOL, ROOT, TEXT, pool_of, read_files

A, B = rf"{ROOT}\a.txt", rf"{ROOT}\b.txt"
#: An operation that fails because there is no such folder, and one that fails after the commit of IIS changes.
FAILS = op("write_file", path=rf"{ROOT}\no\such\folder.txt", content=b64("x"))
FAILS_AFTER_COMMIT = op("start_pool", name="NoSuchPool", wait=5)

_WRITE_A = op("write_file", path=A, content=b64("a"))
_BOTH = {"files": {A: {"exists": False}, B: {"exists": False}}}


def unchanged_config(**more: object) -> dict:
    return {"files": {CONFIG: {"sha256": sha(TEXT)}}, **more}


CASES = (
    Case("calls/nothing-to-do", (change(expects={"changed": False, "outcomes": []}),)),
    Case(
        "calls/after-is-read",
        (
            change(
                _WRITE_A,
                after=read_files(A),
                expects={"changed": True, "outcomes": [{"id": "1", "target": A}], "state": {"files": {A: {"sha256": sha("a")}}}},
            ),
        ),
    ),
    Case(
        "calls/preconditions-come-first",
        (
            change(
                _WRITE_A,
                op("write_file", path=CONFIG, content=b64("x"), expect={"sha256": sha("something else")}),
                after=read_files(A, CONFIG),
                expects={
                    **failed("precondition"),
                    "failure": {"id": "2", "op": "write_file", "target": CONFIG},
                    "outcomes": [],
                    "state": unchanged_config(files={A: {"exists": False}, CONFIG: {"sha256": sha(TEXT)}}),
                },
            ),
        ),
    ),
    Case(
        "calls/undone-in-reverse",
        (
            change(
                _WRITE_A,
                op("write_file", path=A, content=b64("again")),
                op("write_file", path=B, content=b64("b")),
                FAILS,
                after=read_files(A, B),
                expects={**failed("not_found"), "outcomes": [{"changed": True}, {"changed": True}, {"changed": True}], "state": _BOTH},
            ),
        ),
    ),
    Case(
        "calls/undone-over-files-and-pools",
        (
            change(
                op("write_file", path=CONFIG, content=b64(NEW_TEXT), expect={"sha256": sha(TEXT)}),
                op("set_pool", name=POOL, settings={"enable_32bit": True}),
                op("stop_pool", name=POOL, wait=20),
                FAILS_AFTER_COMMIT,
                after={**READ_POOL, **read_files(CONFIG)},
                expects={**failed("not_found"), "state": {**unchanged_config(), **pool_of(enable_32bit=False, state="Started")}},
            ),
        ),
    ),
    Case(
        "calls/what-was-not-committed-was-not-carried-out",
        (
            change(
                _WRITE_A,
                op("set_pool", name=POOL, settings={"enable_32bit": True}),
                FAILS,
                after={**READ_POOL, **read_files(A)},
                expects={
                    **failed("not_found"),
                    "outcomes": [{"id": "1"}],
                    "state": {**pool_of(enable_32bit=False), "files": {A: {"exists": False}}},
                },
            ),
        ),
    ),
    Case(
        "calls/check-mode",
        (
            change(_WRITE_A, after=read_files(A), check=True, expects={"changed": False, "outcomes": []}),
            change(after=read_files(A), expects={"state": {"files": {A: {"exists": False}}}}),
        ),
    ),
    Case(
        "calls/check-mode-precondition",
        (change(op("write_file", path=A, content=b64("a"), expect={"sha256": sha("b")}), check=True, expects=failed("precondition")),),
    ),
    Case(
        "calls/unknown-operation",
        (
            change(
                _WRITE_A,
                op("format_disk", path="C:"),
                after=read_files(A),
                expects={
                    **failed("unknown_operation"),
                    "failure": {"id": "2", "op": "format_disk"},
                    "state": {"files": {A: {"exists": False}}},
                },
            ),
        ),
    ),
    Case(
        "calls/second-run-does-nothing",
        tuple(
            change(
                op("write_file", path=A, content=b64("a")),
                op("make_directory", path=rf"{ROOT}\made"),
                op("set_pool", name=POOL, settings={"auto_start": True}),
                expects={"changed": changed},
            )
            for changed in (True, False)
        ),
    ),
    # What a machine does when its disk, its neighbours or its power fail it; only the node model can be told to.
    Case(
        "calls/held-for-a-moment",
        (change(_WRITE_A, after=read_files(A), expects={"changed": True, "state": {"files": {A: {"exists": True}}}}),),
        Start(faults=({"operation": "write_file", "target": A, "kind": "sharing_violation", "times": 3},)),
    ),
    Case(
        "calls/held-for-good",
        (
            change(
                _WRITE_A,
                op("write_file", path=B, content=b64("b")),
                after=read_files(A, B),
                expects={**failed("sharing_violation"), "state": _BOTH},
            ),
        ),
        Start(held=(B,)),
    ),
    *(
        Case(
            f"calls/{kind.replace('_', '-')}",
            (
                change(
                    _WRITE_A, op("write_file", path=B, content=b64("b")), after=read_files(A, B), expects={**failed(kind), "state": _BOTH}
                ),
            ),
            Start(faults=({"operation": "write_file", "target": B, "kind": kind},)),
        )
        for kind in ("access_denied", "disk_full")
    ),
    Case(
        "calls/what-cannot-be-undone-is-told",
        (
            change(
                _WRITE_A,
                FAILS,
                after=read_files(A),
                expects={
                    **failed("not_found"),
                    "changed": True,
                    "undone": False,
                    "left": [Has("denied")],
                    "state": {"files": {A: {"exists": True}}},
                },
            ),
        ),
        Start(faults=({"operation": "undo", "target": A, "kind": "access_denied"},)),
    ),
    Case(
        "calls/configuration-changed-meanwhile",
        (
            change(
                op("set_pool", name=POOL, settings={"enable_32bit": True}),
                after=READ_POOL,
                expects={"changed": True, "state": pool_of(enable_32bit=True)},
            ),
        ),
        Start(faults=({"operation": "commit", "kind": "changed_on_disk", "times": 2},)),
    ),
    Case(
        "calls/configuration-keeps-changing",
        (
            change(
                _WRITE_A,
                op("set_pool", name=POOL, settings={"enable_32bit": True}),
                after={**READ_POOL, **read_files(A)},
                expects={**failed("sharing_violation"), "state": {**pool_of(enable_32bit=False), "files": {A: {"exists": False}}}},
            ),
        ),
        Start(faults=({"operation": "commit", "kind": "changed_on_disk"},)),
    ),
)
