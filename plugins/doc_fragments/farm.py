# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that the farm's modules share; plugins/plugin_utils/controller/options.py is their argument spec."""

from __future__ import annotations


class ModuleDocFragment:
    """One fragment for each group of options."""

    #: FARM_OPTIONS
    DOCUMENTATION = r"""
options:
  farm:
    description:
      - The farm's name. It keeps the decisions, plans and reports of several farms apart, and names folders on the nodes.
    type: str
    required: true
  site:
    description: The IIS site that the application belongs to.
    type: str
    default: Default Web Site
  application:
    description: The application's path below the site, V(/) for the site's root.
    type: str
    default: /
  pool:
    description:
      - The application pool of an application that does not exist yet. One that exists keeps the pool that it has.
      - Without it, a new application gets a pool that is named after the farm and the application's path.
    type: str
  root:
    description:
      - The Windows folder that holds the releases on each node.
      - Without it, C(%SystemDrive%\inetpub\webfarm\) with the farm's name and the application's path.
    type: str
  members:
    description:
      - The nodes of the farm, by their names in the inventory. A decision about the whole farm is refused while one of them has not been read in
        this run.
      - Added to the hosts of O(group), and to those that the nodes' own markers name. Where all of them are silent, no machine key is changed.
    type: list
    elements: str
    default: []
  group:
    description: The inventory group whose hosts are the nodes of the farm.
    type: str
  accept_shared:
    description: Change what other applications of the node share with this one, a pool for instance, instead of refusing.
    type: bool
    default: false
  reuse:
    description:
      - Take what this run has read of the node before, instead of reading it again.
      - For playbooks in which nothing else changes the nodes in between.
    type: bool
    default: false
  keep_lease:
    description: Keep the node reserved for this run when the task is done, because further tasks will change it.
    type: bool
    default: false
  break_lease:
    description: Take the node even though another run has reserved it. For a run that is known to be dead.
    type: bool
    default: false
"""

    #: BALANCER_OPTIONS
    BALANCER = r"""
options:
  driver:
    description:
      - V(health_file) removes and restores a file of the application that the balancer asks for.
      - V(none) does nothing, for farms whose balancer is not driven from here.
    type: str
    choices: [health_file, none]
    default: none
  health_file:
    description: The file on the node, as a Windows path, with O(driver=health_file).
    type: str
  health_content:
    description: What the file holds while the node is in rotation.
    type: str
    default: ready
"""

    #: IDENTITY_OPTIONS
    IDENTITY = r"""
options:
  identity:
    description:
      - The kind of account that the pool's worker processes run under. What is not given is left as it is.
      - O(user) alone means V(SpecificUser).
    type: str
    choices: [SpecificUser, ApplicationPoolIdentity, LocalService, LocalSystem, NetworkService]
  user:
    description: A domain account as C(DOMAIN\name), or a group managed service account as C(DOMAIN\name$), which takes no password.
    type: str
  password:
    description:
      - The account's password. The node compares it with the stored one, so that an equal password is no change.
      - Without it, the stored password stays.
    type: str
  grant_batch_right:
    description: Give the account the right to log on as a batch job where it lacks it, which IIS needs to start the pool.
    type: bool
    default: true
  settings:
    description:
      - Further settings of the pool, by their names in RV(webfarm.signalr.node_info#module:node). What is not given is left as it is.
    type: dict
    default: {}
"""

    #: RELEASE_OPTIONS
    RELEASE = r"""
options:
  package:
    description: The release on the controller, a folder, a zip file or a nupkg file.
    type: path
  release:
    description: The release's id, which names its folder on the nodes. Without it, the first twelve hex digits of the content's hash.
    type: str
  edits:
    description:
      - What to set in the release's C(web.config) before the application is switched to it.
      - See M(webfarm.signalr.webconfig_xml) for the shape of an edit.
    type: list
    elements: dict
    default: []
  keep:
    description: How many earlier releases stay on the node, besides those in use.
    type: int
    default: 3
  persistent_paths:
    description: Folders, relative to the application's folder, that are carried over from release to release, such as C(App_Data).
    type: list
    elements: str
    default: []
  leave_behind:
    description: Files and folders of the present application folder that are known not to be needed by the new release.
    type: list
    elements: str
    default: []
  package_key_policy:
    description: What to do when the package brings a machine key of its own that is not the farm's, refuse it or put the farm's key in its place.
    type: str
    choices: [refuse, override]
    default: refuse
  development_fingerprints:
    description: Fingerprints of machine keys that packages bring from development and that are replaced without being refused.
    type: list
    elements: str
    default: []
"""

    #: KEY_OPTIONS
    KEY = r"""
options:
  key:
    description:
      - The farm's machine key, if it is to be a given one. Keep it in a vault.
      - Without it the key that all nodes hold is adopted; where no node has an explicit one, a key is generated.
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
    description:
      - Who is right when O(key) and the key that the nodes hold differ. V(variable) applies O(key), V(node) adopts the nodes' own.
      - Without it, a difference is refused.
    type: str
    choices: [node, variable]
  accept_blast_radius:
    description:
      - Agree that a new key makes the farm's present connection tokens, forms tickets and view states invalid, and stops the pools of the farm for
        the seconds of the switch.
    type: bool
    default: false
  accept_weak:
    description: Agree to a key that is shorter, or of an older algorithm, than ASP.NET's present defaults.
    type: bool
    default: false
  accept_waves:
    description:
      - Agree that a key change reaches the nodes in waves, because Ansible runs with fewer forks than the farm has nodes. Between the waves the
        nodes hold different keys.
    type: bool
    default: false
  disclosed_keys:
    description: A copy of Microsoft's list of publicly disclosed machine keys on the controller. A key that it names is refused.
    type: path
  development_fingerprints:
    description: Fingerprints of machine keys of developers. A node that holds one has a key that may be replaced.
    type: list
    elements: str
    default: []
"""
