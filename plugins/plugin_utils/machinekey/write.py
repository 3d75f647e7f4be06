# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A machine key put into a configuration file's bytes; everything else in the file stays as it is."""

from __future__ import annotations

from typing import Literal

from ..errors import ConfigEditError
from ..webconfig import Document, Element
from .key import ATTRIBUTES, MachineKey
from .rules import without_suffix

__all__ = ["Home", "apply_key", "remove_suffix"]

#: Where a key lives: ``app``, in the application's own web.config; ``root_location``, in a ``location`` of the framework's root web.config,
#: which no deployment of the application overwrites.
Home = Literal["app", "root_location"]

_SECTION = ("system.web", "machineKey")
_BEYOND = (
    "It is an error to use a section registered as allowDefinition='MachineToApplication' beyond application level. This error can be caused "
    "by a virtual directory not being configured as an application in IIS."
)


def apply_key(
    data: bytes, key: MachineKey, *, home: Home = "app", location: str | None = None, is_application: bool = True, name: str = ""
) -> bytes:
    """``data``, the bytes of the file ``name``, with the four attributes of ``key``; the very same bytes when it has that key already.

    ``location``: for ``root_location`` the site and path of the application (``Default Web Site/chat``). ``is_application``: whether
    the file's folder is an application's or a site's root. The element and its parents are made when they are missing; attributes that are
    not part of the key (``compatibilityMode``) are not touched, nor are those whose other spelling means the same.
    Raises ConfigSyntaxError for a file that is no configuration; ConfigEditError, with the line, for a section that is encrypted, lives in
    another file (``configSource``) or stands twice, and for a place where ASP.NET takes no machineKey.
    """
    _check_place(home, location, is_application, name)
    document = Document.parse(data, name=name, root="configuration")
    wanted = key.attributes()
    held = _elements(document, location)
    if len(held) == 1:
        wanted = _differing(held[0], key)
        if not wanted:
            return data
    document.ensure(_SECTION, None, wanted, location=location)
    return document.to_bytes()


def remove_suffix(data: bytes, *, location: str | None = None, name: str = "") -> bytes:
    """``data`` with ``,IsolateApps`` and ``,IsolateByAppId`` taken from behind literal keys, where MachineKey.Protect takes neither.

    The same bytes when there is nothing to take away. Forms tickets and ViewState of the scheme before .NET 4.5 become invalid by it.
    """
    document = Document.parse(data, name=name, root="configuration")
    for element in _elements(document, location):
        for attribute in ("validationKey", "decryptionKey"):
            literal = without_suffix(element.get(attribute) or "")
            if literal is not None:
                document.set_attribute(element, attribute, literal)
    return document.to_bytes()


def _check_place(home: Home, location: str | None, is_application: bool, name: str) -> None:
    if (home == "root_location") != bool(location):
        raise ConfigEditError(
            f"A machine key at home '{home}' needs {'the location of its application' if home == 'root_location' else 'no location'}.",
            where=name,
            next_step="Give the location as site and path, 'Default Web Site/chat', for root_location only.",
        )
    if home == "app" and not is_application:
        raise ConfigEditError(
            _BEYOND, where=name, next_step="Make the folder an application, or put the key into the application above it."
        )


def _elements(document: Document, location: str | None) -> list[Element]:
    """The machineKey elements of the file itself, or of one ``location``."""
    found = [element for place in ("", "location/") for element in document.find(f"/configuration/{place}{'/'.join(_SECTION)}")]
    return [element for element in found if _location_of(element).lower() == (location or "").lower()]


def _location_of(element: Element) -> str:
    """The path of the ``location`` that an element stands in; empty for the file itself, which a dot means, too."""
    place = next((outer for outer in element.ancestors() if outer.name == "location"), None)
    path = (place.get("path") or "") if place is not None else ""
    return "" if path == "." else path


def _differing(element: Element, key: MachineKey) -> dict[str, str]:
    """The attributes of ``key`` that ``element`` does not have in any spelling."""
    held = MachineKey(*(element.get(name) or "" for name in ATTRIBUTES)).normalised()
    return {name: value for (name, value), has, wants in zip(key.attributes().items(), held, key.normalised(), strict=True) if has != wants}
