#!/usr/bin/env bash
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# The scenario in extensions/molecule against the simulated farm: converge, idempotence, verify.
source "$(dirname "${BASH_SOURCE[0]}")/../prelude.sh"

make --no-print-directory venv
environment lint "3.13 3.12 3.11" requirements-lint.txt
# The scenario runs the playbooks with the product's own environment, and only molecule itself comes from the other one.
PATH=$ROOT/.venv/bin:$PATH
molecule_program=$CACHE/venvs/lint/bin/molecule
cd "$TREE/ansible_collections/webfarm/signalr/extensions"
"$molecule_program" test --scenario-name default
