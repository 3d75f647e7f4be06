# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a farm's application is called everywhere: its site and path, its pool, its folders on a node, its place in the store."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import FarmError
from ..iis.features import WEB_SOCKETS
from ..iis.pools import WantedIdentity
from ..iis.state import ApplicationName

__all__ = ["FarmScope"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


@dataclass(frozen=True)
class FarmScope:
    """One application of one farm. Nothing that is decided in one scope is seen in another."""

    farm: str
    application: ApplicationName
    pool: str  # a new pool's name; an application that exists keeps the one it has
    root: str  # Windows path of the folder for releases

    @classmethod
    def make(cls, *, farm: str, site: str, application: str, pool: str | None = None, root: str | None = None) -> FarmScope:
        """Raises FarmError for names that IIS or Windows could not hold."""
        if not _NAME.fullmatch(farm):
            raise FarmError(
                f"'{farm}' cannot name a farm: the name becomes a folder's.",
                next_step="Use letters, digits, '.', '-' and '_' in farm_name, at most 63.",
            )
        path = "/" + application.strip("/")
        name = ApplicationName(site, path)
        return cls(
            farm=farm,
            application=name,
            pool=pool or f"{farm}{path.replace('/', '-').rstrip('-')}",
            root=(root or f"%SystemDrive%\\inetpub\\webfarm\\{farm}{path.replace('/', '-').rstrip('-')}").rstrip("\\"),
        )

    @property
    def records(self) -> str:
        """The folder on a node for marker, lease and journal: outside the web root, no secret in it."""
        return f"%ProgramData%\\webfarm.signalr\\{self.farm}{self.application.path.replace('/', '-').rstrip('-')}"

    def readings(
        self, *, features: Sequence[str] = (), identity: WantedIdentity | None = None, pool: str | None = None
    ) -> dict[str, Mapping[str, Any]]:
        """What one look at a node asks for. A wanted password is sent along, since only the node may compare it."""
        application = {"site": self.application.site, "path": self.application.path}
        wanted_pool: dict[str, Any] = {"name": pool or self.pool}
        readings: dict[str, Mapping[str, Any]] = {
            "host": {},
            "features": {"names": sorted({WEB_SOCKETS, *features})},
            "iis": {"applications": [application], "pools": [wanted_pool]},
            "configuration": {"applications": [application]},
            "releases": {"root": self.root, "hashes": False},
            "records": {"folder": self.records},
        }
        if identity is not None and identity.type == "SpecificUser":
            account: dict[str, Any] = {"name": identity.user}
            if identity.password is not None:
                wanted_pool["password"] = account["password"] = identity.password
            readings["accounts"] = {"accounts": [account]}
        return readings
