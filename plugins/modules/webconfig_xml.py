# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: plugins/action/webconfig_xml.py does the work, on the controller.

DOCUMENTATION = r"""
---
module: webconfig_xml
short_description: Declarative edits of one configuration file, in one write
version_added: 0.1.0
author:
  - webfarm.signalr authors (@webfarm-signalr)
description:
  - Edits a C(web.config), or another configuration file of .NET, and leaves every byte that an edit does not touch as it was. Encoding, byte order
    mark, line ends, comments, quotes and the layout of attributes stay.
  - All edits are made in memory; the file is replaced once, and only when it is still the one that was read. A file that would come out equal is not
    written, so the application does not restart.
  - Refused, with the line, is what would damage the file or have no effect, such as an edit inside an encrypted section, inside one that lives in
    another file (C(configSource)), or of an element that stands twice.
  - Exactly one of O(farm), O(node_path) and O(local_path) says which file.
extends_documentation_fragment:
  - webfarm.signalr.attributes.changes
  - webfarm.signalr.farm
options:
  farm:
    description:
      - The farm's name. The file is then the own C(web.config) of the application that O(site) and O(application) name, on this node, and is
        written while the node is reserved for this run.
      - The machine key of a farm's application cannot be edited this way. M(webfarm.signalr.machine_key_sync) changes it on all members or on none.
    required: false
  node_path:
    description: The full path of a configuration file on the node. Environment variables like C(%SystemDrive%) are expanded there.
    type: str
  local_path:
    description: The path of a configuration file on the controller, in a source tree for instance. Its mode and owner stay.
    type: path
  create:
    description: Make the file when there is none. Without it a missing file is an error.
    type: bool
    default: false
  edits:
    description: What the file has to say, in the order in which it is to be made so.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description:
          - The element, by the names from the root's child down to it, such as C(system.web/httpRuntime). It is made, with its parents, when it is missing.
          - Either O(edits[].path) or O(edits[].xpath).
        type: str
      identity:
        description: The attributes that tell the element from others of its name, such as C(key) in C(appSettings/add).
        type: dict
      attributes:
        description:
          - The attributes that the element has. Others stay as they are. An attribute whose value is null is removed.
        type: dict
      location:
        description: The path of the C(location) that the element stands in. Without it, the file itself is meant.
        type: str
      xpath:
        description: An XPath expression that selects one element that is there.
        type: str
      attribute:
        description: The attribute of the element that O(edits[].xpath) selects.
        type: str
      value:
        description: The value of O(edits[].attribute). Booleans are written in lower case.
        type: raw
      state:
        description: With V(absent), the element of O(edits[].path) is removed, or the attribute of O(edits[].xpath).
        type: str
        choices: [present, absent]
        default: present
      secret:
        description:
          - The values of this edit, and those that they replace, are secrets and are shown nowhere.
          - Passwords, connection strings, keys and tokens are recognised by their names and masked without it.
        type: bool
        default: false
seealso:
  - module: webfarm.signalr.iis_release
  - module: webfarm.signalr.machine_key_sync
"""

EXAMPLES = r"""
---
- name: The application takes long requests and reads its key from the vault
  webfarm.signalr.webconfig_xml:
    farm: chat
    application: /chat
    edits:
      - path: system.web/httpRuntime
        attributes:
          executionTimeout: 300
      - path: appSettings/add
        identity:
          key: Greeting
        attributes:
          value: "{{ vault_greeting }}"
        secret: true

- name: One handler goes, another file of the node
  webfarm.signalr.webconfig_xml:
    node_path: C:\inetpub\wwwroot\web.config
    edits:
      - path: system.webServer/handlers/add
        identity:
          name: OldHandler
        state: absent

- name: Debugging is off in the source tree
  webfarm.signalr.webconfig_xml:
    local_path: src/Chat/Web.config
    edits:
      - xpath: /configuration/system.web/compilation
        attribute: debug
        value: false
  run_once: true
"""

RETURN = r"""
---
path:
  description: The file.
  returned: success
  type: str
  sample: C:\inetpub\chat\web.config
edits:
  description: Each edit and whether it changed something.
  returned: success
  type: list
  elements: dict
  contains:
    target:
      description: What was edited.
      type: str
      sample: appSettings/add[@key='Greeting']
    changed:
      description: Whether the file was different there.
      type: bool
effect:
  description: What the change costs those who use the node.
  returned: success
  type: str
  sample: the application restarts
also_hits:
  description: Other applications that read this file.
  returned: success
  type: list
  elements: str
  sample: []
warnings:
  description: What is odd about the file, such as an encoding that ASP.NET cannot read.
  returned: success
  type: list
  elements: str
"""
