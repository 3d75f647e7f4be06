# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table symptom -> cause -> what to do.

The symptoms are those of SignalR's PersistentConnection.cs and Resources.resx, System.Web's error pages, IIS' detailed errors and HTTP.sys;
the causes are those that operators of SignalR farms met (SignalR/SignalR issues 3444, 3642, 4008, 4302 and others).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import protocol
from .port import Trouble
from .verdict import Ask, Symptom, Verdict

__all__ = ["OTHERWISE", "RULES", "SILENCE", "Rule"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One row: when it fits, what it means. The texts may name ``{from}`` (the token's giver) and ``{to}``."""

    verdict: Verdict
    when: Callable[[Symptom], bool]
    cause: str
    next_step: str


def _rule(verdict: Verdict, when: Callable[[Symptom], bool], cause: str, next_step: str) -> Rule:
    return Rule(verdict=verdict, when=when, cause=cause, next_step=next_step)


def _says(text: str, *, ask: Ask | None = None) -> Callable[[Symptom], bool]:
    return lambda symptom: symptom.body.strip() == text and (ask is None or symptom.ask is ask)


def _status(*statuses: int) -> Callable[[Symptom], bool]:
    return lambda symptom: symptom.status in statuses


def _page(status: int, *texts: str) -> Callable[[Symptom], bool]:
    """An HTML answer with this status and one of these texts in its sentence or title."""
    return lambda s: s.status == status and any(text.lower() in f"{s.page.title}\n{s.page.said}".lower() for text in texts)


def _is_http_sys(symptom: Symptom) -> bool:
    return symptom.server.startswith("Microsoft-HTTPAPI")


_REDIRECTS = (301, 302, 303, 307, 308)
#: What the address of a login page has in it (forms authentication adds ReturnUrl).
_LOGIN_PAGES = ("login", "signin", "logon", "returnurl", "oauth2", "wsfed")

#: Looked through from the top; the first row that fits is the diagnosis.
RULES: tuple[Rule, ...] = (
    # -- SignalR's own answers
    _rule(Verdict.ACCEPTED, lambda s: s.ask is Ask.TOKEN and s.status == 400 and s.body.strip() == protocol.NOT_A_SOCKET_REQUEST, "", ""),
    _rule(
        Verdict.REFUSED,
        lambda s: s.ask is Ask.TOKEN and s.body.strip() == protocol.INCORRECT_FORMAT and s.is_own_token and not s.endpoint.is_virtual,
        "{to} refuses its own token: its key changes with each start of the application (AutoGenerate that cannot be stored, or several "
        "worker processes in one pool), or something on the way alters the query or merges requests.",
        "Give the application an explicit machineKey and maxProcesses=1; if it has both, ask the node directly, without the proxy between.",
    ),
    _rule(
        Verdict.REFUSED,
        lambda s: s.ask is Ask.TOKEN and s.body.strip() == protocol.INCORRECT_FORMAT and s.is_own_token,
        "The nodes behind {to} have different machine keys: the token came from one of them and was refused by another.",
        "Give every node the same explicit machineKey (role farm_machine_key).",
    ),
    _rule(
        Verdict.REFUSED,
        lambda s: s.body.strip() == protocol.INCORRECT_FORMAT and s.endpoint.is_virtual,
        "At least one node behind {to} has another machine key than {from}.",
        "Give every node the same explicit machineKey (role farm_machine_key).",
    ),
    _rule(
        Verdict.REFUSED,
        lambda s: s.body.strip() == protocol.INCORRECT_FORMAT and s.holder is not None and s.holder.is_virtual,
        "At least one node behind {from} has another machine key than {to}.",
        "Give every node the same explicit machineKey (role farm_machine_key).",
    ),
    _rule(
        Verdict.REFUSED,
        _says(protocol.INCORRECT_FORMAT),
        "The machine keys of {from} and {to} differ (validationKey, decryptionKey, validation or decryption), or one of them is AutoGenerate.",
        "Give every node the same explicit machineKey (role farm_machine_key); IsolateApps and AutoGenerate can never be shared.",
    ),
    _rule(
        Verdict.IDENTITY,
        _says(protocol.IDENTITY_CHANGED),
        "{from} and {to} authenticate the caller differently: the token holds one user's name, the request comes from another.",
        "Give the application the same authentication on every node (Windows, anonymous, forms with the same machineKey).",
    ),
    _rule(
        Verdict.FAILED,
        _says(protocol.NOT_A_SOCKET_REQUEST, ask=Ask.TRANSPORT),
        "The Upgrade did not arrive: the WebSocket Protocol feature is missing on {to}, or a balancer or proxy before it takes the Upgrade "
        "header away.",
        "Install Web-WebSockets on every node (role farm_websockets) and restart the application; turn WebSocket on in the balancer.",
    ),
    _rule(
        Verdict.FAILED,
        _says(protocol.UNKNOWN_TRANSPORT),
        "The application on {to} does not register this transport.",
        "Look for calls of TransportManager.Remove in the application's Startup; they must be the same in every node's release.",
    ),
    _rule(
        Verdict.FAILED,
        _says(protocol.MISSING_TOKEN),
        "The query did not arrive whole at {to}: the connectionToken is missing.",
        "Look at what rewrites URLs between here and the node.",
    ),
    _rule(
        Verdict.FAILED,
        _page(500, protocol.WEBSOCKETS_UNSUPPORTED),
        "The application on {to} runs without .NET 4.5 semantics: httpRuntime has no targetFramework of 4.5 or higher.",
        'Set <httpRuntime targetFramework="4.5"/> (or higher) in the application\'s web.config, the same on every node.',
    ),
    # -- the machine key cannot be used at all: raised when it is first needed, which is in negotiate
    _rule(
        Verdict.UNUSABLE,
        _page(500, "key specified has invalid hex characters"),
        "The machineKey of {to} is no hex text of even length; ',IsolateApps' after a hex key is not allowed here, whatever older "
        "ASP.NET took.",
        "Write the key as pure hex without a suffix (role farm_machine_key does).",
    ),
    _rule(
        Verdict.UNUSABLE,
        _page(500, "'validation' attribute must be one of these values"),
        "The machineKey of {to} has a validation that MachineKey.Protect does not take (MD5, 3DES or AES).",
        "Set validation to HMACSHA256 (or SHA1, HMACSHA384, HMACSHA512), the same on every node.",
    ),
    _rule(
        Verdict.UNUSABLE,
        _page(500, "Failed to decrypt using provider", "RSA key container could not be opened", "The section is marked as being protected"),
        "The machineKey section of {to} is encrypted, and the application pool's account cannot decrypt it on this node.",
        "Import the RSA key container on this node and grant the pool's account access: aspnet_regiis -pi, then aspnet_regiis -pa.",
    ),
    _rule(
        Verdict.UNUSABLE,
        _page(500, "Error occurred during a cryptographic operation", "CryptographicException"),
        "The machineKey of {to} cannot be used: the decryptionKey's length does not fit its algorithm (AES: 32, 48 or 64 hex digits), or "
        "its key store is out of reach of the pool's account.",
        "Write an explicit key with fitting lengths on every node (role farm_machine_key).",
    ),
    # -- configuration
    _rule(
        Verdict.FAILED,
        lambda s: s.page.substatus == "500.19",
        "IIS cannot read the configuration of {to}: a web.config that is not well-formed, a locked section, or a folder it may not read.",
        "Correct the file and line that the page names; a locked section is unlocked in applicationHost.config, not in web.config.",
    ),
    _rule(
        Verdict.FAILED,
        lambda s: s.page.substatus == "500.21",
        "ASP.NET is not installed in IIS on {to}, or the pool has no managed runtime.",
        "Install Web-Asp-Net45 and set the pool's managedRuntimeVersion to v4.0.",
    ),
    _rule(
        Verdict.FAILED,
        _page(500, "Configuration Error"),
        "ASP.NET cannot take the configuration of {to}: every request fails, or every request that needs the section.",
        "Correct what the sentence names in the web.config of this node, or give the node the release and configuration of its peers.",
    ),
    _rule(
        Verdict.FAILED,
        _page(500, "Hub could not be resolved"),
        "The application on {to} has no hub of this name.",
        "Check the spelling of the hub, and that the same release runs on every node.",
    ),
    _rule(
        Verdict.FAILED,
        _page(500, "Could not load file or assembly"),
        "The application on {to} does not start: an assembly of its bin folder or a binding redirect is missing.",
        "Give the node the same release and web.config as its peers (role farm_app).",
    ),
    _rule(
        Verdict.FAILED,
        _page(500, "Runtime Error"),
        "The application on {to} fails and hides why from remote callers (customErrors); an unusable machineKey looks like this, too.",
        "Read the ASP.NET 1309 event in the node's Application log, or ask from the node itself.",
    ),
    _rule(
        Verdict.FAILED,
        _status(500),
        "The application on {to} failed while it answered.",
        "Read the ASP.NET 1309 event in the node's Application log.",
    ),
    # -- nobody there
    _rule(
        Verdict.STOPPED,
        lambda s: s.status == 503 and s.endpoint.is_virtual and not s.server.startswith("Microsoft-"),
        "The balancer has no healthy member for {to}.",
        "Look at the member states and monitors of the virtual server; the nodes' own rows tell which of them answer.",
    ),
    _rule(
        Verdict.STOPPED,
        lambda s: s.status == 503 and s.server.startswith("Microsoft-IIS"),
        "The application on {to} is offline: an App_Offline.htm lies in its folder, or it is overloaded.",
        "Remove App_Offline.htm when the deployment is done.",
    ),
    _rule(
        Verdict.STOPPED,
        _status(503),
        "The application pool of {to} is stopped: by an operator, by rapid-fail protection, or because its account cannot log on.",
        "Read the WAS events (5002, 5021, 5057, 5059) in the node's System log, correct the cause, then start the pool.",
    ),
    _rule(
        Verdict.UNREACHABLE,
        _status(502, 504),
        "The balancer or proxy at {to} got no answer from the node behind it.",
        "Look at the nodes' own rows; if they answer, the balancer uses another address, port or protocol than this run.",
    ),
    # -- somebody else's answer
    _rule(
        Verdict.HOST_UNKNOWN,
        _page(400, "Invalid Hostname"),
        "No site on {to} has a binding for the host name that was asked for.",
        "Set the host header to the name in the site's binding, or add the binding on this node.",
    ),
    _rule(
        Verdict.NOT_FOUND,
        lambda s: s.page.substatus == "404.15" or s.status == 414,
        "The query is longer than {to} allows (request filtering maxQueryString).",
        "Raise maxQueryString on every node; groups and hubs lengthen the queries of SignalR.",
    ),
    _rule(
        Verdict.NOT_FOUND,
        lambda s: s.status == 404 and _is_http_sys(s),
        "Nothing on {to} serves this address: the site is missing or stopped, or bound to another name or port.",
        "Check the site, its state and its bindings on this node.",
    ),
    _rule(
        Verdict.NOT_FOUND,
        _status(404),
        "The application on {to} answers, but SignalR is not mapped at this path: wrong path, another release, or its Startup did not run.",
        "Check the hub path, [OwinStartup], Microsoft.Owin.Host.SystemWeb in bin, and that owin:AutomaticAppStartup is not false.",
    ),
    _rule(
        Verdict.LOGIN,
        lambda s: s.status == 401 or (s.status in _REDIRECTS and any(word in s.location.lower() for word in _LOGIN_PAGES)),
        "{to} wants the caller to log on first.",
        "Let the probe in: anonymous access to the hub's path, or ask an address that needs no logon.",
    ),
    _rule(
        Verdict.NOT_SIGNALR,
        _status(*_REDIRECTS),
        "{to} redirects to another address: to https, to another host name, or because a folder is named like the hub's path.",
        "Give the address that the redirect names, or remove the folder (a physical folder 'SignalR' shadows the hub).",
    ),
    _rule(
        Verdict.FORBIDDEN,
        _status(403),
        "{to} refuses the caller: an IP restriction, required TLS, or a hub that is closed to anonymous callers.",
        "Compare the node's IP restrictions, SSL settings and authorization with its peers', and let the probe's address in.",
    ),
    _rule(
        Verdict.NOT_SIGNALR,
        _status(405),
        "What answers at {to} does not take GET here; ASP.NET Core SignalR does that.",
        "This collection speaks to ASP.NET SignalR 2; check which application is deployed.",
    ),
)
OTHERWISE = _rule(
    Verdict.FAILED,
    lambda _symptom: True,
    "{to} answered in a way that no SignalR 2 server on IIS answers.",
    "Look for a proxy, firewall or other device that answers in the node's place.",
)

#: No answer at all. A connection that times out is a firewall's work far more often than a dead node's: its own verdict, never "down".
SILENCE: dict[Trouble, tuple[Verdict, str, str]] = {
    Trouble.NAME: (
        Verdict.UNREACHABLE,
        "The name of {to} does not resolve on this controller.",
        "Correct the name, or give the node's address.",
    ),
    Trouble.REFUSED: (
        Verdict.UNREACHABLE,
        "The host of {to} answers, but nothing listens on this port: IIS (W3SVC) is stopped, or no site is bound to it.",
        "Start W3SVC and the site on this node, and check the port in its bindings.",
    ),
    Trouble.NO_ROUTE: (
        Verdict.UNREACHABLE,
        "The network has no way to {to}: the host is off, or a router or firewall rejects the connection.",
        "Check the address, and from a machine in the node's network whether it answers.",
    ),
    Trouble.CONNECT_TIMEOUT: (
        Verdict.BLOCKED,
        "Packets to {to} disappear: most likely a firewall between this controller and the node lets WinRM through, but not this port.",
        "Open the port for the controller, or probe from a machine that may ask; this says nothing about the node itself.",
    ),
    Trouble.ANSWER_TIMEOUT: (
        Verdict.SILENT,
        "{to} took the request and did not answer in time: the application is starting, hangs, or waits for its backplane.",
        "Give it more time (timeout, wait); if that does not help, look for a hanging worker process.",
    ),
    Trouble.CUT: (
        Verdict.UNREACHABLE,
        "{to} closed the connection without an answer: http was spoken to an https port, the pool is stopped with TcpLevel, or the "
        "application ended.",
        "Check scheme and port; then the application pool's state on this node.",
    ),
    Trouble.CERTIFICATE: (
        Verdict.FAILED,
        "The certificate of {to} is not valid for the name asked for, or not issued by a CA that this controller trusts.",
        "Set host_header to a name in the certificate, give the CA with ca_file, or turn validate_certs off if that is acceptable.",
    ),
    Trouble.TLS: (
        Verdict.FAILED,
        "No TLS connection to {to}: https was spoken to an http port, or no certificate is bound for this name (SNI).",
        "Check scheme, port and the node's https binding.",
    ),
    Trouble.MALFORMED: (
        Verdict.FAILED,
        "What listens at {to} does not speak HTTP, or http was spoken to an https port.",
        "Check scheme and port.",
    ),
}
