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
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A farm for all tests of a module: those that leave it as it was, or in a state that the next one knows how to use."""
    directory = tmp_path_factory.mktemp("shared")
    with running_farm(directory / "farm") as farm:
        yield Site(farm, directory)


@pytest.fixture
def untouched(shared: Site) -> Iterator[Site]:
    """The module's farm, whose configuration a test may spoil: afterwards it is as it was. For runs that have to change nothing."""
    configs = {path: path.read_bytes() for node in shared.farm.description["nodes"] if (path := shared.live_folder(node) / "web.config")}
    yield shared
    shared.farm.control.repair()
    for path, data in configs.items():
        path.write_bytes(data)
