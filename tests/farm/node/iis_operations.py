# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on sites, applications and pools."""

from __future__ import annotations

from typing import Any

from .call import Call, Node
from .errors import NodeError, missing_pool
from .iis import refuse_while_busy
from .state import Application, Pool, Site
from .undo import UNCHANGED, Done

Operation = dict[str, Any]


def expect_application(node: Node, operation: Operation) -> None:
    expected = operation.get("expect")
    if expected is None:
        return
    site = node.state.site(operation["site"])
    application = site.application(operation["path"]) if site else None
    found = node.path(application.physical_path).casefold() if application else ""
    wanted = node.path(expected["physical_path"]).casefold() if expected["physical_path"] else ""
    if found != wanted:
        raise NodeError(
            "precondition", f"The application '{operation['site']}{operation['path']}' does not lie in '{expected['physical_path']}'."
        )


def expect_pool(node: Node, operation: Operation) -> None:
    pool = node.state.pool(operation["name"])
    found: dict[str, Any] = {"exists": pool is not None}
    if pool is not None:
        found |= {"state": pool.state, **pool.settings}
    for name, wanted in operation.get("expect", {}).items():
        if found.get(name) != wanted:
            raise NodeError("precondition", f"The application pool '{operation['name']}' has another {name} than the one that was read.")


# ---- configuration


def set_site(call: Call, operation: Operation) -> Done:
    node, name = call.node, operation["name"]
    bindings = [
        {"protocol": b["protocol"], "information": b["information"], "ssl_flags": b.get("ssl_flags", 0)} for b in operation["bindings"]
    ]
    before = node.state.site(name)
    root = before.application("/") if before else None
    if before and root and root.physical_path == operation["physical_path"] and before.bindings == bindings:
        return UNCHANGED
    was = (root.physical_path, before.bindings) if before and root else None

    def make() -> None:
        site = node.state.site(name)
        if site is None:
            free = min(set(range(1, len(node.state.sites) + 2)) - {other.id for other in node.state.sites})
            site = Site(name, free, [Application("/", operation["physical_path"])])
            node.state.sites.append(site)
        _root(site).physical_path, site.bindings = operation["physical_path"], list(bindings)

    def undo() -> None:
        site = node.iis.known_site(name)
        if was is None:
            node.state.sites.remove(site)
        else:
            _root(site).physical_path, site.bindings = was

    call.batch.change(make)
    return Done(True, undo=undo)


def set_application(call: Call, operation: Operation) -> Done:
    node, path = call.node, operation["path"]
    before = node.iis.known_site(operation["site"]).application(path)
    wanted = {name: operation[field] for name, field in (("physical_path", "physical_path"), ("pool", "pool")) if field in operation}
    if before is not None and all(getattr(before, name) == value for name, value in wanted.items()):
        return UNCHANGED
    if before is None and "physical_path" not in wanted:
        raise NodeError("not_found", f"There is no application '{operation['site']}{path}'.")
    was = {name: getattr(before, name) for name in wanted} if before else None

    def make() -> None:
        expect_application(node, operation)
        site = node.iis.known_site(operation["site"])
        application = site.application(path)
        if application is None:
            application = Application(path, wanted["physical_path"])
            site.applications.append(application)
        for name, value in wanted.items():
            setattr(application, name, value)

    def undo() -> None:
        site = node.iis.known_site(operation["site"])
        application = site.application(path)
        if application is None:
            return
        if was is None:
            site.applications.remove(application)
        for name, value in (was or {}).items():
            setattr(application, name, value)

    call.batch.change(make)
    return Done(True, undo=undo)


def set_pool(call: Call, operation: Operation) -> Done:
    node, name = call.node, operation["name"]
    settings = {key: value for key, value in operation["settings"].items() if key != "password"}
    password = operation["settings"].get("password")
    before = node.state.pool(name)
    if (
        before is not None
        and all(before.settings[key] == value for key, value in settings.items())
        and password in (None, before.password or "")
    ):
        return UNCHANGED
    was = (dict(before.settings), before.password) if before else None

    def make() -> None:
        expect_pool(node, operation)
        pool = node.state.pool(name)
        if pool is None:
            pool = Pool(name)
            node.state.pools.append(pool)
            if not settings.get("auto_start", True):
                pool.state = "Stopped"
        pool.settings.update(settings)
        if password is not None:
            pool.password = password or None

    def undo() -> None:
        pool = node.iis.known_pool(name)
        if was is None:
            node.state.pools.remove(pool)
            return
        pool.settings, pool.password = dict(was[0]), was[1]
        node.iis.configuration_changed([pool])

    call.batch.change(make, pool=name)
    return Done(True, undo=undo)


# ---- what runs


def stop_pool(call: Call, operation: Operation) -> Done:
    iis, pool = call.node.iis, call.node.iis.known_pool(operation["name"])
    if pool.state == "Stopped":
        return UNCHANGED
    if pool.state != "Stopping":
        refuse_while_busy(pool)
        iis.stop(pool)
    detail: dict[str, Any] = {"ended": []}
    if not iis.wait_for(pool, "Stopped", operation["wait"]):
        iis.end_workers(pool)
    return Done(True, detail, undo=lambda: _start_again(call.node, pool.name))


def start_pool(call: Call, operation: Operation) -> Done:
    iis, pool = call.node.iis, call.node.iis.known_pool(operation["name"])
    if pool.state == "Started":
        return UNCHANGED
    if pool.state == "Stopping":
        iis.wait_for(pool, "Stopped", operation["wait"])
    if pool.state != "Starting":
        refuse_while_busy(pool)
        iis.start(pool)
    if not iis.wait_for(pool, "Started", operation["wait"]):
        if pool.failure:
            raise NodeError("identity", pool.failure)
        raise NodeError("timeout", f"The application pool '{pool.name}' did not start within {operation['wait']} seconds.")
    return Done(True, undo=lambda: iis.stop(call.node.iis.known_pool(pool.name)))


def recycle_pool(call: Call, operation: Operation) -> Done:
    pool = call.node.iis.known_pool(operation["name"])
    if pool.state != "Started":
        return UNCHANGED
    call.node.iis.recycle(pool)
    return Done(True)


def _start_again(node: Node, name: str) -> None:
    pool = node.state.pool(name)
    if pool is None:
        raise missing_pool(name)
    node.iis.wait_for(pool, "Stopped", 60)
    if pool.state == "Stopped":
        node.iis.start(pool)


def _root(site: Site) -> Application:
    root = site.application("/")
    if root is None:
        raise NodeError("not_found", f"The site '{site.name}' has no application '/'.")
    return root
