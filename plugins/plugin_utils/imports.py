# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one guarded import of third-party libraries.

ansible-test imports every plugin in an environment that has none of them, and a person who forgot to install one should read which,
not a traceback. So a library that is missing becomes an object that says so when it is first used.
"""

from __future__ import annotations

import importlib
from typing import Any

from .errors import FarmError

__all__ = ["aiohttp", "ciphers", "decrepit_ciphers", "etree", "jinja2", "yarl"]


class _Missing:
    """Stands in for a library that is not installed; any use of it is an error that says what to install."""

    def __init__(self, requirement: str, cause: ImportError) -> None:
        self._requirement = requirement
        self._cause = cause

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise FarmError(
            f"The Python library '{self._requirement}' is missing on the controller.",
            next_step=f"Install it into the Python that runs Ansible: pip install '{self._requirement}'.",
        ) from self._cause


def _load(module: str, requirement: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as cause:
        return _Missing(requirement, cause)


etree: Any = _load("lxml.etree", "lxml")
ciphers: Any = _load("cryptography.hazmat.primitives.ciphers", "cryptography")
#: 3DES, which ``cryptography`` moved out of the way in version 43: only machine keys of old farms still use it.
decrepit_ciphers: Any = _load("cryptography.hazmat.decrepit.ciphers.algorithms", "cryptography>=43")
aiohttp: Any = _load("aiohttp", "aiohttp")
yarl: Any = _load("yarl", "aiohttp")
jinja2: Any = _load("jinja2", "jinja2")
