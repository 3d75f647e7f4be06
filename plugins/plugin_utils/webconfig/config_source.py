# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that a configuration file names: configSource and appSettings/@file."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import ConfigSyntaxError
from . import messages
from .merge import Place
from .nodes import Element, Kind, Markup
from .xmlfile import as_configuration_error, read_file

__all__ = ["external_section", "find_file", "resolve", "source_fault", "without_attributes"]


def source_fault(value: str) -> str:
    """.NET's sentence about a configSource value whose form is refused; empty when it may be looked for."""
    if not value or value.strip() != value:
        return messages.SOURCE_RELATIVE
    if "/" in value:
        return messages.SOURCE_SLASH
    if value.startswith("\\") or value[1:2] == ":":
        return messages.SOURCE_RELATIVE
    return ""


def resolve(folder: str, value: str) -> str | None:
    """Full path, in lower case, of a file named relative to ``folder``; ``None`` when it lies outside of it."""
    parts: list[str] = []
    for part in value.replace("/", "\\").split("\\"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return folder.lower() + "\\".join(parts).lower()


def find_file(files: Mapping[str, bytes], value: str) -> bytes | None:
    """The file that ``value`` names, whatever the case and the slashes; ``None`` when it is not there."""
    wanted = resolve("", value)
    return next((data for name, data in files.items() if resolve("", name) == wanted), None)


def external_section(data: bytes, name: str, place: Place, root_message: str) -> Element:
    """The section in an external file; anything but comments beside it is refused with .NET's sentence."""
    try:
        tree = read_file(data)
    except ConfigSyntaxError as error:
        raise as_configuration_error(error, place) from None
    root = tree.elements()[0]
    after = False
    for node in tree.children:
        if isinstance(node, Markup):
            if after and node.kind is not Kind.COMMENT and not node.is_blank:
                raise place.error(messages.SOURCE_FORMAT, node.line)
            if not after and node.kind is Kind.INSTRUCTION:
                raise place.error(messages.UNRECOGNIZED_ELEMENT_HERE, node.line)
        else:
            after = True
            if root.name != name:
                raise place.error(root_message, root.line)
    return root


def without_attributes(root: Element, place: Place) -> Element:
    """The root of an appSettings file, which may have none."""
    for attribute in root.attributes:
        raise place.error(messages.UNRECOGNIZED_ATTRIBUTE.format(attribute.name), root.line_of(attribute))
    return root
