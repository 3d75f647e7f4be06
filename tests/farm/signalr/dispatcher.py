# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `PersistentConnection` does with a request, in its order: guard, authorization, negotiate, ping, transport, token, user, action."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from aiohttp import web

from . import json_text, proxy_script
from .answers import ASPNET_HEADERS, JAVASCRIPT, JSON, Answer, empty, text
from .channel import Channel
from .endpoint import Endpoint, HubEndpoint, RawEndpoint, connection_topic
from .machine_key import CONNECTION_TOKEN, GROUPS_TOKEN, to_token
from .messages import ABORT, Command, Message
from .pages import DotNetError
from .receiver import Receiver
from .transports import ForeverFrame, LongPolling, ServerSentEvents
from .web_sockets import WebSocketChannel

if TYPE_CHECKING:
    from .call import Call
    from .domain import ApplicationDomain

UNKNOWN_TRANSPORT = "Protocol error: Unknown transport."
MISSING_TOKEN = "Protocol error: Missing connection token."
INCORRECT_FORMAT = "The ConnectionId is in the incorrect format."
UNRECOGNIZED_USER = "Unrecognized user identity.  The user identity cannot change during an active SignalR connection."
NO_WEB_SOCKET = "Not a valid web socket request."
TRANSPORTS: dict[str, type[Channel]] = {
    "serversentevents": ServerSentEvents,
    "foreverframe": ForeverFrame,
    "longpolling": LongPolling,
    "websockets": WebSocketChannel,
}
_FUNCTION = re.compile(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*")
_WORDS = "break case class const default delete do else for function if in new return switch this typeof var void while with"
_RESERVED = frozenset(_WORDS.split())


async def process(domain: ApplicationDomain, call: Call, *, has_hubs: bool) -> Answer | web.StreamResponse:
    """Answers a request at an endpoint; :class:`DotNetError` and key faults are for the caller to show."""
    if call.callback and not domain.options.jsonp:
        return Answer(403, ASPNET_HEADERS, reason="Forbidden: JSONP is disabled.")
    endpoint: Endpoint = HubEndpoint(domain, call) if has_hubs else RawEndpoint(domain)
    if not endpoint.allows():
        return empty(403 if call.user else 401)
    if has_hubs and call.rest.rstrip("/").casefold() in ("/hubs", "/js"):
        script = proxy_script.build(call.base) if domain.options.javascript_proxies else proxy_script.DISABLED
        return text(script, JAVASCRIPT)
    if call.is_action("negotiate"):
        return _json(call, _negotiate(domain, call))
    if call.is_action("ping"):
        return _json(call, '{ "Response": "pong" }')
    transport = TRANSPORTS.get(call.transport.casefold())
    if transport is None:
        return text(UNKNOWN_TRANSPORT, status=400)
    token = call.query.get("connectionToken")
    if not token:
        return text(MISSING_TOKEN, status=400)
    opened = domain.unprotect(token, CONNECTION_TOKEN)
    if not opened:
        return text(INCORRECT_FORMAT, status=400)
    connection_id, _colon, user = opened.partition(":")
    if user.upper() != call.user.upper():
        return text(UNRECOGNIZED_USER, status=403)
    return await _act(domain, call, endpoint, transport(call, domain.options.timeouts), connection_id)


async def _act(
    domain: ApplicationDomain, call: Call, endpoint: Endpoint, channel: Channel, connection_id: str
) -> Answer | web.StreamResponse:
    if call.is_action("start"):
        domain.record("connected", endpoint, connection_id)
        return _json(call, '{ "Response": "started" }')
    if call.is_action("abort"):
        try:
            domain.bus.publish(Message(connection_topic(connection_id), Command(ABORT)))
        except domain.backplane_errors as error:
            raise DotNetError(str(error), "System.IO.IOException") from error
        return empty(content_type="text/plain")
    if isinstance(channel, WebSocketChannel):
        if not channel.is_upgrade or not domain.has_websockets:
            return text(NO_WEB_SOCKET, status=400)
        if not domain.configuration.allows_websocket_upgrade:
            raise DotNetError("WebSockets is unsupported in the current application configuration.")
    elif call.is_action("send"):
        data = call.form.get("data")
        data = call.query.get("data") if data is None and channel.takes_data_from_query else data
        result = await endpoint.receive(connection_id, data)
        return empty() if result is None else _json(call, result)
    channel.check()
    receiver = Receiver(domain, endpoint, call, channel, connection_id, _rejoined(domain, call, endpoint, channel, connection_id))
    return await receiver.run()


def _negotiate(domain: ApplicationDomain, call: Call) -> str:
    timeouts = domain.options.timeouts
    connection_id = str(uuid.uuid4())
    keep_alive = timeouts.keep_alive_seconds
    answer = {
        # Only an action spelled in lower case is cut off.
        "Url": (call.base + call.rest).replace("/negotiate", ""),
        "ConnectionToken": to_token(domain.key().protect(f"{connection_id}:{call.user}".encode(), CONNECTION_TOKEN)),
        "ConnectionId": connection_id,
        "KeepAliveTimeout": 2.0 * keep_alive if keep_alive else None,
        "DisconnectTimeout": float(timeouts.disconnect),
        "ConnectionTimeout": float(timeouts.connection),
        "TryWebSockets": domain.has_websockets,
        "ProtocolVersion": call.protocol,
        "TransportConnectTimeout": float(timeouts.transport_connect),
        "LongPollDelay": float(timeouts.long_poll_delay),
    }
    return json_text.write(answer)


def _rejoined(domain: ApplicationDomain, call: Call, endpoint: Endpoint, channel: Channel, connection_id: str) -> list[str]:
    """The groups that the client's groups token proves; whatever is wrong with it, nobody says so."""
    token = call.query_or_form("groupsToken") if channel.reads_form else call.query.get("groupsToken")
    owner, _colon, groups = (domain.unprotect(token, GROUPS_TOKEN) if token else "").partition(":")
    return endpoint.rejoin(json_text.read(groups)) if groups and owner == connection_id else []


def _json(call: Call, body: str) -> Answer:
    if call.callback is None:
        return text(body, JSON)
    check_callback(call.callback)
    return text(f"{call.callback}({body});", JAVASCRIPT)


def check_callback(name: str) -> None:
    """Refuses a JSONP function that is none."""
    if not _FUNCTION.fullmatch(name) or name in _RESERVED:
        raise DotNetError("Operation is not valid due to the current state of the object.")
