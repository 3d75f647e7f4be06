#!/usr/bin/env bash
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What every gate begins with: source it. A gate ends with 0 (passed), 77 (skipped, its last line says why) or anything else (failed).

set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
ROOT=$PWD
CACHE=$ROOT/.cache
LOGS=$CACHE/logs
TREE=$CACHE/tree
mkdir -p "$LOGS" "$TREE/ansible_collections/webfarm"
[ "$(readlink "$TREE/ansible_collections/webfarm/signalr" 2>/dev/null)" = "$ROOT" ] || ln -sfn "$ROOT" "$TREE/ansible_collections/webfarm/signalr"
# Nothing of the caller's environment may decide a gate, and nothing of a gate may lie in the caller's home.
export ANSIBLE_COLLECTIONS_PATH=$TREE ANSIBLE_HOME=$CACHE/ansible ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_NOCOLOR=1 NO_COLOR=1
unset ANSIBLE_CONFIG ANSIBLE_INVENTORY

skip() {
    printf 'skipped: %s\n' "$*"
    exit 77
}

# The address of a package index is nobody's business in a log.
without_addresses() {
    sed -uE 's#https?://[^ ,]*(/simple|/pypi|/npm|index)[^ ,]*#<package index>#g'
}

# environment NAME VERSIONS REQUIREMENT...: makes .cache/venvs/NAME and puts its programs first on PATH. VERSIONS: "3.13 3.12", the first found.
environment() {
    local name=$1 versions=$2 python
    shift 2
    # shellcheck disable=SC2086
    python=$("$ROOT/.ci/find_python" $versions) || skip "no Python $versions on this machine"
    mkdir -p "$CACHE/venvs"
    "$ROOT/.ci/venv" "$CACHE/venvs/$name" "$python" "$@"
    PATH=$CACHE/venvs/$name/bin:$PATH
}

# copy_to FOLDER: the repository's files as they are now, in a real folder (ansible-test and the builders refuse links).
copy_to() {
    rm -rf "$1"
    mkdir -p "$1"
    if [ -e .git ]; then
        git ls-files -z --deduplicate | { while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done; } \
            | tar --null --no-recursion -T - -cf - | tar -xf - -C "$1"
    else
        tar --exclude=.cache --exclude='.venv*' -cf - . | tar -xf - -C "$1"
    fi
    # A repository of its own: ansible-test asks git for the files, and the checkout's git ignores what lies in .cache.
    git -C "$1" init --quiet && git -C "$1" add --all
}
