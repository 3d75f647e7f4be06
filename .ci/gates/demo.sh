#!/usr/bin/env bash
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# The demo as a person sees it. usage: demo.sh simulated | real
set -euo pipefail
# shellcheck source=.ci/prelude.sh
source "$(dirname "${BASH_SOURCE[0]}")/../prelude.sh"

farm=${1:-simulated}
if [ "$farm" = real ] && [ ! -d "${WEBFARM_TOOLS:-$ROOT/../shared/tools}/psengine" ]; then
    skip "the real parts are not here: set WEBFARM_TOOLS to their folder"
fi
exec make --no-print-directory demo FARM="$farm" ARGS=--stop
