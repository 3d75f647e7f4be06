# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of configuration files: which, in what order, with what they refer to."""

from __future__ import annotations

from ..case import Case, Start, op, read, sha
from ..world import CONFIG, FOLDER, PATH, POOL, ROOT, SITE, SITE_FOLDER

_FRAMEWORK = [{"level": level, "bitness": bitness, "exists": True} for level in ("machine", "root") for bitness in (32, 64)]
_SITE = {"level": "site", "virtual_path": "/", "path": rf"{SITE_FOLDER}\web.config"}
_APP = {"level": "app", "virtual_path": PATH, "path": CONFIG}
_SOURCES = (
    '<configuration>\n  <appSettings file="more\\settings.config" />\n  <system.web>\n    <machineKey configSource="key.config" />\n'
    '    <pages configSource="..\\outside.config" />\n    <trace configSource="C:\\Windows\\win.ini" />\n    <x configSource="key.config" />\n'
    "  </system.web>\n</configuration>\n"
)


def _chain(path: str, *levels: dict, site: str = SITE) -> tuple:
    asked = {"site": site, "path": path}
    return (read({"configuration": [{**asked, "files": [*_FRAMEWORK, *levels]}]}, configuration={"applications": [asked]}),)


def _application(path: str, folder: str) -> dict:
    return op("set_application", site=SITE, path=path, physical_path=folder, pool=POOL)


CASES = (
    Case("configuration/site-and-application", _chain(PATH, {**_SITE, "exists": False, "content": None}, {**_APP, "exists": True})),
    Case("configuration/site-root", _chain("/", _SITE), Start(files={rf"{SITE_FOLDER}\web.config": b"<configuration />"})),
    Case("configuration/site-absent", _chain("/x", site="NoSuchSite")),
    Case(
        "configuration/application-below-folder",
        _chain(
            "/area/chat",
            _SITE,
            {"level": "dir", "virtual_path": "/area", "path": rf"{SITE_FOLDER}\area\web.config", "exists": True},
            {"level": "app", "virtual_path": "/area/chat", "path": rf"{ROOT}\nested\web.config"},
        ),
        Start(
            files={rf"{SITE_FOLDER}\area\web.config": b"<configuration />", rf"{ROOT}\nested\web.config": b"<configuration />"},
            setup=(_application("/area/chat", rf"{ROOT}\nested"),),
        ),
    ),
    Case(
        "configuration/application-below-application",
        _chain(
            "/chat/admin",
            _SITE,
            _APP,
            {"level": "app", "virtual_path": "/chat/admin", "path": rf"{ROOT}\admin\web.config", "exists": False},
        ),
        Start(files={rf"{ROOT}\admin": None}, setup=(_application("/chat/admin", rf"{ROOT}\admin"),)),
    ),
    Case(
        "configuration/folder-of-application",
        _chain("/chat/bin", _SITE, _APP, {"level": "dir", "path": rf"{FOLDER}\bin\web.config", "exists": False}),
    ),
    Case(
        "configuration/application-absent",
        _chain("/nowhere", _SITE, {"level": "dir", "path": rf"{SITE_FOLDER}\nowhere\web.config", "exists": False}),
    ),
    Case(
        "configuration/references",
        _chain(
            PATH,
            _SITE,
            {
                **_APP,
                "references": [
                    {"name": "more\\settings.config", "path": rf"{FOLDER}\more\settings.config", "exists": False},
                    {"name": "key.config", "path": rf"{FOLDER}\key.config", "exists": True, "sha256": sha("<machineKey />")},
                ],
            },
        ),
        Start(files={CONFIG: _SOURCES.encode(), rf"{FOLDER}\key.config": b"<machineKey />"}),
    ),
    Case(
        "configuration/references-until-the-fault",
        _chain(PATH, _SITE, {**_APP, "references": [{"name": "a.config", "exists": False}]}),
        Start(files={CONFIG: b'<configuration>\n<pages configSource="a.config" />\n<oops>\n</configuration>'}),
    ),
    Case(
        "configuration/document-type-is-not-followed",
        _chain(PATH, _SITE, {**_APP, "references": []}),
        Start(
            files={
                CONFIG: b'<!DOCTYPE x [<!ENTITY e SYSTEM "key.config">]>\n<configuration><pages configSource="key.config" /></configuration>'
            }
        ),
    ),
    Case(
        "configuration/utf-16",
        _chain(PATH, _SITE, {**_APP, "references": [{"name": "key.config", "exists": False}]}),
        Start(
            files={
                CONFIG: '<?xml version="1.0" encoding="utf-16"?><configuration><m configSource="key.config" /></configuration>'.encode(
                    "utf-16"
                )
            }
        ),
    ),
)
