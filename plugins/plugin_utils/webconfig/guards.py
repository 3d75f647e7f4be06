# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Edits that would have no effect or damage the file, refused before they are made."""

from __future__ import annotations

from ..errors import ConfigEditError
from .escapes import illegal_character, is_name
from .nodes import Element

__all__ = ["check_attribute", "check_editable"]


def check_editable(element: Element, attribute: str | None = None) -> None:
    """Refuse an edit of ``element`` (of its ``attribute``) inside an encrypted section or one that lives in another file."""
    for outer in element.ancestors():
        provider = outer.get("configProtectionProvider")
        if provider is not None:
            raise ConfigEditError(
                f"The section <{outer.name}> is encrypted (configProtectionProvider='{provider}').",
                line=outer.line or None,
                next_step="Decrypt it first: aspnet_regiis -pdf.",
            )
        source = outer.get("configSource")
        if source is not None and not (outer is element and attribute == "configSource"):
            raise ConfigEditError(
                f"The section <{outer.name}> lives in another file (configSource='{source}') and may hold nothing else here.",
                line=outer.line or None,
                next_step=f"Edit '{source}' in the folder of this file.",
            )


def check_attribute(element: Element, attribute: str, value: str) -> None:
    """Refuse an attribute that XML cannot hold, or that would change what the names below mean."""
    if not is_name(attribute):
        raise ConfigEditError(f"{attribute!r} is no attribute name.", line=element.line or None, next_step="Correct the name.")
    if attribute == "xmlns" or attribute.startswith("xmlns:"):
        raise ConfigEditError(
            f"Setting {attribute!r} would change the meaning of names.", line=element.line or None, next_step="Edit namespaces by hand."
        )
    prefix = attribute.rpartition(":")[0]
    if prefix and prefix not in element.namespaces():
        raise ConfigEditError(
            f"'{prefix}' is an undeclared prefix.", line=element.line or None, next_step="Declare the prefix or leave it out."
        )
    illegal = illegal_character(value)
    if illegal is not None:
        raise ConfigEditError(
            f"The value for {attribute!r} holds the character 0x{ord(illegal):02X}, which XML cannot hold.",
            line=element.line or None,
            next_step="Remove the character.",
        )
