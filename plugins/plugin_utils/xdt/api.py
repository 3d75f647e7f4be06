# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way in: two files go in, one comes out, with the engine's log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from . import exact_writer, msft_writer
from .engine import Engine, FatalTransform
from .log import Log, LogEntry, XdtError
from .reading import load
from .strict import check

__all__ = ["Serializer", "TransformResult", "transform"]

Serializer = Literal["exact", "msft"]


@dataclass(frozen=True)
class TransformResult:
    """``output`` is None when nothing may be written; ``succeeded`` is False when an error was logged."""

    output: bytes | None = field(repr=False)
    succeeded: bool
    log: tuple[LogEntry, ...] = field(repr=False)


def transform(
    source: bytes,
    transform: bytes,
    *,
    serializer: Serializer = "exact",
    strict: bool = False,
    source_name: str = "source.config",
    transform_name: str = "transform.config",
) -> TransformResult:
    """Apply ``transform`` to ``source``.

    ``serializer``: ``exact`` keeps every byte outside the edits, ``msft`` writes what Microsoft's engine writes.
    ``strict``: what that engine only warns of, or does not mention, is an error. The names appear in the log.

    As in Microsoft's engine a failed transform does not stop the others, and ``output`` holds what they did; write it only when
    ``succeeded``. Raises ``ConfigSyntaxError`` for a file that cannot be read, ``ConfigEditError`` for work over a limit.
    """
    as_microsoft = serializer == "msft"
    loaded = load(source, name=source_name, as_microsoft=as_microsoft, keep_blanks=True)
    program = load(transform, name=transform_name, as_microsoft=as_microsoft, keep_blanks=False)
    writer = msft_writer if as_microsoft else exact_writer
    log = Log(strict=strict)
    if strict:
        check(log, loaded, program)
    engine = Engine(loaded, source, program, log, text_of=writer.text_of)
    try:
        engine.run()
    except FatalTransform:
        return TransformResult(None, False, tuple(log.entries))
    output: bytes | None = None
    try:
        output = writer.write(loaded.document, loaded)
    except msft_writer.WriteError as error:
        log.error(XdtError(str(error)))
    return TransformResult(output, not log.has_errors, tuple(log.entries))
