# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Types of attribute values as .NET's converters and validators have them: text in the file -> text as the property gives it back."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from . import messages

__all__ = ["Attr", "boolean", "choice", "integer", "minutes", "not_empty", "seconds", "text", "timespan", "trimmed", "version"]

#: Raises ValueError with .NET's sentence about the value.
Read = Callable[[str], str]
_TICKS = 10_000_000
_MAX_TICKS = 2**63 - 1


class _Invalid(ValueError):
    """The value could be read, and is not allowed."""


@dataclass(frozen=True, kw_only=True)
class Attr:
    """One attribute of an element: its type, and whether it must be there or tells items apart."""

    name: str
    read: Read
    required: bool = False
    key: bool = False

    def value(self, raw: str) -> tuple[str, str]:
        """The value, and .NET's sentence when it is refused (else empty)."""
        try:
            return self.read(raw), ""
        except _Invalid as error:
            return raw, messages.NOT_VALID.format(self.name, error)
        except ValueError as error:
            return raw, messages.NOT_PARSED.format(self.name, error)


def _checked(convert: Read, check: Callable[[str], str]) -> Read:
    def read(raw: str) -> str:
        value = convert(raw)
        complaint = check(value)
        if complaint:
            raise _Invalid(complaint)
        return value

    return read


def _some(value: str) -> str:
    return "" if value else "The string must be at least 1 characters long."


def _same(raw: str) -> str:
    return raw


def text(name: str, *, required: bool = False, key: bool = False) -> Attr:
    """Any text."""
    return Attr(name=name, read=_same, required=required, key=key)


def not_empty(name: str, *, required: bool = False, key: bool = False) -> Attr:
    """Any text of at least one character."""
    return Attr(name=name, read=_checked(_same, _some), required=required, key=key)


def trimmed(name: str, *, empty: bool = False) -> Attr:
    """A text without the white space round it."""
    return Attr(name=name, read=str.strip if empty else _checked(str.strip, _some))


def _boolean(raw: str) -> str:
    value = raw.strip().lower()
    if value not in ("true", "false"):
        raise ValueError(f"{raw} is not a valid value for Boolean.")
    return value


def boolean(name: str) -> Attr:
    """true or false, in any case."""
    return Attr(name=name, read=_boolean)


_INTEGER = re.compile(r"[+-]?[0-9]+")
_HEXADECIMAL = re.compile(r"(?:#|0[xX]|&[hH])([0-9A-Fa-f]+)")


def _integer(raw: str) -> str:
    value = raw.strip()
    hexadecimal = _HEXADECIMAL.fullmatch(value)
    if hexadecimal:
        number = int(hexadecimal.group(1), 16)
        number -= 2**32 if 2**31 <= number < 2**32 else 0
    elif _INTEGER.fullmatch(value):
        number = int(value)
    else:
        raise ValueError(f"{raw} is not a valid value for Int32.")
    if not -(2**31) <= number < 2**31:
        raise ValueError(f"{raw} is not a valid value for Int32.")
    return str(number)


def integer(name: str, least: int | None = None, most: int = 2**31 - 1, *, required: bool = False, key: bool = False) -> Attr:
    """A whole number of 32 bits, within bounds."""

    def check(value: str) -> str:
        if least is None or least <= int(value) <= most:
            return ""
        return f"The value must be inside the range {least}-{most}."

    return Attr(name=name, read=_checked(_integer, check), required=required, key=key)


def choice(name: str, values: Sequence[str]) -> Attr:
    """One of some words, written exactly so; ``values`` in the order of their numbers, because a list of words means their bits together."""

    def read(raw: str) -> str:
        parts = [part.strip() for part in raw.split(",")]
        if raw == raw.strip() and all(part in values for part in parts):
            number = 0
            for part in parts:
                number |= values.index(part)
            return values[number] if number < len(values) else str(number)
        raise ValueError(f"The enumeration value must be one of the following: {', '.join(values)}.")

    return Attr(name=name, read=read)


def _span(ticks: int) -> str:
    days, rest = divmod(ticks, 86400 * _TICKS)
    hours, rest = divmod(rest, 3600 * _TICKS)
    minute, rest = divmod(rest, 60 * _TICKS)
    second, fraction = divmod(rest, _TICKS)
    return (f"{days}." if days else "") + f"{hours:02}:{minute:02}:{second:02}" + (f".{fraction:07}" if fraction else "")


def _units(name: str, unit: str, size: int, *, positive: bool, least: int | None, infinite: bool) -> Attr:
    def read(raw: str) -> str:
        if infinite and raw == "Infinite":
            return raw
        if not _INTEGER.fullmatch(raw.strip()):
            raise ValueError(f"The expected format is an integer value in {unit}.")
        number = int(raw)
        if positive and number <= 0:
            raise _Invalid("The time span value must be positive.")
        if least is not None and number < least:
            raise _Invalid(f"The value must be inside the range {_span(least * size * _TICKS)}-{_span(_MAX_TICKS)}.")
        return str(number)

    return Attr(name=name, read=read)


def seconds(name: str, *, positive: bool = False, infinite: bool = False) -> Attr:
    """A time span written as whole seconds."""
    return _units(name, "seconds", 1, positive=positive, least=None, infinite=infinite)


def minutes(name: str, *, least: int | None = None, infinite: bool = False) -> Attr:
    """A time span written as whole minutes."""
    return _units(name, "minutes", 60, positive=False, least=least, infinite=infinite)


_SPAN = re.compile(r"-?(?:[0-9]+|(?:[0-9]+\.)?[0-9]{1,2}:[0-9]{1,2}(?::[0-9]{1,2}(?:\.[0-9]{1,7})?)?)")


def timespan(name: str) -> Attr:
    """A time span as .NET writes it: [d.]hh:mm[:ss[.fffffff]]."""

    def read(raw: str) -> str:
        if not _SPAN.fullmatch(raw.strip()):
            raise ValueError(f"{raw} is not a valid value for TimeSpan.")
        return raw.strip()

    return Attr(name=name, read=read)


def version(name: str) -> Attr:
    """Two to four numbers with dots between them."""

    def read(raw: str) -> str:
        parts = raw.split(".")
        if not 2 <= len(parts) <= 4:
            raise ValueError("Version string portion was too short or too long.")
        if not all(_INTEGER.fullmatch(part.strip()) for part in parts):
            raise ValueError("Input string was not in a correct format.")
        return ".".join(str(int(part)) for part in parts)

    return Attr(name=name, read=read)
