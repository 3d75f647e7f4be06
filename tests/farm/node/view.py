# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the web server in front of a node asks: each application with its files, its pool, and how that fares."""

from __future__ import annotations

import ntpath

from farm.signalr.iis_view import AppView, ConfigLevel

from .call import Node
from .file_readings import FRAMEWORK, levels
from .iis import binding_of, identity_of
from .state import Application, Pool, Site


def application_views(node: Node) -> list[AppView]:
    """All applications of all sites."""
    return [_view(node, site, application) for site, application in node.iis.applications()]


def _view(node: Node, site: Site, application: Application) -> AppView:
    pool = node.state.pool(application.pool)
    return AppView(
        site=site.name,
        virtual_path=application.path,
        physical_path=node.files.paths.local(application.physical_path),
        pool=application.pool,
        pool_state=pool.state if pool else "Stopped",
        recycles=pool.recycles if pool else 0,
        websockets_installed=node.state.has_web_sockets,
        config_files=_config_files(node, site, application, pool),
        identity=identity_of(pool) if pool else "",
        host_names=tuple(binding["host"] for binding in map(binding_of, site.bindings) if binding["host"]),
        pool_failure=pool.failure if pool else "",
        site_state=site.state,
        site_id=site.id,
    )


def _config_files(node: Node, site: Site, application: Application, pool: Pool | None) -> tuple[ConfigLevel, ...]:
    framework = FRAMEWORK[32 if pool and pool.settings["enable_32bit"] else 64]
    files = [("machine", ntpath.join(framework, "machine.config")), ("root", ntpath.join(framework, "web.config"))]
    # The server knows sites and applications; a plain folder between them is no level of its own there.
    files += [(level, ntpath.join(folder, "web.config")) for level, _virtual, folder in levels(site, application.path) if level != "dir"]
    return tuple(ConfigLevel(level, node.files.paths.local(path)) for level, path in files)
