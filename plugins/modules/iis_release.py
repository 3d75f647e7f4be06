# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: plugins/action/iis_release.py does the work, on the controller.

DOCUMENTATION = r"""
---
module: iis_release
short_description: Stages, switches, settles or rolls back an immutable release of an application
version_added: 0.1.0
author:
  - webfarm.signalr authors (@webfarm-signalr)
description:
  - Brings a release into a folder of its own on the node, makes its C(web.config) final, switches the application to it, and keeps
    earlier ones for a way back.
  - The package travels only when the node does not have the release. It is unpacked entry by entry; an entry that points outside, or
    differs from the package's manifest, is refused.
extends_documentation_fragment:
  - webfarm.signalr.attributes.changes
  - webfarm.signalr.farm
  - webfarm.signalr.farm.release
options:
  state:
    description:
      - V(present) stages the release, switches to it and removes what is too old.
      - V(staged) brings the release to the node without any effect on the application.
      - V(switched) points the application at a release that is staged.
      - V(settled) is for after the proof. It removes what is too old and makes sure that no worker process from before the switch still serves.
      - V(rolled_back) points the application at the release before, or at O(release). What O(persistent_paths) names moves along. A pool that
        rapid-fail protection has stopped since the present release came is started; one that somebody stopped is not.
    type: str
    choices: [present, staged, switched, settled, rolled_back]
    default: present
seealso:
  - module: webfarm.signalr.node_info
  - module: webfarm.signalr.farm_plan
  - module: webfarm.signalr.webconfig_xml
  - module: webfarm.signalr.apppool_identity
  - module: webfarm.signalr.balancer_member
"""

EXAMPLES = r"""
---
- name: Every node serves release 1.4.0
  webfarm.signalr.iis_release:
    farm: chat
    application: /chat
    package: packages/Chat.1.4.0.zip
    release: 1.4.0
    persistent_paths: [App_Data]
    edits:
      - path: system.web/httpRuntime
        attributes:
          targetFramework: "4.8"

- name: Back to the release before
  webfarm.signalr.iis_release:
    farm: chat
    application: /chat
    persistent_paths: [App_Data]
    state: rolled_back
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
release:
  description: The release's id.
  returned: success
  type: str
  sample: 1.4.0
path:
  description: The release's folder on the node.
  returned: when O(state) is not V(settled)
  type: str
  sample: C:\inetpub\webfarm\chat-chat\releases\1.4.0
"""
