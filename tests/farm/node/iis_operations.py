# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on sites, applications and pools."""

from __future__ import annotations

from typing import Any

from .call import Call, Node
from .errors import NodeError, missing_pool, missing_site
from .iis import refuse_while_busy
from .state import Application, Pool, Site
from .undo import UNCHANGED, Done

Operation = dict[str, Any]


def expect_application(node: Node, operation: Operation) -> None:
    expected = operation.get("expect", {})
    site = node.state.site(operation["site"])
    application = site.application(operation["path"]) if site else None
    name = f"{operation['site']}{operation['path']}"
    if "exists" in expected and expected["exists"] != (application is not None):
        raise NodeError("precondition", f"The application '{name}' {'exists' if application else 'does not exist'}.")
    found = application.physical_path if application else ""
    if "physical_path" in expected and found.casefold() != expected["physical_path"].casefold():
        raise NodeError("precondition", f"The application '{name}' does not lie in '{expected['physical_path']}'.")


def expect_pool(node: Node, operation: Operation) -> None:
    pool = node.state.pool(operation["name"])
    found: dict[str, Any] = {"exists": pool is not None}
    if pool is not None:
        found |= {"state": pool.state, "has_password": bool(pool.password), **pool.settings}
    for name, wanted in operation.get("expect", {}).items():
        if found.get(name) != wanted:
            raise NodeError("precondition", f"The application pool '{operation['name']}' has another {name} than the one that was read.")


# ---- configuration


def set_site(call: Call, operation: Operation) -> Done:
    node, name = call.node, operation["name"]
    bindings = [{"ssl_flags": 0, **binding} for binding in operation["bindings"]] if "bindings" in operation else None
    folder = operation.get("physical_path")
    before = node.state.site(name)
    if before is None and folder is None:
        raise missing_site(name)
    if before and folder in (None, _root(before).physical_path) and bindings in (None, before.bindings):
        return UNCHANGED
    was = (_root(before).physical_path, before.bindings) if before else None

    def make() -> None:
        site = node.state.site(name)
        if site is None:
            free = min(set(range(1, len(node.state.sites) + 2)) - {other.id for other in node.state.sites})
            site = Site(name, free, [Application("/", str(folder))], bindings=[])
            node.state.sites.append(site)
        _root(site).physical_path = folder or _root(site).physical_path
        site.bindings = site.bindings if bindings is None else list(bindings)
        site.state = _site_state(node, site)

    def undo() -> None:
        site = node.iis.known_site(name)
        if was is None:
            node.state.sites.remove(site)
        else:
            _root(site).physical_path, site.bindings = was

    call.batch.change(make)
    return Done(True, undo=undo)


def _site_state(node: Node, site: Site) -> str:
    """A site whose binding another one serves does not start; one without a binding for the web has no state."""
    web = {binding["information"].casefold() for binding in site.bindings if binding["protocol"] in ("http", "https")}
    others = (other for other in node.state.sites if other is not site and other.state == "Started")
    taken = {binding["information"].casefold() for other in others for binding in other.bindings}
    if not web:
        return "Unknown"
    return "Stopped" if web & taken else "Started"


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
    detail: dict[str, Any] = {"was": pool.state, "ended": [], "seconds": 0}
    if pool.state == "Stopped":
        return Done(False, detail)
    begun = call.node.clock.now()
    workers = [worker.process_id for worker in pool.workers]
    if pool.state != "Stopping":
        refuse_while_busy(pool)
        iis.stop(pool)
    if not iis.wait_for(pool, "Stopped", operation["wait"]):
        iis.end_workers(pool)
        detail["ended"] = workers
    detail["seconds"] = (call.node.clock.now() - begun).total_seconds()
    return Done(True, detail, undo=lambda: _start_again(call.node, pool.name))


def start_pool(call: Call, operation: Operation) -> Done:
    iis, pool = call.node.iis, call.node.iis.known_pool(operation["name"])
    detail: dict[str, Any] = {"was": pool.state, "seconds": 0}
    if pool.state == "Started":
        return Done(False, detail)
    begun = call.node.clock.now()
    if pool.state == "Stopping":
        iis.wait_for(pool, "Stopped", operation["wait"])
    if pool.state != "Starting":
        refuse_while_busy(pool)
        iis.start(pool)
    if not iis.wait_for(pool, "Started", operation["wait"]):
        if pool.failure:
            raise NodeError("identity", pool.failure)
        raise NodeError("timeout", f"The application pool '{pool.name}' did not start within {operation['wait']} seconds.")
    detail["seconds"] = (call.node.clock.now() - begun).total_seconds()
    return Done(True, detail, undo=lambda: iis.stop(call.node.iis.known_pool(pool.name)))


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
