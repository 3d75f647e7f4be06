# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be said about a machineKey: each finding names an attribute, says it in ASP.NET's words, and what it does to SignalR."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .algorithms import ALG_PREFIX, BAD_DECRYPTION, BAD_HEX, BAD_LENGTH, BAD_VALIDATION

__all__ = ["Finding", "Severity", "found", "worst_first"]

#: unusable: ASP.NET refuses the key; per_machine: no two nodes can share it; weak and disclosed: it works, and others may have it or
#: find it; note: to be known, nothing to be done for SignalR.
Severity = Literal["unusable", "per_machine", "weak", "disclosed", "note"]

_ORDER: tuple[Severity, ...] = ("unusable", "per_machine", "disclosed", "weak", "note")

_NEGOTIATE_500 = "SignalR's negotiate answers 500 on this node, and every token that is sent to it is refused with 400."
_OTHER_NODES_400 = 'Every other node answers this node\'s tokens with 400 "The ConnectionId is in the incorrect format."'
_CAN_BE_FORGED = "Whoever finds the key can make connection tokens of any user, forms tickets and ViewState."
_IS_PUBLIC = "Anyone can forge this farm's tokens and, through ViewState, run code on the server."
_STILL_WORKS = "SignalR works with it; tokens are protected less well than they could be."
_NO_EFFECT = "It has no effect on SignalR: MachineKey.Protect always takes the scheme of .NET 4.5."
_NOT_CHECKED = "Whether this server's .NET knows the algorithm shows only when SignalR is asked."
_NOT_COMPARABLE = "Whether the nodes accept each other's tokens cannot be told from the files; only asking them tells."

_NOT_EMPTY = "The value for the property '{attribute}' is not valid. The error is: The string must be at least 1 characters long."
_BAD_MODE = (
    "The value of the property 'compatibilityMode' cannot be parsed. The error is: The enumeration value must be one of the following: "
    "Framework20SP1, Framework20SP2, Framework45."
)

#: code -> (severity, sentence, effect on SignalR). A sentence may use ``{attribute}`` and the details that its rule gives.
_CATALOGUE: dict[str, tuple[Severity, str, str]] = {
    "empty": ("unusable", _NOT_EMPTY, _NEGOTIATE_500),
    "odd_length": ("unusable", "{bad_hex} (The number of digits is odd: {digits}.)", _NEGOTIATE_500),
    "invalid_hex": ("unusable", "{bad_hex}", _NEGOTIATE_500),
    "literal_with_suffix": (
        "unusable",
        "{bad_hex} (A key with ,{suffix} behind it, as IIS Manager writes it, is none for MachineKey.Protect.)",
        _NEGOTIATE_500,
    ),
    "autogenerate_flags": (
        "unusable",
        "{bad_hex} (AutoGenerate takes the flags IsolateApps and IsolateByAppId, in this spelling.)",
        _NEGOTIATE_500,
    ),
    "key_length": ("unusable", BAD_LENGTH + " ({cipher} takes a key of {wanted} hex digits, not {digits}.)", _NEGOTIATE_500),
    "validation_algorithm": ("unusable", BAD_VALIDATION, _NEGOTIATE_500),
    "decryption_algorithm": ("unusable", BAD_DECRYPTION, _NEGOTIATE_500),
    "algorithm_case": ("unusable", "{bad_algorithm} (The value has a case: write {meant}.)", _NEGOTIATE_500),
    "compatibility_mode": ("unusable", _BAD_MODE, _NEGOTIATE_500),
    "autogenerate": (
        "per_machine",
        "The {attribute} is AutoGenerate: each server makes its own and keeps it for each account.",
        _OTHER_NODES_400,
    ),
    "isolated": (
        "per_machine",
        "The {attribute} is AutoGenerate with {flags}: each server makes its own for each application.",
        _OTHER_NODES_400,
    ),
    "weak_validation": ("weak", "The validation {name} is outdated; HMACSHA256 is ASP.NET's default.", _STILL_WORKS),
    "weak_decryption": ("weak", "The decryption {name} is outdated; AES is ASP.NET's default.", _STILL_WORKS),
    "short": ("weak", "The validationKey has {bytes} bytes; less than 32 are too few for the keyed hash.", _CAN_BE_FORGED),
    "patterned": ("weak", "The {attribute} is not random: {pattern}.", _CAN_BE_FORGED),
    "shared_bytes": ("weak", "The decryptionKey is a part of the validationKey.", _CAN_BE_FORGED),
    "documentation_sample": ("disclosed", "The {attribute} is an example from {source}.", _IS_PUBLIC),
    "disclosed": ("disclosed", "Publicly disclosed ASP.NET machine key: the {attribute} is on Microsoft's list.", _IS_PUBLIC),
    "custom_algorithm": ("note", "The {attribute} names its algorithm with " + ALG_PREFIX + ", which is not checked here.", _NOT_CHECKED),
    "provider_replaced": ("note", "dataProtectorType replaces the scheme of machineKey by a type of the application.", _NOT_COMPARABLE),
    "compatibility_mode_set": ("note", "compatibilityMode is set.", _NO_EFFECT),
}


@dataclass(frozen=True)
class Finding:
    """One thing about one attribute. No field ever holds a key."""

    code: str
    attribute: str
    sentence: str
    effect: str
    severity: Severity


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """The findings by severity; those of one severity in the order given."""
    return sorted(findings, key=lambda finding: _ORDER.index(finding.severity))


def found(code: str, attribute: str, **details: object) -> Finding:
    """The finding ``code`` of the catalogue about ``attribute``."""
    severity, sentence, effect = _CATALOGUE[code]
    return Finding(
        code=code,
        attribute=attribute,
        sentence=sentence.format(attribute=attribute, bad_hex=BAD_HEX.get(attribute, ""), **details),
        effect=effect,
        severity=severity,
    )
