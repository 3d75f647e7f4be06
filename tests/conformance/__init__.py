# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One table of cases for everything that a node answers, and the targets that must all answer the same.

``python -m conformance`` runs them; ``docs/conformance.md`` says how, also on a real Windows server.
"""
