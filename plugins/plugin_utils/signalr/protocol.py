# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ASP.NET SignalR 2 on the wire, as data: paths, transports, answers, error texts, envelopes.

Everything here was taken from SignalR 2.2.2 to 2.4.3 (``Microsoft.AspNet.SignalR.Core``: PersistentConnection.cs, Resources.resx,
Transports/, Hubs/) and holds for all of them; nothing here speaks to anyone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from ..errors import FarmError

__all__ = [
    "CLIENT_PROTOCOL",
    "IDENTITY_CHANGED",
    "INCORRECT_FORMAT",
    "JSONP_DISABLED",
    "MISSING_TOKEN",
    "NOT_A_SOCKET_REQUEST",
    "NotSignalR",
    "Negotiation",
    "TRANSPORTS",
    "UNKNOWN_TRANSPORT",
    "WEBSOCKETS_UNSUPPORTED",
    "connection_data",
    "hub_call",
    "is_initialised",
    "is_pong",
    "is_started",
    "key_probe_target",
    "mac_by_token_length",
    "negotiate_target",
    "parse_json_object",
    "parse_negotiate",
    "transport_target",
]

#: What Microsoft's 2.2.2 JavaScript client sends; servers from 2.2.0 on answer exactly this, older ones their own maximum.
CLIENT_PROTOCOL = "1.5"
#: Registered names, in the order in which the JavaScript client tries them.
TRANSPORTS = ("webSockets", "serverSentEvents", "foreverFrame", "longPolling")

# The server's own sentences, byte for byte (Resources.resx). The two spaces in IDENTITY_CHANGED are SignalR's.
UNKNOWN_TRANSPORT = "Protocol error: Unknown transport."
MISSING_TOKEN = "Protocol error: Missing connection token."
INCORRECT_FORMAT = "The ConnectionId is in the incorrect format."
IDENTITY_CHANGED = "Unrecognized user identity.  The user identity cannot change during an active SignalR connection."
NOT_A_SOCKET_REQUEST = "Not a valid web socket request."
JSONP_DISABLED = "Forbidden: JSONP is disabled."
#: System.Web's, on an upgrade without ``httpRuntime targetFramework="4.5"`` or higher.
WEBSOCKETS_UNSUPPORTED = "WebSockets is unsupported in the current application configuration."

#: Characters of an anonymous connection token (37 bytes of plaintext) -> what protected it: IV, ciphertext and MAC in base64.
_MAC_BY_LENGTH = {
    92: "SHA1 with DES or 3DES",
    108: "HMACSHA256 with DES or 3DES",
    112: "SHA1 with AES",
    128: "HMACSHA256 with AES (or HMACSHA384 with DES or 3DES)",
    152: "HMACSHA384 with AES (or HMACSHA512 with DES or 3DES)",
    172: "HMACSHA512 with AES",
}


class NotSignalR(FarmError):
    """An answer with status 200 that is not the answer of a SignalR 2 server; ``reason`` names what it looks like instead."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The answer is not that of an ASP.NET SignalR 2 server: {reason}.")


@dataclass(frozen=True, kw_only=True)
class Negotiation:
    """The answer to ``/negotiate``. Times are seconds; ``keep_alive`` is None when keep-alives are off.

    ``token`` is a credential of one connection: it is left out of the repr and never reported.
    """

    url: str
    token: str = field(repr=False)
    try_websockets: bool
    protocol_version: str
    keep_alive: float | None
    disconnect: float
    connection: float
    transport_connect: float
    long_poll_delay: float

    @property
    def token_length(self) -> int:
        """Characters of the token: they reveal the MAC algorithm, and nothing else."""
        return len(self.token)

    @property
    def timeouts(self) -> dict[str, float | None]:
        """The values that rule a client that negotiated here, by the names SignalR gives them."""
        return {
            "KeepAliveTimeout": self.keep_alive,
            "DisconnectTimeout": self.disconnect,
            "ConnectionTimeout": self.connection,
            "TransportConnectTimeout": self.transport_connect,
            "LongPollDelay": self.long_poll_delay,
        }


def parse_json_object(body: str) -> dict[str, Any] | None:
    """``body`` as a JSON object, or None when it is anything else (long polls begin with keep-alive spaces)."""
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


#: A field of somebody else's negotiate answer -> who that is.
_OTHERS = (
    ("availableTransports", "it comes from ASP.NET Core SignalR, whose protocol is another one"),
    ("RedirectUrl", "it sends the client to the Azure SignalR Service"),
    ("accessToken", "it sends the client to the Azure SignalR Service"),
)


def parse_negotiate(body: str) -> Negotiation:
    """The answer to ``/negotiate`` (PersistentConnection.ProcessNegotiationRequest); raises :class:`NotSignalR`."""
    found = parse_json_object(body)
    if found is None:
        raise NotSignalR("it is no JSON object" if body.strip() else "it is empty")
    token = found.get("ConnectionToken")
    other = next((who for name, who in _OTHERS if found.get(name)), None)
    if other is not None or not isinstance(token, str) or not token:
        raise NotSignalR(other or "it has no ConnectionToken")
    keep_alive = found.get("KeepAliveTimeout")
    return Negotiation(
        url=str(found.get("Url", "")),
        token=token,
        try_websockets=found.get("TryWebSockets") is True,
        protocol_version=str(found.get("ProtocolVersion", "")),
        keep_alive=None if keep_alive is None else _seconds(found, "KeepAliveTimeout"),
        disconnect=_seconds(found, "DisconnectTimeout"),
        connection=_seconds(found, "ConnectionTimeout"),
        transport_connect=_seconds(found, "TransportConnectTimeout"),
        long_poll_delay=_seconds(found, "LongPollDelay"),
    )


def _seconds(found: Mapping[str, Any], name: str) -> float:
    value = found.get(name, 0.0)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise NotSignalR(f"{name} is no number")
    return float(value)


def mac_by_token_length(length: int) -> str | None:
    """Which algorithms an *anonymous* token of ``length`` characters was protected with; None for a length of no such token."""
    return _MAC_BY_LENGTH.get(length)


def negotiate_target(*, hub: str | None = None) -> str:
    """Path and query below the hub's URL that asks for a connection token. Needs no key to match anyone's."""
    return "/negotiate?" + _query({"clientProtocol": CLIENT_PROTOCOL} | connection_data(hub))


def key_probe_target(token: str) -> str:
    """Path and query that ask a node whether it can read ``token``, without consequences.

    A plain GET, no Upgrade: SignalR reads the token *before* it looks for a WebSocket, so an accepted token is answered with 400
    "Not a valid web socket request." and a refused one with 400 "The ConnectionId is in the incorrect format.". Nothing is subscribed,
    published or run in a hub, no performance counter moves, and the WebSocket feature need not be installed.
    """
    return "/connect?" + _query({"transport": "webSockets", "connectionToken": token})


def transport_target(action: str, transport: str, token: str, *, hub: str | None = None, **more: str) -> str:
    """Path and query of ``action`` (connect, start, send, poll, abort) of one connection."""
    common = {"transport": transport, "clientProtocol": CLIENT_PROTOCOL, "connectionToken": token}
    return f"/{action}?" + _query(common | connection_data(hub) | more)


def _query(parameters: Mapping[str, str]) -> str:
    # A literal + in the token would reach the server as a space, and be refused as if the keys differed.
    return urlencode(parameters, quote_via=quote, safe="")


def connection_data(hub: str | None) -> dict[str, str]:
    """The query parameter that names the hubs of a connection; empty without a hub (then no hub's authorization is consulted)."""
    return {} if hub is None else {"connectionData": json.dumps([{"name": hub.lower()}], separators=(",", ":"))}


def hub_call(hub: str, method: str, arguments: list[Any]) -> str:
    """The JSON text that calls ``method``; the answer carries the same ``I``."""
    return json.dumps({"H": hub.lower(), "M": method, "A": arguments, "I": "0"}, separators=(",", ":"))


def is_initialised(envelope: Mapping[str, Any]) -> bool:
    """Whether this envelope tells that the channel is up: clients want ``S`` *and* ``M``."""
    return envelope.get("S") == 1 and "M" in envelope


def is_started(body: str) -> bool:
    """Whether this is the answer to a ``/start`` that went well."""
    return (parse_json_object(body) or {}).get("Response") == "started"


def is_pong(body: str) -> bool:
    """Whether this is the answer to ``/ping``."""
    return (parse_json_object(body) or {}).get("Response") == "pong"
