#!/usr/bin/env bash
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# What Galaxy and Automation Hub ask of a package: builds it and imports it as they do.
set -euo pipefail
# shellcheck source=.ci/prelude.sh
source "$(dirname "${BASH_SOURCE[0]}")/../prelude.sh"

environment importer "3.13 3.12 3.11" "galaxy-importer>=0.4.30" "ansible-core>=2.19,<2.22"
copy=$CACHE/importer
copy_to "$copy"
rm -rf "$CACHE/package"
ansible-galaxy collection build --force --output-path "$CACHE/package" "$copy" >/dev/null
cat >"$CACHE/importer.cfg" <<'CONFIG'
[galaxy-importer]
RUN_ANSIBLE_TEST = False
RUN_FLAKE8 = False
CHECK_REQUIRED_TAGS = True
CONFIG
log=$LOGS/galaxy-importer.log
(cd "$CACHE" && GALAXY_IMPORTER_CONFIG=$CACHE/importer.cfg python -m galaxy_importer.main "$CACHE"/package/*.tar.gz) >"$log" 2>&1 || { tail -n 40 "$log"; exit 1; }
# It reports errors and still says that it completed: the log decides.
if grep -E '^(ERROR|CRITICAL)|ERROR:' "$log"; then exit 1; fi
grep -E 'WARNING' "$log" || true
tail -n 1 "$log"
