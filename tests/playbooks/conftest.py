# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated farm of three nodes in the state that brings people to this product, and the collection's playbooks against it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from farm.control.running import running_farm

from .harness import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A fresh farm, for tests that change it."""
    with running_farm(tmp_path / "farm") as farm:
        yield Site(farm, tmp_path)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A fresh farm that a whole module may ask, as long as nothing changes it."""
    directory = tmp_path_factory.mktemp("untouched")
    with running_farm(directory / "farm") as farm:
        yield Site(farm, directory)
