# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script at `/hubs`: one proxy per hub for SignalR's JavaScript client."""

from __future__ import annotations

import json

from .hubs import HUBS, Hub

DISABLED = 'throw new Error("SignalR: JavaScript Hub proxy generation has been disabled.");'

_FRAME = """(function ($) {
    "use strict";
    if (typeof $.signalR !== "function") {
        throw new Error("SignalR: SignalR is not loaded. Please ensure jquery.signalR-x.js is referenced before ~/signalr/js.");
    }
    var hubs = %s;
    $.hubConnection.prototype.createHubProxies = function () {
        var connection = this, proxies = {};
        this.starting(function () {
            $.each(proxies, function (name, proxy) {
                $.each(proxy.client, function (event, callback) { proxy.on(event, callback); });
            });
        });
        $.each(hubs, function (name, methods) {
            var proxy = proxies[name] = connection.createHubProxy(name);
            proxy.client = {};
            proxy.server = {};
            $.each(methods, function (method, declared) {
                proxy.server[method] = function () {
                    return proxy.invoke.apply(proxy, $.merge([declared], $.makeArray(arguments)));
                };
            });
        });
        return proxies;
    };
    $.signalR.hub = $.hubConnection(%s, { useDefaultPath: false });
    $.extend($.signalR, $.signalR.hub.createHubProxies());
}(window.jQuery));
"""


def build(base_path: str) -> str:
    """The script for an endpoint at `base_path`."""
    return _FRAME % (json.dumps({_camel(hub.name): _methods(hub) for hub in HUBS}), json.dumps(base_path))


def _methods(hub: Hub) -> dict[str, str]:
    return {_camel(method): method for method in hub.methods}


def _camel(name: str) -> str:
    return name[0].lower() + name[1:]
