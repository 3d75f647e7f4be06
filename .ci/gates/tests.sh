#!/usr/bin/env bash
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: tests.sh oldest | newest. The oldest ansible-core runs every test; the newest, in an environment of its own, what depends on Ansible:
# the playbooks and the structure.
set -euo pipefail
# shellcheck source=.ci/prelude.sh
source "$(dirname "${BASH_SOURCE[0]}")/../prelude.sh"

[ "${1:-oldest}" = newest ] || exec make --no-print-directory test
python=$(.ci/find_python 3.13 3.12) || skip "no Python 3.12 or 3.13 on this machine"
.ci/venv .venv-newest "$python" requirements-test.txt
PATH=$PWD/.venv-newest/bin:$PATH
exec python -m pytest -n 2 tests/playbooks/test_site.py tests/playbooks/test_membership.py tests/playbooks/test_roles_alone.py \
    tests/farm_tests/test_winrm_playbooks.py tests/structure
