# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The `machineKey` element as an application reads it: attributes merged along the hierarchy, checked when a key is needed.

A fault of the element does not stop the application: ASP.NET raises it when something asks for the key, so /negotiate
fails while /ping works, and a token that comes in is merely not accepted.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from .config_file import Fault, Section
from .machine_key import GENERATED_DECRYPTION_BYTES, GENERATED_VALIDATION_BYTES, KeyMaterial

AUTO_GENERATE = "AutoGenerate,IsolateApps"
_DEFAULTS = {"validationKey": AUTO_GENERATE, "decryptionKey": AUTO_GENERATE, "validation": "HMACSHA256", "decryption": "Auto"}
_KNOWN = frozenset([*_DEFAULTS, "compatibilityMode", "dataProtectorType", "applicationName", "configSource", "configProtectionProvider"])
_LOCKS = re.compile(r"lock(Attributes|AllAttributesExcept|Elements|AllElementsExcept|Item)$")
_MODES = ("Framework20SP1", "Framework20SP2", "Framework45")
_VALIDATION = {name: name for name in ("SHA1", "HMACSHA256", "HMACSHA384", "HMACSHA512")} | {
    f"alg:HMACSHA{size}": name for size, name in (("1", "SHA1"), ("256", "HMACSHA256"), ("384", "HMACSHA384"), ("512", "HMACSHA512"))
}
_DECRYPTION = {"Auto": "AES", "AES": "AES", "DES": "DES", "3DES": "3DES"}
_VALIDATION_REFUSED = (
    'When using <machineKey compatibilityMode="Framework45" /> or the MachineKey.Protect and MachineKey.Unprotect APIs, the '
    "'validation' attribute must be one of these values: SHA1, HMACSHA256, HMACSHA384, HMACSHA512, or alg:[KeyedHashAlgorithm]."
)
_DECRYPTION_REFUSED = "The decryption must be one of these values: Auto, DES, 3DES, AES or alg:[SymmetricAlgorithm]."
_HEX = re.compile(r"([0-9A-Fa-f]{2})+")


class KeyFault(Exception):
    """The key cannot be used; `fault` is what the Configuration Error page says."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@dataclass(frozen=True)
class KeySettings:
    """The attributes in force, and where each was written."""

    values: dict[str, str] = field(default_factory=dict, repr=False)
    origins: dict[str, tuple[Path, int]] = field(default_factory=dict)
    fault: Fault | None = None

    def merged(self, section: Section, file: Path) -> KeySettings:
        """These settings with what a deeper file says; :class:`KeyFault` when the element is not one ASP.NET takes."""
        element = section.element
        _check(section, file)
        values = {name: value.strip() for name, value in element.attributes.items() if name in _DEFAULTS}
        origins = {name: (file, element.line) for name in values}
        return KeySettings(self.values | values, self.origins | origins, self.fault)

    def failed(self, fault: Fault) -> KeySettings:
        """The settings of a section that could not be read: they raise that fault whenever they are used."""
        return replace(self, fault=self.fault or fault)

    def material(self) -> KeyMaterial:
        """The keys for one life of the application: generated ones are new each time. :class:`KeyFault` when unusable."""
        if self.fault is not None:
            raise KeyFault(self.fault)
        decryption = _DECRYPTION.get(self._value("decryption"))
        if decryption is None:
            raise self._error("decryption", _DECRYPTION_REFUSED)
        validation = _VALIDATION.get(self._value("validation"))
        decryption_key = self._key("decryptionKey", "Decryption", GENERATED_DECRYPTION_BYTES[decryption])
        validation_key = self._key("validationKey", "Validation", GENERATED_VALIDATION_BYTES)
        if validation is None:
            raise self._error("validation", _VALIDATION_REFUSED)
        return KeyMaterial(decryption_key, validation_key, decryption, validation)

    def _value(self, name: str) -> str:
        return self.values.get(name, _DEFAULTS[name])

    def _key(self, name: str, title: str, size: int) -> bytes:
        text = self._value(name)
        first, *flags = text.split(",")
        if first == "AutoGenerate" and set(flags) <= {"IsolateApps", "IsolateByAppId"}:
            return os.urandom(size)
        # "<hex>,IsolateApps" is neither: System.Web's older code accepted it, MachineKey.Protect does not.
        if _HEX.fullmatch(text) is None:
            raise self._error(name, f"{title} key specified has invalid hex characters.")
        return bytes.fromhex(text)

    def _error(self, name: str, message: str) -> KeyFault:
        file, line = self.origins.get(name, (Path("machine.config"), 0))
        return KeyFault(Fault(message, file, line))


def _check(section: Section, file: Path) -> None:
    element = section.element
    provider = element.attributes.get("configProtectionProvider")
    if provider is not None:
        reason = "Error message from the provider: The RSA key container could not be opened."
        line = element.children[0].line if element.children else element.line
        raise KeyFault(Fault(f"Failed to decrypt using provider '{provider}'. {reason}", file, line))
    for name, value in element.attributes.items():
        message = _attribute_fault(name, value)
        if message:
            raise KeyFault(Fault(message, file, element.line))
    if element.children:
        raise KeyFault(Fault(f"Unrecognized element '{element.children[0].name}'.", file, element.children[0].line))


def _attribute_fault(name: str, value: str) -> str:
    if name not in _KNOWN and not _LOCKS.match(name):
        return f"Unrecognized attribute '{name}'. Note that attribute names are case-sensitive."
    if name in _DEFAULTS and not value.strip():
        return f"The value for the property '{name}' is not valid. The error is: The string must be at least 1 characters long."
    if name == "compatibilityMode" and value not in _MODES:
        choices = f"The enumeration value must be one of the following: {', '.join(_MODES)}."
        return f"The value of the property '{name}' cannot be parsed. The error is: {choices}"
    return ""
