# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The readings of the machine, of IIS, of accounts and of files."""

from __future__ import annotations

from ..answer import Has
from ..case import Case, Start, change, op, read, sha
from ..world import APPLICATION, BINDING, CONFIG, FOLDER, OTHER_POOL, PATH, POOL, RECORDS, ROOT, SITE, SITE_FOLDER, TEXT

SERVICE = r"CORP\svc-chat"
PASSWORD = "Correct-Horse-7"
GOOD = {SERVICE: {"password": PASSWORD}}

UNKNOWN_POOL: dict[str, object] = {"exists": False, "state": None, "user_name": None, "has_password": None, "applications": []}
BELOW = {"site": SITE, "path": "/chat/admin"}


def _account(facts: dict, **expects: object) -> tuple:
    return (
        Start(accounts={SERVICE: {"password": PASSWORD, **facts}}),
        read({"accounts": {SERVICE: expects}}, accounts={"accounts": [{"name": SERVICE, "password": PASSWORD}]}),
    )


_ACCOUNTS = {
    "usable": _account({}, exists=True, enabled=True, locked=False, logon="ok"),
    "disabled": _account({"enabled": False}, enabled=False),
    "locked": _account({"locked": True}, locked=True),
    "expired": _account({"expired": True}, expired=True),
    "password-expired": _account({"password_expired": True}, password_expired=True),
    "not-determined": _account({"seen": False}, exists=True, enabled=None, locked=None, logon="ok"),
}

CASES = (
    Case("readings/nothing-asked", (read({}),)),
    Case("readings/host", (read({"host": {"is_administrator": True, "language_mode": "FullLanguage"}}, host={}),)),
    Case(
        "readings/features",
        (
            read(
                {"features": {"Web-Server": {"state": "Installed"}, "No-Such-Feature": {"state": "Unknown"}}},
                features={"names": ["Web-Server", "No-Such-Feature"]},
            ),
        ),
    ),
    Case(
        "readings/features-absent",
        (read({"features": {"web-websockets": {"state": "Available"}}}, features={"names": ["web-websockets"]}),),
        Start(features={"Web-WebSockets": "Available"}),
    ),
    Case(
        "readings/features-until-the-restart",
        (read({"features": {"Web-WebSockets": {"state": "Unknown"}}}, features={"names": ["Web-WebSockets"]}),),
        Start(features={"Web-WebSockets": "InstallPending"}),
    ),
    Case(
        "readings/application",
        (
            read(
                {
                    "iis": {
                        "applications": [{"exists": True, "pool": POOL, "physical_path": FOLDER, "site_state": "Started"}],
                        "pools": {POOL: {"exists": True}},
                    }
                },
                iis={"applications": [APPLICATION], "pools": []},
            ),
        ),
    ),
    Case(
        "readings/application-without-case",
        (
            read(
                {"iis": {"applications": [{"site": SITE.upper(), "path": "/CHAT", "exists": True}]}},
                iis={"applications": [{"site": SITE.upper(), "path": "/CHAT"}], "pools": []},
            ),
        ),
    ),
    Case(
        "readings/application-absent",
        (
            read(
                {"iis": {"applications": [{"site_exists": True, "exists": False, "pool": None}], "pools": {}}},
                iis={"applications": [{"site": SITE, "path": "/nowhere"}], "pools": []},
            ),
        ),
    ),
    Case(
        "readings/site-absent",
        (
            read(
                {"iis": {"applications": [{"site_exists": False, "exists": False, "bindings": []}]}},
                iis={"applications": [{"site": "NoSuchSite", "path": "/"}], "pools": []},
            ),
        ),
    ),
    Case(
        "readings/child-applications",
        (read({"iis": {"applications": [{"child_applications": ["/chat/admin"]}]}}, iis={"applications": [APPLICATION], "pools": []}),),
        Start(files={rf"{ROOT}\admin": None}, setup=(op("set_application", **BELOW, physical_path=rf"{ROOT}\admin", pool=POOL),)),
    ),
    Case(
        "readings/shared-folder",
        (
            read(
                {"iis": {"applications": [{"shares_folder_with": [{"site": SITE, "path": "/copy"}]}]}},
                iis={"applications": [APPLICATION], "pools": []},
            ),
        ),
        Start(setup=(op("set_application", site=SITE, path="/copy", physical_path=FOLDER.upper(), pool=POOL),)),
    ),
    Case(
        "readings/path-with-variable",
        (
            read(
                {
                    "iis": {
                        "applications": [{"physical_path": r"%SystemDrive%\webfarm-conformance\other", "resolved_path": rf"{ROOT}\other"}]
                    }
                },
                iis={"applications": [{"site": SITE, "path": "/other"}], "pools": []},
            ),
        ),
        Start(
            files={rf"{ROOT}\other": None},
            setup=(op("set_application", site=SITE, path="/other", physical_path=r"%SystemDrive%\webfarm-conformance\other", pool=POOL),),
        ),
    ),
    Case(
        "readings/bindings",
        (
            read(
                {
                    "iis": {
                        "applications": [
                            {
                                "bindings": [
                                    {**BINDING, "host": "conformance.invalid", "port": 18999},
                                    {"protocol": "http", "information": "*:18998:", "host": "", "port": 18998, "ssl_flags": 0},
                                ]
                            }
                        ]
                    }
                },
                iis={"applications": [{"site": SITE, "path": "/"}], "pools": []},
            ),
        ),
        Start(setup=(op("set_site", name=SITE, bindings=[BINDING, {"protocol": "http", "information": "*:18998:"}]),)),
    ),
    Case(
        "readings/pool-absent",
        (read({"iis": {"pools": {"NoSuchPool": UNKNOWN_POOL}}}, iis={"applications": [], "pools": [{"name": "NoSuchPool"}]}),),
    ),
    Case(
        "readings/pool-password",
        tuple(
            read(
                {
                    "iis": {
                        "pools": {
                            POOL: {"has_password": True, "password_equal": equal, "user_name": SERVICE, "identity_type": "SpecificUser"}
                        }
                    }
                },
                iis={"applications": [], "pools": [{"name": POOL, **asked}]},
            )
            for asked, equal in (({}, None), ({"password": PASSWORD}, True), ({"password": PASSWORD.lower()}, False))
        ),
        Start(setup=(op("set_pool", name=POOL, settings={"identity_type": "SpecificUser", "user_name": SERVICE, "password": PASSWORD}),)),
    ),
    Case(
        "readings/pool-without-password",
        (
            read(
                {"iis": {"pools": {POOL: {"has_password": False, "password_equal": False}}}},
                iis={"applications": [], "pools": [{"name": POOL.lower(), "password": "anything"}]},
            ),
        ),
    ),
    Case(
        "readings/web-socket",
        (
            read(
                {"iis": {"web_socket": {"module_registered": False, "enabled": None, "locked": None}}},
                iis={"applications": [], "pools": []},
            ),
            change(op("install_feature", name="Web-WebSockets"), expects={"changed": True}),
            read({"iis": {"web_socket": {"module_registered": True, "enabled": True}}}, iis={"applications": [], "pools": []}),
        ),
        Start(features={"Web-WebSockets": "Available"}),
    ),
    Case(
        "readings/files",
        (
            read(
                {
                    "files": {
                        CONFIG: {"exists": True, "is_directory": False, "size": len(TEXT), "sha256": sha(TEXT)},
                        FOLDER: {"exists": True, "is_directory": True, "sha256": None},
                        rf"{ROOT}\absent.txt": {"exists": False, "is_directory": False},
                    }
                },
                files={"paths": [CONFIG, FOLDER, rf"{ROOT}\absent.txt"], "content": False},
            ),
        ),
    ),
    Case(
        "readings/files-with-content",
        (
            read(
                {"files": {rf"{ROOT}\bytes.bin": {"content": "AP/+DQo=", "size": 5}, SITE_FOLDER: {"content": None}}},
                files={"paths": [rf"{ROOT}\bytes.bin", SITE_FOLDER], "content": True},
            ),
        ),
        Start(files={rf"{ROOT}\bytes.bin": b"\x00\xff\xfe\r\n"}),
    ),
    Case(
        "readings/files-by-variable",
        (
            read(
                {"files": {r"%SystemDrive%\webfarm-conformance\chat\release.txt": {"exists": True, "sha256": sha("1.0\r\n")}}},
                files={"paths": [r"%SystemDrive%\webfarm-conformance\chat\release.txt"], "content": False},
            ),
        ),
    ),
    Case(
        "readings/listing",
        (
            read(
                {
                    "listing": {
                        FOLDER: [
                            {"path": "bin/Chat.dll", "size": 22},
                            {"path": "release.txt", "size": 5},
                            {"path": "web.config", "size": len(TEXT)},
                        ],
                        SITE_FOLDER: [],
                        rf"{ROOT}\absent": None,
                    }
                },
                listing={"paths": [FOLDER, SITE_FOLDER, rf"{ROOT}\absent"]},
            ),
        ),
    ),
    Case("readings/records-none", (read({"records": {"marker": None, "lease": None, "journal": None}}, records={"folder": RECORDS}),)),
    Case(
        "readings/records",
        (
            read(
                {"records": {"marker": {"farm": "chat", "members": ["a", "b"]}, "lease": {"unreadable": Has("")}, "journal": None}},
                records={"folder": RECORDS},
            ),
        ),
        Start(
            files={rf"{RECORDS}\marker.json": b'\xef\xbb\xbf{"farm": "chat", "members": ["a", "b"]}', rf"{RECORDS}\lease.json": b'{"run": '}
        ),
    ),
    *(Case(f"readings/account-{name}", (call,), start) for name, (start, call) in _ACCOUNTS.items()),
    Case(
        "readings/account-wrong-password",
        (
            read(
                {"accounts": {SERVICE: {"exists": True, "enabled": True}}}, accounts={"accounts": [{"name": SERVICE, "password": "wrong"}]}
            ),
        ),
        Start(accounts=GOOD),
    ),
    Case(
        "readings/account-without-password",
        (read({"accounts": {SERVICE: {"exists": True, "logon": None}}}, accounts={"accounts": [{"name": SERVICE}]}),),
        Start(accounts=GOOD),
    ),
    Case(
        "readings/account-unknown",
        (
            read(
                {"accounts": {r"CORP\nobody": {"exists": False, "enabled": None, "logon": Has("")}}},
                accounts={"accounts": [{"name": r"CORP\nobody", "password": "x"}]},
            ),
        ),
        Start(accounts=GOOD),
    ),
    Case(
        "readings/account-gmsa",
        (
            read(
                {
                    "accounts": {
                        r"CORP\gmsa-chat$": {"is_gmsa": True, "gmsa_usable": True, "logon": None},
                        r"CORP\gmsa-other$": {"is_gmsa": True, "gmsa_usable": False},
                    }
                },
                accounts={"accounts": [{"name": r"CORP\gmsa-chat$"}, {"name": r"CORP\gmsa-other$"}]},
            ),
        ),
        Start(accounts={r"CORP\gmsa-chat$": {"gmsa": True}, r"CORP\gmsa-other$": {"gmsa": True, "usable": False}}),
    ),
    Case("readings/workers-none", (read({"workers": {POOL: [], "NoSuchPool": []}}, workers={"pools": [POOL, "NoSuchPool"]}),)),
    Case(
        "readings/workers",
        (read({"workers": {OTHER_POOL: [{"state": "Running"}]}}, workers={"pools": [OTHER_POOL]}),),
        Start(setup=(op("set_pool", name=OTHER_POOL, settings={"start_mode": "AlwaysRunning"}),)),
        only=("model", "powershell"),
    ),
    Case("readings/events-none", (read({"events": []}, events={"since": "2099-01-01T00:00:00.0000000Z", "pools": [POOL]}),)),
    Case(
        "readings/several-at-once",
        (
            read(
                {"host": {"is_administrator": True}, "files": {CONFIG: {"exists": True}}, "workers": {POOL: []}},
                host={},
                files={"paths": [CONFIG], "content": False},
                workers={"pools": [POOL]},
            ),
        ),
    ),
    Case("readings/path-elsewhere", (read({"files": None}, files={"paths": ["chat\\web.config"], "content": False}),)),
    Case(
        "readings/nested-path",
        (read({"configuration": [{"site": SITE, "path": PATH}]}, configuration={"applications": [APPLICATION]}),),
        Start(files={rf"{SITE_FOLDER}\web.config": b"<configuration />\n"}),
    ),
)
