# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""XML Document Transforms of one configuration file: what they make of it, what they said, and what of that a person may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import ConfigEditError, FarmError
from ..redact import config_secrets, mask_config_pair, mask_values
from ..webconfig import Document, Element
from ..webconfig.allowed import IIS_KILOBYTES, check_size, size_warning
from ..webconfig.decode import decode
from ..webconfig.file_set import Made
from ..webconfig.placing import GROUPS, is_own_location
from ..xdt import LogEntry, Serializer, transform
from .config_file import Edited
from .local_file import read_file

__all__ = ["Transformed", "read_named", "transformed"]

_SHOWN_ERRORS = 5


@dataclass(frozen=True)
class Transformed:
    """The file that comes out, as an edited file, and the engine's log, masked."""

    file: Edited
    log: tuple[str, ...] = field(repr=False)


def read_named(path: str) -> bytes:
    """A file of the controller that has to be there."""
    data = read_file(Path(path))
    if data is None:
        raise FarmError("There is no such file.", where=path, next_step="Correct the path; it is one of the controller.")
    return data


def transformed(
    path: str,
    before: bytes | None,
    start: tuple[str, bytes],
    transforms: Sequence[tuple[str, bytes]],
    *,
    serializer: Serializer = "exact",
    strict: bool = False,
    kilobytes: int = IIS_KILOBYTES,
) -> Transformed:
    """What ``transforms`` (names and bytes, in this order) make of ``start``, as the new content of the file at ``path``.

    ``before`` is what that file holds now. Raises ``ConfigEditError`` with the engine's words when a transform fails, and
    ``ConfigSyntaxError`` for a file that cannot be read: nothing may be written then.
    """
    name, data = start
    secrets = {secret for part in (before, data, *(given for _name, given in transforms)) for secret in _secrets_in(part)}
    entries: list[LogEntry] = []
    for transform_name, given in transforms:
        result = transform(data, given, serializer=serializer, strict=strict, source_name=name, transform_name=transform_name)
        entries += result.log
        if not result.succeeded or result.output is None:
            raise _failure(transform_name, result.log, secrets)
        data = result.output
    check_size(len(before or b""), len(data), path=path, kilobytes=kilobytes)
    size = size_warning(len(data), path=path, kilobytes=kilobytes)
    texts = mask_config_pair(_text(before), _text(data))
    warned = [str(entry) for entry in entries if entry.level == "warning"]
    return Transformed(
        file=Edited(
            before=before,
            after=data,
            edits=(),
            texts=texts,
            secrets=tuple(sorted(secrets)),
            warnings=tuple(mask_values([*warned, *([size] if size else [])], secrets)),
            made=tuple(_changed_sections(path, before, data)),
        ),
        log=tuple(mask_values([str(entry) for entry in entries], secrets)),
    )


def _failure(name: str, log: Sequence[LogEntry], secrets: set[str]) -> ConfigEditError:
    errors = [entry for entry in log if entry.level == "error"]
    shown: list[str] = mask_values([entry.message for entry in errors[:_SHOWN_ERRORS]], secrets)
    said = "; ".join(
        f"{text} (line {entry.line})" if entry.line and number else text
        for number, (text, entry) in enumerate(zip(shown, errors, strict=False))
    )
    more = f"; and {len(errors) - _SHOWN_ERRORS} more" if len(errors) > _SHOWN_ERRORS else ""
    first = errors[0] if errors else None
    return ConfigEditError(
        f"The transform failed: {said or 'it gave nothing'}{more}.".replace("..", "."),
        where=first.file or name if first else name,
        line=first.line if first else None,
        column=first.column if first else None,
        next_step="Nothing was written; correct the transform.",
    )


def _text(data: bytes | None) -> str:
    return decode(data)[0] if data is not None else ""


def _secrets_in(data: bytes | None) -> tuple[str, ...]:
    return config_secrets(data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")) if data else ()


def _changed_sections(path: str, before: bytes | None, after: bytes) -> Iterator[Made]:
    """The sections that come out different, by location: what the places above may have locked."""
    old = _sections(Document.parse(before, name=path)) if before is not None else {}
    new = _sections(Document.parse(after, name=path))
    for key in sorted({*old, *new}, key=repr):
        if old.get(key) != new.get(key):
            yield Made(changed=True, path=path, section=key[1], location=key[0])


def _sections(document: Document) -> Mapping[tuple[str | None, tuple[str, ...]], list[str]]:
    found: dict[tuple[str | None, tuple[str, ...]], list[str]] = {}
    waiting: list[tuple[Element, str | None, tuple[str, ...]]] = [(document.root, None, ())]
    while waiting:
        parent, location, names = waiting.pop()
        for child in parent.elements():
            if child.local_name == "location" and not names:
                waiting.append((child, None if is_own_location(child) else child.get("path"), ()))
            elif child.local_name in GROUPS:
                waiting.append((child, location, (*names, child.local_name)))
            else:
                found.setdefault((location, (*names, child.local_name)), []).append(child.write())
    return found
