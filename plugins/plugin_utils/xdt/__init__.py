# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""XML Document Transforms, the language of ``Web.Release.config``: Microsoft's engine, with a writer that touches only what changes."""

from __future__ import annotations

from .api import Serializer, TransformResult, transform
from .log import LogEntry

__all__ = ["LogEntry", "Serializer", "TransformResult", "transform"]
