# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a configuration file stands: machine, machine/webroot, machine/webroot/SITE/folder/..., as System.Web forms such paths."""

from __future__ import annotations

from dataclasses import dataclass

from . import messages

__all__ = ["MACHINE", "ROOT", "Hierarchy", "is_virtual", "location_fault", "normal_location"]

MACHINE = "machine"
ROOT = "machine/webroot"
_SITE_ID = "1"


def is_virtual(path: str) -> bool:
    """Whether ``path`` belongs to a site: not machine.config, not the root web.config."""
    return len(path) > len(ROOT)


def _reduce(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", ".", ".."):
            parts.append(part)
    return "/" + "/".join(parts)


def contains(above: str, path: str) -> bool:
    """Whether ``path`` is ``above`` or lies below it."""
    return above == "/" or above.lower() == path.lower() or path.lower().startswith(above.lower() + "/")


@dataclass(frozen=True)
class Hierarchy:
    """The site, its applications, and the one that answers the request."""

    site_name: str
    applications: tuple[str, ...]  # virtual paths
    at: str

    @property
    def application(self) -> str:
        """Virtual path of the application that serves ``at``."""
        return max(["/", *(path for path in self.applications if contains(path, self.at))], key=len)

    def path(self, virtual: str, site: str = _SITE_ID) -> str:
        """The configuration path of a virtual path."""
        return f"{ROOT}/{site.lower()}{virtual.rstrip('/').lower()}"

    def split(self, path: str) -> tuple[str, str]:
        """Site and virtual path of a configuration path."""
        site, _slash, rest = path[len(ROOT) + 1 :].partition("/")
        return site, "/" + rest

    def target(self, path: str, location: str) -> str:
        """What a location with this path, written in the file at ``path``, points to."""
        if is_virtual(path):
            return f"{path}/{location}".lower()
        site, _slash, virtual = location.partition("/")
        is_ours = site.lower() in (_SITE_ID, self.site_name.lower())
        return self.path(_reduce(virtual), _SITE_ID if is_ours else site)

    def is_above_application(self, path: str) -> bool:
        """Whether the application that answers is another than the one at ``path``, and below it."""
        if not is_virtual(path):
            return True
        site, virtual = self.split(path)
        return site != _SITE_ID or not contains(self.application, virtual)

    def allows(self, path: str, definition: str) -> bool:
        """Whether a section with this allowDefinition may stand at ``path``."""
        if definition == "MachineOnly":
            return len(path) <= len(MACHINE)
        if definition == "MachineToWebRoot":
            return len(path) <= len(ROOT)
        if definition == "MachineToApplication":
            return len(path) <= len(self.path(self.application)) or self._is_application(path)
        return True

    def _is_application(self, path: str) -> bool:
        virtual = self.split(path)[1].lower()
        return virtual == "/" or virtual in (application.lower() for application in self.applications)


def location_fault(path: str) -> str:
    """.NET's sentence about a location's path that is not allowed; empty when it is."""
    if path[0].isspace() or path[0] in "\\./":
        return messages.LOCATION_FIRST
    if path[-1].isspace() or path[-1] in "\\./":
        return messages.LOCATION_LAST
    return messages.LOCATION_CHARACTER if any(character in path for character in '\\?:*"<>|') else ""


def normal_location(path: str | None) -> str | None:
    """``None`` for a path that means the file itself."""
    return None if path in (None, "", ".") else path
