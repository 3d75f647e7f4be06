# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The module runs on the controller: plugins/action/farm_report.py. This file is its documentation.

from __future__ import annotations

DOCUMENTATION = r"""
module: farm_report
short_description: Writes what is known of a farm as one HTML page and as JSON
version_added: 0.1.0
author:
  - webfarm.signalr authors (@webfarm-signalr)
description:
  - Writes a page that needs nothing else and prints well. It shows whether the farm is one, the matrix of who accepts whose token,
    findings with the next step of each, and the facts of the nodes side by side.
  - The same lies beside it as JSON, for machines. Both files are on the controller and readable by their owner only.
  - Keys appear as the fingerprints that the other modules return. What looks like a secret of a configuration file is masked once more.
  - A report that says the same as the one that is there is not written again and keeps its time.
options:
  path:
    description: The page's path on the controller, ending in C(.html). The JSON file has the same name and ends in C(.json).
    type: path
    required: true
  farm:
    description: The farm's name.
    type: str
    required: true
  title:
    description: The heading of the page. Without it, one is made from O(farm).
    type: str
    default: ""
  before:
    description: The result of M(webfarm.signalr.signalr_probe) before something was changed.
    type: dict
  after:
    description: The result of M(webfarm.signalr.signalr_probe) as the farm is now.
    type: dict
  nodes:
    description: Facts by node's name, such as the C(node) that M(webfarm.signalr.node_info) returns. Shown as they are.
    type: dict
    default: {}
  plan:
    description: What was planned or done, by name, such as the plan of M(webfarm.signalr.farm_plan) by node. Shown as it is.
    type: dict
    default: {}
extends_documentation_fragment:
  - webfarm.signalr.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - The difference is that of the JSON file, without its time.
  platform:
    support: full
    platforms: posix
    details:
      - Runs on the controller only.
seealso:
  - module: webfarm.signalr.signalr_probe
  - module: webfarm.signalr.farm_plan
"""

EXAMPLES = r"""
- name: Ask the farm
  webfarm.signalr.signalr_probe:
    nodes:
      - name: web01
        url: http://10.0.0.11/signalr
      - name: web02
        url: http://10.0.0.12/signalr
    report_only: true
  register: __probe
  run_once: true
  delegate_to: localhost

- name: Write what it said
  webfarm.signalr.farm_report:
    path: reports/chat.html
    farm: chat
    after: "{{ __probe }}"
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
html:
  description: Where the page lies.
  returned: success
  type: str
  sample: reports/chat.html
json:
  description: Where the JSON file lies.
  returned: success
  type: str
  sample: reports/chat.json
"""
