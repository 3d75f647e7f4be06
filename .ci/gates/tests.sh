#!/usr/bin/env bash
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Every test. usage: tests.sh [oldest | newest]: with the newest ansible-core, in an environment of its own.
set -euo pipefail
# shellcheck source=.ci/prelude.sh
source "$(dirname "${BASH_SOURCE[0]}")/../prelude.sh"

[ "${1:-oldest}" = newest ] || exec make --no-print-directory test
python=$(.ci/find_python 3.13 3.12) || skip "no Python 3.12 or 3.13 on this machine"
exec make --no-print-directory test PYTHON="$python" VENV=.venv-newest
