# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sites and applications as they are set."""

from __future__ import annotations

from typing import Any

from ..case import Case, Start, change, failed, op
from ..world import BINDING, FOLDER, OTHER_POOL, PATH, POOL, ROOT, SITE, SITE_FOLDER
from .calls import FAILS_AFTER_COMMIT
from .files import _does

_SECOND = "ConformanceSecond"
_SECOND_BINDING = {"protocol": "http", "information": "*:18997:second.invalid", "ssl_flags": 0}
_NEW_FOLDER = rf"{ROOT}\farm\releases\1.1"


def _read(*applications: tuple[str, str]) -> dict[str, Any]:
    return {"iis": {"applications": [{"site": site, "path": path} for site, path in applications], "pools": []}}


def _found(**facts: object) -> dict[str, Any]:
    return {"state": {"iis": {"applications": [facts]}}}


_ADMIN = {"site": SITE, "path": "/chat/admin"}
_REPOINT = op("set_application", site=SITE, path=PATH, physical_path=_NEW_FOLDER, expect={"physical_path": FOLDER})
_FOLDERS = Start(files={_NEW_FOLDER: None, rf"{ROOT}\admin": None})

CASES = (
    Case(
        "set_site/new",
        (
            change(
                op("set_site", name=_SECOND, physical_path=SITE_FOLDER, bindings=[_SECOND_BINDING]),
                after=_read((_SECOND, "/")),
                expects=_does(
                    True,
                    **_found(
                        site_exists=True, exists=True, physical_path=SITE_FOLDER, bindings=[{**_SECOND_BINDING, "host": "second.invalid"}]
                    ),
                ),
            ),
            change(op("set_site", name=_SECOND, physical_path=SITE_FOLDER, bindings=[_SECOND_BINDING]), expects=_does(False)),
        ),
    ),
    Case(
        "set_site/folder",
        (
            change(
                op("set_site", name=SITE, physical_path=rf"{ROOT}\chat"),
                after=_read((SITE, "/")),
                expects=_does(True, **_found(physical_path=rf"{ROOT}\chat", bindings=[BINDING])),
            ),
        ),
    ),
    Case(
        "set_site/bindings",
        (
            change(
                op("set_site", name=SITE, bindings=[BINDING, _SECOND_BINDING]),
                after=_read((SITE, "/")),
                expects=_does(True, **_found(physical_path=SITE_FOLDER, bindings=[BINDING, _SECOND_BINDING])),
            ),
        ),
    ),
    Case(
        "set_site/undo-new",
        (
            change(
                op("set_site", name=_SECOND, physical_path=SITE_FOLDER, bindings=[_SECOND_BINDING]),
                FAILS_AFTER_COMMIT,
                after=_read((_SECOND, "/")),
                expects={**failed("not_found"), **_found(site_exists=False)},
            ),
        ),
    ),
    Case(
        "set_site/undo-changed",
        (
            change(
                op("set_site", name=SITE, physical_path=FOLDER, bindings=[_SECOND_BINDING]),
                FAILS_AFTER_COMMIT,
                after=_read((SITE, "/")),
                expects={**failed("not_found"), **_found(physical_path=SITE_FOLDER, bindings=[BINDING])},
            ),
        ),
    ),
    Case(
        "set_application/new",
        (
            change(
                op("set_application", **_ADMIN, physical_path=rf"{ROOT}\admin", pool=POOL, expect={"exists": False}),
                after=_read((SITE, "/chat/admin")),
                expects=_does(True, **_found(exists=True, pool=POOL, physical_path=rf"{ROOT}\admin")),
            ),
            change(op("set_application", **_ADMIN, physical_path=rf"{ROOT}\admin", pool=POOL), expects=_does(False)),
        ),
        _FOLDERS,
    ),
    Case(
        "set_application/repointed",
        (
            change(_REPOINT, after=_read((SITE, PATH)), expects=_does(True, **_found(physical_path=_NEW_FOLDER, pool=POOL))),
            change(op("set_application", site=SITE, path=PATH, physical_path=_NEW_FOLDER), expects=_does(False)),
        ),
        _FOLDERS,
    ),
    Case(
        "set_application/site-root",
        (
            change(
                op("set_application", site=SITE, path="/", physical_path=_NEW_FOLDER),
                after=_read((SITE, "/")),
                expects=_does(True, **_found(physical_path=_NEW_FOLDER)),
            ),
        ),
        _FOLDERS,
    ),
    Case(
        "set_application/pool",
        (
            change(
                op("set_pool", name=OTHER_POOL, settings={}),
                op("set_application", site=SITE, path=PATH, pool=OTHER_POOL),
                after=_read((SITE, PATH)),
                expects=_does(True, True, **_found(pool=OTHER_POOL, physical_path=FOLDER)),
            ),
        ),
    ),
    Case(
        "set_application/precondition",
        (
            change(
                op("set_application", site=SITE, path=PATH, physical_path=_NEW_FOLDER, expect={"physical_path": rf"{ROOT}\elsewhere"}),
                after=_read((SITE, PATH)),
                expects={**failed("precondition"), **_found(physical_path=FOLDER)},
            ),
        ),
        _FOLDERS,
    ),
    Case(
        "set_application/precondition-without-case",
        (
            change(
                op("set_application", site=SITE.lower(), path="/Chat", physical_path=_NEW_FOLDER, expect={"physical_path": FOLDER.upper()}),
                expects=_does(True),
            ),
        ),
        _FOLDERS,
    ),
    Case(
        "set_application/precondition-exists",
        (change(op("set_application", **_ADMIN, physical_path=_NEW_FOLDER, expect={"exists": True}), expects=failed("precondition")),),
        _FOLDERS,
    ),
    Case(
        "set_application/no-site",
        (change(op("set_application", site="NoSuchSite", path="/x", physical_path=_NEW_FOLDER), expects=failed("not_found")),),
        _FOLDERS,
    ),
    Case("set_application/new-without-folder", (change(op("set_application", **_ADMIN, pool=POOL), expects=failed("not_found")),)),
    Case(
        "set_application/undo-repointed",
        (change(_REPOINT, FAILS_AFTER_COMMIT, after=_read((SITE, PATH)), expects={**failed("not_found"), **_found(physical_path=FOLDER)}),),
        _FOLDERS,
    ),
    Case(
        "set_application/undo-new",
        (
            change(
                op("set_application", **_ADMIN, physical_path=rf"{ROOT}\admin", pool=POOL),
                FAILS_AFTER_COMMIT,
                after=_read((SITE, "/chat/admin")),
                expects={**failed("not_found"), **_found(exists=False)},
            ),
        ),
        _FOLDERS,
    ),
)
