# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One machine key: the four attributes of ``system.web/machineKey`` that every node of a farm has to share."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..redact import fingerprint_of

__all__ = ["ATTRIBUTES", "DEFAULTS", "MachineKey", "fingerprint", "same_key"]

#: The attributes that go into a SignalR token, with what ASP.NET takes when no file sets them (``MachineKeySection``).
#: IIS's own schema says SHA1 for ``validation``; ASP.NET, which makes the tokens, does not.
DEFAULTS = {
    "validationKey": "AutoGenerate,IsolateApps",
    "decryptionKey": "AutoGenerate,IsolateApps",
    "validation": "HMACSHA256",
    "decryption": "Auto",
}
ATTRIBUTES = tuple(DEFAULTS)


@dataclass(frozen=True)
class MachineKey:
    """The attributes as text, exactly as a file or a variable has them; whether ASP.NET takes them is for ``rules.validate``.

    Neither ``repr`` nor ``str`` shows a key; ``fingerprint`` tells two of them apart.
    """

    validation_key: str = field(repr=False)
    decryption_key: str = field(repr=False)
    validation: str = "HMACSHA256"
    decryption: str = "AES"

    def attributes(self) -> dict[str, str]:
        """The key as attributes of the element, in the order in which they are written."""
        return {
            "validationKey": self.validation_key,
            "decryptionKey": self.decryption_key,
            "validation": self.validation,
            "decryption": self.decryption,
        }

    @property
    def fingerprint(self) -> str:
        """See ``fingerprint``."""
        return fingerprint(self)

    def normalised(self) -> tuple[str, str, str, str]:
        """The attributes in one spelling: hex upper-case and without the white space that .NET trims, ``Auto`` as ``AES``.

        ``MachineKey.Protect`` takes ``Auto`` for AES always. Names of algorithms have a case, so theirs stays.
        """
        decryption = self.decryption.strip()
        return (
            self.validation_key.strip().upper(),
            self.decryption_key.strip().upper(),
            self.validation.strip(),
            "AES" if decryption == "Auto" else decryption,
        )


def fingerprint(key: MachineKey) -> str:
    """Eight hex digits that are equal exactly when two keys are the same key for SignalR, and tell nothing else."""
    return fingerprint_of(*key.normalised())


def same_key(a: MachineKey | None, b: MachineKey | None) -> bool:
    """Whether each of the two accepts what the other protects; no key is the same as no other."""
    return a is not None and b is not None and a.normalised() == b.normalised()
