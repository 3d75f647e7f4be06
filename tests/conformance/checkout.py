# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the checkout is, and how Ansible finds it as a collection."""

from __future__ import annotations

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def collections_path() -> None:
    """Let Ansible find this checkout as ``webfarm.signalr``, in this process (before it is imported) and in those started from it."""
    if "ANSIBLE_COLLECTIONS_PATH" not in os.environ:
        os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(_tree())


def _tree() -> Path:
    if REPOSITORY.parts[-3:] == ("ansible_collections", "webfarm", "signalr"):
        return REPOSITORY.parents[2]
    link = REPOSITORY / ".cache" / "tree" / "ansible_collections" / "webfarm" / "signalr"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(REPOSITORY, target_is_directory=True)
    return link.parents[2]
