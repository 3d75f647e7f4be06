# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: plugins/action/apppool_identity.py does the work, on the controller.

DOCUMENTATION = r"""
---
module: apppool_identity
short_description: An application pool exists and runs under an identity
version_added: 0.1.0
author:
  - webfarm.signalr authors (@webfarm-signalr)
description:
  - Gives the application's pool an identity, a domain account, a group managed service account or a built-in one, and makes the pool when
    it is missing.
  - The account is looked at before anything is changed, as far as the node can see it. The wanted password is compared on the node; it is
    set only when it differs, and never shown.
  - What is not given is left as it is.
extends_documentation_fragment:
  - webfarm.signalr.attributes.changes
  - webfarm.signalr.farm
  - webfarm.signalr.farm.identity
seealso:
  - module: webfarm.signalr.node_info
  - module: webfarm.signalr.farm_plan
  - module: webfarm.signalr.iis_release
"""

EXAMPLES = r"""
---
- name: The pool runs under a group managed service account
  webfarm.signalr.apppool_identity:
    farm: chat
    application: /chat
    user: CORP\svc-chat$

- name: The pool runs under a domain account and never sleeps
  webfarm.signalr.apppool_identity:
    farm: chat
    application: /chat
    user: CORP\svc-chat
    password: "{{ vault_chat_pool_password }}"
    settings:
      start_mode: AlwaysRunning
      idle_timeout: 0
"""

RETURN = r"""
---
changes:
  description: What was changed, or in check mode would be.
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
pool:
  description: The pool's name.
  returned: success
  type: str
  sample: chat
identity:
  description: The identity that the pool has now, or would have.
  returned: success
  type: str
  sample: CORP\svc-chat$
warnings:
  description: What could not be seen of the account, and how it becomes visible.
  returned: success
  type: list
  elements: str
"""
