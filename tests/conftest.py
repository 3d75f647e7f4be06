# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every test needs: the checkout importable as a collection, and the way to the optional real parts."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def _collection_tree() -> Path:
    """A folder with ``ansible_collections/webfarm/signalr`` in it: the checkout's own parents, or a link under .cache."""
    if ROOT.parts[-3:] == ("ansible_collections", "webfarm", "signalr"):
        return ROOT.parents[2]
    tree = ROOT / ".cache" / "tree"
    link = tree / "ansible_collections" / "webfarm" / "signalr"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        with contextlib.suppress(FileExistsError):  # another worker was faster
            link.symlink_to(ROOT, target_is_directory=True)
    return tree


COLLECTIONS = _collection_tree()
sys.path.insert(0, str(COLLECTIONS))
sys.path.insert(0, str(ROOT / "tests"))
os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(COLLECTIONS)


def _shared(folder: str, variable: str) -> Path | None:
    """A folder of reference data or tools: named by a variable, or lying beside the checkout."""
    candidates = [os.environ.get(variable), ROOT.parent / "shared" / folder]
    return next((Path(c).resolve() for c in candidates if c and Path(c).is_dir()), None)


@pytest.fixture(scope="session")
def golden() -> Path:
    """Recorded answers of Microsoft's software."""
    found = _shared("golden", "WEBFARM_GOLDEN")
    if found is None:
        pytest.skip("the golden data is not here: set WEBFARM_GOLDEN to its folder")
    return found


@pytest.fixture(scope="session")
def real_tools() -> Path:
    """The real parts: PowerShell's engine, an IIS object model, Microsoft's SignalR server."""
    found = _shared("tools", "WEBFARM_TOOLS")
    if found is None:
        pytest.skip("the real parts are not here: set WEBFARM_TOOLS to their folder")
    return found
