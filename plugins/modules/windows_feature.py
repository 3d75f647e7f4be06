# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: plugins/action/windows_feature.py does the work, on the controller.

DOCUMENTATION = r"""
---
module: windows_feature
short_description: Windows features of a node, the WebSocket Protocol first of all
version_added: 0.1.0
author:
  - webfarm.signalr authors (@webfarm-signalr)
description:
  - Installs Windows features that are missing. Nothing is ever removed, and the server is not restarted.
  - The WebSocket Protocol registers a module of IIS, so that every application pool of the server is recycled; the plan says so.
extends_documentation_fragment:
  - webfarm.signalr.attributes.changes
  - webfarm.signalr.farm
options:
  name:
    description: The features, by the names that C(Get-WindowsFeature) shows.
    type: list
    elements: str
    default: [Web-WebSockets]
seealso:
  - module: webfarm.signalr.node_info
  - module: webfarm.signalr.farm_plan
  - module: ansible.windows.win_feature
"""

EXAMPLES = r"""
---
- name: The node can speak WebSocket
  webfarm.signalr.windows_feature:
    farm: chat
    application: /chat
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
reboot_required:
  description: Whether Windows waits for a restart because of this.
  returned: success
  type: bool
"""
