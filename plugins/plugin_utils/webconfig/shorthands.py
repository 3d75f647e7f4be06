# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an application with SignalR needs in its web.config, said briefly: a pure translation into edits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import ConfigEditError

__all__ = ["SHORTHANDS", "edits_of"]

_HEADERS = "system.webServer/httpProtocol/customHeaders/add"
_REDIRECT = "runtime/assemblyBinding/dependentAssembly/bindingRedirect"

Edits = list[dict[str, Any]]


def _settings(values: Mapping[str, Any]) -> Edits:
    return [_item("appSettings/add", "key", key, None if value is None else {"value": value}) for key, value in values.items()]


def _item(path: str, key: str, name: str, attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    edit: dict[str, Any] = {"path": path, "identity": {key: name}}
    return {**edit, "state": "absent"} if attributes is None else {**edit, "attributes": dict(attributes)}


def _connections(values: Mapping[str, Any]) -> Edits:
    found = []
    for name, value in values.items():
        if value is None or isinstance(value, str):
            value = None if value is None else {"connectionString": value}
        elif not isinstance(value, Mapping) or not {"connectionString", "providerName"} >= value.keys():
            raise ConfigEditError(
                f"The connection string '{name}' is a text, or has connectionString and providerName.",
                where="connection_strings",
                next_step="Correct it; null removes it.",
            )
        # Which of its parts is a password only its provider knows.
        found.append({**_item("connectionStrings/add", "name", name, value), "secret": True})
    return found


def _attributes(path: str) -> Callable[[Mapping[str, Any]], Edits]:
    return lambda values: [{"path": path, "attributes": dict(values)}] if values else []


def _headers(values: Mapping[str, Any]) -> Edits:
    return [
        {**_item(_HEADERS, "name", name, None if value is None else {"value": value}), "remove_inherited": True}
        for name, value in values.items()
    ]


def _cors(values: Mapping[str, Any]) -> Edits:
    """Headers that let pages of one other origin connect. SignalR's client sends credentials, which browsers refuse for '*'."""
    origin = values.get("origin")
    credentials = values.get("credentials", True)
    fault = ""
    if not isinstance(origin, str) or not origin:
        fault = "CORS needs an 'origin', one text."
    elif origin == "*" and credentials:
        fault = "A browser takes no credentials from the origin '*', and SignalR's client sends them."
    elif origin != "*" and ("://" not in origin or origin.count("/") > 2 or "," in origin or " " in origin):
        fault = f"'{origin}' is no origin."
    elif unknown := sorted(set(map(str, values)) - {"origin", "credentials", "methods", "headers"}):
        fault = f"CORS has no option {', '.join(map(repr, unknown))}."
    if fault:
        raise ConfigEditError(
            fault,
            where="cors",
            next_step="Write one origin like https://www.example.org; for several, let the application itself answer (Microsoft.Owin.Cors).",
        )
    wanted: dict[str, Any] = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true" if credentials else None,
        "Access-Control-Allow-Methods": ", ".join(values["methods"]) if values.get("methods") else None,
        "Access-Control-Allow-Headers": ", ".join(values["headers"]) if values.get("headers") else None,
    }
    return _headers({name: value for name, value in wanted.items() if value is not None})


def _redirects(values: Sequence[Mapping[str, Any]]) -> Edits:
    """An assembly that a library was built against in another version: all versions up to the one that is there are taken for it."""
    found = []
    for value in values:
        name, version, token = value["name"], value.get("newVersion"), value["publicKeyToken"]
        edit: dict[str, Any] = {
            "path": _REDIRECT,
            "identity": {"name": name, "publicKeyToken": token, "culture": value.get("culture") or "neutral"},
        }
        if value.get("state") == "absent":
            # the assembly goes with its redirect: an assemblyIdentity alone says nothing
            found.append({**edit, "path": _REDIRECT.rpartition("/")[0], "state": "absent"})
            continue
        if not version:
            raise ConfigEditError(
                f"The redirect of '{name}' needs a newVersion.", where="assembly_redirects", next_step="Give the assembly version in bin."
            )
        old = value.get("oldVersion") or f"0.0.0.0-{version}"
        found.append({**edit, "attributes": {"oldVersion": old, "newVersion": version}})
    return found


#: Option -> what makes edits of its value.
SHORTHANDS: Mapping[str, Callable[[Any], Edits]] = {
    "app_settings": _settings,
    "connection_strings": _connections,
    "http_runtime": _attributes("system.web/httpRuntime"),
    "compilation": _attributes("system.web/compilation"),
    "session_state": _attributes("system.web/sessionState"),
    "web_socket": _attributes("system.webServer/webSocket"),
    "custom_headers": _headers,
    "cors": _cors,
    "assembly_redirects": _redirects,
}


def edits_of(options: Mapping[str, Any]) -> Edits:
    """The edits that the shorthands among ``options`` mean, in the order of the table. Raises ConfigEditError for one that makes no sense."""
    return [edit for name, translate in SHORTHANDS.items() if options.get(name) for edit in translate(options[name])]
