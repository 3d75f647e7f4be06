# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""web.config: bytes <-> document without losing a byte, edits, and what a hierarchy of files means to ASP.NET."""

from __future__ import annotations

from .document import Document
from .effective import ConfigFile, EffectiveItem, EffectiveSection, EffectiveValue, effective_section
from .faults import ConfigurationError
from .nodes import Element

__all__ = [
    "ConfigFile",
    "ConfigurationError",
    "Document",
    "EffectiveItem",
    "EffectiveSection",
    "EffectiveValue",
    "Element",
    "effective_section",
]
