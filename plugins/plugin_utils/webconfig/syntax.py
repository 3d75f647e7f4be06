# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a text is XML that we take: well-formed, no DOCTYPE, no control characters. Says what is wrong in .NET's words."""

from __future__ import annotations

import re
from typing import Any

from ..errors import ConfigSyntaxError
from .decode import DECLARATION
from .lines import Lines
from .mirror import check_with_lxml
from .wellformed import dotnet_fault

__all__ = ["check_syntax"]

_DOCTYPE = re.compile(r"(?>[ \t\r\n]+|<!--(?:.*?)-->|<\?.*?\?>)*+<!DOCTYPE", re.DOTALL)


def check_syntax(text: str, *, name: str = "") -> Any:
    """Raise ``ConfigSyntaxError`` unless ``text`` is well-formed and harmless. The root element that libxml2 made of it."""
    lines = Lines(text)

    def fault(what: str, offset: int, next_step: str = "Repair the XML.") -> ConfigSyntaxError:
        return ConfigSyntaxError(what, where=name, line=lines.line(offset), column=lines.column(offset), next_step=next_step)

    nul = text.find("\0")
    if nul >= 0:
        raise fault("'.', hexadecimal value 0x00, is an invalid character.", nul)
    if text.startswith("\ufeff"):
        raise fault("Data at the root level is invalid.", 0, "Remove the second byte order mark.")
    doctype = _DOCTYPE.match(text)
    if doctype:
        raise fault("The file has a DOCTYPE, which is not read.", doctype.end() - 9, "Remove the DOCTYPE.")
    body = text
    if re.match(r"<\?xml[ \t\r\n]", text):
        declaration = DECLARATION.match(text)
        if declaration is None:
            raise fault("Syntax for an XML declaration is invalid.", 0)
        version = declaration["version"][1:-1]
        if version != "1.0":
            raise fault(f"Version number '{version[:10]}' is invalid.", declaration.start("version") + 1)
        blanked = re.sub(r"[^\r\n]", " ", declaration.group())
        body = blanked + text[declaration.end() :]
    root, found = check_with_lxml(body)
    if found:
        what, line, column = found
        said = dotnet_fault(text)
        if said is None:
            raise ConfigSyntaxError(f"{what.rstrip('.')}.", where=name, line=line, column=column, next_step="Repair the XML.")
        if said[1] is None:
            raise ConfigSyntaxError(said[0], where=name, next_step="Restore the file: it holds no configuration.")
        raise fault(said[0], said[1])
    return root
