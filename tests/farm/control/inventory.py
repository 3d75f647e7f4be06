# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of a farm: who its hosts are, how to reach them, and what the variables of the farm say."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .node import FarmNode
from .specification import HEALTH_CONTENT, HEALTH_FILE, ApplicationSpecification, FarmSpecification

__all__ = ["inventory", "write_inventory"]


def inventory(
    specification: FarmSpecification,
    nodes: Mapping[str, FarmNode],
    *,
    ports: Mapping[str, int],
    user: str,
    password: str,
    passwords: Mapping[str, str],
    virtual_addresses: Mapping[str, str],
) -> dict[str, Any]:
    """The inventory as data. Every farm is a group; a node that is in several farms is a host of its own in each of them."""
    taken: set[str] = set()
    groups: dict[str, Any] = {}
    for farm, applications in specification.farms.items():
        members = list(dict.fromkeys(node for application in applications for node in specification.nodes_of(application)))
        hosts = {node if node not in taken else f"{node}_{farm}": _host(nodes[node], ports[node]) for node in members}
        taken.update(members)
        groups[farm] = {
            "hosts": hosts,
            "vars": _farm_variables(specification, farm, applications[0], list(hosts), passwords, virtual_addresses[farm]),
        }
    connection = {
        "ansible_connection": "winrm",
        "ansible_winrm_scheme": "http",
        "ansible_winrm_transport": specification.transport,
        "ansible_user": user,
        "ansible_password": password,
    }
    return {"all": {"vars": connection, "children": {"signalr_farm": {"children": groups}}}}


def _host(node: FarmNode, port: int) -> dict[str, Any]:
    return {
        "ansible_host": node.address,
        "ansible_port": port,
        "farm_node_address": node.address,
        "farm_node_port": node.http_port,
    }


def _farm_variables(
    specification: FarmSpecification,
    farm: str,
    application: ApplicationSpecification,
    members: list[str],
    passwords: Mapping[str, str],
    virtual_address: str,
) -> dict[str, Any]:
    account = rf"CONTOSO\svc_{farm}"
    return {
        "farm_name": farm,
        "farm_members": members,
        "farm_site": application.site,
        "farm_application": application.path,
        "farm_pool": application.pool,
        "farm_virtual_addresses": [f"{virtual_address}{application.path.rstrip('/')}/signalr"],
        "farm_rolling_driver": "health_file",
        "farm_rolling_health_file": HEALTH_FILE,
        "farm_rolling_health_content": HEALTH_CONTENT,
        "farm_rolling_drain_seconds": 1,
        "farm_machine_key_accept_blast_radius": True,
        "farm_app_package": str(specification.directory / "packages" / f"{farm}-{application.release}.zip"),
        "farm_app_release": application.release,
        "farm_app_pool_user": account,
        "farm_app_pool_password": passwords[account],
    }


def write_inventory(file: Path, content: Mapping[str, Any]) -> None:
    """Write it as YAML, readable by its owner only: it holds passwords."""
    text = "# A simulated farm. Point a playbook at it: ansible-playbook -i THIS playbooks/site.yml\n" + "".join(_lines(content, 0))
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)


def _lines(content: Mapping[str, Any], depth: int) -> Iterator[str]:
    """Mappings as blocks; every other value as JSON, which YAML reads as it is."""
    for name, value in content.items():
        if isinstance(value, Mapping) and value:
            yield f"{'  ' * depth}{name}:\n"
            yield from _lines(value, depth + 1)
        else:
            yield f"{'  ' * depth}{name}: {json.dumps(value)}\n"
