# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One page about one farm: HTML for people, JSON for machines, both from the same model.

The model holds what other modules returned, as it is; nothing is decided here. Every text goes through the masking of configuration
text once more, so that a module that returned too much does not become a page that shows it.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ..errors import FarmError
from ..imports import jinja2
from ..redact import mask_config_text

__all__ = ["ReportWritten", "farm_model", "render_page", "write_report"]

_TEMPLATE = "report_page.html.j2"
#: The one value that may differ between two reports of the same farm.
_WRITTEN = "written"

#: A verdict of the probe -> the word in the matrix, and how it is coloured.
VERDICTS = {
    "accepted": ("accepted", "good"),
    "refused": ("refused", "bad"),
    "identity": ("other identity", "bad"),
    "unusable": ("key unusable", "bad"),
    "stopped": ("stopped", "bad"),
    "unreachable": ("unreachable", "bad"),
    "blocked": ("blocked", "odd"),
    "silent": ("no answer", "odd"),
    "not_found": ("not found", "bad"),
    "login": ("login wanted", "odd"),
    "forbidden": ("forbidden", "odd"),
    "host_unknown": ("host unknown", "bad"),
    "not_signalr": ("not SignalR", "bad"),
    "failed": ("failed", "bad"),
    "not_offered": ("not offered", "odd"),
    "no_token": ("no token", "none"),
}


@dataclass(frozen=True, kw_only=True)
class ReportWritten:
    """Where the report lies, whether it came out other than the one that was there, and both as JSON text without the time."""

    html: str
    json: str
    changed: bool
    before: str
    after: str


def farm_model(
    *,
    farm: str,
    title: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    nodes: Mapping[str, Any] | None = None,
    plan: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The report as plain data, masked, without a time. ``before`` and ``after`` are results of ``signalr_probe``."""
    model = {
        "report": 1,
        "farm": farm,
        "title": title or f"SignalR farm {farm}",
        "farm_is_one": None if after is None else bool(after.get("farm_is_one")),
        "before": _probe(before),
        "after": _probe(after),
        "nodes": nodes or {},
        "plan": plan or {},
    }
    masked: dict[str, Any] = _masked(model)
    return masked


#: What Ansible adds to every result, and what is only for terminals.
_NOT_REPORTED = ("changed", "failed", "msg", "lines", "invocation", "warnings", "deprecations", "exception")


def _probe(result: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if result is None:
        return None
    return {name: value for name, value in result.items() if name not in _NOT_REPORTED and not name.startswith("_ansible")}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_config_text(value)
    if isinstance(value, Mapping):
        return {str(name): _masked(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked(item) for item in value]
    return value


def render_page(model: Mapping[str, Any], *, written: str) -> str:
    """The model as one HTML page that needs nothing else: no script, no font, no picture from anywhere."""
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["readable"] = _readable
    environment.tests["plain_list"] = lambda value: isinstance(value, Sequence) and not isinstance(value, str)
    template = environment.from_string(Path(__file__).with_name(_TEMPLATE).read_text(encoding="utf-8"))
    probes = [(name, model[name]) for name in ("after", "before") if model.get(name)]
    return str(
        template.render(
            model=model,
            written=written,
            grids={name: _grid(probe) for name, probe in probes},
            said={name: _said(probe) for name, probe in probes},
            compared=_side_by_side(model["nodes"]),
        )
    )


def _grid(probe: Mapping[str, Any]) -> dict[str, Any]:
    """The matrix by rows, with the word and the colour of every cell."""
    rows = probe.get("matrix", [])
    names = list(dict.fromkeys(row["from"] for row in rows))
    cells = {(row["from"], row["to"]): row for row in rows}

    def cell(source: str, target: str) -> dict[str, str]:
        row = cells.get((source, target), {"verdict": "no_token"})
        word, kind = VERDICTS.get(row["verdict"], (row["verdict"], "bad"))
        often = f" {row['failures']} of {row['attempts']}" if row.get("attempts", 0) > 1 and row.get("failures") else ""
        hint = " ".join(str(row.get(name) or "") for name in ("status", "said", "cause")).strip()
        return {"word": f"{word}{often}", "kind": kind, "hint": hint}

    return {
        "names": names,
        "rows": [(source, [cell(source, target) for target in names]) for source in names],
        "good": sum(row["verdict"] == "accepted" for row in rows),
        "all": len(rows),
    }


#: Facts of ``node_info`` that have to be the same on every node, as label and path.
_COMPARED = (
    ("machine key, fingerprint", ("machine_key", "fingerprint")),
    ("machine key, kind", ("machine_key", "kind")),
    ("validation", ("machine_key", "validation")),
    ("decryption", ("machine_key", "decryption")),
    ("application pool's account", ("pool", "identity")),
    ("application pool's bitness", ("pool", "bitness")),
    ("application pool's state", ("pool", "state")),
    ("release", ("release",)),
    ("site's state", ("application", "site_state")),
    ("pending reboot", ("pending_reboot",)),
)


def _side_by_side(nodes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of one fact across the nodes; facts that no node has are left out."""
    rows = []
    for label, path in _COMPARED:
        values = [_at(facts, path) for facts in nodes.values()]
        if any(value is not None for value in values):
            rows.append({"label": label, "values": values, "differs": any(value != values[0] for value in values)})
    return rows


def _at(facts: Any, path: Sequence[str]) -> Any:
    for name in path:
        facts = facts.get(name) if isinstance(facts, Mapping) else None
    return facts.get("id") if isinstance(facts, Mapping) else facts


def _said(probe: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the servers said where a token was not accepted: each sentence once, with the pairs it was said to."""
    found: dict[tuple[Any, str], list[str]] = {}
    for row in probe.get("matrix", []):
        if row["verdict"] not in ("accepted", "no_token"):
            said = row.get("said") or VERDICTS.get(row["verdict"], (row["verdict"],))[0]
            found.setdefault((row.get("status"), said), []).append(f"{row['from']} \u2192 {row['to']}")
    return [{"status": status, "said": said, "pairs": pairs} for (status, said), pairs in found.items()]


def _readable(value: Any) -> str:
    """A single value as a person writes it."""
    words = {None: "\u2013", True: "yes", False: "no", "": "\u2013"}
    if value is None or isinstance(value, (bool, str)):
        return words.get(value, str(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def write_report(path: str, model: Mapping[str, Any], *, now: datetime, check: bool = False) -> ReportWritten:
    """Write ``path`` (HTML) and the same name with ``.json``, readable by their owner only; with ``check``, only say what would be.

    A report that says the same as the one that is there is not written again: its time stays the time at which it became true.
    Raises :class:`FarmError` when the folder cannot be written.
    """
    page = Path(path)
    data = page.with_suffix(".json")
    if page.suffix.lower() not in (".html", ".htm"):
        raise FarmError(
            "A report is an HTML page.", where=path, next_step="Give a path that ends in .html; the JSON file is put beside it."
        )
    found = _read_json(data)
    after = _json_text(model)
    before = "" if found is None else _json_text({name: value for name, value in found.items() if name != _WRITTEN})
    stamp = str(found[_WRITTEN]) if found is not None and before == after and _WRITTEN in found else now.isoformat(timespec="seconds")
    texts = {page: render_page(model, written=stamp), data: _json_text({**model, _WRITTEN: stamp})}
    changed = any(_read_text(file) != text for file, text in texts.items())
    if changed and not check:
        for file, text in texts.items():
            _replace(file, text)
    return ReportWritten(html=str(page), json=str(data), changed=changed, before=before, after=after)


def _json_text(model: Mapping[str, Any]) -> str:
    return json.dumps(model, indent=2, sort_keys=True, ensure_ascii=False, default=str) + "\n"


def _read_text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None


def _read_json(file: Path) -> dict[str, Any] | None:
    """The report that is there; None for none, or for something that is no report of ours."""
    try:
        found = json.loads(_read_text(file) or "")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _replace(file: Path, text: str) -> None:
    """Write beside, then rename: nobody ever reads half a report. mkstemp makes the file 0600."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
            os.replace(name, file)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as cause:
        raise FarmError(
            f"The report cannot be written: {cause.strerror}.", where=str(file), next_step="Choose a path in a folder that you may write."
        ) from cause
