# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""signalr_probe: asks the running farm whether it is one. Changes nothing; asks over HTTP from where Ansible runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.webfarm.signalr.plugins.plugin_utils.controller.action import FarmAction
from ansible_collections.webfarm.signalr.plugins.plugin_utils.signalr import (
    ACCEPTABLE_FINDINGS,
    DEPTHS,
    TRANSPORTS,
    AioHttpPort,
    Endpoint,
    HubCall,
    ProbeRequest,
    probe_farm,
    render_matrix,
)


class ActionModule(FarmAction):
    SPEC = {
        "argument_spec": {
            "nodes": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "name": {"type": "str", "required": True},
                    "url": {"type": "str", "required": True},
                    "host_header": {"type": "str"},
                },
            },
            "virtual_addresses": {"type": "list", "elements": "str", "default": []},
            "host_header": {"type": "str"},
            "depth": {"type": "str", "choices": list(DEPTHS), "default": "keys"},
            "transports": {"type": "list", "elements": "str", "choices": list(TRANSPORTS), "default": list(TRANSPORTS)},
            "hub": {"type": "str"},
            "hub_method": {"type": "str"},
            "hub_arguments": {"type": "list", "elements": "raw", "default": []},
            "expect_release": {"type": "str"},
            "release_path": {"type": "str"},
            "accept": {"type": "list", "elements": "str", "choices": list(ACCEPTABLE_FINDINGS), "default": []},
            "timeout": {"type": "float", "default": 20.0},
            "wait": {"type": "float", "default": 0.0},
            "validate_certs": {"type": "bool", "default": True},
            "ca_file": {"type": "path"},
            "report_only": {"type": "bool", "default": False},
        },
        "required_by": {"hub_method": ["hub"], "expect_release": ["release_path"]},
    }
    REQUIRES_CONNECTION = False

    def perform(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        request = _request(arguments)
        port = AioHttpPort(timeout=arguments["timeout"], validate_certs=arguments["validate_certs"], ca_file=arguments["ca_file"])
        result = asyncio.run(probe_farm(request, port)).as_result()
        failed = not result["farm_is_one"] and not arguments["report_only"]
        return {
            **result,
            "changed": False,
            "failed": failed,
            "msg": result["summary"],
            "lines": render_matrix(result).splitlines(),
        }


def _request(arguments: Mapping[str, Any]) -> ProbeRequest:
    nodes = tuple(
        Endpoint(name=node["name"], url=node["url"], host_header=node.get("host_header") or arguments["host_header"] or None)
        for node in arguments["nodes"]
    )
    hub = arguments["hub"]
    call = HubCall(hub=hub, method=arguments["hub_method"], arguments=tuple(arguments["hub_arguments"])) if hub else None
    return ProbeRequest(
        nodes=nodes,
        virtual_addresses=tuple(Endpoint(name=_short(url), url=url, is_virtual=True) for url in arguments["virtual_addresses"]),
        depth=arguments["depth"],
        transports=tuple(arguments["transports"]),
        call=call,
        expect_release=arguments["expect_release"],
        release_path=arguments["release_path"],
        accept=tuple(arguments["accept"]),
        wait=arguments["wait"],
        deadline=max(30.0, 2 * arguments["timeout"]),
    )


def _short(url: str) -> str:
    """How a virtual address is called in results: its host, with the port if it names one."""
    return urlsplit(url).netloc or url
