# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hubs of the sample application: a chat, a probe that tells what the node has seen, and one that only alice may use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

MAX_DEPTH = 20


class HubError(Exception):
    """A hub method failed; `detail` is what detailed errors show, `data` and `for_client` belong to `HubException`."""

    def __init__(self, detail: str, *, for_client: bool = False, data: Any = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.for_client = for_client
        self.data = data


class HubHost(Protocol):
    """What a hub method may do: the `Clients`, `Groups` and `Context` of a hub."""

    node: str
    generation: int
    connection_id: str
    user: str
    transport: str | None
    state: dict[str, Any]

    def broadcast(self, hub: str, method: str, arguments: list[Any], group: str | None = None) -> None: ...
    async def change_group(self, hub: str, group: str, *, join: bool) -> None: ...
    def report_progress(self, value: Any) -> None: ...
    def statistics(self) -> dict[str, Any]: ...


Method = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Hub:
    """A hub as it is declared; `users` empty means open to everyone. A method is its converters and its body."""

    name: str
    methods: dict[str, tuple[tuple[Callable[[Any], Any], ...], Method]] = field(default_factory=dict)
    users: frozenset[str] = frozenset()

    def allows(self, user: str) -> bool:
        """Whether a user may connect to it and call it."""
        return not self.users or user.casefold() in self.users

    @property
    def event_name(self) -> str:
        """The hub's name in the node's log."""
        return self.name[0].lower() + self.name[1:]

    async def invoke(self, host: HubHost, method: str, arguments: list[Any]) -> Any:
        """Calls a method; :class:`HubError` for everything that goes wrong."""
        declared = next((known for known in self.methods if known.casefold() == method.casefold()), None)
        if declared is None:
            raise HubError(f"'{method}' method could not be resolved. No method found with that name.")
        if not self.allows(host.user):
            raise HubError(f"Caller is not authorized to invoke the {declared} method on {self.name}.")
        converters, body = self.methods[declared]
        if len(converters) != len(arguments):
            raise HubError(f"'{method}' method could not be resolved. No method found with that name and number of arguments.")
        return await body(host, *[convert(argument) for convert, argument in zip(converters, arguments, strict=True)])


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else str(value)


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        column = len(str(value)) + 2
        raise HubError(f"Could not convert string to integer: {value}. Path '', line 1, position {column}.")
    return value


def _any(value: Any) -> Any:
    return value


async def _send(host: HubHost, user: str, text: str) -> None:
    host.broadcast("ChatHub", "message", [user, text, host.node])


async def _join(host: HubHost, group: str) -> None:
    await host.change_group("ChatHub", group, join=True)


async def _leave(host: HubHost, group: str) -> None:
    await host.change_group("ChatHub", group, join=False)


async def _send_to_group(host: HubHost, group: str, user: str, text: str) -> None:
    host.broadcast("ChatHub", "message", [user, text, host.node], group)


async def _echo(_host: HubHost, value: Any) -> Any:
    return value


async def _who_am_i(host: HubHost) -> dict[str, Any]:
    return {
        "node": host.node,
        "generation": host.generation,
        "connectionId": host.connection_id,
        "user": host.user or None,
        "transport": host.transport,
    }


async def _count_up(host: HubHost, steps: int) -> int:
    for step in range(1, steps + 1):
        host.report_progress(step)
    return steps * (steps + 1) // 2


async def _rename(host: HubHost, name: str) -> str:
    before = host.state.get("name")
    host.state["name"] = name
    return before or "(none)"


async def _fail(_host: HubHost, text: str) -> None:
    raise HubError(text)


async def _fail_for_client(_host: HubHost, text: str) -> None:
    raise HubError(text, for_client=True, data={"reason": "asked to"})


async def _pong(_host: HubHost) -> str:
    return "pong"


async def _stats(host: HubHost) -> dict[str, Any]:
    return host.statistics()


async def _members_only(_host: HubHost) -> str:
    return "members only"


HUBS = (
    Hub(
        "ChatHub",
        {
            "Send": ((_text, _text), _send),
            "Join": ((_text,), _join),
            "Leave": ((_text,), _leave),
            "SendToGroup": ((_text, _text, _text), _send_to_group),
            "Echo": ((_any,), _echo),
            "WhoAmI": ((), _who_am_i),
            "CountUp": ((_integer,), _count_up),
            "Rename": ((_text,), _rename),
            "Fail": ((_text,), _fail),
            "FailForClient": ((_text,), _fail_for_client),
        },
    ),
    Hub("ProbeHub", {"Ping": ((), _pong), "Stats": ((), _stats)}),
    Hub("MembersHub", {"Ping": ((), _members_only)}, frozenset({"alice"})),
)
_BY_NAME = {hub.name.casefold(): hub for hub in HUBS}


def find_hub(name: str) -> Hub | None:
    """A hub by its name, without regard to case."""
    return _BY_NAME.get(name.casefold())
