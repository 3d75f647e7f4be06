# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cross-origin headers as Microsoft.Owin.Cors writes them."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from .answers import ASPNET_HEADERS, Answer

# What every client may use needs no permission and is not listed in the answer to a preflight.
_SIMPLE_METHODS = frozenset({"get", "head", "post"})
_SIMPLE_HEADERS = frozenset({"origin", "accept", "accept-language", "content-language"})


@dataclass(frozen=True)
class Policy:
    """`origins` None: no CORS middleware; `"allow-all"`: the caller's origin is echoed, with credentials."""

    origins: str | tuple[str, ...] | None

    def headers(self, request: web.BaseRequest) -> dict[str, str]:
        """What an allowed origin gets; a refused one gets its answer without headers."""
        origin = request.headers.get("Origin", "")
        if self.origins is None or not origin or not (self.origins == "allow-all" or origin in self.origins):
            return {}
        return {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}

    def preflight(self, request: web.BaseRequest) -> Answer | None:
        """The answer to a preflight request; None for every other request."""
        method = request.headers.get("Access-Control-Request-Method")
        if self.origins is None or request.method != "OPTIONS" or method is None or not request.headers.get("Origin"):
            return None
        headers = self.headers(request)
        if not headers:
            return Answer(400, ASPNET_HEADERS)
        wanted = {
            "Access-Control-Allow-Methods": _without(_SIMPLE_METHODS, method),
            "Access-Control-Allow-Headers": _without(_SIMPLE_HEADERS, request.headers.get("Access-Control-Request-Headers", "")),
        }
        return Answer(200, ASPNET_HEADERS | headers | {name: value for name, value in wanted.items() if value})


def _without(simple: frozenset[str], names: str) -> str:
    return ",".join(name for name in (part.strip() for part in names.split(",")) if name and name.casefold() not in simple)
