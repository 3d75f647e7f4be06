# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of the product, each printed by one command: ``python -m drills.NAME`` with ``tests`` on the path."""

from __future__ import annotations

from conftest import COLLECTIONS

#: Importing the tests' configuration has put the collection on the path.
COLLECTION_IS_IMPORTABLE = COLLECTIONS.is_dir()
