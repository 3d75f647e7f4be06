# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random documents and random transforms: an answer or a refusal, never another exception; seeded."""

from __future__ import annotations

import random

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.xdt import transform

NAMES = ("add", "remove", "appSettings", "x:item", "configuration", "a")
KEYS = ("key", "value", "name", "x:k", "xml:lang")
VALUES = ("1", "a b", "it's", "&amp;", "&#9;", "line\none", "]]&gt;", "--", "$(key)", "&lt;", "\u00e9", "\U0001f600")
LEAVES = ("text", " ", "\n  ", "\r\n", "<!-- c -->", "<![CDATA[ /> ]]>", "<?pi x ?>", "&#13;", "&#32;", "\r")
TRANSFORMS = (
    "Insert", "InsertIfMissing", "InsertBefore(..)", "InsertAfter(/*/*[1])", "InsertBefore(*)", "Replace", "Remove", "RemoveAll", "CommentOut",
    "SetAttributes", "SetAttributes(key,value)", "SetAttributes(*)", "SetTokenizedAttributes", "RemoveAttributes", "RemoveAttributes(key)",
    "RemoveAttributes(@@)", "Foo", "", "Insert(", "Transform", "SetAttributes(x:k)", "SetAttributes(@key[.='1'])",
)  # fmt: skip
LOCATORS = (
    "Match(key)", "Match(key,value)", "Match", "Condition(@key)", "Condition(", "Condition(last())", "Condition(*[2])", "XPath(//@*)",
    "XPath(//text())", "XPath(//comment())", "XPath(/)", "XPath(..)", "XPath(//*)", "XPath(//x:item)", "XPath(//p:q)", "XPath(//namespace::*)",
    "XPath(/*/*[position()>1]/..)", "XPath((//*)[1])", "XPath(//processing-instruction())", "XPath(.//)", "XPath(id('a'))", "DefaultLocator",
)  # fmt: skip


def _element(rng: random.Random, depth: int, *, xdt: bool, name: str = "") -> str:
    name = name or rng.choice(NAMES)
    attributes = {key: rng.choice(VALUES) for key in rng.sample(KEYS, rng.randint(0, 3))}
    if xdt and rng.random() < 0.6:
        attributes["t:Transform"] = rng.choice(TRANSFORMS)
    if xdt and rng.random() < 0.5:
        attributes["t:Locator"] = rng.choice(LOCATORS).replace("<", "&lt;")
    text = "".join(f'{rng.choice((" ", "  ", chr(10), chr(13) + chr(10)))}{key}="{value}"' for key, value in attributes.items())
    if depth == 0 or rng.random() < 0.3:
        return rng.choice((f"<{name}{text}/>", f"<{name}{text} />", f"<{name}{text}></{name}>"))
    inside = "".join(rng.choice(LEAVES) if rng.random() < 0.4 else _element(rng, depth - 1, xdt=xdt) for _each in range(rng.randint(0, 5)))
    return f"<{name}{text}>{inside}</{name}>"


def _document(rng: random.Random, *, xdt: bool) -> bytes:
    names = ' xmlns:x="urn:x"' + (' xmlns:t="http://schemas.microsoft.com/XML-Document-Transform"' if xdt else "")
    root = _element(rng, 3, xdt=xdt, name="configuration").replace("<configuration", f"<configuration{names}", 1)
    text = rng.choice(("", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="utf-8"?>\r\n', "<!-- top -->")) + root
    data = text.encode()
    return bytes(byte for byte in data if rng.random() > 0.002) if rng.random() < 0.1 else data


def _survive(seeds: range) -> int:
    answered = 0
    for seed in seeds:
        rng = random.Random(seed)
        source, program = _document(rng, xdt=False), _document(rng, xdt=True)
        for serializer in ("exact", "msft"):
            try:
                result = transform(source, program, serializer=serializer, strict=rng.random() < 0.2)  # type: ignore[arg-type]
            except FarmError as error:
                assert "report this as a defect" not in str(error), (seed, serializer)
                continue
            answered += 1
            assert result.succeeded is not any(entry.level == "error" for entry in result.log)
    return answered


def test_random_transforms() -> None:
    assert _survive(range(600)) > 600


@pytest.mark.slow
def test_many_random_transforms() -> None:
    assert _survive(range(1_000, 21_000)) > 20_000
