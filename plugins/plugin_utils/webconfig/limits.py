# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How big a configuration file may be. IIS refuses files over 250 kB anyway; these bounds keep hostile input cheap."""

from __future__ import annotations

__all__ = ["MAX_ATTRIBUTES", "MAX_BYTES", "MAX_DEPTH", "MAX_NODES"]

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 256  # nested elements, the root included
MAX_NODES = 1_000_000  # elements, comments, texts, processing instructions
MAX_ATTRIBUTES = 1_024  # of one element
