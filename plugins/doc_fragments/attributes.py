# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The attributes that every module of the collection documents."""

from __future__ import annotations


class ModuleDocFragment:
    """Each module says its own C(support), and C(details) where it differs from what stands here."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode and tell truthfully what a run would change, without changing it.
  diff_mode:
    description: Returns what is to be changed, or was changed, as before and after. Keys appear as fingerprints, passwords never.
  platform:
    description: The operating systems that can be worked on.
    platforms: windows
"""

    #: For modules that read, ask or compute, and change nothing on any server.
    READS = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Can run in check mode and tell truthfully what a run would change, without changing it.
    details:
      - Nothing is changed in either mode.
  diff_mode:
    support: none
    description: Returns what is to be changed, or was changed, as before and after. Keys appear as fingerprints, passwords never.
  platform:
    description: The operating systems that can be worked on.
    support: full
    platforms: windows
"""

    #: For modules that change servers.
    CHANGES = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Can run in check mode and tell truthfully what a run would change, without changing it.
  diff_mode:
    support: full
    description: Returns what is to be changed, or was changed, as before and after. Keys appear as fingerprints, passwords never.
  platform:
    description: The operating systems that can be worked on.
    support: full
    platforms: windows
"""
