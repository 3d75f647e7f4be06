# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report: one model, a page and a JSON file; nothing secret, nothing from outside, written only when it says something new."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.report import VERDICTS, farm_model, render_page, write_report
from ansible_collections.webfarm.signalr.plugins.plugin_utils.signalr import Verdict

KEY = "0123456789ABCDEF" * 4
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
SENTENCE = "The ConnectionId is in the incorrect format."


def node(name: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "url": f"http://{name}/signalr",
        "host_header": None,
        "is_virtual": False,
        "server": "Microsoft-IIS/10.0",
        "release": "2.1.0",
        "try_websockets": True,
        "protocol_version": "1.5",
        "token_characters": 128,
        "mac": "HMACSHA256 with AES (or HMACSHA384 with DES or 3DES)",
        "timeouts": {"KeepAliveTimeout": 20.0, "LongPollDelay": 0.0},
        "verdict": "accepted",
        "status": 200,
        "said": "",
        "cause": "",
        "next_step": "",
    } | more


def row(source: str, target: str, verdict: str = "accepted", said: str = "", **more: Any) -> dict[str, Any]:
    return {"from": source, "to": target, "verdict": verdict, "status": 400, "said": said, "cause": "", "next_step": ""} | more


def probe(*, good: bool) -> dict[str, Any]:
    other = ("accepted", "") if good else ("refused", SENTENCE)
    finding = {"code": "keys_differ", "severity": "fault", "where": ["web01"], "what": "There are <2> keys.", "next_step": "Write one."}
    return {
        "farm_is_one": good,
        "summary": "The farm is one: 4 of 4." if good else "The farm is not one: 2 of 4.",
        "key_groups": [["web01", "web02"]] if good else [["web01"], ["web02"]],
        "nodes": [node("web01"), node("web02", try_websockets=None, timeouts=None)],
        "matrix": [row("web01", "web01"), row("web01", "web02", *other), row("web02", "web01", *other), row("web02", "web02")],
        "transports": [],
        "findings": [] if good else [finding],
        # what Ansible adds to a registered result
        "changed": False,
        "failed": not good,
        "msg": "x",
        "lines": ["x"],
    }


FACTS = {
    "web01": {
        "machine_key": {"fingerprint": "1a2b3c4d", "kind": "explicit"},
        "pool": {"identity": "CORP\\svc$"},
        "empty": [],
        "list": ["a", 1],
    },
    "web02": {"machine_key": {"fingerprint": "99999999", "kind": "explicit"}, "pool": None, "deep": [{"x": True}]},
}


class Page(HTMLParser):
    """What is in a page: classes of cells, attributes that load something, open elements at the end."""

    VOID = ("meta", "br", "link", "img", "hr", "input")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.cells: list[tuple[str, str]] = []
        self.loads: list[str] = []
        self.open: list[str] = []
        self._cell: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.loads += [f"{tag} {name}" for name in ("src", "href", "srcset", "action") if named.get(name)] + (
            [tag] if tag == "script" else []
        )
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "td":
            self._cell = named.get("class") or ""

    def handle_data(self, data: str) -> None:
        if self._cell and data.strip():
            self.cells.append((self._cell, data.strip()))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes something else"
        self._cell = None


def test_the_page_shows_the_matrix_with_words_and_colours() -> None:
    text = render_page(farm_model(farm="chat", before=probe(good=False), after=probe(good=True), nodes=FACTS), written="now")
    page = Page(text)
    assert page.open == []
    assert page.loads == [] and "url(" not in text and "@import" not in text
    assert page.cells.count(("good", "accepted")) == 4 + 2
    assert page.cells.count(("bad", "refused")) == 2
    assert SENTENCE in text
    assert "One farm" in text and "Not one farm" not in text


def test_facts_stand_side_by_side_and_what_differs_is_marked() -> None:
    page = Page(render_page(farm_model(farm="chat", after=probe(good=True), nodes=FACTS), written="now"))
    assert page.cells.count(("bad", "differs")) == 2  # the fingerprints, and the pool's account that one node lacks
    assert ("good", "same") in page.cells


def test_what_is_shown_is_text_and_never_markup() -> None:
    hostile = probe(good=False)
    hostile["findings"][0]["what"] = "<script>alert(1)</script>"
    hostile["nodes"][0]["name"] = '"><img src=x>'
    text = render_page(farm_model(farm="<b>chat</b>", after=hostile, nodes={"<i>": {"<u>": "<s>"}}), written="now")
    assert Page(text).loads == []
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_a_secret_that_another_module_returned_is_masked() -> None:
    leaky = {"web01": {"config": f'<machineKey validationKey="{KEY}" decryptionKey="{KEY}" /> <x password="Hush-Hush"/>'}}
    model = farm_model(farm="chat", nodes=leaky)
    text = json.dumps(model) + render_page(model, written="now")
    assert KEY not in text and "Hush-Hush" not in text
    assert "fingerprint" in text


@pytest.mark.parametrize(
    "parts", [{}, {"after": probe(good=True)}, {"before": probe(good=False)}, {"nodes": FACTS}, {"plan": {"web01": []}}]
)
def test_any_part_may_be_missing(parts: dict[str, Any]) -> None:
    assert Page(render_page(farm_model(farm="chat", **parts), written="now")).open == []


def test_every_verdict_has_a_word() -> None:
    assert set(VERDICTS) == {verdict.value for verdict in Verdict}


def test_it_is_written_when_it_says_something_new(tmp_path: Path) -> None:
    page, data = tmp_path / "reports" / "chat.html", tmp_path / "reports" / "chat.json"
    good, bad = farm_model(farm="chat", after=probe(good=True)), farm_model(farm="chat", after=probe(good=False))

    announced = write_report(str(page), bad, now=MONDAY, check=True)
    assert announced.changed and not page.exists()
    assert write_report(str(page), bad, now=MONDAY).changed
    assert [stat.S_IMODE(file.stat().st_mode) for file in (page, data)] == [0o600, 0o600]
    assert "2026-03-02" in page.read_text("utf-8")

    again = write_report(str(page), bad, now=TUESDAY)
    assert not again.changed and again.before == again.after
    assert "2026-03-02" in page.read_text("utf-8")

    after = write_report(str(page), good, now=TUESDAY)
    assert after.changed and '"farm_is_one": false' in after.before and '"farm_is_one": true' in after.after
    assert json.loads(data.read_text("utf-8"))["written"].startswith("2026-03-03")
    assert sorted(file.name for file in page.parent.iterdir()) == ["chat.html", "chat.json"]


@pytest.mark.parametrize("there", ["not json", "[]", "{}", '{"written": 5}'])
def test_a_foreign_file_is_replaced(tmp_path: Path, there: str) -> None:
    (tmp_path / "chat.json").write_text(there, "utf-8")
    assert write_report(str(tmp_path / "chat.html"), farm_model(farm="chat"), now=MONDAY).changed
    assert json.loads((tmp_path / "chat.json").read_text("utf-8"))["farm"] == "chat"


def test_a_path_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    for path, what in ((tmp_path / "file" / "chat.html", "cannot be written"), (tmp_path / "chat.json", "is an HTML page")):
        with pytest.raises(FarmError) as caught:
            write_report(str(path), farm_model(farm="chat"), now=MONDAY)
        assert what in caught.value.what and caught.value.where == str(path)
