# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts pip into an environment of ansible-test from what Python itself brings along, where the usual script cannot be downloaded.

ansible-test drops the variables of pip, and an older bundled pip does not use the system's certificates: they are named.
"""

import ensurepip
import os
import subprocess
import sys

ensurepip.bootstrap()
wanted = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
certificates = os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
if os.path.exists(certificates):
    wanted += ["--cert", certificates]
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", *wanted]))
