# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile and odd files get the outcome that is required of a reader."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import ConfigSyntaxError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig import Document

WITHOUT_POSITION = {"empty"}


def test_every_hostile_file_is_accepted_or_rejected_as_required(golden: Path) -> None:
    folder = golden / "hostile-xml"
    spec = importlib.util.spec_from_file_location("make_hostile", folder / "make_hostile.py")
    assert spec is not None and spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    wrong = []
    for name, case in json.loads((folder / "index.json").read_text(encoding="utf-8")).items():
        data = maker.make(name)
        try:
            outcome = "accept" if Document.parse(data).to_bytes() == data else "corrupt"
        except ConfigSyntaxError as error:
            outcome = "reject" if error.what and error.next_step and (error.line or name in WITHOUT_POSITION) else "says too little"
        if outcome not in ("accept", "reject") or case["require"] not in ("either", outcome):
            wrong.append((name, case["require"], outcome))
    assert wrong == []
