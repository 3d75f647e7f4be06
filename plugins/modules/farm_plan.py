# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: plugins/action/farm_plan.py does the work, on the controller.

DOCUMENTATION = r"""
---
module: farm_plan
short_description: Compares all nodes of a SignalR farm with what is wanted
version_added: 0.1.0
author:
  - webfarm.signalr authors (@webfarm-signalr)
description:
  - Compares what M(webfarm.signalr.node_info) has read of all nodes in this run with the declaration, and with each other.
  - Returns, for the node of this task, what is to be done, in order, and what each change costs. Nothing is changed and no node is asked.
  - Refuses, naming the node, when a decision about the whole farm is needed and a member was not read in this run.
extends_documentation_fragment:
  - webfarm.signalr.attributes.reads
  - webfarm.signalr.farm
options:
  features:
    description: Windows features that the node is to have.
    type: list
    elements: str
    default: []
  app_pool:
    description: The pool's identity, as M(webfarm.signalr.apppool_identity) takes it. Without it, the identity is left as it is.
    type: dict
    suboptions:
      identity:
        description: As O(webfarm.signalr.apppool_identity#module:identity).
        type: str
        choices: [SpecificUser, ApplicationPoolIdentity, LocalService, LocalSystem, NetworkService]
      user:
        description: As O(webfarm.signalr.apppool_identity#module:user).
        type: str
      password:
        description: As O(webfarm.signalr.apppool_identity#module:password).
        type: str
      grant_batch_right:
        description: As O(webfarm.signalr.apppool_identity#module:grant_batch_right).
        type: bool
        default: true
      settings:
        description: As O(webfarm.signalr.apppool_identity#module:settings).
        type: dict
        default: {}
  release:
    description: The release, as M(webfarm.signalr.iis_release) takes it. Without it, releases are left as they are.
    type: dict
    suboptions:
      package:
        description: As O(webfarm.signalr.iis_release#module:package).
        type: path
      release:
        description: As O(webfarm.signalr.iis_release#module:release).
        type: str
      edits:
        description: As O(webfarm.signalr.iis_release#module:edits).
        type: list
        elements: dict
        default: []
      keep:
        description: As O(webfarm.signalr.iis_release#module:keep).
        type: int
        default: 3
      persistent_paths:
        description: As O(webfarm.signalr.iis_release#module:persistent_paths).
        type: list
        elements: str
        default: []
      leave_behind:
        description: As O(webfarm.signalr.iis_release#module:leave_behind).
        type: list
        elements: str
        default: []
      package_key_policy:
        description: As O(webfarm.signalr.iis_release#module:package_key_policy).
        type: str
        choices: [refuse, override]
        default: refuse
      development_fingerprints:
        description: As O(webfarm.signalr.iis_release#module:development_fingerprints).
        type: list
        elements: str
        default: []
  machine_key:
    description: How the farm's key is chosen, as M(webfarm.signalr.machine_key_sync) takes it. Without it, the key is left as it is.
    type: dict
    suboptions:
      key:
        description: As O(webfarm.signalr.machine_key_sync#module:key).
        type: dict
        suboptions:
          validation_key:
            description: Hexadecimal digits, 128 for HMACSHA256.
            type: str
            required: true
          decryption_key:
            description: Hexadecimal digits, 64 for AES.
            type: str
            required: true
          validation:
            description: The algorithm that signs, in ASP.NET's words.
            type: str
            default: HMACSHA256
          decryption:
            description: The algorithm that encrypts, in ASP.NET's words.
            type: str
            default: AES
      authority:
        description: As O(webfarm.signalr.machine_key_sync#module:authority).
        type: str
        choices: [node, variable]
      accept_blast_radius:
        description: As O(webfarm.signalr.machine_key_sync#module:accept_blast_radius).
        type: bool
        default: false
      accept_weak:
        description: As O(webfarm.signalr.machine_key_sync#module:accept_weak).
        type: bool
        default: false
      accept_waves:
        description: As O(webfarm.signalr.machine_key_sync#module:accept_waves).
        type: bool
        default: false
      disclosed_keys:
        description: As O(webfarm.signalr.machine_key_sync#module:disclosed_keys).
        type: path
      development_fingerprints:
        description: As O(webfarm.signalr.machine_key_sync#module:development_fingerprints).
        type: list
        elements: str
        default: []
  report_only:
    description: Tell what would be refused in RV(refused), instead of failing. For audits.
    type: bool
    default: false
seealso:
  - module: webfarm.signalr.node_info
  - module: webfarm.signalr.machine_key_sync
  - module: webfarm.signalr.apppool_identity
  - module: webfarm.signalr.iis_release
  - module: webfarm.signalr.windows_feature
  - module: webfarm.signalr.farm_report
"""

EXAMPLES = r"""
---
- name: Read every node
  webfarm.signalr.node_info:
    farm: chat
    application: /chat

- name: See what is to be done
  webfarm.signalr.farm_plan:
    farm: chat
    application: /chat
    members: [web01, web02, web03]
    features: [Web-WebSockets]
    app_pool:
      user: CORP\svc-chat$
    machine_key: {}
  register: __plan

- name: Show it
  ansible.builtin.debug:
    var: __plan.plan
"""

RETURN = r"""
---
plan:
  description: What is to be done on this node, in order.
  returned: success
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
kinds:
  description: The outcomes that this node needs changes for.
  returned: success
  type: list
  elements: str
  sample: [websockets]
machine_key:
  description: The decision about the farm's key, with fingerprints and the reason; null when the key was not asked about.
  returned: success
  type: dict
members:
  description: The members of the farm.
  returned: success
  type: list
  elements: str
missing:
  description: The members that were not read in this run.
  returned: success
  type: list
  elements: str
findings:
  description: What shows only when node is compared with node.
  returned: success
  type: list
  elements: dict
refused:
  description: Why nothing can be done.
  returned: when O(report_only=true) and something was refused
  type: str
"""
