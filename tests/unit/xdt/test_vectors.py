# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transforms, locators, messages and limits, as tables that need no recorded answers."""

from __future__ import annotations

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import ConfigEditError, ConfigSyntaxError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.xdt import TransformResult, transform

XDT = 'xmlns:xdt="http://schemas.microsoft.com/XML-Document-Transform"'
SOURCE = """<?xml version='1.0'?>
<configuration>
  <appSettings>
    <add key='a' value = "1" />
    <add key="b" value="2"/> <!-- b -->
  </appSettings>
  <system.web>
    <compilation debug="true" targetFramework="4.8" />
  </system.web>
</configuration>
"""


def run(body: str, source: str = SOURCE, **options: object) -> TransformResult:
    return transform(source.encode(), f"<configuration {XDT}>{body}</configuration>".encode(), **options)  # type: ignore[arg-type]


def settings(inner: str) -> str:
    return f"<appSettings>{inner}</appSettings>"


#: what is done, the text that goes, the text that comes
EDITS = [
    (settings('<add key="a" value="9" xdt:Transform="SetAttributes" xdt:Locator="Match(key)"/>'), 'value = "1"', 'value = "9"'),
    (settings('<add key="a" xdt:Transform="RemoveAttributes(value)" xdt:Locator="Match(key)"/>'), ' value = "1"', ""),
    (settings('<add key="a" xdt:Transform="Remove" xdt:Locator="Match(key)"/>'), """\n    <add key='a' value = "1" />""", ""),
    (settings('<add xdt:Transform="Remove" xdt:Locator="Condition(@key=\'b\')"/>'), '<add key="b" value="2"/> <!-- b -->', "<!-- b -->"),
    (settings('<add key="c" xdt:Transform="Insert"/>'), "<!-- b -->\n", '<!-- b -->\n    <add key="c" />\n'),
    (
        settings('<add key="c" xdt:Transform="InsertBefore(/configuration/appSettings/add[1])"/>'),
        "<add key='a'",
        "<add key=\"c\" />\n    <add key='a'",
    ),
    (
        settings('<add key="c" xdt:Transform="InsertIfMissing" xdt:Locator="Match(key)"/>'),
        "<!-- b -->\n",
        '<!-- b -->\n    <add key="c" />\n',
    ),
    (settings('<add key="b" xdt:Transform="InsertIfMissing" xdt:Locator="Match(key)"/>'), "", ""),
    (
        settings('<add key="b" value="3" xdt:Transform="Replace" xdt:Locator="Match(key)"/>'),
        '<add key="b" value="2"/>',
        '<add key="b" value="3" />',
    ),
    (
        settings('<add key="b" xdt:Transform="CommentOut" xdt:Locator="Match(key)"/>'),
        '<add key="b" value="2"/>',
        '<!-- <add key="b" value="2"/> -->',
    ),
    ('<x xdt:Transform="RemoveAll" xdt:Locator="XPath(//compilation/@nothing)"/>', "", ""),
    (
        '<system.web><compilation xdt:Transform="RemoveAttributes(debug)"/></system.web>',
        '<compilation debug="true" targetFramework',
        "<compilation targetFramework",
    ),
    (
        '<system.web><compilation batch="false" xdt:Transform="SetAttributes(batch)"/></system.web>',
        'targetFramework="4.8" />',
        'targetFramework="4.8" batch="false" />',
    ),
    (
        settings('<add key="b" value="$(key)-$(value)" xdt:Transform="SetTokenizedAttributes(value)" xdt:Locator="Match(key)"/>'),
        'value="2"',
        'value="b-2"',
    ),
]


@pytest.mark.parametrize(("body", "gone", "come"), EDITS)
def test_only_the_edit_changes(body: str, gone: str, come: str) -> None:
    result = run(body)
    assert result.output is not None
    assert gone in SOURCE
    assert result.output.decode() == SOURCE.replace(gone, come, 1)


#: xdt attributes of <add key="a">, level and text of the first entry that is no detail
MESSAGES = [
    ('xdt:Transform="insert"', "error", "Could not resolve 'insert' as a type of Transform"),
    ('xdt:Transform="Match"', "error", "'Microsoft.Web.XmlTransform.Match' is not a type of Transform"),
    ('xdt:Transform="InsertBase"', "error", "Type 'Microsoft.Web.XmlTransform.InsertBase' must have a no-argument constructor"),
    ('xdt:Transform=""', "error", "Transform and Locator attributes must contain only a type name"),
    ('xdt:Transform="Remove" xdt:Locator="Match"', "error", "Match requires at least 1 arguments"),
    ('xdt:Transform="Remove" xdt:Locator="Match( key )"', "error", "No attribute ' key ' exists for the Match Locator"),
    ('xdt:Transform="Remove" xdt:Locator="Condition(@a=\'x,y\')"', "error", "Condition requires exactly 1 arguments"),
    ('xdt:Transform="Remove" xdt:Locator="Condition(@a=\'x)"', "error", "This is an unclosed string."),
    ('xdt:Transform="Remove" xdt:Locator="Condition(b[1])"', "error", "'/configuration/appSettings/add[b[1]' has an invalid token."),
    ('xdt:Transform="Remove" xdt:Locator="XPath(/p:x)"', "error", "Namespace prefix 'p' is not defined."),
    (
        'xdt:Transform="Remove" xdt:Locator="Condition(foo())"',
        "error",
        "XsltContext is needed for this query because of an unknown function.",
    ),
    (
        'xdt:Transform="Remove" xdt:Locator="Condition(contains(@a))"',
        "error",
        "Function 'contains' in '/configuration/appSettings/add[contains(@a)]' has an invalid number of arguments.",
    ),
    (
        'xdt:Transform="Remove" xdt:Locator="XPath(count(//add))"',
        "error",
        "'/configuration/appSettings/add/count(//add)' has an invalid token.",
    ),
    ('xdt:Transform="Remove"', "warning", "Found multiple target elements, but the 'Remove' Transform only applies to the first match"),
    ('xdt:Transform="RemoveAll(x)"', "warning", "RemoveAll does not expect arguments; ignoring"),
    ('xdt:Transform="SetAttributes(zz)" xdt:Locator="Match(key)"', "warning", "Argument 'zz' did not match any attributes"),
    ('xdt:Transform="InsertBefore"', "error", "InsertBefore requires an XPath argument"),
    ('xdt:Transform="InsertAfter(a,b)"', "error", "Too many arguments to InsertAfter"),
    ('xdt:Transform="InsertAfter(nothing)"', "error", "No element in the source document matches 'nothing'"),
    ('xdt:Transform="InsertAfter(@x:y)"', "error", "Namespace Manager or XsltContext needed."),
    ('xdt:Transform="Remove" xdt:SupressWarnings="1"', "error", "String '1' was not recognized as a valid Boolean."),
    ('xdt:Transform="Remove" xdt:SupressWarnings="TRUE"', "message", "Found multiple target elements"),
]


@pytest.mark.parametrize(("attributes", "level", "text"), MESSAGES)
def test_the_engines_own_words(attributes: str, level: str, text: str) -> None:
    result = run(settings(f'<add key="a" {attributes}/>'))
    found = [entry for entry in result.log if entry.level in ("error", "warning", "message")]
    assert found
    assert (found[0].level, found[0].message[: len(text)]) == (level, text)
    assert result.succeeded is (level != "error")
    if level != "message":
        assert found[0].line == 1
        assert found[0].file == "transform.config"


#: transform, text of the error; each succeeds without strict
STRICT = [
    (settings('<add key="a" xdt:transform="Remove"/>'), "Unknown attribute 'xdt:transform'; did you mean 'xdt:Transform'?"),
    (settings('<add key="a" xdt:Tranform="Remove"/>'), "Unknown attribute 'xdt:Tranform'"),
    (settings('<add xdt:Transform="Remove"/>'), "Found multiple target elements"),
    (settings('<sub xdt:Transform="Remove"/>'), "No element in the source document matches '/configuration/appSettings/sub'"),
    ("<xdt:Foo/>", "Unknown tag 'xdt:Foo'"),
]


@pytest.mark.parametrize(("body", "text"), STRICT)
def test_strict_fails_where_the_engine_only_warns(body: str, text: str) -> None:
    assert run(body).succeeded
    result = run(body, strict=True)
    assert not result.succeeded
    assert any(entry.level == "error" and entry.message.startswith(text) and entry.line == 1 for entry in result.log)


def test_strict_wants_the_namespaces_to_meet() -> None:
    source = '<configuration xmlns="http://schemas.microsoft.com/.NetConfiguration/v2.0"><appSettings/></configuration>'
    body = settings('<add key="a" xdt:Transform="InsertIfMissing"/>')
    assert "nothing can match" in run(body, source, strict=True).log[0].message
    for strict in (False, True):
        plain = transform(source.encode(), b"<configuration><appSettings/></configuration>", strict=strict)
        assert plain.succeeded is not strict
        assert "The expected namespace" in " ".join(entry.message for entry in plain.log)


def test_suppressed_warnings_stay_messages_in_strict_mode() -> None:
    assert run(settings('<add xdt:Transform="Remove" xdt:SupressWarnings="true"/>'), strict=True).succeeded


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ('assembly="A" path="p" namespace="n"', "Import tag cannot have both a 'path' and an 'assembly'"),
        ('namespace="n"', "Import tag must have a 'path' or an 'assembly'"),
        ('path="p"', "Import tag must have a 'namespace'"),
        ('path="p" namespace="n" x="1"', "Import tag does not support 'x' attribute"),
        ('path="p.dll" namespace="n"', "Import loads .NET code into the engine and is not supported"),
    ],
)
def test_import_fails_by_name(attributes: str, text: str) -> None:
    result = run(f"<xdt:Import {attributes}/>")
    assert result.output is None
    assert not result.succeeded
    assert result.log[-1].message.startswith(text)


@pytest.mark.parametrize(
    "body",
    ['<x xdt:Transform="Remove" xdt:Locator="XPath(/configuration)"/>', '<y xdt:Transform="CommentOut" xdt:Locator="XPath(//comment())"/>'],
)
@pytest.mark.parametrize("serializer", ["exact", "msft"])
def test_what_would_be_no_xml_is_not_written(body: str, serializer: str) -> None:
    result = run(body, serializer=serializer)
    assert result.output is None
    assert not result.succeeded
    assert result.log[-1].level == "error"


@pytest.mark.parametrize(
    "source",
    [
        '<!DOCTYPE c [<!ENTITY x "y">]><configuration/>',
        '<!DOCTYPE c SYSTEM "http://127.0.0.1:9/x.dtd"><configuration/>',
        "<configuration><a></configuration>",
        '<configuration><a b="\x07"/></configuration>',
        "",
        "<a>" * 300 + "</a>" * 300,
        "<html><body/></html>",
    ],
)
def test_hostile_files_are_refused(source: str) -> None:
    with pytest.raises(ConfigSyntaxError):
        run("", source)
    with pytest.raises(ConfigSyntaxError):
        transform(b"<configuration/>", source.encode())


@pytest.mark.parametrize(
    "source", ["<!DOCTYPE configuration>\n<configuration />", '<!DOCTYPE c [<!ELEMENT c ANY>]>\r\n<configuration a="\t>"\r/>\r\n']
)
def test_a_harmless_doctype_stays(source: str) -> None:
    assert run("", source).output == source.encode()


MANY = "<configuration><appSettings>" + "<add key='k'/>" * 4000 + "</appSettings></configuration>"


@pytest.mark.parametrize(
    "body",
    [
        '<a xdt:Transform="Remove" xdt:Locator="XPath(//*[count(//*[count(//*)>1])>1])"/>',
        '<a xdt:Transform="Remove" xdt:Locator="XPath(//*/following::*)"/>',
        f'<a xdt:Transform="Remove" xdt:Locator="XPath({"|".join(["//*"] * 500)})"/>',
        settings('<add xdt:Transform="SetAttributes" z="1"/>' * 200),
        settings(f'<add xdt:Transform="SetAttributes" z="{"x" * 3000}"/>'),
        '<a xdt:Transform="Insert">' * 240 + "</a>" * 240,
    ],
)
def test_work_is_bounded(body: str) -> None:
    with pytest.raises(ConfigEditError, match="too much work"):
        run(body, MANY)


def test_a_thing_that_takes_all_depth_is_refused() -> None:
    deep = "<configuration>" + "<a>" * 250 + "</a>" * 250 + "</configuration>"
    body = '<b xdt:Transform="Insert" xdt:Locator="XPath(//a[not(a)])">' + "<c>" * 20 + "</c>" * 20 + "</b>"
    with pytest.raises(ConfigEditError, match="deep"):
        run(body, deep)


def test_results_and_errors_name_no_value_in_their_repr() -> None:
    assert "4.8" not in repr(run(settings('<add key="a" xdt:Transform="Remove"/>')))
