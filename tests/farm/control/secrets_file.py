# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The passwords of a farm: made once for its directory, kept in a file that only its owner may read."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["FarmSecrets"]

USER = "deploy"


@dataclass(frozen=True)
class FarmSecrets:
    """``password`` is the one of the user who deploys; ``accounts`` those of the application pools' accounts."""

    password: str = field(repr=False)
    accounts: dict[str, str] = field(repr=False)
    user: str = USER

    @classmethod
    def of(cls, directory: Path, farms: Iterable[str]) -> FarmSecrets:
        """Those of an earlier start in the same directory, or new ones."""
        file = directory / "secrets.json"
        known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        accounts = {rf"CONTOSO\svc_{farm}": secrets.token_urlsafe(18) for farm in farms} | known.get("accounts", {})
        made = cls(password=known.get("password") or secrets.token_urlsafe(18), accounts=accounts)
        content = json.dumps({"password": made.password, "accounts": made.accounts})
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
            stream.write(content)
        return made
