# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: plugins/action/machine_key_sync.py does the work, on the controller.

DOCUMENTATION = r"""
---
module: machine_key_sync
short_description: One machine key for the whole SignalR farm
version_added: 0.1.0
author:
  - webfarm.signalr authors (@webfarm-signalr)
description:
  - Gives every node of the farm the same machine key, in three tasks that every node runs. Role C(webfarm.signalr.farm_machine_key) has
    them in order.
  - Which key it is, is decided once for the farm. The one that the nodes hold is adopted, a given one is applied, the first one is
    generated, or the change is refused with the reason.
  - Refused, naming the node, while any member of the farm was not read in this run. So no C(--limit), no slice of an inventory and no
    unreachable node can leave two keys behind.
  - The key itself is never returned, logged or shown. It appears as a fingerprint.
extends_documentation_fragment:
  - webfarm.signalr.attributes.changes
  - webfarm.signalr.farm
  - webfarm.signalr.farm.key
options:
  phase:
    description:
      - V(prepare) decides the key and stages the new file beside the old one, without any effect.
      - V(switch) stops the pool, replaces the file, and starts the pool.
      - V(settle) proves the farm and cleans up; or it puts the old files back on all nodes, and fails.
      - V(prepare) and V(switch) do not fail when a node fails or its connection breaks, since no node may leave the play before V(settle).
    type: str
    choices: [prepare, switch, settle]
    required: true
  url:
    description: Where the application's hubs of this node are asked for the proof, such as C(http://web01.corp.example/chat/signalr).
    type: str
  host_header:
    description: The host name that the site is bound to, when it is not that of O(url).
    type: str
  validate_certs:
    description: Check the certificates of O(url).
    type: bool
    default: true
  proof_wait:
    description: Seconds in which the applications may start before they are asked.
    type: int
    default: 60
seealso:
  - module: webfarm.signalr.node_info
  - module: webfarm.signalr.farm_plan
  - module: webfarm.signalr.webconfig_xml
  - module: webfarm.signalr.signalr_probe
"""

EXAMPLES = r"""
---
- name: Prepare the change of the key on every node
  webfarm.signalr.machine_key_sync:
    farm: chat
    application: /chat
    members: [web01, web02, web03]
    phase: prepare
    accept_blast_radius: true
    url: "http://{{ inventory_hostname }}/chat/signalr"

- name: Switch all nodes
  webfarm.signalr.machine_key_sync:
    farm: chat
    application: /chat
    phase: switch

- name: Prove the farm and clean up, or put the old key back
  webfarm.signalr.machine_key_sync:
    farm: chat
    application: /chat
    phase: settle
"""

RETURN = r"""
---
step:
  description: How far this node has come.
  returned: success
  type: str
  sample: switched
machine_key:
  description: The decision about the farm's key, with fingerprints and the reason.
  returned: when O(phase) is not V(switch)
  type: dict
changes:
  description: What was changed, or in check mode would be.
  returned: when O(phase=prepare)
  type: list
  elements: dict
  contains:
    kind:
      description: The outcome that the change belongs to.
      type: str
      sample: websockets
    target:
      description: What is changed.
      type: str
      sample: Windows feature Web-WebSockets
    before:
      description: What was found.
      type: str
      sample: Available
    after:
      description: What is wanted.
      type: str
      sample: Installed
    effect:
      description: What the change costs those who use the node.
      type: str
      sample: every application pool of the server is recycled
    also_hits:
      description: Other applications that the effect reaches.
      type: list
      elements: str
      sample: []
mixed_seconds:
  description: Seconds in which some nodes had the new key and others the old one.
  returned: when O(phase=settle) and a node was switched
  type: float
switch_seconds:
  description: Seconds from the first stop of a pool to the last start.
  returned: when O(phase=settle) and a node was switched
  type: float
"""
