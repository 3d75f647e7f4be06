# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits in the file that owns the value; shorthands; what a file may not become."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import ConfigEditError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig.allowed import IisLocks, check_level, check_size, size_warning
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig.edits import read_edits
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig.file_set import FileSet
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig.shorthands import edits_of

MAIN = """<configuration>
  <appSettings file="own.config">
    <add key="A" value="1"/>
    <add key="B" value="1"/>
  </appSettings>
  <connectionStrings configSource="conf\\db.config"/>
  <system.web>
    <machineKey configSource="key.config"/>
  </system.web>
</configuration>"""
BOM16 = b"\xff\xfe"
OTHERS = {
    "own.config": b'<appSettings>\r\n  <add key="b" value="9"/>\r\n</appSettings>',
    "conf\\db.config": BOM16 + '<connectionStrings><add name="D" connectionString="x"/></connectionStrings>'.encode("utf-16-le"),
    "key.config": b"<machineKey validation='SHA1'/>",
}


def made(
    edit: dict[str, Any], main: str = MAIN, others: Mapping[str, bytes] = MappingProxyType(OTHERS), *, create: bool = False
) -> tuple[str, dict[str, bytes]]:
    """The file that the edit names, and what became of each file."""

    def source(name: str) -> tuple[str, bytes | None]:
        return "C:\\x\\" + name, others.get(name)

    files = FileSet("C:\\x\\web.config", main.encode(), main.encode(), source, create=create)
    result = [files.apply(one) for one in read_edits([edit])]
    return result[0].path.removeprefix("C:\\x\\"), {one.path.removeprefix("C:\\x\\"): one.after for one in files.outcomes()}


SETTING = "appSettings/add"
# edit, the file that owns it, text there before and after
OWNERS: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "a setting of the file it refers to": ({"path": SETTING, "attributes": {"key": "B", "value": "2"}}, "own.config", '"9"', '"2"'),
    "a setting that stands only here": (
        {"path": SETTING, "attributes": {"key": "a", "value": "2"}},
        "web.config",
        '"A" value="1"',
        '"A" value="2"',
    ),
    "a connection": (
        {"path": "connectionStrings/add", "attributes": {"name": "d", "connectionString": "y"}},
        "conf\\db.config",
        '"x"',
        '"y"',
    ),
    "the section itself": ({"path": "system.web/machineKey", "attributes": {"validation": "AES"}}, "key.config", "SHA1", "AES"),
    "the reference": (
        {"path": "system.web/machineKey", "attributes": {"configSource": "k.config"}},
        "web.config",
        "key.config",
        "k.config",
    ),
}


@pytest.mark.parametrize(("edit", "owner", "old", "new"), OWNERS.values(), ids=OWNERS)
def test_the_file_that_owns_the_value_is_edited_and_no_other(edit: dict[str, Any], owner: str, old: str, new: str) -> None:
    before = {"web.config": MAIN.encode(), **OTHERS}
    path, after = made(edit)
    codec = "utf-16-le" if before[owner].startswith(BOM16) else "utf-8"
    assert path == owner
    assert after[owner] == before[owner].replace(old.encode(codec), new.encode(codec))
    assert {name: data for name, data in after.items() if data != before[name]} == {owner: after[owner]}


def test_an_absent_setting_is_absent_from_both() -> None:
    _path, after = made({"path": SETTING, "identity": {"key": "B"}, "state": "absent"})
    assert b'"B"' not in after["web.config"] and b'"b"' not in after["own.config"]


def test_a_missing_settings_file_is_no_fault_and_a_missing_section_is() -> None:
    path, _after = made({"path": SETTING, "attributes": {"key": "B", "value": "2"}}, others={})
    assert path == "web.config"
    edit = {"path": "connectionStrings/add", "attributes": {"name": "D", "connectionString": "y"}}
    with pytest.raises(ConfigEditError, match="there is no such file"):
        made(edit, others={})
    _path, after = made(edit, others={}, create=True)
    assert b'<add name="D" connectionString="y" />' in after["conf\\db.config"]


@pytest.mark.parametrize("name", ["..\\x.config", "C:\\x.config", "\\x.config", "a/x.config", "", " x.config", "a\\..\\..\\x.config"])
def test_no_reference_leads_out_of_the_folder(name: str) -> None:
    main = f'<configuration><connectionStrings configSource="{name}"/></configuration>'
    with pytest.raises(ConfigEditError, match="is not followed"):
        made({"path": "connectionStrings/add", "attributes": {"name": "D", "connectionString": "y"}}, main)
    if name in ("a/x.config", "", " x.config"):
        return
    with pytest.raises(ConfigEditError, match="is not followed"):
        made({"path": SETTING, "attributes": {"key": "D", "value": "y"}}, f'<configuration><appSettings file="{name}"/></configuration>')


def test_an_xpath_that_finds_nothing_says_where_the_section_is() -> None:
    with pytest.raises(ConfigEditError, match="<connectionStrings> .line 6., <machineKey> .line 8."):
        made({"xpath": "//connectionStrings/add", "attribute": "x", "value": "1"})


# Shorthands

HEADERS = "<system.webServer><httpProtocol><customHeaders>"
# options, what stands in the file afterwards, without white space between tags
SHORT: dict[str, tuple[dict[str, Any], str]] = {
    "settings": (
        {"app_settings": {"A": True, "B": None}},
        '<appSettings><add key="A" value="true" /></appSettings>',
    ),
    "connections": (
        {"connection_strings": {"D": "x", "E": {"connectionString": "y", "providerName": "p"}}},
        '<connectionStrings><add name="D" connectionString="x" /><add name="E" connectionString="y" providerName="p" /></connectionStrings>',
    ),
    "sections": (
        {"http_runtime": {"targetFramework": "4.8"}, "compilation": {"debug": False}, "session_state": {"mode": "StateServer"}},
        '<system.web><httpRuntime targetFramework="4.8" /><compilation debug="false" /><sessionState mode="StateServer" /></system.web>',
    ),
    "web sockets": ({"web_socket": {"enabled": True}}, '<system.webServer><webSocket enabled="true" /></system.webServer>'),
    "headers": (
        {"custom_headers": {"X-A": "1", "X-Powered-By": None}},
        HEADERS + '<remove name="X-A" /><add name="X-A" value="1" /><remove name="X-Powered-By" />'
        "</customHeaders></httpProtocol></system.webServer>",
    ),
    "another origin": (
        {"cors": {"origin": "https://www.example.org"}},
        HEADERS + '<remove name="Access-Control-Allow-Origin" /><add name="Access-Control-Allow-Origin" value="https://www.example.org" />'
        '<remove name="Access-Control-Allow-Credentials" /><add name="Access-Control-Allow-Credentials" value="true" />'
        "</customHeaders></httpProtocol></system.webServer>",
    ),
    "redirects": (
        {"assembly_redirects": [{"name": "N", "publicKeyToken": "30ad", "newVersion": "13.0.0.0"}]},
        '<runtime><assemblyBinding xmlns="urn:schemas-microsoft-com:asm.v1"><dependentAssembly>'
        '<assemblyIdentity name="N" publicKeyToken="30ad" culture="neutral" />'
        '<bindingRedirect oldVersion="0.0.0.0-13.0.0.0" newVersion="13.0.0.0" /></dependentAssembly></assemblyBinding></runtime>',
    ),
    "no redirect": ({"assembly_redirects": [{"name": "N", "publicKeyToken": "30ad", "state": "absent"}]}, ""),
}


@pytest.mark.parametrize(("options", "inner"), SHORT.values(), ids=SHORT)
def test_shorthands(options: dict[str, Any], inner: str) -> None:
    edits = read_edits(edits_of(options))
    files = FileSet("w", None, b"<configuration>\n</configuration>")
    changed = [files.apply(edit).changed for edit in edits]
    assert any(changed) == bool(inner)
    text = files.outcomes()[0].after.decode()
    assert "".join(line.strip() for line in text.split("\n")) == f"<configuration>{inner}</configuration>"
    again = FileSet("w", None, text.encode())
    assert [edit.target for edit in edits if again.apply(edit).changed] == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"cors": {"origin": "*"}}, "no credentials from the origin"),
        ({"cors": {"origin": "https://a/b"}}, "is no origin"),
        ({"cors": {"credentials": True}}, "needs an 'origin'"),
        ({"connection_strings": {"D": ["x"]}}, "connection string 'D'"),
        ({"assembly_redirects": [{"name": "N", "publicKeyToken": "30ad"}]}, "needs a newVersion"),
    ],
)
def test_shorthands_that_make_no_sense(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigEditError, match=said):
        edits_of(options)


# What a file may not become

HOST = b"""<configuration>
  <configSections>
    <sectionGroup name="system.webServer">
      <section name="handlers" overrideModeDefault="Deny"/>
      <section name="modules" allowDefinition="MachineToApplication" overrideModeDefault="Deny"/>
      <section name="globalModules" allowDefinition="AppHostOnly"/>
      <section name="webSocket" overrideModeDefault="Deny"/>
      <sectionGroup name="security"><section name="access" overrideModeDefault="Deny"/><section name="requestFiltering"/></sectionGroup>
    </sectionGroup>
  </configSections>
  <location path="" overrideMode="Allow"><system.webServer><modules/></system.webServer></location>
  <location path="Default Web Site" overrideMode="Allow"><system.webServer><handlers/></system.webServer></location>
  <location path="Default Web Site/closed" allowOverride="false"><system.webServer><handlers/></system.webServer></location>
</configuration>"""
LOCKED = [
    ("system.webServer/modules/add", "Default Web Site/chat", None),
    ("system.webServer/handlers/add", "Default Web Site/chat", None),
    ("system.webServer/handlers/add", "Default Web Sites", 4),
    ("system.webServer/handlers/add", "default web site/CLOSED/chat", 13),
    ("system.webServer/globalModules/add", "Default Web Site", 6),
    ("system.webServer/webSocket", "Default Web Site", 7),
    ("system.webServer/security/access", "Default Web Site", 8),
    ("system.webServer/security/requestFiltering/verbs", "Default Web Site", None),
    ("system.webServer/rewrite/rules/rule", "Default Web Site", None),
    ("system.web/pages", "Default Web Site", None),
]


@pytest.mark.parametrize(("path", "place", "line"), LOCKED)
def test_locks_of_iis(path: str, place: str, line: int | None) -> None:
    lock = IisLocks(HOST).lock(path.split("/"), place)
    assert (lock.line if lock else None) == line


def test_a_site_locks_its_applications() -> None:
    locks = IisLocks(HOST)
    site = (
        b'<configuration><location path="." overrideMode="Deny"><system.webServer><modules/></system.webServer></location></configuration>'
    )
    locks.add_file(site, place="Default Web Site/", name="web.config")
    lock = locks.lock(["system.webServer", "modules"], "Default Web Site/chat")
    assert lock and lock.file == "web.config"


LEVELS = [
    ("system.web/machineKey", None, None),
    ("system.web/machineKey", ".", None),
    ("system.web/machineKey", "sub", "MachineToApplication"),
    ("system.web/machineKey", "App", None),
    ("system.web/pages", "sub", None),
    ("system.web/processModel", None, "MachineOnly"),
    ("system.web/protocols/add", None, "MachineToWebRoot"),
    ("system.webServer/handlers", "sub", None),
]


@pytest.mark.parametrize(("path", "location", "said"), LEVELS)
def test_where_a_section_may_stand(path: str, location: str | None, said: str | None) -> None:
    if said is None:
        check_level(path.split("/"), location, path="w", applications=["/app"])
        return
    with pytest.raises(ConfigEditError, match=f"allowDefinition='{said}'"):
        check_level(path.split("/"), location, path="w", applications=["/app"])


# before, after, limit in kB, refused, warned
SIZES = [
    (0, 204_800, 250, False, False),
    (0, 204_801, 250, False, True),
    (0, 256_001, 250, True, True),
    (256_001, 256_002, 250, False, True),
]
SIZES += [(0, 300_000, 0, False, False), (0, 300_000, 500, False, False)]


@pytest.mark.parametrize(("before", "after", "limit", "refused", "warned"), SIZES)
def test_how_big_a_file_may_become(before: int, after: int, limit: int, refused: bool, warned: bool) -> None:
    assert bool(size_warning(after, path="w", kilobytes=limit)) is warned
    if refused:
        with pytest.raises(ConfigEditError, match="500.19"):
            check_size(before, after, path="w", kilobytes=limit)
    else:
        check_size(before, after, path="w", kilobytes=limit)
