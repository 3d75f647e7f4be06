# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One server of the engine for all tests of a worker, and a fresh machine for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from .chain import Chain, RealNode, running_chain
from .machine import Machine


@pytest.fixture(scope="session")
def chain(real_tools: Path) -> Iterator[Chain]:
    with running_chain(real_tools) as running:
        yield running


@pytest.fixture(scope="session")
def pristine(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A machine as it is made; copied for each test, as copying is cheaper than making."""
    root = tmp_path_factory.mktemp("pristine") / "machine"
    RealNode.make(root, chain)
    return root


@pytest.fixture
def machine(chain: Chain, pristine: Path, tmp_path: Path) -> Machine:
    root = tmp_path / "machine"
    shutil.copytree(pristine, root)
    return Machine(root, chain)
