# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: plugins/action/balancer_member.py does the work, on the controller.

DOCUMENTATION = r"""
---
module: balancer_member
short_description: Takes a node of a SignalR farm out of the load balancer and back
version_added: 0.1.0
author:
  - webfarm.signalr authors (@webfarm-signalr)
description:
  - Tells the load balancer that a node takes no new connections, or that it takes them again, through a driver.
  - The last healthy node is never taken out, and a node that was already out before this run is not brought back.
extends_documentation_fragment:
  - webfarm.signalr.attributes.changes
  - webfarm.signalr.farm
  - webfarm.signalr.farm.balancer
options:
  state:
    description: What is wanted. V(status) only looks.
    type: str
    choices: [status, drained, ready]
    default: status
  drain_seconds:
    description: Seconds that the balancer needs to notice that the file is gone.
    type: int
    default: 10
seealso:
  - module: webfarm.signalr.iis_release
  - module: webfarm.signalr.signalr_probe
"""

EXAMPLES = r"""
---
- name: Take the node out
  webfarm.signalr.balancer_member:
    farm: chat
    application: /chat
    driver: health_file
    health_file: C:\inetpub\wwwroot\health.txt
    state: drained

- name: Bring it back
  webfarm.signalr.balancer_member:
    farm: chat
    application: /chat
    driver: health_file
    health_file: C:\inetpub\wwwroot\health.txt
    state: ready
"""

RETURN = r"""
---
status:
  description: What the balancer was told, in words.
  returned: success
  type: str
in_rotation:
  description: Whether the node takes new connections; null when the driver cannot tell.
  returned: success
  type: bool
"""
