# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: plugins/action/node_info.py does the work, on the controller.

DOCUMENTATION = r"""
---
module: node_info
short_description: Reads a node of a SignalR farm
version_added: 0.1.0
author:
  - webfarm.signalr authors (@webfarm-signalr)
description:
  - Reads one IIS server in one call and keeps what it found for this run, so that M(webfarm.signalr.farm_plan) can compare all nodes with
    each other.
  - Returns what a person may know of the node. No key, password or configuration file is in it; a machine key appears as a fingerprint.
extends_documentation_fragment:
  - webfarm.signalr.attributes.reads
  - webfarm.signalr.farm
  - webfarm.signalr.farm.identity
  - webfarm.signalr.farm.balancer
options:
  features:
    description: Windows features to look at besides the WebSocket Protocol.
    type: list
    elements: str
    default: []
seealso:
  - module: webfarm.signalr.farm_plan
  - module: webfarm.signalr.machine_key_sync
  - module: webfarm.signalr.windows_feature
  - module: webfarm.signalr.apppool_identity
  - module: webfarm.signalr.iis_release
"""

EXAMPLES = r"""
---
- name: Read every node of the farm
  webfarm.signalr.node_info:
    farm: chat
    site: Default Web Site
    application: /chat
  register: __node

- name: Tell which release each node serves
  ansible.builtin.debug:
    msg: "{{ __node.node.release }}"
"""

RETURN = r"""
---
node:
  description: The node, without anything secret.
  returned: success
  type: dict
  contains:
    host:
      description: The node's name in the inventory.
      type: str
      sample: web01
    windows:
      description: Versions of Windows, Windows PowerShell and IIS, and PowerShell's language mode.
      type: dict
    pending_reboot:
      description: Whether Windows waits for a restart; null when it could not be seen.
      type: bool
    features:
      description: The state of each Windows feature that was asked for.
      type: dict
      sample:
        Web-WebSockets: Installed
    application:
      description: Where the application lies, its bindings, virtual directories and neighbours.
      type: dict
    pool:
      description: The application's pool, its state and identity, and what is wrong with it; null without an application.
      type: dict
    machine_key:
      description: The effective machine key, as fingerprint, algorithms, where each value comes from, and what is wrong with it.
      type: dict
    releases:
      description: The releases that lie on the node.
      type: list
      elements: dict
    release:
      description: The release that the application serves; null when it serves a folder of another kind.
      type: str
    marker:
      description: What earlier runs left on the node about the farm, its members and its key's fingerprint.
      type: dict
    lease:
      description: Which run has reserved the node, and until when; null when none has.
      type: dict
    undetermined:
      description: What could not be seen, and why.
      type: dict
"""
