# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mapped endpoint: who may use it, what it listens to, what it does with what a client sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from . import json_text
from .hubs import MAX_DEPTH, Hub, HubError, find_hub
from .messages import ADD_TO_GROUP, REMOVE_FROM_GROUP, Acknowledgement, Command, Message
from .pages import DotNetError

if TYPE_CHECKING:
    from .call import Call
    from .domain import ApplicationDomain

MAX_STATE = 4096
_ARRAY_WANTED = (
    'Cannot deserialize the current JSON object (e.g. {"name":"value"}) into type \'System.Collections.Generic.IEnumerable`1'
    "[Microsoft.AspNet.SignalR.Hubs.HubDispatcher+ClientHubInfo]' because the type requires a JSON array (e.g. [1,2,3]) to deserialize "
    "correctly."
)


class Endpoint(Protocol):
    """A hub endpoint or a raw connection, for one request."""

    has_hubs: bool

    def allows(self) -> bool: ...
    def topics(self, connection_id: str) -> list[str]: ...
    def group_topic(self, group: str) -> str: ...
    def rejoin(self, groups: list[str]) -> list[str]: ...
    def event_names(self) -> list[str]: ...
    async def receive(self, connection_id: str, data: str | None) -> str | None: ...


def connection_topic(connection_id: str) -> str:
    """Where messages and commands for one connection go."""
    return f"c-{connection_id}"


class RawEndpoint:
    """A persistent connection without hubs: echoes, and broadcasts what begins with `all:`."""

    has_hubs = False

    def __init__(self, domain: ApplicationDomain) -> None:
        self._domain = domain

    def allows(self) -> bool:
        return True

    def topics(self, connection_id: str) -> list[str]:
        return ["raw", connection_topic(connection_id)]

    def group_topic(self, group: str) -> str:
        return f"pg-{group}"

    def rejoin(self, groups: list[str]) -> list[str]:
        return groups

    def event_names(self) -> list[str]:
        return ["raw"]

    async def receive(self, connection_id: str, data: str | None) -> str | None:
        """Sends the text back, or to all."""
        text = data or ""
        topic = "raw" if text.startswith("all:") else connection_topic(connection_id)
        self._domain.bus.publish(Message(topic, json_text.write(text.removeprefix("all:"))))
        return None


class HubEndpoint:
    """The hubs that `connectionData` names; :class:`DotNetError` when it names others."""

    has_hubs = True

    def __init__(self, domain: ApplicationDomain, call: Call) -> None:
        self._domain = domain
        self._call = call
        self.hubs = _named_hubs(call.query.get("connectionData"))

    def allows(self) -> bool:
        """One hub that is open to the user is enough; without hubs nothing is asked."""
        return not self.hubs or any(hub.allows(self._call.user) for hub in self.hubs)

    def topics(self, connection_id: str) -> list[str]:
        """A hub, the connection in it, the user in it, and the connection itself."""
        found: list[str] = []
        for hub in self.hubs:
            found += [f"h-{hub.name}", f"hc-{hub.name}.{connection_id}"]
            found += [f"hu-{hub.name}.{self._call.user}"] if self._call.user else []
        return [*found, connection_topic(connection_id)]

    def group_topic(self, group: str) -> str:
        return f"hg-{group}"

    def rejoin(self, groups: list[str]) -> list[str]:
        """The groups of the hubs that are named, in the hub's own spelling; others are dropped without a word."""
        found = []
        for hub in self.hubs:
            prefix = f"{hub.name}.".casefold()
            found += [f"{hub.name}.{group[len(prefix) :]}" for group in groups if group.casefold().startswith(prefix)]
        return found

    def event_names(self) -> list[str]:
        return [hub.event_name for hub in self.hubs]

    async def receive(self, connection_id: str, data: str | None) -> str | None:
        """Carries out one hub call; the result as JSON."""
        request = json_text.read(data)
        if not isinstance(request, dict):
            raise DotNetError("The request is not a hub invocation.", "System.InvalidCastException")
        name, method = str(request.get("H") or ""), str(request.get("M") or "")
        state = request.get("S") or {}
        if len(json_text.write(state)) > MAX_STATE:
            raise DotNetError(f"State has exceeded the maximum length of {MAX_STATE} bytes.")
        hub = find_hub(name)
        if hub is None:
            raise DotNetError(f"'{name}' Hub could not be resolved.")
        invocation = _Invocation(self._domain, self._call, connection_id, request.get("I"), dict(state))
        return json_text.write(await self._answer(hub, name, method, request.get("A") or [], invocation, state))

    async def _answer(
        self, hub: Hub, name: str, method: str, arguments: list[Any], invocation: _Invocation, state: dict[str, Any]
    ) -> dict[str, Any]:
        identifier = invocation.identifier
        try:
            if any(json_text.depth(argument) > MAX_DEPTH for argument in arguments):
                raise HubError("The reader's MaxDepth of 20 has been exceeded.")
            result = await hub.invoke(invocation, method, arguments)
        except HubError as error:
            return self._failure(error, f"{name}.{method}", identifier)
        except self._domain.backplane_errors as error:
            return self._failure(HubError(str(error)), f"{name}.{method}", identifier)
        changed = {key: value for key, value in invocation.state.items() if key not in state or state[key] != value}
        answer = {"S": changed} if changed else {}
        answer |= {} if result is None else {"R": result}
        return answer | {"I": identifier}

    def _failure(self, error: HubError, method: str, identifier: str | None) -> dict[str, Any]:
        is_detailed = self._domain.options.detailed_errors
        text = error.detail if is_detailed or error.for_client else f"There was an error invoking Hub method '{method}'."
        answer: dict[str, Any] = {"I": identifier} | ({"H": True} if error.for_client else {}) | {"E": text}
        if is_detailed and self._domain.configuration.is_debug:
            answer["T"] = f"   at {method}(...)"
        return answer | ({} if error.data is None else {"D": error.data})


class _Invocation:
    """`Clients`, `Groups` and `Context` for one hub call."""

    def __init__(self, domain: ApplicationDomain, call: Call, connection_id: str, identifier: Any, state: dict[str, Any]) -> None:
        self._domain = domain
        self.identifier = None if identifier is None else str(identifier)
        self.node = domain.node_name
        self.generation = domain.generation
        self.connection_id = connection_id
        self.user = call.user
        self.transport = call.query.get("transport")
        self.state = state

    def broadcast(self, hub: str, method: str, arguments: list[Any], group: str | None = None) -> None:
        topic = f"h-{hub}" if group is None else f"hg-{hub}.{group}"
        self._domain.bus.publish(Message(topic, json_text.write({"H": hub, "M": method, "A": arguments})))

    async def change_group(self, hub: str, group: str, *, join: bool) -> None:
        """Tells the connection, wherever it listens, and waits until it has heard."""
        heard = Acknowledgement()
        command = Command(ADD_TO_GROUP if join else REMOVE_FROM_GROUP, f"{hub}.{group}", heard)
        self._domain.bus.publish(Message(connection_topic(self.connection_id), command))
        await heard.wait(self._domain.real_seconds(self._domain.options.timeouts.disconnect))

    def report_progress(self, value: Any) -> None:
        progress = {"I": f"P|{self.identifier}", "P": {"I": self.identifier, "D": value}}
        self._domain.bus.publish(Message(connection_topic(self.connection_id), json_text.write(progress)))

    def statistics(self) -> dict[str, Any]:
        return self._domain.statistics()


def _named_hubs(connection_data: str | None) -> list[Hub]:
    if not connection_data:
        return []
    named = json_text.read(connection_data)
    if isinstance(named, dict):
        path = next(iter(named), "")
        advice = (
            "To fix this error either change the JSON to a JSON array (e.g. [1,2,3]) or change the deserialized type so that it is a normal "
            ".NET type (e.g. not a primitive type like integer, not a collection type like an array or List<T>) that can be deserialized "
            "from a JSON object. JsonObjectAttribute can also be added to the type to force it to deserialize from a JSON object."
        )
        where = f"Path '{path}', line 1, position {len(path) + 4}."
        raise DotNetError(f"{_ARRAY_WANTED}\n{advice}\n{where}", "Newtonsoft.Json.JsonSerializationException")
    hubs: list[Hub] = []
    for entry in named or []:
        name = next((str(value) for key, value in entry.items() if key.casefold() == "name"), "")
        if not name:
            raise DotNetError("Value cannot be null. (Parameter 'hubName')", "System.ArgumentNullException")
        hub = find_hub(name)
        if hub is None:
            raise DotNetError(f"'{name}' Hub could not be resolved.")
        if hub in hubs:
            raise DotNetError("Duplicate Hub names found.")
        hubs.append(hub)
    return hubs
