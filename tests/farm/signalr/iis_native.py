# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What IIS itself refuses in a web.config, before ASP.NET is asked: 500.19 with a code.

Locked are the sections that a freshly installed IIS declares with `overrideModeDefault="Deny"` and does not open again;
a collection must not hold a key twice, an inherited one included, unless it was removed or cleared first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .config_file import ConfigFile
from .xml_text import Element

_LOCKED_TEXT = (
    "This configuration section cannot be used at this path. This happens when the section is locked at a parent level. Locking is either "
    'by default (overrideModeDefault="Deny"), or set explicitly by a location tag with overrideMode="Deny" or the legacy '
    'allowOverride="false".'
)
_LOCKED = """
    asp cgi fastCgi globalModules httpLogging httpTracing isapiFilters odbcLogging security/access security/applicationDependencies
    security/authentication/anonymousAuthentication security/authentication/basicAuthentication
    security/authentication/clientCertificateMappingAuthentication security/authentication/digestAuthentication
    security/authentication/iisClientCertificateMappingAuthentication security/authentication/windowsAuthentication
    security/ipSecurity security/dynamicIpSecurity security/isapiCgiRestriction serverRuntime serverSideInclude
    tracing/traceProviderDefinitions
"""
LOCKED_SECTIONS = tuple(_LOCKED.split())

# Collection -> the attribute that is its key.
_COLLECTIONS = {
    "handlers": "name",
    "modules": "name",
    "staticContent": "fileExtension",
    "httpProtocol/customHeaders": "name",
    "defaultDocument/files": "value",
}


@dataclass(frozen=True)
class NativeFault:
    """The error code and sentence of a 500.19 page, and the file; `line` counts from 1."""

    code: str
    message: str
    file: Path
    line: int


def find_fault(files: Iterable[ConfigFile]) -> NativeFault | None:
    """The first thing IIS refuses in the files of site and application, outermost first."""
    keys: dict[str, set[str]] = {name: set() for name in _COLLECTIONS}
    for file in files:
        for section in _sections(file):
            for path in LOCKED_SECTIONS:
                for element in section.named(*path.split("/")):
                    return NativeFault("0x80070021", _LOCKED_TEXT, file.path, element.line)
            for name, attribute in _COLLECTIONS.items():
                for collection in section.named(*name.split("/")):
                    twin = _twin(collection, attribute, keys[name])
                    if twin is not None:
                        key = twin.attributes.get(attribute, "")
                        message = f"Cannot add duplicate collection entry of type '{twin.name}' with unique key attribute '{attribute}' set to '{key}'"
                        return NativeFault("0x800700b7", message, file.path, twin.line)
    return None


def _sections(file: ConfigFile) -> Iterator[Element]:
    """The system.webServer elements that count for the file's own folder."""
    if file.root is None:
        return
    for child in file.root.children:
        if child.name == "system.webServer":
            yield child
        elif child.name == "location" and child.attributes.get("path", "") in ("", "."):
            yield from (inner for inner in child.children if inner.name == "system.webServer")


def _twin(collection: Element, attribute: str, known: set[str]) -> Element | None:
    """The entry that is there already; brings `known` up to date on the way."""
    for entry in collection.children:
        key = entry.attributes.get(attribute, "").casefold()
        if entry.name == "clear":
            known.clear()
        elif entry.name == "remove":
            known.discard(key)
        elif key in known:
            return entry
        elif key:
            known.add(key)
    return None
