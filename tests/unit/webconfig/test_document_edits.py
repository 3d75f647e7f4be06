# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits: what they write, where they write it, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import ConfigEditError, ConfigSyntaxError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig import Document, Element

V2 = "http://schemas.microsoft.com/.NetConfiguration/v2.0"


def edited(text: str, edit: str, *args: object, **more: object) -> str:
    document = Document.parse(text.encode())
    getattr(document, edit)(*args, **more)
    return document.to_bytes().decode()


# before, attribute, value, after
SET = {
    "inside the quotes only": ("<c><a  x = 'old'  y=\"1\" /></c>", "x", "new", "<c><a  x = 'new'  y=\"1\" /></c>"),
    "its own quote is escaped": ("<c><a x='1'/></c>", "x", 'it\'s "so"', "<c><a x='it&apos;s \"so\"'/></c>"),
    "greater-than stays": ("<c><a x='1'/></c>", "x", "a>b & <c>", "<c><a x='a>b &amp; &lt;c>'/></c>"),
    "line ends and tabs become references": ("<c><a x='1'/></c>", "x", "a\r\n\tb", "<c><a x='a&#xD;&#xA;&#x9;b'/></c>"),
    "equal after unescaping is no change": ("<c><a x='&#65;&amp;'/></c>", "x", "A&", "<c><a x='&#65;&amp;'/></c>"),
    "a literal line break is a value": ("<c><a x='a\nb'/></c>", "x", "a\nb", "<c><a x='a\nb'/></c>"),
    "first attribute": ("<c><a/></c>", "x", "1", '<c><a x="1"/></c>'),
    "first attribute before a blank": ("<c><a /></c>", "x", "1", '<c><a x="1" /></c>'),
    "second attribute on the same line": ("<c><a y='1'/></c>", "x", "1", "<c><a y='1' x=\"1\"/></c>"),
    "one attribute per line goes on": ("<c><a z='0'\n   y='1'/></c>", "x", "1", "<c><a z='0'\n   y='1'\n   x=\"1\"/></c>"),
    "element with content": ("<c><a>text</a></c>", "x", "1", '<c><a x="1">text</a></c>'),
    "astral characters": ("<c><a x=''/></c>", "x", "\U0001f600", "<c><a x='\U0001f600'/></c>"),
}


@pytest.mark.parametrize("name", SET)
def test_set_changes_one_attribute(name: str) -> None:
    before, attribute, value, after = SET[name]
    document = Document.parse(before.encode())
    assert document.set("/c/a", attribute, value) is (before != after)
    assert document.to_bytes().decode() == after
    assert document.get("/c/a", attribute) == value
    assert document.set("/c/a", attribute, value) is False


# encoding, bytes of the value that is written
LACKING = [
    ("windows-1252", "\u20ac \u0416", b"\x80 &#1046;"),
    ("us-ascii", "\u00e9", b"&#233;"),
    ("iso-8859-1", "\u20ac\u00e9", b"&#8364;\xe9"),
    ("utf-8", "\u0416", "\u0416".encode()),
]


@pytest.mark.parametrize(("encoding", "value", "written"), LACKING)
def test_characters_that_the_encoding_lacks_become_references(encoding: str, value: str, written: bytes) -> None:
    document = Document.parse(f'<?xml version="1.0" encoding="{encoding}"?><c><a x=""/></c>'.encode())
    document.set("/c/a", "x", value)
    assert b'<a x="' + written + b'"/>' in document.to_bytes()
    assert Document.parse(document.to_bytes()).get("/c/a", "x") == value


def test_readers_that_may_disagree_about_the_encoding_get_ascii() -> None:
    document = Document.parse(b'\xef\xbb\xbf<?xml version="1.0" encoding="windows-1252"?><c><a x=""/></c>')
    assert document.warnings
    document.set("/c/a", "x", "\u00e9")
    assert b'x="&#233;"' in document.to_bytes()


REMOVED = {
    "the only one": ("<c><a x='1' /></c>", "<c><a /></c>"),
    "the first one": ("<c><a x='1'\n  y='2'/></c>", "<c><a\n  y='2'/></c>"),
    "the last one": ("<c><a y='2'\n  x='1'/></c>", "<c><a y='2'/></c>"),
    "none": ("<c><a y='2'/></c>", "<c><a y='2'/></c>"),
}


@pytest.mark.parametrize("name", REMOVED)
def test_remove_attribute(name: str) -> None:
    before, after = REMOVED[name]
    document = Document.parse(before.encode())
    assert document.remove_attribute("/c/a", "x") is (before != after)
    assert document.to_bytes().decode() == after


KEY = ("system.web", "machineKey")
ADD = ("appSettings", "add")
# before, path, identity, attributes, location, after
ENSURE = {
    "missing parents, LF, two blanks": (
        "<configuration>\n  <a />\n</configuration>\n",
        (KEY, None, {"validation": "SHA1"}, None),
        '<configuration>\n  <a />\n  <system.web>\n    <machineKey validation="SHA1" />\n  </system.web>\n</configuration>\n',
    ),
    "CRLF and tabs": (
        "<configuration>\r\n\t<system.web>\r\n\t\t<a/>\r\n\t</system.web>\r\n</configuration>",
        (KEY, None, {}, None),
        "<configuration>\r\n\t<system.web>\r\n\t\t<a/>\r\n\t\t<machineKey />\r\n\t</system.web>\r\n</configuration>",
    ),
    "an empty element opens": (
        "<configuration>\n    <appSettings/>\n</configuration>",
        (ADD, {"key": "k"}, {"value": "v"}, None),
        '<configuration>\n    <appSettings>\n        <add key="k" value="v" />\n    </appSettings>\n</configuration>',
    ),
    "an element with an end tag and nothing inside": (
        "<configuration>\n  <appSettings></appSettings>\n</configuration>",
        (ADD, {"key": "k"}, {}, None),
        '<configuration>\n  <appSettings>\n    <add key="k" />\n  </appSettings>\n</configuration>',
    ),
    "the nearest line end counts": (
        "<configuration>\n  <appSettings>\r\n    <add key='a' />\r\n  </appSettings>\n</configuration>",
        (ADD, {"key": "k"}, {}, None),
        "<configuration>\n  <appSettings>\r\n    <add key='a' />\r\n    <add key=\"k\" />\r\n  </appSettings>\n</configuration>",
    ),
    "keys in any case": (
        "<configuration><appSettings><add key='Owin:Name' value='1'/></appSettings></configuration>",
        (ADD, {"key": "owin:name"}, {"value": "2"}, None),
        "<configuration><appSettings><add key='Owin:Name' value='2'/></appSettings></configuration>",
    ),
    "other attributes compare exactly": (
        "<configuration>\n  <m>\n    <add name='A'/>\n  </m>\n</configuration>",
        (("m", "add"), {"name": "a"}, {}, None),
        "<configuration>\n  <m>\n    <add name='A'/>\n    <add name=\"a\" />\n  </m>\n</configuration>",
    ),
    "after a trailing comment": (
        "<configuration>\n  <appSettings>\n    <!-- last -->\n  </appSettings>\n</configuration>",
        (ADD, {"key": "k"}, {}, None),
        '<configuration>\n  <appSettings>\n    <!-- last -->\n    <add key="k" />\n  </appSettings>\n</configuration>',
    ),
    "configSections comes first": (
        "<configuration>\n  <!-- ours -->\n  <appSettings />\n</configuration>",
        (("configSections", "section"), {"name": "f"}, {"type": "t"}, None),
        '<configuration>\n  <!-- ours -->\n  <configSections>\n    <section name="f" type="t" />\n  </configSections>\n  '
        "<appSettings />\n</configuration>",
    ),
    "a comment never matches": (
        "<configuration>\n  <!-- <system.web><machineKey /></system.web> -->\n</configuration>",
        (KEY, None, {}, None),
        "<configuration>\n  <!-- <system.web><machineKey /></system.web> -->\n  <system.web>\n    <machineKey />\n  </system.web>\n"
        "</configuration>",
    ),
    "a location without path is the file itself": (
        "<configuration><location path='.' inheritInChildApplications='false'><system.web><machineKey validation='A'/></system.web>"
        "</location></configuration>",
        (KEY, None, {"validation": "B"}, None),
        "<configuration><location path='.' inheritInChildApplications='false'><system.web><machineKey validation='B'/></system.web>"
        "</location></configuration>",
    ),
    "a section in a location without path is not begun twice": (
        "<configuration>\n  <location>\n    <appSettings>\n    </appSettings>\n  </location>\n</configuration>",
        (ADD, {"key": "k"}, {}, None),
        '<configuration>\n  <location>\n    <appSettings>\n      <add key="k" />\n    </appSettings>\n  </location>\n</configuration>',
    ),
    "a location with a path is another place": (
        "<configuration>\n  <location path='sub'>\n    <system.web>\n      <machineKey />\n    </system.web>\n  </location>\n</configuration>",
        (KEY, None, {}, None),
        "<configuration>\n  <location path='sub'>\n    <system.web>\n      <machineKey />\n    </system.web>\n  </location>\n"
        "  <system.web>\n    <machineKey />\n  </system.web>\n</configuration>",
    ),
    "in the location asked for": (
        "<configuration>\n  <system.web>\n    <machineKey />\n  </system.web>\n</configuration>",
        (KEY, None, {"validation": "A"}, "Default Web Site/app"),
        '<configuration>\n  <system.web>\n    <machineKey />\n  </system.web>\n  <location path="Default Web Site/app">\n    <system.web>\n'
        '      <machineKey validation="A" />\n    </system.web>\n  </location>\n</configuration>',
    ),
    "default namespace of the file": (
        f'<configuration xmlns="{V2}">\n  <system.web>\n  </system.web>\n</configuration>',
        (KEY, None, {}, None),
        f'<configuration xmlns="{V2}">\n  <system.web>\n    <machineKey />\n  </system.web>\n</configuration>',
    ),
    "assemblyBinding brings its namespace": (
        "<configuration>\n  <runtime />\n</configuration>",
        (("runtime", "assemblyBinding", "probing"), None, {"privatePath": "bin"}, None),
        '<configuration>\n  <runtime>\n    <assemblyBinding xmlns="urn:schemas-microsoft-com:asm.v1">\n      <probing privatePath="bin" />\n'
        "    </assemblyBinding>\n  </runtime>\n</configuration>",
    ),
}


@pytest.mark.parametrize("name", ENSURE)
def test_ensure_creates_or_finds_once(name: str) -> None:
    before, (path, identity, attributes, location), after = ENSURE[name]
    document = Document.parse(before.encode())
    assert document.ensure(path, identity, attributes, location=location) is True
    assert document.to_bytes().decode() == after
    again = Document.parse(document.to_bytes())
    assert again.ensure(path, identity, attributes, location=location) is False
    assert not again.is_edited


REMOVE = {
    "with its line": ("<c>\n  <s>\n    <a k='1'/>\n    <a k='2'/>\n  </s>\n</c>", "<c>\n  <s>\n    <a k='2'/>\n  </s>\n</c>"),
    "the last on its line": ("<c><s><a k='2'/> <a k='1'/>\n</s></c>", "<c><s><a k='2'/>\n</s></c>"),
    "a comment beside it stays": ("<c>\n <s>\n  <a k='1'/> <!-- n -->\n </s>\n</c>", "<c>\n <s>\n   <!-- n -->\n </s>\n</c>"),
    "nothing": ("<c><s/></c>", "<c><s/></c>"),
}


@pytest.mark.parametrize("name", REMOVE)
def test_remove(name: str) -> None:
    before, after = REMOVE[name]
    document = Document.parse(before.encode())
    assert document.remove(("s", "a"), {"k": "1"}) is (before != after)
    assert document.to_bytes().decode() == after


ENCRYPTED = "<c>\n<s configProtectionProvider='Rsa'><EncryptedData/></s>\n</c>"
EXTERNAL = "<c>\n<s configSource='sub\\k.config'/>\n</c>"
TWINS = "<c>\n<s><a/></s>\n<s><a/></s>\n</c>"
# text, edit, arguments, words of the message, line
REFUSED = {
    "nothing selected": ("<c/>", "set", ("/c/x", "y", "1"), "No element in the document matches '/c/x'", None),
    "several selected": (TWINS, "set", ("//a", "y", "1"), "lines 2 and 3", 3),
    "a text selected": ("<c>t</c>", "set", ("/c/text()", "y", "1"), "something else than elements", None),
    "an attribute selected": ("<c a='1'/>", "set", ("/c/@a", "y", "1"), "something else than elements", None),
    "a number": ("<c/>", "find", ("count(/c)",), "something else than elements", None),
    "not XPath": ("<c/>", "find", ("/c[",), "is not valid", None),
    "an EXSLT function": ("<c/>", "find", ("/c[re:test('a', 'b')]",), "is not valid", None),
    "a variable": ("<c/>", "find", ("/c[$x]",), "is not valid", None),
    "inside an encrypted section": (ENCRYPTED, "set", ("/c/s/EncryptedData", "y", "1"), "aspnet_regiis -pdf", 2),
    "beside encrypted data": (ENCRYPTED, "ensure", (("s", "add"), {"key": "k"}), "configProtectionProvider='Rsa'", 2),
    "removing from an encrypted section": (ENCRYPTED, "remove", (("s", "EncryptedData"),), "configProtectionProvider", 2),
    "a section in another file": (EXTERNAL, "set", ("/c/s", "y", "1"), "sub\\k.config", 2),
    "an element in another file": (EXTERNAL, "ensure", (("s", "add"), {"key": "k"}), "sub\\k.config", 2),
    "two candidates": (TWINS, "ensure", (("s", "a"), None, {"x": "1"}), "lines 2 and 3", 3),
    "two candidates to remove": (TWINS, "remove", (("s", "a"),), "lines 2 and 3", 3),
    "a control character": ("<c/>", "set", ("/c", "y", "a\x07b"), "0x07", 1),
    "a control character in a new element": ("<c/>", "ensure", (("s", "a"), {"k": "\x00"}), "0x00", 1),
    "no name": ("<c/>", "set", ("/c", "1y", "v"), "no attribute name", 1),
    "a namespace": ("<c/>", "set", ("/c", "xmlns", "v"), "meaning of names", 1),
    "a prefix of nobody": ("<c/>", "set", ("/c", "p:y", "v"), "'p' is an undeclared prefix", 1),
    "an element beside text": ("<c>\n<s>text</s>\n</c>", "ensure", (("s", "a"),), "holds text", 2),
    "no path": ("<c/>", "ensure", ((),), "names no element", None),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_edits_change_nothing(name: str) -> None:
    text, edit, arguments, words, line = REFUSED[name]
    document = Document.parse(text.encode(), name="web.config")
    with pytest.raises(ConfigEditError) as refusal:
        getattr(document, edit)(*arguments)
    assert words in str(refusal.value)
    assert refusal.value.line == line
    assert refusal.value.next_step
    assert "web.config" in str(refusal.value) or "XPath" in str(refusal.value)
    assert document.to_bytes() == text.encode()


def test_the_reference_to_another_file_may_be_changed() -> None:
    document = Document.parse(EXTERNAL.encode())
    assert document.set("/c/s", "configSource", "other.config") is True


FOUND = {
    "plain": ("<configuration><a/></configuration>", "/configuration/a", 1),
    "default namespace": (f'<configuration xmlns="{V2}"><a/></configuration>', "/configuration/a", 1),
    "namespace of a part": ('<c><r><b xmlns="urn:x"><d/></b></r></c>', "/c/r/b/d", 1),
    "prefix of the document": ('<c><n:b xmlns:n="urn:x"/></c>', "/c/n:b", 1),
    "a plain match comes first": ('<c><a/><a xmlns="urn:x"/></c>', "/c/a", 1),
    "predicates see line breaks": ("<c><a k='x\ny'/></c>", "/c/a[contains(@k, '\n')]", 1),
    "nothing": ("<c/>", "/c/a", 0),
}


@pytest.mark.parametrize("name", FOUND)
def test_find(name: str) -> None:
    text, xpath, count = FOUND[name]
    assert len(Document.parse(text.encode()).find(xpath)) == count


def test_find_sees_every_edit_before_it() -> None:
    document = Document.parse(b"<c><a k='1'/></c>")
    assert document.find("/c/a[@k='1']")
    document.set("/c/a", "k", "2")
    assert document.find("/c/a[@k='2']")
    document.remove_attribute("/c/a", "k")
    assert document.find("/c/a[not(@k)]")
    document.ensure(("b",))
    assert document.find("/c/b")


# text, words, line, column
BROKEN = {
    "mismatch": (b"<c>\n  <a>\n</c>", "The 'a' start tag on line 2 position 4 does not match the end tag of 'c'.", 3, 3),
    "CR ends a line": (b"<c>\r<a>\r</c>", "does not match the end tag", 3, 3),
    "entity": (b"<c a='&nbsp;'/>", "Reference to undeclared entity 'nbsp'.", 1, 8),
    "DOCTYPE after a comment": (b"<!-- a -->\n<!DOCTYPE c><c/>", "DOCTYPE", 2, 1),
    "encoding": (b"<?xml version='1.0' encoding='rot13'?><c/>", "System does not support 'rot13' encoding.", 1, 31),
    "bytes": (b"<c>\n \xff</c>", "Invalid character in the given encoding.", 2, 2),
    "version": (b'<?xml version="1.1"?><c/>', "Version number '1.1' is invalid.", 1, 16),
    "HTML": (b"<!-- x --><html/>", "The root element is <html>", 1, 12),
}


@pytest.mark.parametrize("name", BROKEN)
def test_syntax_errors_name_their_place(name: str) -> None:
    data, words, line, column = BROKEN[name]
    with pytest.raises(ConfigSyntaxError) as refusal:
        Document.parse(data, name="web.config")
    assert words in refusal.value.what
    assert (refusal.value.line, refusal.value.column) == (line, column)
    assert str(refusal.value).startswith(f"web.config, line {line}, column {column}:")


SECRETS = {
    "unquoted": b"<c><a password=S3cretPart /></c>",
    "a quote in the value": b'<c><a password="abc"S3cretPart" /></c>',
    "an ampersand in the value": b'<c><a password="abc&S3cretPart;" /></c>',
    "text beside the root": b"<c/>S3cretPart",
}


@pytest.mark.parametrize("name", SECRETS)
def test_syntax_errors_repeat_no_values(name: str) -> None:
    with pytest.raises(ConfigSyntaxError) as refusal:
        Document.parse(SECRETS[name])
    assert "S3cret" not in str(refusal.value)


def test_a_wanted_root_is_checked() -> None:
    with pytest.raises(ConfigSyntaxError, match="not <configuration>"):
        Document.parse(b"<machineKey/>", root="configuration")


def test_values_are_in_no_representation() -> None:
    document = Document.parse(b"<c><a validationKey='S3cretPart'>S3cretPart</a></c>")
    element = document.root.elements()[0]
    assert "S3cret" not in repr(element) + repr(element.attributes) + repr(element.children) + repr(document)


def test_a_tree_that_does_not_read_back_is_not_written() -> None:
    document = Document.parse(b"<c><a x='1'/></c>")
    document.root.elements()[0].attributes[0].raw = "1' y='2"
    document.touch()
    with pytest.raises(ConfigEditError, match="would not read back"):
        document.to_bytes()


def test_a_clone_is_deep_and_keeps_its_slices() -> None:
    document = Document.parse(b"<c>\n <a  x = '1' ><b/><!-- n --></a >\n</c>")
    original = document.root.elements()[0]
    copy = original.clone()
    assert copy.write() == original.write() == "<a  x = '1' ><b/><!-- n --></a >"
    assert copy.parent is None
    assert copy.line == 2
    copy.attributes[0].raw = "2"
    copy.children.clear()
    assert original.write() == "<a  x = '1' ><b/><!-- n --></a >"


# What somebody may have done to a tree by hand, and which is not what its text says
TAMPERED = {
    "a quote in a value": lambda root: setattr(root.attributes[0], "raw", 'a" b="c'),
    "a tag in a text": lambda root: setattr(root.children[0], "raw", "<x/>"),
    "a comment that ends early": lambda root: setattr(root.children[1], "raw", "<!-- a --><x/><!-- b -->"),
    "a text for a comment": lambda root: setattr(root.children[1], "raw", "text"),
    "a name with an attribute in it": lambda root: setattr(root.attributes[0], "name", 'b="1" a'),
    "white space with a tag in it": lambda root: (root.attributes, setattr(root, "tail", ' b="1"')),
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED)
def test_what_would_not_read_back_is_not_written(tamper: Callable[[Element], object]) -> None:
    document = Document.parse(b'<c a="1">text<!-- note --></c>', name="web.config")
    tamper(document.root)
    document.touch()
    with pytest.raises(ConfigEditError, match="would not read back as it was meant"):
        document.to_bytes()
