# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The module runs on the controller: plugins/action/signalr_probe.py. This file is its documentation.

from __future__ import annotations

DOCUMENTATION = r"""
module: signalr_probe
short_description: Asks a running SignalR farm whether it is one
version_added: 0.1.0
author:
  - webfarm.signalr authors (@webfarm-signalr)
description:
  - Shows the connection token of every node to every node, and to every virtual address, and says who accepts whose token.
    Nodes of one farm accept each other's; nodes that only look alike answer C(The ConnectionId is in the incorrect format.)
  - With O(depth=keys) the application notices nothing. No connection is made, no hub runs, no performance counter moves,
    and the WebSocket feature need not be installed.
  - What is not accepted comes with the server's own words, the most likely cause and the next step. Besides, nodes are compared
    with each other, see O(accept) for what may be found.
  - No token is ever returned or logged.
options:
  nodes:
    description: The nodes, each at its own address.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: What the node is called in the results.
        type: str
        required: true
      url:
        description: The URL of the hub connection on this node, such as C(http://10.0.0.11/chat/signalr).
        type: str
        required: true
      host_header:
        description: The host name that this node is asked for. Takes the place of the outer O(host_header).
        type: str
  virtual_addresses:
    description:
      - The URLs of the hub connection as clients use them, through the balancer.
      - Each is asked several times, each time on a new connection, to meet more than one of the nodes behind it.
    type: list
    elements: str
    default: []
  host_header:
    description:
      - The host name that the nodes are asked for, when the site is bound to one.
        The connection goes to the address in O(nodes[].url); C(Host), TLS' server name and the name in the certificate are this one.
    type: str
  depth:
    description:
      - V(keys) negotiates on every node and shows the tokens around.
      - V(transports) also takes one real connection of each transport on each node through its life, which runs the hub's
        C(OnConnected) and C(OnDisconnected) when O(hub) is named. This is what shows a backplane that is down.
    type: str
    choices:
      - keys
      - transports
    default: keys
  transports:
    description: The transports to try with O(depth=transports).
    type: list
    elements: str
    choices:
      - webSockets
      - serverSentEvents
      - foreverFrame
      - longPolling
    default:
      - webSockets
      - serverSentEvents
      - foreverFrame
      - longPolling
  hub:
    description: The hub to connect to. Without it no hub is named, and no hub's authorization is asked.
    type: str
  hub_method:
    description: A method of O(hub) to call on each connection with O(depth=transports).
    type: str
  hub_arguments:
    description: The arguments of O(hub_method).
    type: list
    elements: raw
    default: []
  expect_release:
    description: The release id that every node must serve.
    type: str
  release_path:
    description:
      - The path of a file that the application serves and that holds its release id, as plain text or as C(release) of a JSON object.
      - A path without a leading slash starts where the hub's path does. Without O(expect_release) the nodes are compared with each other.
    type: str
  accept:
    description:
      - Findings that do not count against the farm. They are returned with the severity C(accepted).
      - V(mac_differs), the tokens are protected by different algorithms. V(websockets_differ), some nodes offer no WebSockets.
        V(path_differs), an address is published under another path than the application has.
        V(release_differs), V(release_unexpected) and V(release_unknown) are about O(release_path).
        V(transport_failed), a connection failed.
      - V(websockets_missing), V(timeouts_differ) and V(versions_differ) are warnings and never count.
      - A node that gives no token, and a token that is not accepted, always count.
    type: list
    elements: str
    choices:
      - mac_differs
      - websockets_differ
      - websockets_missing
      - timeouts_differ
      - versions_differ
      - path_differs
      - release_differs
      - release_unexpected
      - release_unknown
      - transport_failed
    default: []
  timeout:
    description: Seconds that one request may take. A connection gets at most half of them, and never more than five.
    type: float
    default: 20.0
  wait:
    description:
      - Seconds in which nodes that are stopped, silent or unreachable may come up. An application that was just recycled needs some.
    type: float
    default: 0.0
  validate_certs:
    description: Whether certificates are checked.
    type: bool
    default: true
  ca_file:
    description: A file of certification authorities in PEM form to trust besides the system's.
    type: path
  report_only:
    description: Returns what was found and does not fail when the farm is not one.
    type: bool
    default: false
extends_documentation_fragment:
  - webfarm.signalr.attributes.reads
notes:
  - Asks from where Ansible runs. A node that only WinRM reaches is reported as V(blocked), which says nothing about the node.
  - A balancer with persistence by source address sends every request to one node; ask the nodes directly as well.
  - Redirects are not followed, proxies of the environment are not used.
seealso:
  - module: webfarm.signalr.balancer_member
  - module: webfarm.signalr.farm_report
  - module: webfarm.signalr.machine_key_sync
"""

EXAMPLES = r"""
- name: Is it one farm?
  webfarm.signalr.signalr_probe:
    nodes:
      - name: web01
        url: http://10.0.0.11/chat/signalr
      - name: web02
        url: http://10.0.0.12/chat/signalr
    virtual_addresses:
      - https://chat.example.com/chat/signalr
  run_once: true
  delegate_to: localhost

- name: A site behind a host header, right after its pools were started
  webfarm.signalr.signalr_probe:
    nodes:
      - name: web01
        url: https://10.0.0.11/signalr
      - name: web02
        url: https://10.0.0.12/signalr
    host_header: chat.example.com
    wait: 60
    release_path: release.txt
    expect_release: "2.1.0"
  run_once: true
  delegate_to: localhost

- name: Every transport, with a call of a hub, and only a report
  webfarm.signalr.signalr_probe:
    nodes:
      - name: web01
        url: http://10.0.0.11/signalr
    depth: transports
    hub: chatHub
    hub_method: echo
    hub_arguments:
      - hello
    report_only: true
  register: __answers
"""

RETURN = r"""
farm_is_one:
  description: Whether everyone accepts everyone's token and nothing was found that counts as a fault.
  returned: always
  type: bool
  sample: false
summary:
  description: The outcome in one or two sentences. The same as C(msg).
  returned: always
  type: str
  sample: "The farm is one: 16 of 16 token checks accepted."
lines:
  description: The matrix and the findings as plain text for a terminal.
  returned: always
  type: list
  elements: str
nodes:
  description: What each node and virtual address said about itself.
  returned: always
  type: list
  elements: dict
  sample:
    - name: web01
      url: http://10.0.0.11/chat/signalr
      host_header: null
      is_virtual: false
      server: Microsoft-IIS/10.0
      release: 2.1.0
      try_websockets: true
      protocol_version: "1.5"
      token_characters: 128
      mac: HMACSHA256 with AES (or HMACSHA384 with DES or 3DES)
      timeouts:
        KeepAliveTimeout: 20.0
        DisconnectTimeout: 30.0
        ConnectionTimeout: 110.0
        TransportConnectTimeout: 5.0
        LongPollDelay: 0.0
      verdict: accepted
      status: 200
      said: ""
      cause: ""
      next_step: ""
matrix:
  description:
    - A row for each pair, the token of C(from) shown to C(to).
    - C(verdict) is one of V(accepted), V(refused), V(identity), V(unusable), V(stopped), V(unreachable), V(blocked), V(silent),
      V(not_found), V(login), V(forbidden), V(host_unknown), V(not_signalr), V(failed), V(no_token).
  returned: always
  type: list
  elements: dict
  sample:
    - from: web01
      to: web02
      verdict: refused
      status: 400
      said: The ConnectionId is in the incorrect format.
      cause: The machine keys of web01 and web02 differ (validationKey, decryptionKey, validation or decryption), or one of them is AutoGenerate.
      next_step: Give every node the same explicit machineKey (role farm_machine_key); IsolateApps and AutoGenerate can never be shared.
      attempts: 1
      failures: 1
key_groups:
  description: The nodes by key. Names that accept each other's tokens stand together.
  returned: always
  type: list
  elements: list
  sample:
    - [web01, web03]
    - [web02]
transports:
  description: How far a connection of each transport came on each node.
  returned: always, empty unless O(depth=transports)
  type: list
  elements: dict
  sample:
    - node: web01
      transport: webSockets
      step: done
      verdict: accepted
      status: 200
      said: ""
      cause: ""
      next_step: ""
findings:
  description: What was found, the causes before what follows from them. C(severity) is V(fault), V(warning) or V(accepted).
  returned: always
  type: list
  elements: dict
  sample:
    - code: keys_differ
      severity: fault
      where: [web01, web03, web02]
      what: "There are 2 machine keys in the farm: web01 and web03 hold one key; web02 holds one key."
      next_step: Give every node the same explicit machineKey (role farm_machine_key).
depth:
  description: The depth that was asked for.
  returned: always
  type: str
  sample: keys
"""
