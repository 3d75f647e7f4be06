#!/usr/bin/env bash
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Style and types of the Python, layout of the YAML, the changelog, and the documentation of modules and roles.
set -euo pipefail
# shellcheck source=.ci/prelude.sh
source "$(dirname "${BASH_SOURCE[0]}")/../prelude.sh"

environment lint "3.13 3.12 3.11" requirements-lint.txt
status=0
# All of them are run, so that one look shows everything.
check() {
    "$@" || { echo "lint: failed: $1 ${2:-}"; status=1; }
}
# shellcheck disable=SC2317  # called by name, through check
types() {
    (cd "$TREE" && MYPYPATH=$TREE mypy --config-file "$ROOT/pyproject.toml" --cache-dir "$CACHE/mypy" ansible_collections/webfarm/signalr/plugins)
}
check ruff check --quiet --output-format concise .
check ruff format --check --quiet --output-format concise plugins/action plugins/plugin_utils plugins/doc_fragments tests/structure tests/demo
check yamllint --strict .
check types
check antsibull-changelog lint
check antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=self .
exit "$status"
