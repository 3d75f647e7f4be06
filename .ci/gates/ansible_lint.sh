#!/usr/bin/env bash
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Roles, playbooks and examples in ansible-lint's production profile, without a network.
set -euo pipefail
# shellcheck source=.ci/prelude.sh
source "$(dirname "${BASH_SOURCE[0]}")/../prelude.sh"

environment lint "3.13 3.12 3.11" requirements-lint.txt
cd "$TREE/ansible_collections/webfarm/signalr"
ansible-lint --offline --profile production --strict --nocolor
