# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: plugins/action/webconfig_transform.py does the work, on the controller.

DOCUMENTATION = r"""
---
module: webconfig_transform
short_description: XML Document Transforms of one configuration file
version_added: 0.1.0
author:
  - webfarm.signalr authors (@webfarm-signalr)
description:
  - Applies XML Document Transforms (XDT), the language of C(Web.Release.config), to a C(web.config) or another configuration file of .NET. All transforms
    and locators of Microsoft's engine are there, with its behaviour and its messages; nothing of it has to be installed anywhere.
  - Every byte that no transform touches stays as it was, encoding, byte order mark, line ends, comments and the layout of attributes included. With
    O(serializer=msft), the file is written as Microsoft's engine would write it, to the byte.
  - All transforms are made in memory; the file is replaced once, and only when it is still the one that was read. A file that would come out equal is
    not written, so the application does not restart.
  - When a transform fails, nothing is written, and the task fails with what the engine says, its line and its column. What the engine warns of is
    returned as warnings; with O(strict) it is an error.
  - A transform is not idempotent by itself. C(Insert) inserts at each run. Say with O(src) what the file is made from, or write C(InsertIfMissing).
  - C(xdt:Import), which loads .NET code into the engine, fails by name.
  - Exactly one of O(farm), O(node_path) and O(local_path) says which file.
extends_documentation_fragment:
  - webfarm.signalr.attributes.changes
  - webfarm.signalr.farm
options:
  farm:
    description:
      - The farm's name. The file is then the own C(web.config) of the application that O(site) and O(application) name, on this node, and is
        written while the node is reserved for this run. Sections that are locked for the application are refused.
      - The machine key of a farm's application cannot be changed this way. M(webfarm.signalr.machine_key_sync) changes it on all members or on none.
    required: false
  node_path:
    description: The full path of a configuration file on the node. Environment variables like C(%SystemDrive%) are expanded there.
    type: str
  local_path:
    description: The path of a configuration file on the controller. Its mode and owner stay.
    type: path
  src:
    description:
      - A file on the controller that is transformed instead of the file itself, which holds the result then. The file need not be there before.
    type: path
  transforms:
    description: The transforms, files on the controller, in the order in which they are applied.
    type: list
    elements: path
    required: true
  serializer:
    description:
      - With V(exact), bytes outside the edits stay as they are.
      - With V(msft), the whole file is written as Microsoft's engine writes it, to compare the two for instance. That engine can change the
        encoding, and loses characters of files whose encoding it does not detect.
    type: str
    choices: [exact, msft]
    default: exact
  strict:
    description:
      - Treat as errors what Microsoft's engine only warns of, such as an element that matches nothing, or several where only the first is changed.
      - Also what it does not mention, such as a misspelt attribute (C(xdt:transform)) or a namespace with which nothing can match.
    type: bool
    default: false
  max_kilobytes:
    description:
      - How big a file IIS reads, in units of 1,024 bytes. A transform that makes the file cross it is refused; there is a warning from 80 percent on.
      - Other than V(250) it is right only where C(MaxWebConfigFileSizeInKB) in the registry of every node says so. V(0) means no limit.
    type: int
    default: 250
seealso:
  - module: webfarm.signalr.webconfig_xml
"""

EXAMPLES = r"""
---
- name: What publishing does, without Visual Studio
  webfarm.signalr.webconfig_transform:
    src: src/Chat/Web.config
    transforms:
      - src/Chat/Web.Release.config
    local_path: build/Chat/Web.config
  run_once: true

- name: First for the release, then for the environment
  webfarm.signalr.webconfig_transform:
    src: src/Chat/Web.config
    transforms:
      - src/Chat/Web.Release.config
      - "src/Chat/Web.{{ environment_name }}.config"
    local_path: "build/{{ environment_name }}/Web.config"
  run_once: true

- name: Fail where Microsoft's engine would only warn
  webfarm.signalr.webconfig_transform:
    src: src/Chat/Web.config
    transforms:
      - src/Chat/Web.Release.config
    local_path: build/Chat/Web.config
    strict: true
  run_once: true

- name: The application's own file, made from the one in the repository
  webfarm.signalr.webconfig_transform:
    farm: chat
    application: /chat
    src: src/Chat/Web.config
    transforms:
      - src/Chat/Web.Production.config

- name: What the transform would change on the nodes is shown, and nothing is done
  webfarm.signalr.webconfig_transform:
    farm: chat
    application: /chat
    src: src/Chat/Web.config
    transforms:
      - src/Chat/Web.Production.config
  check_mode: true
  diff: true

- name: A transform that is idempotent by itself (InsertIfMissing, SetAttributes) on what is there
  webfarm.signalr.webconfig_transform:
    farm: chat
    application: /chat
    transforms:
      - files/require-https.xdt

- name: Another configuration file of the node
  webfarm.signalr.webconfig_transform:
    node_path: C:\inetpub\tools\Tool.exe.config
    transforms:
      - files/trace-off.xdt

- name: Undo what a monitoring package inserted
  webfarm.signalr.webconfig_transform:
    node_path: '%SystemDrive%\inetpub\wwwroot\web.config'
    transforms:
      - files/web.config.uninstall.xdt

- name: What Microsoft's engine would write, to the byte
  webfarm.signalr.webconfig_transform:
    src: src/Chat/Web.config
    transforms:
      - src/Chat/Web.Release.config
    local_path: build/expected/Web.config
    serializer: msft
  run_once: true

- name: A file that IIS reads because the registry of every node says so
  webfarm.signalr.webconfig_transform:
    src: src/Chat/Web.config
    transforms:
      - src/Chat/Web.Redirects.config
    node_path: C:\inetpub\chat\web.config
    max_kilobytes: 1024
"""

RETURN = r"""
---
path:
  description: The file.
  returned: success
  type: str
  sample: C:\inetpub\chat\web.config
log:
  description: What the engine did, in its words, of all transforms one after the other. Secrets are masked.
  returned: success
  type: list
  elements: str
  sample:
    - Executing SetAttributes (transform line 4, 56)
    - on /configuration/system.web/compilation
    - Applying to 'compilation' element (source line 7, 6)
    - Set 'debug' attribute
    - Set 1 attributes
    - Done executing SetAttributes
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
  description: What the engine warned of, with file, line and column, and a size near to what IIS reads.
  returned: success
  type: list
  elements: str
"""
