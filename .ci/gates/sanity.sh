#!/usr/bin/env bash
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# ansible-test sanity. usage: sanity.sh oldest | newest
set -euo pipefail
# shellcheck source=.ci/prelude.sh
source "$(dirname "${BASH_SOURCE[0]}")/../prelude.sh"

case ${1:-oldest} in
    oldest) core=2.19 versions=3.11 ;;
    newest) core=2.21 versions="3.13 3.12" ;;
esac
environment "core-$core" "$versions" "ansible-core~=$core.0"

# ansible-test's environments begin with a script that it downloads; this one does the same with what Python brings along.
export HOME=$CACHE/home
mkdir -p "$HOME/.ansible/test/cache"
for version in $(python - <<'PYTHON'
import pathlib, re
import ansible_test
text = (pathlib.Path(ansible_test.__file__).parent / "_internal" / "python_requirements.py").read_text()
print(*{found.replace(".", "_") for found in re.findall(r"pip='([\d.]+)'", text)})
PYTHON
); do
    cp .ci/get_pip.py "$HOME/.ansible/test/cache/get_pip_$version.py"
done

copy=$CACHE/sanity-$core/ansible_collections/webfarm/signalr
copy_to "$copy"
cd "$copy"
# pslint needs a real PowerShell; the stand-in answers for validate-modules alone.
PATH=$ROOT/.ci/pwsh:$(printf '%s' "$PATH" | tr ':' '\n' | grep -v '/shims$' | paste -sd:)
echo "ansible-test sanity with ansible-core $(python -c "import ansible.release; print(ansible.release.__version__)"), $(python --version)"
log=$LOGS/sanity-$core.log
status=0
ansible-test sanity --local --requirements --python "$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')" \
    --skip-test pslint --color no >"$log" 2>&1 </dev/null || status=$?
# What pip tells while the environments of the tests are made is left in the log.
grep -E '^(Running sanity|ERROR|FATAL|WARNING: (Skipping|All))' "$log" | without_addresses
[ "$(grep -c '^Running sanity' "$log")" -gt 15 ] || { echo "fewer than 16 sanity tests ran: $log"; exit 1; }
exit "$status"
