# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Items of collections: what tells them apart, in which order they stand, what takes them away, and in which location they belong."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import ConfigEditError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig import Document
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig.edits import apply_edits
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig.identity import KEYS, key_of

V2 = "http://schemas.microsoft.com/.NetConfiguration/v2.0"
ASM = "urn:schemas-microsoft-com:asm.v1"
TOKEN = "30ad4fe6b2a6aeed"


def edited(text: str, *edits: dict[str, Any]) -> str:
    document = Document.parse(text.encode(), name="web.config")
    apply_edits(document, list(edits))
    return document.to_bytes().decode()


def wrapped(section: str, inner: str) -> str:
    """A file with ``inner`` in the groups that ``section`` names, all on one line each."""
    names = section.split("/")
    return (
        "<configuration>\n"
        + "".join(f"<{n}>" for n in names)
        + f"\n{inner}\n"
        + "".join(f"</{n}>" for n in names[::-1])
        + "\n</configuration>"
    )


# path of the element, attributes that find it, what stands in the file, whether it is found
FOUND: list[tuple[str, dict[str, Any], str, bool]] = [
    ("appSettings/add", {"key": "OWIN:AppStartup"}, '<add key="owin:appStartup" value="x"/>', True),
    ("appSettings/add", {"key": "\u00e4"}, '<add key="\u00c4" value="x"/>', True),
    ("appSettings/add", {"key": "stra\u00dfe"}, '<add key="STRASSE" value="x"/>', False),
    ("appSettings/add", {"key": "a&b"}, '<add key="A&#38;B" value="x"/>', True),
    ("connectionStrings/add", {"name": "default"}, '<add name="Default" connectionString="x"/>', True),
    ("system.webServer/handlers/add", {"name": "Static"}, '<add name="static" path="*"/>', False),
    ("system.webServer/handlers/add", {"name": "Static"}, '<add name="Static" path="*"/>', True),
    ("system.webServer/modules/add", {"name": "M"}, '<add name="m" type="t"/>', False),
    ("system.web/httpModules/add", {"name": "M"}, '<add name="m" type="t"/>', True),
    ("system.web/httpHandlers/add", {"verb": "GET", "path": "*.x"}, '<add verb="get" path="*.X" type="t"/>', True),
    ("system.web/httpHandlers/add", {"verb": "GET", "path": "*.x"}, '<add verb="POST" path="*.x" type="t"/>', False),
    ("system.webServer/httpProtocol/customHeaders/add", {"name": "x-frame-options"}, '<add name="X-Frame-Options" value="DENY"/>', True),
    ("system.webServer/staticContent/mimeMap", {"fileExtension": ".JSON"}, '<mimeMap fileExtension=".json" mimeType="x"/>', True),
    ("system.webServer/defaultDocument/files/add", {"value": "Index.html"}, '<add value="index.html"/>', True),
    ("system.webServer/httpErrors/error", {"statusCode": 404}, '<error statusCode="404" subStatusCode="-1" path="x"/>', True),
    ("system.webServer/httpErrors/error", {"statusCode": 404}, '<error statusCode="404" subStatusCode="3" path="x"/>', False),
    ("system.webServer/rewrite/rules/rule", {"name": "https"}, '<rule name="HTTPS"/>', True),
    ("system.webServer/security/requestFiltering/verbs/add", {"verb": "get"}, '<add verb="GET" allowed="true"/>', False),
    ("applicationSettings/My.App/setting", {"name": "Url"}, '<setting name="Url" serializeAs="String"><value/></setting>', True),
    ("configSections/section", {"name": "A"}, '<section name="a" type="t"/>', False),
    ("my/items/item", {"id": "A"}, '<item id="a"/>', True),  # told by nothing: the only one is meant
]


@pytest.mark.parametrize(("path", "attributes", "inner", "there"), FOUND)
def test_the_key_of_a_collection_is_known(path: str, attributes: dict[str, Any], inner: str, there: bool) -> None:
    before = wrapped(path.rpartition("/")[0], inner)
    after = edited(before, {"path": path, "attributes": {**attributes, "new": "1"}})
    assert after.count("<" + path.rpartition("/")[2] + " ") == (1 if there else 2)
    assert after.replace(' new="1"', "") == before if there and not path.startswith("my/") else 'new="1"' in after
    assert edited(after, {"path": path, "attributes": {**attributes, "new": "1"}}) == after


def test_every_known_collection_can_be_made_and_is_found_again() -> None:
    for path, key in KEYS.items():
        names = path.replace("*", "Any.Group").split("/")
        attributes = {name: f"v{number}" for number, name in enumerate(key.names) if "/" not in name}
        if not attributes:
            continue
        edit = {"path": "/".join(names), "attributes": {**attributes, "x": "1"}}
        once = edited("<configuration/>", edit)
        assert edited(once, edit) == once, path
        assert key_of(names) is key


REDIRECT = f"""<configuration>
  <runtime>
    <assemblyBinding xmlns="{ASM}" appliesTo="v2.0.50727">
    </assemblyBinding>
    <assemblyBinding xmlns="{ASM}">
      <dependentAssembly>
        <assemblyIdentity name="Newtonsoft.Json" publicKeyToken="{TOKEN.upper()}"/>
        <bindingRedirect oldVersion="0.0.0.0-6.0.0.0" newVersion="6.0.0.0"/>
      </dependentAssembly>
      <dependentAssembly>
        <assemblyIdentity name="Newtonsoft.Json" publicKeyToken="{TOKEN}" culture="de"/>
        <bindingRedirect oldVersion="0.0.0.0-6.0.0.0" newVersion="6.0.0.0"/>
      </dependentAssembly>
    </assemblyBinding>
  </runtime>
</configuration>"""


def redirect(name: str, version: str, **identity: str) -> dict[str, Any]:
    return {
        "path": "runtime/assemblyBinding/dependentAssembly/bindingRedirect",
        "identity": {"name": name, "publicKeyToken": TOKEN, "culture": "neutral", **identity},
        "attributes": {"oldVersion": f"0.0.0.0-{version}", "newVersion": version},
    }


def test_a_redirect_is_told_by_its_assembly() -> None:
    after = edited(REDIRECT, redirect("newtonsoft.json", "13.0.0.0"))
    assert after == REDIRECT.replace("6.0.0.0", "13.0.0.0", 2)
    german = edited(REDIRECT, redirect("Newtonsoft.Json", "13.0.0.0", culture="de"))
    assert german.partition('culture="de"')[0] == REDIRECT.partition('culture="de"')[0] and german.count("13.0.0.0") == 2


def test_a_new_redirect_goes_where_every_version_reads_it() -> None:
    after = edited(REDIRECT, redirect("Microsoft.Owin", "4.2.0.0"))
    new = f"""
      <dependentAssembly>
        <assemblyIdentity name="Microsoft.Owin" publicKeyToken="{TOKEN}" culture="neutral" />
        <bindingRedirect oldVersion="0.0.0.0-4.2.0.0" newVersion="4.2.0.0" />
      </dependentAssembly>"""
    at = REDIRECT.rindex("\n    </assemblyBinding>")
    assert after == REDIRECT[:at] + new + REDIRECT[at:]
    assert edited(after, redirect("Microsoft.Owin", "4.2.0.0")) == after
    assert f'xmlns="{ASM}"' in edited("<configuration/>", redirect("Microsoft.Owin", "4.2.0.0"))


HANDLERS = """<configuration>
  <system.webServer>
    <handlers>
      <remove name="Old"/>
      <!-- all the rest -->
      <add name="All" path="*"/> <!-- last -->
    </handlers>
  </system.webServer>
</configuration>"""
NEW = {"path": "system.webServer/handlers/add", "attributes": {"name": "New", "path": "*.n"}}
LINE = '      <add name="New" path="*.n" />\n'
ALL = '      <!-- all the rest -->\n      <add name="All" path="*"/> <!-- last -->\n'
# order -> the lines of the collection after <remove>
ORDER: dict[str, tuple[dict[str, Any], str]] = {
    "at the end": ({}, ALL + LINE),
    "before, with the comment above": ({"before": {"name": "All"}}, LINE + ALL),
    "before, as a step": ({"before": "add[@name='All']"}, LINE + ALL),
    "after, behind the comment": ({"after": {"name": "All"}}, ALL + LINE),
    "before all": ({"before": "*"}, LINE + ALL),
    "after all": ({"after": "*"}, ALL + LINE),
    "no such sibling, optional": ({"before": {"name": "None"}, "missing": "ignore"}, ALL + LINE),
}


@pytest.mark.parametrize(("order", "lines"), ORDER.values(), ids=ORDER)
def test_an_item_stands_where_it_was_asked_for(order: dict[str, Any], lines: str) -> None:
    after = edited(HANDLERS, {**NEW, **order})
    assert after == HANDLERS.replace(ALL, lines)
    assert edited(after, {**NEW, **order}) == after


def test_an_item_is_moved_once() -> None:
    wrong = HANDLERS.replace(ALL, ALL + LINE)
    assert edited(wrong, {**NEW, "before": {"name": "All"}}) == HANDLERS.replace(ALL, LINE + ALL)
    one_line = "<configuration><a><x/><y/></a></configuration>"
    assert edited(one_line, {"path": "a/y", "before": "x"}).replace("\n", "").replace(" ", "") == one_line.replace("<x/><y/>", "<y/><x/>")


def test_an_order_that_nothing_gives_is_refused() -> None:
    with pytest.raises(ConfigEditError, match=r"is to stand before <add\[@name='None'\]>, which is not in <handlers>"):
        edited(HANDLERS, {**NEW, "before": {"name": "None"}})


HEADERS = "system.webServer/httpProtocol/customHeaders"
# section's content, edit, content afterwards
TAKEN_AWAY: dict[str, tuple[str, dict[str, Any], str]] = {
    "a remove goes before a new item": (
        '<add name="A"/>',
        {"path": f"{HEADERS}/add", "attributes": {"name": "B", "value": "1"}, "remove_inherited": True},
        '<add name="A"/>\n<remove name="B" />\n<add name="B" value="1" />',
    ),
    "a remove goes before an item that is there": (
        '<add name="B" value="1"/>',
        {"path": f"{HEADERS}/add", "attributes": {"name": "b", "value": "1"}, "remove_inherited": True},
        '<remove name="B" />\n<add name="B" value="1"/>',
    ),
    "a clear is enough": (
        '<clear/>\n<add name="B" value="1"/>',
        {"path": f"{HEADERS}/add", "attributes": {"name": "B", "value": "1"}, "remove_inherited": True},
        '<clear/>\n<add name="B" value="1"/>',
    ),
    "what is inherited goes": (
        '<add name="X-Powered-By" value="1"/>',
        {"path": f"{HEADERS}/add", "identity": {"name": "X-Powered-By"}, "state": "absent", "remove_inherited": True},
        '  <remove name="X-Powered-By" />',
    ),
    "what is inherited is gone": (
        '<remove name="x-powered-by"/>',
        {"path": f"{HEADERS}/add", "identity": {"name": "X-Powered-By"}, "state": "absent", "remove_inherited": True},
        '<remove name="x-powered-by"/>',
    ),
    "the key of a remove is known": (
        '<remove name="A"/>',
        {"path": f"{HEADERS}/remove", "attributes": {"name": "B"}},
        '<remove name="A"/>\n<remove name="B" />',
    ),
    "an item before a clear does not count": (
        '<add name="B" value="1"/>\n<clear/>',
        {"path": f"{HEADERS}/add", "attributes": {"name": "B", "value": "2"}},
        '<add name="B" value="1"/>\n<clear/>\n<add name="B" value="2" />',
    ),
    "nor one before its remove": (
        '<add name="B" value="1"/>\n<remove name="b"/>\n<add name="B" value="3"/>',
        {"path": f"{HEADERS}/add", "attributes": {"name": "B", "value": "2"}},
        '<add name="B" value="1"/>\n<remove name="b"/>\n<add name="B" value="2"/>',
    ),
}


@pytest.mark.parametrize(("before", "edit", "after"), TAKEN_AWAY.values(), ids=TAKEN_AWAY)
def test_what_remove_and_clear_take_away(before: str, edit: dict[str, Any], after: str) -> None:
    assert edited(wrapped(HEADERS, before), edit) == wrapped(HEADERS, after)
    assert edited(wrapped(HEADERS, after), edit) == wrapped(HEADERS, after)


SETTING = {"path": "appSettings/add", "attributes": {"key": "A", "value": "1"}}
OWN = "<configuration>\n  <location path='.' inheritInChildApplications='false'>\n    <appSettings/>\n  </location>\n</configuration>"
# before, edit, after
LOCATIONS: dict[str, tuple[str, dict[str, Any], str]] = {
    "kept from child applications": (
        "<configuration>\n</configuration>",
        {**SETTING, "inherit_in_child_applications": False},
        '<configuration>\n  <location path="." inheritInChildApplications="false">\n    <appSettings>\n      <add key="A" value="1" />\n'
        "    </appSettings>\n  </location>\n</configuration>",
    ),
    "where the section is": (
        OWN,
        {**SETTING, "inherit_in_child_applications": False},
        OWN.replace("<appSettings/>", '<appSettings>\n      <add key="A" value="1" />\n    </appSettings>'),
    ),
    "a new section of the same kind": (
        OWN,
        {"path": "system.web/pages", "inherit_in_child_applications": False},
        OWN.replace("<appSettings/>", "<appSettings/>\n    <system.web>\n      <pages />\n    </system.web>"),
    ),
    "a dot is the file itself": (
        "<configuration>\n  <appSettings/>\n</configuration>",
        {**SETTING, "location": "."},
        '<configuration>\n  <appSettings>\n    <add key="A" value="1" />\n  </appSettings>\n</configuration>',
    ),
    "another place": (
        "<configuration>\n</configuration>",
        {"path": "system.web/pages", "location": "sub", "inherit_in_child_applications": False},
        '<configuration>\n  <location path="sub" inheritInChildApplications="false">\n    <system.web>\n      <pages />\n    </system.web>\n'
        "  </location>\n</configuration>",
    ),
    "the namespace of the file": (
        f'<configuration xmlns="{V2}">\n  <appSettings>\n  </appSettings>\n</configuration>',
        SETTING,
        f'<configuration xmlns="{V2}">\n  <appSettings>\n    <add key="A" value="1" />\n  </appSettings>\n</configuration>',
    ),
}


@pytest.mark.parametrize(("before", "edit", "after"), LOCATIONS.values(), ids=LOCATIONS)
def test_locations(before: str, edit: dict[str, Any], after: str) -> None:
    assert edited(before, edit) == after
    assert edited(after, edit) == after


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "inherited against the wish": (
        "<configuration><appSettings/></configuration>",
        {**SETTING, "inherit_in_child_applications": False},
        "stands outside of such a location",
    ),
    "no key": ("<configuration/>", {"path": "appSettings/add", "attributes": {"value": "1"}}, "is told from others by 'key'"),
    "half a key": ("<configuration/>", {"path": "system.web/httpHandlers/add", "attributes": {"verb": "*"}}, "by 'path'"),
    "no remove for it": (
        "<configuration/>",
        {"path": "my/add", "attributes": {"a": "1"}, "remove_inherited": True},
        "cannot be removed by its key",
    ),
    "twins": (
        '<configuration><appSettings>\n<add key="A"/>\n<add key="a"/>\n</appSettings></configuration>',
        SETTING,
        "more than once, in lines 2 and 3",
    ),
    "half a path": ("<configuration/>", {"path": "a[@b='c'/d"}, "names no element"),
    "both sides": ("<configuration/>", {**SETTING, "before": "*", "after": "*"}, "before or after a sibling, not both"),
    "no such word": ("<configuration/>", {**SETTING, "missing": "maybe"}, "fail or ignore"),
}


@pytest.mark.parametrize(("text", "edit", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(text: str, edit: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigEditError) as caught:
        edited(text, edit)
    assert said in str(caught.value) and caught.value.next_step


def test_the_path_tells_every_element_on_the_way() -> None:
    before = wrapped(
        "system.webServer/rewrite/rules", '<rule name="A"><action type="x"/></rule>\n<rule name="B/[1]"><action type="y"/></rule>'
    )
    after = edited(before, {"path": "system.webServer/rewrite/rules/rule[@name='B/[1]']/action", "attributes": {"type": "z"}})
    assert after == before.replace('"y"', '"z"')


def test_an_xpath_may_select_nothing_when_told_so() -> None:
    edit = {"xpath": "//add", "attribute": "x", "value": "1"}
    with pytest.raises(ConfigEditError, match="No element in the document matches"):
        edited("<configuration/>", edit)
    assert edited("<configuration/>", {**edit, "missing": "ignore"}) == "<configuration/>"
