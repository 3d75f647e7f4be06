# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file as ASP.NET's configuration reader takes it: bytes -> nodes."""

from __future__ import annotations

from functools import lru_cache

from ..errors import ConfigSyntaxError
from .decode import decode
from .faults import ConfigurationError
from .merge import Place
from .nodes import Element
from .syntax import check_syntax
from .tokens import read_nodes

__all__ = ["as_configuration_error", "read_file"]


@lru_cache(maxsize=16)
def read_file(data: bytes) -> Element:
    """The nameless element that holds everything in the file. Raises ``ConfigSyntaxError`` with .NET's sentence.

    It is not to be edited: a machine.config that many nodes share is read once.
    """
    text, _encoding = decode(data, as_aspnet=True)
    check_syntax(text)
    return read_nodes(text)


def as_configuration_error(error: ConfigSyntaxError, place: Place) -> ConfigurationError:
    """What ASP.NET makes of a file that is no XML: the reader's sentence with its position."""
    position = f" Line {error.line}, position {error.column}." if error.line else ""
    return place.error(error.what + position, error.line or 0)
