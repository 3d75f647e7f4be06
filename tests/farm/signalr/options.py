# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the application's own start-up code configures, and how this server plays time."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Timeouts:
    """SignalR's settings, in seconds; `keep_alive` None takes SignalR's default, a third of `disconnect` at most, 0 turns it off."""

    disconnect: float = 30.0
    keep_alive: float | None = None
    connection: float = 110.0
    transport_connect: float = 5.0
    long_poll_delay: float = 0.0

    @property
    def keep_alive_seconds(self) -> float:
        """Setting the disconnect timeout resets the keep-alive to a third of it."""
        return self.disconnect / 3 if self.keep_alive is None else self.keep_alive


@dataclass(frozen=True)
class ServerOptions:
    """`HubConfiguration`, CORS and the like, the same for every application of a node.

    `cors` is None (off), `"allow-all"` or the allowed origins. `xml_errors` says who refuses broken XML: `"aspnet"` or
    `"iis"`. `pace` is how many real seconds a second of the timeouts lasts. `poll` is how often files are looked at
    between requests, `start_seconds` how long a new worker takes before it answers its first request, both in real seconds.
    """

    timeouts: Timeouts = field(default_factory=Timeouts)
    jsonp: bool = False
    detailed_errors: bool = False
    javascript_proxies: bool = True
    cors: str | tuple[str, ...] | None = None
    test_user_header: bool = True
    raw_path: str = "/raw"
    xml_errors: str = "aspnet"
    remote_errors: bool = False
    when_stopped: str = "503"
    shutdown_seconds: float = 2.0
    start_seconds: float = 0.0
    pace: float = 1.0
    poll: float = 0.2
