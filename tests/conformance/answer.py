# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers made comparable: what differs from machine to machine is masked by what it is, everything else is left."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

#: Fields whose value differs from machine to machine, or from moment to moment, and what is left of them.
_MASKS: Mapping[str, str] = {
    "now": "time",
    "boot_time": "time",
    "started": "time",
    "time": "time",
    "process_id": "number",
    "seconds": "number",
    "site_id": "number",
    "free_bytes": "number",
    "pending_reboot": "flag",
    "iis_version": "text",
    "dotnet_release": "number",
    "computer_name": "text",
    "os_version": "text",
    "powershell_version": "text",
    "text": "text",
    "msg": "text",
    "unreadable": "text",
}
_WEB_SOCKET = {"module_registered", "enabled", "locked"}
_KINDS: Mapping[str, Callable[[Any], bool]] = {
    "time": lambda value: isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", value) is not None,
    "flag": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "text": lambda value: isinstance(value, str) and value != "",
}


def masked(answer: Any) -> Any:
    """A copy of an answer in which every machine says the same when it behaves the same."""
    if isinstance(answer, dict):
        return {key: _field(key, value) for key, value in sorted(answer.items())}
    if isinstance(answer, list):
        return [masked(item) for item in answer]
    # 90 and 90.0 are one number in JSON.
    return int(answer) if isinstance(answer, float) and answer.is_integer() else answer


def _field(key: str, value: Any) -> Any:
    if key == "undetermined" and isinstance(value, dict):
        return {name: "<text>" for name in sorted(value)}
    if key == "web_socket" and isinstance(value, dict) and set(value) == _WEB_SOCKET:
        return "<web socket>"  # whether the feature is there is told by cases that put it there
    if key == "ended" and isinstance(value, list):
        return ["<number>"] * len(value)
    if key == "logon" and isinstance(value, str) and value != "ok":
        return "<reason>"
    if key == "files" and isinstance(value, list):
        return [masked(_framework_file(item)) for item in value]
    kind = _MASKS.get(key)
    return f"<{kind}>" if kind is not None and _KINDS[kind](value) else masked(value)


def _framework_file(file: Any) -> Any:
    """Every .NET Framework has its own machine.config: of the four files only that they are there."""
    if isinstance(file, dict) and file.get("level") in ("machine", "root"):
        return {**file, **{name: f"<{name}>" for name in ("size", "sha256", "content") if file.get(name) is not None}}
    return file


def with_windows_paths(value: Any, drive: str) -> Any:
    """A copy in which the folder ``drive`` is ``C:`` again, in values, keys and texts."""
    if isinstance(value, dict):
        return {with_windows_paths(key, drive): with_windows_paths(item, drive) for key, item in value.items()}
    if isinstance(value, list):
        return [with_windows_paths(item, drive) for item in value]
    if isinstance(value, str) and drive in value:
        return re.sub(re.escape(drive) + r"([^'\"\s]*)", lambda match: "C:" + match[1].replace("/", "\\"), value)
    return value


class Has(str):
    """An expected text that only has to occur."""


def differences(expected: Any, found: Any, where: str = "answer") -> list[str]:
    """What ``expected`` says and ``found`` does not. Of an object only the fields named; lists item by item; equal otherwise."""
    if isinstance(expected, Mapping):
        if not isinstance(found, Mapping):
            return [f"{where}: an object expected, found {found!r}"]
        lines = [f"{where}.{key}: not there" for key in expected if key not in found]
        return lines + [line for key in expected if key in found for line in differences(expected[key], found[key], f"{where}.{key}")]
    if isinstance(expected, list):
        if not isinstance(found, list) or len(expected) != len(found):
            return [f"{where}: {len(expected)} items expected, found {found!r}"]
        return [line for index, item in enumerate(expected) for line in differences(item, found[index], f"{where}[{index}]")]
    if isinstance(expected, Has):
        return [] if isinstance(found, str) and expected in found else [f"{where}: '{expected}' expected in {found!r}"]
    return (
        []
        if expected == found and isinstance(expected, bool) == isinstance(found, bool)
        else [f"{where}: expected {expected!r}, found {found!r}"]
    )


def full_differences(expected: Any, found: Any, where: str = "answer") -> list[str]:
    """As :func:`differences`, and whatever ``found`` has besides."""
    if isinstance(expected, dict) and isinstance(found, dict):
        lines = [f"{where}.{key}: not expected, found {found[key]!r}" for key in found if key not in expected]
        lines += [f"{where}.{key}: not there, expected {expected[key]!r}" for key in expected if key not in found]
        return lines + [line for key in expected if key in found for line in full_differences(expected[key], found[key], f"{where}.{key}")]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [line for index, item in enumerate(expected) for line in full_differences(item, found[index], f"{where}[{index}]")]
    return differences(expected, found, where)
