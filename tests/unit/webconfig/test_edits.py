# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declared edits: what each means, what is refused before anything is edited, and what is shown of secrets."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import ConfigEditError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.redact import MASK, MASK_NEW, MASK_OLD
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig import Document
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig.edits import apply_edits, masked_texts, read_edits

FILE = """<configuration>\r
  <appSettings>\r
    <add key="A"   value='1'/>\r
    <add key="B" value="p&amp;ss"/>\r
  </appSettings>\r
  <system.web><httpRuntime maxRequestLength="1"/></system.web>\r
  <location path="sub"><system.web><httpRuntime maxRequestLength="2"/></system.web></location>\r
</configuration>"""

RUNTIME = "system.web/httpRuntime"
SETTING_A: dict[str, Any] = {"path": "appSettings/add", "identity": {"key": "A"}}
SETTING_B: dict[str, Any] = {"path": "appSettings/add", "identity": {"key": "B"}}

# edit, what stands in the file before, what after; None: nothing changes
EDITS: dict[str, tuple[dict[str, Any], str, str | None]] = {
    "attribute": ({"path": RUNTIME, "attributes": {"maxRequestLength": 4096}}, 'maxRequestLength="1"', 'maxRequestLength="4096"'),
    "boolean": ({"path": RUNTIME, "attributes": {"x": True}}, 'maxRequestLength="1"', 'maxRequestLength="1" x="true"'),
    "slashes around": ({"path": f"/{RUNTIME}/", "attributes": {"maxRequestLength": "3"}}, 'Length="1"', 'Length="3"'),
    "identity": ({**SETTING_A, "attributes": {"value": "2"}}, "value='1'", "value='2'"),
    "as it is": ({**SETTING_A, "attributes": {"value": 1}}, "", None),
    "null takes away": ({**SETTING_A, "attributes": {"value": None}}, "   value='1'", ""),
    "null where nothing is": ({"path": "system.web/pages", "attributes": {"x": None}}, "", None),
    "element is there": ({"path": RUNTIME}, "", None),
    "absent": ({**SETTING_A, "state": "absent"}, "    <add key=\"A\"   value='1'/>\r\n", ""),
    "absent already": ({"path": "appSettings/add", "identity": {"key": "C"}, "state": "absent"}, "", None),
    "location": ({"path": RUNTIME, "location": "sub", "attributes": {"maxRequestLength": 9}}, 'Length="2"', 'Length="9"'),
    "xpath": ({"xpath": "//add[@key='A']", "attribute": "value", "value": False}, "value='1'", "value='false'"),
    "xpath, absent": ({"xpath": "//add[@key='A']", "attribute": "value", "state": "absent"}, "   value='1'", ""),
    "xpath, absent already": ({"xpath": "//nothing", "attribute": "value", "state": "absent"}, "", None),
    "None is not given": ({**SETTING_A, "attributes": {"value": "1"}, "xpath": None, "location": None, "secret": False}, "", None),
}


@pytest.mark.parametrize(("edit", "before", "after"), EDITS.values(), ids=EDITS)
def test_an_edit_does_what_it_says_and_nothing_else(edit: dict[str, Any], before: str, after: str | None) -> None:
    document = Document.parse(FILE.encode())
    changed = apply_edits(document, [edit])
    assert changed == [after is not None]
    assert document.to_bytes().decode() == (FILE if after is None else FILE.replace(before, after, 1))
    assert apply_edits(document, [edit]) == [False], "the second time nothing is left to do"


def test_a_missing_element_is_made_with_its_parents() -> None:
    document = Document.parse(b"<configuration/>")
    assert apply_edits(document, [{"path": RUNTIME, "attributes": {"x": "1"}}]) == [True]
    assert document.get("/configuration/system.web/httpRuntime", "x") == "1"


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown option": ({**SETTING_A, "atributes": {}}, "unknown option ('atributes')"),
    "no element": ({"attributes": {"x": "1"}}, "'path' or by 'xpath'"),
    "two ways": ({"path": RUNTIME, "xpath": "//x", "attribute": "a", "value": "1"}, "'path' or by 'xpath'"),
    "mixed ways": ({"path": RUNTIME, "value": "1"}, "mixes the two ways to name an element ('value')"),
    "mixed the other way": ({"xpath": "//x", "attribute": "a", "value": "1", "identity": {}}, "mixes the two ways"),
    "state": ({**SETTING_A, "state": "gone"}, "present or absent ('gone')"),
    "absent with attributes": ({**SETTING_A, "state": "absent", "attributes": {"value": "1"}}, "no 'attributes'"),
    "xpath without attribute": ({"xpath": "//x", "value": "1"}, "needs an 'attribute'"),
    "xpath without value": ({"xpath": "//x", "attribute": "a"}, "needs a 'value'"),
    "empty step": ({"path": "system.web//httpRuntime"}, "names no element"),
    "empty path": ({"path": "/"}, "names no element"),
    "attributes as text": ({"path": RUNTIME, "attributes": "a=1"}, "is a mapping"),
    "a list as value": ({"path": RUNTIME, "attributes": {"a": [1]}}, "a text, a number or a boolean"),
}


@pytest.mark.parametrize(("edit", "said"), REFUSED.values(), ids=REFUSED)
def test_an_edit_that_says_nothing_clear_is_refused_by_its_number(edit: dict[str, Any], said: str) -> None:
    document = Document.parse(FILE.encode())
    with pytest.raises(ConfigEditError) as caught:
        apply_edits(document, read_edits([{"path": RUNTIME, "attributes": {"new": "1"}}, edit], where="web.config"))
    assert said in str(caught.value) and str(caught.value).startswith("edit 2 of web.config: ")
    assert not document.is_edited


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"xpath": "//add", "attribute": "value", "value": "1"}, "lines 3 and 4"),
        ({"xpath": "//nothing", "attribute": "value", "value": "1"}, "No element"),
        ({"path": "appSettings/add", "attributes": {"value": "1"}}, "more than once, in lines 3 and 4"),
    ],
)
def test_what_the_document_refuses_is_said_in_its_words(edit: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigEditError, match=said):
        apply_edits(Document.parse(FILE.encode()), [edit])


# Secrets

SECRETS: dict[str, tuple[list[dict[str, Any]], tuple[str, str]]] = {
    "set": ([{**SETTING_B, "attributes": {"value": "n&w"}, "secret": True}], (f'"{MASK_OLD}"', f'"{MASK_NEW}"')),
    "set as it is": ([{**SETTING_B, "attributes": {"value": "p&ss"}, "secret": True}], (f'"{MASK}"', f'"{MASK}"')),
    "by xpath": (
        [{"xpath": "//add[@key='B']", "attribute": "value", "value": "n&w", "secret": True}],
        (f'"{MASK_OLD}"', f'"{MASK_NEW}"'),
    ),
    "removed": ([{**SETTING_B, "state": "absent", "secret": True}], (f'"{MASK_OLD}"', "</appSettings>")),
    "attribute removed": ([{**SETTING_B, "attributes": {"value": None}, "secret": True}], (f'"{MASK_OLD}"', '<add key="B"/>')),
    "new": ([{"path": "custom", "attributes": {"who": "n&w"}, "secret": True}], ("p&amp;ss", f'<custom who="{MASK_NEW}"')),
}


@pytest.mark.parametrize(("edits", "shown"), SECRETS.values(), ids=SECRETS)
def test_a_secret_edit_shows_that_it_changes_and_not_what(edits: list[dict[str, Any]], shown: tuple[str, str]) -> None:
    checked, document = read_edits(edits), Document.parse(FILE.encode())
    apply_edits(document, checked)
    texts = masked_texts(Document.parse(FILE.encode()), Document.parse(document.to_bytes()), checked)
    assert shown[0] in texts[0] and shown[1] in texts[1]
    assert "n&amp;w" not in texts[1] and ("p&amp;ss" not in texts[0] or edits[0]["path"] == "custom")


def test_a_secret_is_masked_wherever_it_stands() -> None:
    data = b'<configuration><!-- hunter22 --><a x="hunter22"/><b y="hunter22"/></configuration>'
    edits, document = read_edits([{"path": "a", "attributes": {"x": "hunter33"}, "secret": True}]), Document.parse(data)
    apply_edits(document, edits)
    before, after = masked_texts(Document.parse(data), Document.parse(document.to_bytes()), edits)
    assert "hunter" not in before + after


def test_nothing_of_an_edit_shows_its_values() -> None:
    (edit,) = read_edits([{**SETTING_B, "attributes": {"value": "hunter2"}, "secret": True}])
    assert "hunter2" not in repr(edit) + edit.target and edit.secrets == ["hunter2"]
    assert edit.target == "appSettings/add[@key='B']"
