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
  - A section that lives in a file of its own (C(configSource)), and a setting that the file of C(appSettings file=) holds, are edited there, in the
    encoding of that file. Only files in the same folder or below are followed to.
  - Items of the collections of IIS and ASP.NET are told apart by their keys, compared as IIS and .NET compare them, so that no edit adds a twin.
  - Refused, with the line, is what would damage the file or have no effect, such as an edit inside an encrypted section or of an element that stands
    twice. With O(farm), also a section that is locked for the application on this node, one that ASP.NET allows only above it, and whatever makes
    ASP.NET refuse a section that it took before.
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
  max_kilobytes:
    description:
      - How big a file IIS reads, in units of 1,024 bytes. An edit that makes a file cross it is refused; there is a warning from 80 percent on.
      - Other than V(250) it is right only where C(MaxWebConfigFileSizeInKB) in the registry of every node says so. V(0) means no limit.
    type: int
    default: 250
  app_settings:
    description: Settings of C(appSettings), by their keys. One whose value is null is removed.
    type: dict
  connection_strings:
    description:
      - Connection strings by their names, as text, or with C(connectionString) and C(providerName). One that is null is removed.
      - They are shown nowhere.
    type: dict
  http_runtime:
    description: Attributes of C(system.web/httpRuntime), such as C(targetFramework).
    type: dict
  compilation:
    description: Attributes of C(system.web/compilation).
    type: dict
  session_state:
    description: Attributes of C(system.web/sessionState).
    type: dict
  web_socket:
    description: Attributes of C(system.webServer/webSocket). A freshly installed IIS locks this section.
    type: dict
  custom_headers:
    description:
      - Headers of every answer, by their names. What is inherited of the same name is removed first, since IIS answers 500.19 to a header that stands
        twice. One whose value is null is removed, also when it is inherited.
    type: dict
  cors:
    description:
      - Headers with which pages of another origin may connect. Leave it out where the application answers itself (C(Microsoft.Owin.Cors)); a browser
        refuses an answer that says it twice.
    type: dict
    suboptions:
      origin:
        description: The origin, such as V(https://www.example.org).
        type: str
        required: true
      credentials:
        description: Cookies may be sent along. SignalR's JavaScript client does that.
        type: bool
        default: true
      methods:
        description: The HTTP methods, other than those that are always allowed.
        type: list
        elements: str
      headers:
        description: The request headers, other than those that are always allowed.
        type: list
        elements: str
  assembly_redirects:
    description: Assemblies whose older versions the one in C(bin) stands in for.
    type: list
    elements: dict
    suboptions:
      name:
        description: The assembly's simple name.
        type: str
        required: true
      publicKeyToken:
        description: The public key token of its strong name.
        type: str
        required: true
      culture:
        description: Its culture.
        type: str
        default: neutral
      newVersion:
        description: The assembly version that is there. Needed unless O(assembly_redirects[].state=absent).
        type: str
      oldVersion:
        description: The versions that it stands in for; all up to its own without it.
        type: str
      state:
        description: With V(absent), the assembly's element is removed.
        type: str
        choices: [present, absent]
        default: present
  edits:
    description: What else the file has to say, in the order in which it is to be made so, after what the options above say.
    type: list
    elements: dict
    suboptions:
      path:
        description:
          - The element, by the names from the root's child down to it, such as C(system.web/httpRuntime). It is made, with its parents, when it is missing.
          - A name may be followed by what tells the element from others, as in C(rewrite/rules/rule[@name='Https']/action).
          - Either O(edits[].path) or O(edits[].xpath).
        type: str
      identity:
        description:
          - The attributes that tell the element from others of its name.
          - Needless where O(edits[].attributes) hold the key of a collection of IIS or ASP.NET, such as C(key) in C(appSettings/add).
          - A C(bindingRedirect) is told by C(name), C(publicKeyToken) and C(culture) of its assembly.
        type: dict
      attributes:
        description:
          - The attributes that the element has. Others stay as they are. An attribute whose value is null is removed.
        type: dict
      location:
        description: The path of the C(location) that the element stands in. Without it, and with V(.), the file itself is meant.
        type: str
      inherit_in_child_applications:
        description:
          - Whether applications below inherit the element. With V(false), a new section is made in a C(location) that says so.
          - An element that is there and is inherited otherwise is not moved, but refused.
        type: bool
      before:
        description:
          - The sibling that the element stands before, by its attributes, or like C(add[@name='x']); C(*) for all. It is moved when it does not.
        type: raw
      after:
        description: The sibling that the element stands after, in the same forms.
        type: raw
      remove_inherited:
        description:
          - A C(remove) of the same key stands before the item, so that one that is inherited is no twin of it.
          - With O(edits[].state=absent), an inherited item is removed.
        type: bool
      missing:
        description: What to do when O(edits[].xpath) selects nothing, or there is no sibling of O(edits[].before) or O(edits[].after).
        type: str
        choices: [fail, ignore]
        default: fail
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
  - module: webfarm.signalr.webconfig_transform
  - module: webfarm.signalr.iis_release
  - module: webfarm.signalr.machine_key_sync
"""

EXAMPLES = r"""
---
- name: What a SignalR application needs, and a greeting from the vault
  webfarm.signalr.webconfig_xml:
    farm: chat
    application: /chat
    http_runtime:
      targetFramework: "4.8"
      executionTimeout: 300
    compilation:
      debug: false
    edits:
      - path: appSettings/add
        attributes:
          key: Greeting
          value: "{{ vault_greeting }}"
        secret: true

- name: Settings and the backplane's connection string, wherever they are kept
  webfarm.signalr.webconfig_xml:
    farm: chat
    application: /chat
    app_settings:
      owin:AppStartup: Chat.Startup
      LegacySwitch: null
    connection_strings:
      Backplane: "{{ vault_backplane }}"

- name: WebSockets stay on, the session is shared
  webfarm.signalr.webconfig_xml:
    farm: chat
    application: /chat
    web_socket:
      enabled: true
      pingInterval: "00:00:20"
    session_state:
      mode: StateServer
      stateConnectionString: tcpip=state01:42424

- name: Pages of the shop may connect, and nobody learns what the server is
  webfarm.signalr.webconfig_xml:
    farm: chat
    application: /chat
    cors:
      origin: https://shop.example.org
    custom_headers:
      X-Content-Type-Options: nosniff
      X-Powered-By: null

- name: One Newtonsoft.Json for all libraries
  webfarm.signalr.webconfig_xml:
    local_path: src/Chat/Web.config
    assembly_redirects:
      - name: Newtonsoft.Json
        publicKeyToken: 30ad4fe6b2a6aeed
        newVersion: 13.0.0.0
  run_once: true

- name: SignalR's requests are answered before the rule that redirects
  webfarm.signalr.webconfig_xml:
    farm: chat
    application: /chat
    edits:
      - path: system.webServer/rewrite/rules/rule
        attributes:
          name: SignalR
          stopProcessing: true
        before: "*"
      - path: system.webServer/rewrite/rules/rule[@name='SignalR']/match
        attributes:
          url: ^signalr/
      - path: system.webServer/rewrite/rules/rule[@name='SignalR']/action
        attributes:
          type: None

- name: One handler goes, another file of the node
  webfarm.signalr.webconfig_xml:
    node_path: C:\inetpub\wwwroot\web.config
    edits:
      - path: system.webServer/handlers/add
        identity:
          name: OldHandler
        state: absent
        remove_inherited: true

- name: The site's settings are not inherited by the applications below it
  webfarm.signalr.webconfig_xml:
    node_path: C:\inetpub\wwwroot\web.config
    edits:
      - path: system.web/customErrors
        attributes:
          mode: RemoteOnly
        inherit_in_child_applications: false
      - path: system.web/httpRuntime
        location: uploads
        attributes:
          maxRequestLength: 65536

- name: Debugging is off in the source tree, if the attribute is there at all
  webfarm.signalr.webconfig_xml:
    local_path: src/Chat/Web.config
    edits:
      - xpath: /configuration/system.web/compilation[@debug]
        attribute: debug
        value: false
        missing: ignore
  run_once: true

- name: A section of our own, declared first, in a file that may not exist yet
  webfarm.signalr.webconfig_xml:
    local_path: build/Web.config
    create: true
    edits:
      - path: configSections/section
        attributes:
          name: chatRooms
          type: Chat.RoomsSection, Chat
      - path: chatRooms/room
        identity:
          id: lobby
        attributes:
          capacity: 500
  run_once: true
"""

RETURN = r"""
---
path:
  description: The file.
  returned: success
  type: str
  sample: C:\inetpub\chat\web.config
files:
  description: The files that come out different, those that the file refers to included.
  returned: success
  type: list
  elements: str
  sample: ['C:\inetpub\chat\web.config']
edits:
  description: Each edit, those of the brief options first, and whether it changed something.
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
    path:
      description: The file that owns the value.
      type: str
      sample: C:\inetpub\chat\connections.config
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
  description: What is odd about the file, such as an encoding that ASP.NET cannot read, or a size near to what IIS reads.
  returned: success
  type: list
  elements: str
"""
