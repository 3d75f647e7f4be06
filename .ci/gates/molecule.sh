#!/usr/bin/env bash
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# The scenario in extensions/molecule against the simulated farm: converge, idempotence, verify.
set -euo pipefail
# shellcheck source=.ci/prelude.sh
source "$(dirname "${BASH_SOURCE[0]}")/../prelude.sh"

make --no-print-directory venv
environment lint "3.13 3.12 3.11" requirements-lint.txt
# Molecule comes from one environment, and what the playbooks run with from the product's own.
molecule=$(command -v molecule)
PATH=$ROOT/.venv/bin:$PATH

farm=$CACHE/molecule
export PYTHONPATH=$ROOT/tests
stop_farm() { python -m farm stop --directory "$farm" >/dev/null 2>&1 || true; }
stop_farm
rm -rf "$farm"
trap stop_farm EXIT
python -m farm start --directory "$farm" --port 0 --http-port 0
export WEBFARM_INVENTORY=$farm/inventory.yml MOLECULE_EPHEMERAL_DIRECTORY=$CACHE/molecule-state
cd "$TREE/ansible_collections/webfarm/signalr/extensions"
"$molecule" test --scenario-name default
