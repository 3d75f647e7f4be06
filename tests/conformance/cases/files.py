# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on single files and folders, each done, repeated, refused and undone."""

from __future__ import annotations

from ..case import RUN, Case, Start, b64, change, failed, op, sha
from ..world import CONFIG, FOLDER, NEW_TEXT, ROOT, TEXT, read_files
from .calls import FAILS

FRESH = rf"{ROOT}\fresh.config"
STAGED = rf"{CONFIG}.{RUN}.new.config"
KEPT = rf"{CONFIG}.{RUN}.old.config"
_READ = read_files(CONFIG, STAGED, KEPT)
_AS_BEFORE = {"files": {CONFIG: {"sha256": sha(TEXT)}, KEPT: {"exists": False}}}

_WRITE = op("write_file", path=CONFIG, content=b64(NEW_TEXT), expect={"sha256": sha(TEXT)})
_STAGE = op("stage_file", path=CONFIG, content=b64(NEW_TEXT), expect={"sha256": sha(TEXT)})
_REPLACE = op("replace_file", path=CONFIG, staged_sha256=sha(NEW_TEXT), expect={"sha256": sha(TEXT)})
_RESTORE = op("restore_file", path=CONFIG)
_SETTLE = op("settle_file", path=CONFIG)
_DELETE = op("delete_file", path=CONFIG, expect={"sha256": sha(TEXT)})
_DIRECTORY = rf"{ROOT}\deep\deeper"


def _files(*facts: tuple[str, dict]) -> dict:
    return {"state": {"files": dict(facts)}}


def _does(*changed: bool, **more: object) -> dict:
    return {"changed": any(changed), "outcomes": [{"changed": one} for one in changed], **more}


CASES = (
    # ---- write_file
    Case(
        "write_file/new",
        (
            change(
                op("write_file", path=FRESH, content=b64("x"), expect={"absent": True}),
                after=read_files(FRESH, content=True),
                expects=_does(True, **_files((FRESH, {"content": b64("x")}))),
            ),
        ),
    ),
    Case("write_file/over", (change(_WRITE, after=_READ, expects=_does(True, **_files((CONFIG, {"sha256": sha(NEW_TEXT)})))),)),
    Case(
        "write_file/equal", (change(op("write_file", path=CONFIG, content=b64(TEXT), expect={"sha256": sha(TEXT)}), expects=_does(False)),)
    ),
    Case(
        "write_file/empty",
        (change(op("write_file", path=FRESH, content=""), after=read_files(FRESH), expects=_does(True, **_files((FRESH, {"size": 0})))),),
    ),
    Case(
        "write_file/not-the-one-that-was-read",
        (
            change(
                op("write_file", path=CONFIG, content=b64("x"), expect={"sha256": sha("y")}),
                after=_READ,
                expects={**failed("precondition"), "state": _AS_BEFORE},
            ),
        ),
    ),
    Case(
        "write_file/not-absent",
        (change(op("write_file", path=CONFIG, content=b64("x"), expect={"absent": True}), expects=failed("precondition")),),
    ),
    Case(
        "write_file/absent-although-read",
        (change(op("write_file", path=FRESH, content=b64("x"), expect={"sha256": sha("x")}), expects=failed("precondition")),),
    ),
    Case("write_file/no-folder", (change(FAILS, expects=failed("not_found")),)),
    Case(
        "write_file/undo",
        (
            change(
                _WRITE,
                op("write_file", path=FRESH, content=b64("x")),
                FAILS,
                after=read_files(CONFIG, FRESH),
                expects={**failed("not_found"), **_files((CONFIG, {"sha256": sha(TEXT)}), (FRESH, {"exists": False}))},
            ),
        ),
    ),
    Case("write_file/a-folder-is-there", (change(op("write_file", path=FOLDER, content=b64("x")), expects=failed("already_exists")),)),
    # ---- stage_file, replace_file, restore_file, settle_file
    Case(
        "stage_file/staged",
        (
            change(
                _STAGE, after=_READ, expects=_does(True, **_files((CONFIG, {"sha256": sha(TEXT)}), (STAGED, {"sha256": sha(NEW_TEXT)})))
            ),
            change(_STAGE, expects=_does(False)),
        ),
    ),
    Case(
        "stage_file/undo",
        (
            change(
                _STAGE,
                FAILS,
                after=_READ,
                expects={**failed("not_found"), **_files((CONFIG, {"sha256": sha(TEXT)}), (STAGED, {"exists": False}))},
            ),
        ),
    ),
    Case(
        "stage_file/precondition",
        (change(op("stage_file", path=CONFIG, content=b64("x"), expect={"sha256": sha("y")}), expects=failed("precondition")),),
    ),
    Case(
        "replace_file/replaced",
        (
            change(_STAGE, expects=_does(True)),
            change(
                _REPLACE,
                after=_READ,
                expects=_does(
                    True, **_files((CONFIG, {"sha256": sha(NEW_TEXT)}), (STAGED, {"exists": False}), (KEPT, {"sha256": sha(TEXT)}))
                ),
            ),
            change(_REPLACE, after=_READ, expects=_does(False)),
        ),
    ),
    Case(
        "replace_file/in-one-call",
        (
            change(
                _STAGE,
                _REPLACE,
                _SETTLE,
                after=_READ,
                expects=_does(True, True, True, **_files((CONFIG, {"sha256": sha(NEW_TEXT)}), (KEPT, {"exists": False}))),
            ),
        ),
    ),
    Case(
        "replace_file/new-file",
        (
            change(op("stage_file", path=FRESH, content=b64("x"), expect={"absent": True}), expects=_does(True)),
            change(
                op("replace_file", path=FRESH, staged_sha256=sha("x"), expect={"absent": True}),
                after=read_files(FRESH),
                expects=_does(True, **_files((FRESH, {"exists": True}))),
            ),
        ),
    ),
    Case("replace_file/nothing-staged", (change(_REPLACE, after=_READ, expects={**failed("not_found"), "state": _AS_BEFORE}),)),
    Case(
        "replace_file/another-one-staged",
        (
            change(op("stage_file", path=CONFIG, content=b64("other")), expects=_does(True)),
            change(_REPLACE, after=_READ, expects={**failed("precondition"), "state": _AS_BEFORE}),
        ),
    ),
    Case(
        "replace_file/undo",
        (
            change(_STAGE, expects=_does(True)),
            change(_REPLACE, FAILS, after=_READ, expects={**failed("not_found"), "state": _AS_BEFORE}),
        ),
    ),
    Case(
        "restore_file/restored",
        (
            change(_STAGE, _REPLACE, expects=_does(True, True)),
            change(_RESTORE, after=_READ, expects=_does(True, state=_AS_BEFORE)),
            change(_RESTORE, after=_READ, expects=_does(False, state=_AS_BEFORE)),
        ),
    ),
    Case(
        "restore_file/only-staged",
        (
            change(_STAGE, expects=_does(True)),
            change(_RESTORE, after=_READ, expects=_does(True, **_files((CONFIG, {"sha256": sha(TEXT)}), (STAGED, {"exists": False})))),
        ),
    ),
    Case(
        "restore_file/the-file-is-gone-and-the-backup-is-there",
        (change(_RESTORE, after=_READ, expects=_does(True, **_files((rf"{CONFIG}", {"sha256": sha(TEXT)}), (KEPT, {"exists": False})))),),
        Start(files={KEPT: TEXT.encode()}, setup=(op("delete_file", path=CONFIG),)),
    ),
    Case(
        "replace_file/the-file-is-gone-and-the-backup-is-there",
        (
            change(
                op("replace_file", path=CONFIG, staged_sha256=sha(NEW_TEXT)),
                after=_READ,
                expects={
                    "outcomes": [{"op": "replace_file"}],
                    **_files((CONFIG, {"sha256": sha(NEW_TEXT)}), (KEPT, {"sha256": sha(TEXT)})),
                },
            ),
        ),
        Start(files={KEPT: TEXT.encode(), STAGED: NEW_TEXT.encode()}, setup=(op("delete_file", path=CONFIG),)),
    ),
    Case(
        "restore_file/of-another-run",
        (
            change(_STAGE, _REPLACE, expects=_does(True, True)),
            change(op("restore_file", path=CONFIG, run=RUN), after=_READ, run="run-2", expects=_does(True, state=_AS_BEFORE)),
        ),
    ),
    Case(
        "settle_file/settled",
        (
            change(_STAGE, _REPLACE, expects=_does(True, True)),
            change(
                _SETTLE,
                after=_READ,
                expects=_does(True, **_files((CONFIG, {"sha256": sha(NEW_TEXT)}), (STAGED, {"exists": False}), (KEPT, {"exists": False}))),
            ),
            change(_SETTLE, expects=_does(False)),
        ),
    ),
    Case(
        "settle_file/of-another-run",
        (
            change(_STAGE, expects=_does(True)),
            change(_SETTLE, after=_READ, run="run-2", expects=_does(False, **_files((STAGED, {"exists": True})))),
            change(
                op("settle_file", path=CONFIG, run=RUN),
                after=_READ,
                run="run-2",
                expects=_does(True, **_files((STAGED, {"exists": False}))),
            ),
        ),
    ),
    # ---- delete_file
    Case(
        "delete_file/deleted",
        (
            change(_DELETE, after=read_files(CONFIG), expects=_does(True, **_files((CONFIG, {"exists": False})))),
            change(op("delete_file", path=CONFIG), expects=_does(False)),
        ),
    ),
    Case(
        "delete_file/precondition", (change(op("delete_file", path=CONFIG, expect={"sha256": sha("y")}), expects=failed("precondition")),)
    ),
    Case(
        "delete_file/undo",
        (change(_DELETE, FAILS, after=read_files(CONFIG), expects={**failed("not_found"), **_files((CONFIG, {"sha256": sha(TEXT)}))}),),
    ),
    # ---- folders
    Case(
        "make_directory/made",
        (
            change(
                op("make_directory", path=_DIRECTORY),
                after=read_files(_DIRECTORY),
                expects=_does(True, **_files((_DIRECTORY, {"is_directory": True}))),
            ),
            change(op("make_directory", path=_DIRECTORY), expects=_does(False)),
        ),
    ),
    Case("make_directory/a-file-is-there", (change(op("make_directory", path=CONFIG), expects=failed("already_exists")),)),
    Case(
        "make_directory/undo",
        (
            change(
                op("make_directory", path=_DIRECTORY),
                FAILS,
                after=read_files(_DIRECTORY, rf"{ROOT}\deep"),
                expects={**failed("not_found"), **_files((_DIRECTORY, {"exists": False}), (rf"{ROOT}\deep", {"exists": False}))},
            ),
        ),
    ),
    Case(
        "remove_directory/removed",
        (
            change(
                op("remove_directory", path=FOLDER),
                after={**read_files(FOLDER), "listing": {"paths": [ROOT]}},
                expects=_does(True, state={"files": {FOLDER: {"exists": False}}, "listing": {ROOT: []}}),
            ),
            change(op("remove_directory", path=FOLDER), expects=_does(False)),
        ),
    ),
)
