# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Microsoft's engine answered, and what an answer means once the damage that it does in passing is undone."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.xdt import TransformResult, transform
from lxml import etree


@dataclass(frozen=True)
class Case:
    name: str
    source: bytes
    transform: bytes
    output: bytes | None
    answer: dict[str, Any]

    @property
    def is_broken(self) -> bool:
        """The engine threw, or what it wrote is no XML."""
        return self.answer["semantic_sha256"] is None

    @property
    def log(self) -> list[tuple[Any, ...]]:
        return [tuple(entry[key] for key in ("level", "message", "line", "column", "source", "depth")) for entry in self.answer["log"]]


def chosen_cases(golden: Path) -> Iterator[Case]:
    for folder in sorted(path for path in (golden / "xdt").iterdir() if path.is_dir()):
        expected = folder / "expected.config"
        answer = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        output = expected.read_bytes() if expected.exists() else None
        yield Case(folder.name, (folder / "source.config").read_bytes(), (folder / "transform.config").read_bytes(), output, answer)


def random_cases(golden: Path, *, step: int = 1) -> Iterator[Case]:
    with gzip.open(golden / "xdt-random" / "cases.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number % step:
                continue
            answer = json.loads(line)
            source, program = (base64.b64decode(answer[key]) for key in ("source_b64", "transform_b64"))
            output = None if answer["expected_b64"] is None else base64.b64decode(answer["expected_b64"])
            yield Case(answer["name"], source, program, output, answer)


def asked(case: Case, serializer: str) -> TransformResult:
    """Our answer; a file that cannot be read is one without output and log."""
    try:
        return transform(case.source, case.transform, serializer=serializer)  # type: ignore[arg-type]
    except FarmError:
        return TransformResult(None, False, ())


def log_of(result: TransformResult) -> list[tuple[Any, ...]]:
    return [(entry.level, entry.message, entry.line, entry.column, entry.file, entry.depth) for entry in result.log]


def difference(case: Case, result: TransformResult) -> str:
    """What differs from the recorded answer, to the byte. Where the engine throws or writes no XML ours says so and writes nothing."""
    ours = log_of(result)
    if case.is_broken:
        return "" if result.output is None and not result.succeeded and ours[: len(case.log)] == case.log else "broken"
    return " ".join(name for name, differs in (("output", result.output != case.output), ("log", ours != case.log)) if differs)


_MARKUP = re.compile(
    r"""<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<!DOCTYPE[^>\[]*(?:\[[^\]]*\])?\s*>|<(?:[^<>"']|"[^"]*"|'[^']*')*>""", re.DOTALL
)
_LITERAL = str.maketrans({"\t": " ", "\n": "&#10;", "\r": "&#13;"})


def _undamaged(markup: re.Match[str]) -> str:
    text = markup[0]
    if text.startswith(("<!--", "<!DOCTYPE", "<?xml ")):
        return ""
    if text.startswith(("<![", "<?")):
        return re.sub(" +/>", "/>", text)
    return re.sub(r'"[^"]*"|\'[^\']*\'', lambda quoted: re.sub("&#(?:9|x9);", "\t", quoted[0]).translate(_LITERAL), text)


def meaning(data: bytes) -> str:
    """What a file means to .NET, without what its engine changes in passing.

    That is: the blank before ``/>`` inside CDATA and instructions, tabs in attributes, characters that it cannot read or write.
    """
    for bom, codec in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8")):
        if data.startswith(bom):
            text = data[len(bom) :].decode(codec)
            break
    else:
        text = data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be" if data[:1] == b"\0" else "utf-8", "replace")
    root = etree.fromstring(
        _MARKUP.sub(_undamaged, text).encode(), etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    )
    for element in root.iter():
        element.text = element.text if (element.text or "").strip(" \t\r\n") else None
        element.tail = element.tail if (element.tail or "").strip(" \t\r\n") else None
    canonical: bytes = etree.tostring(root, method="c14n", exclusive=True, with_comments=False)
    return re.sub(r"[^\x00-\x7f]+|\?+", "?", canonical.decode())
