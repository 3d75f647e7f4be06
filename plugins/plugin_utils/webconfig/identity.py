# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tells the items of a collection apart: the attributes that IIS and .NET take for its key, and how they compare them.

Sources: the key attributes and their case in IIS's configuration schema, and the reference of the collections in ``System.Configuration`` and
``System.Web.Configuration``, which compare with ``StringComparer.OrdinalIgnoreCase``. A name like ``assemblyIdentity/name`` is an attribute of a
child element.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from .nodes import Element

__all__ = ["KEYS", "Key", "collection_path", "key_of", "value_of", "with_identity"]

_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Key:
    """The key of a collection's items. ``defaults``: what a missing attribute means. ``removable``: ``<remove>`` with the key takes one away."""

    names: tuple[str, ...]
    exact: bool = False
    removable: bool = True
    defaults: Mapping[str, str] = field(default_factory=dict)

    def identity(self, attributes: Mapping[str, str | None]) -> dict[str, str] | None:
        """The key among ``attributes``, defaults filled in; ``None`` when they do not hold it whole."""
        values = ((name, attributes.get(name, self.defaults.get(name))) for name in self.names)
        found = {name: value for name, value in values if value is not None}
        return found if len(found) == len(self.names) and not found.keys().isdisjoint(attributes) else None

    def is_same(self, name: str, one: str, other: str) -> bool:
        """Whether two values of a key attribute are one to IIS and .NET."""
        return one == other or (not self.exact and name in self.names and _ordinal_upper(one) == _ordinal_upper(other))


def _ordinal_upper(text: str) -> str:
    """Upper case as OrdinalIgnoreCase has it: character by character, so that no character becomes two."""
    return text.upper() if text.isascii() else "".join(upper if len(upper := c.upper()) == 1 else c for c in text)


#: Element of a collection -> its key. ``!``: compared with case. ``-``: the collection has no <remove>. ``*`` stands for any one name.
_TABLE = """
appSettings/add: key
connectionStrings/add: name
configSections/section: name! -
configSections/sectionGroup: name! -
configSections/sectionGroup/section: name! -
configSections/sectionGroup/sectionGroup: name! -
configSections/sectionGroup/sectionGroup/section: name! -
applicationSettings/*/setting: name! -
userSettings/*/setting: name! -
entityFramework/providers/provider: invariantName! -
startup/supportedRuntime: version! -
system.codedom/compilers/compiler: language extension
system.data/DbProviderFactories/add: invariant
system.diagnostics/sharedListeners/add: name!
system.diagnostics/sources/source: name! -
system.diagnostics/sources/source/listeners/add: name!
system.diagnostics/switches/add: name!
system.diagnostics/trace/listeners/add: name!
system.net/connectionManagement/add: address
system.net/webRequestModules/add: prefix
system.web/caching/outputCacheSettings/outputCacheProfiles/add: name
system.web/caching/sqlCacheDependency/databases/add: name
system.web/clientTarget/add: alias
system.web/compilation/assemblies/add: assembly
system.web/compilation/buildProviders/add: extension
system.web/compilation/expressionBuilders/add: expressionPrefix
system.web/customErrors/error: statusCode -
system.web/healthMonitoring/bufferModes/add: name
system.web/healthMonitoring/eventMappings/add: name
system.web/healthMonitoring/profiles/add: name
system.web/healthMonitoring/providers/add: name
system.web/healthMonitoring/rules/add: name
system.web/httpHandlers/add: verb path
system.web/httpModules/add: name
system.web/membership/providers/add: name
system.web/pages/namespaces/add: namespace
system.web/pages/tagMapping/add: tagType
system.web/profile/properties/add: name
system.web/profile/providers/add: name
system.web/roleManager/providers/add: name
system.web/sessionState/providers/add: name
system.web/siteMap/providers/add: name
system.web/urlMappings/add: url
system.web/webServices/protocols/add: name
system.webServer/applicationInitialization/add: initializationPage
system.webServer/caching/profiles/add: extension
system.webServer/cors/add: origin
system.webServer/cors/add/allowHeaders/add: header
system.webServer/cors/add/allowMethods/add: method
system.webServer/cors/add/exposeHeaders/add: header
system.webServer/defaultDocument/files/add: value
system.webServer/globalModules/add: name!
system.webServer/handlers/add: name!
system.webServer/httpCompression/dynamicTypes/add: mimeType
system.webServer/httpCompression/scheme: name
system.webServer/httpCompression/staticTypes/add: mimeType
system.webServer/httpErrors/error: statusCode subStatusCode=-1
system.webServer/httpProtocol/customHeaders/add: name
system.webServer/httpProtocol/redirectHeaders/add: name
system.webServer/httpRedirect/add: wildcard
system.webServer/isapiFilters/filter: name!
system.webServer/modules/add: name!
system.webServer/rewrite/allowedServerVariables/add: name
system.webServer/rewrite/globalRules/rule: name
system.webServer/rewrite/outboundRules/preConditions/preCondition: name
system.webServer/rewrite/outboundRules/rule: name
system.webServer/rewrite/providers/provider: name
system.webServer/rewrite/providers/provider/settings/add: key
system.webServer/rewrite/rewriteMaps/rewriteMap: name
system.webServer/rewrite/rewriteMaps/rewriteMap/add: key!
system.webServer/rewrite/rules/rule: name
system.webServer/rewrite/rules/rule/serverVariables/set: name -
system.webServer/security/authentication/windowsAuthentication/providers/add: value
system.webServer/security/authorization/add: users roles verbs
system.webServer/security/ipSecurity/add: ipAddress subnetMask domainName
system.webServer/security/isapiCgiRestriction/add: path
system.webServer/security/requestFiltering/alwaysAllowedQueryStrings/add: queryString
system.webServer/security/requestFiltering/alwaysAllowedUrls/add: url
system.webServer/security/requestFiltering/denyQueryStringSequences/add: sequence
system.webServer/security/requestFiltering/denyUrlSequences/add: sequence
system.webServer/security/requestFiltering/fileExtensions/add: fileExtension
system.webServer/security/requestFiltering/filteringRules/filteringRule: name
system.webServer/security/requestFiltering/hiddenSegments/add: segment
system.webServer/security/requestFiltering/requestLimits/headerLimits/add: header
system.webServer/security/requestFiltering/verbs/add: verb!
system.webServer/staticContent/mimeMap: fileExtension
system.webServer/tracing/traceFailedRequests/add: path
"""
#: Attributes of native keys that need not be written, and what they are then.
_DEFAULTS = {
    "system.webServer/security/authorization/add": {"users": "", "roles": "", "verbs": ""},
    "system.webServer/security/ipSecurity/add": {"ipAddress": "", "subnetMask": "255.255.255.255", "domainName": ""},
}


def _table() -> dict[str, Key]:
    found: dict[str, Key] = {}
    for line in _TABLE.split("\n"):
        path, _colon, rest = line.partition(": ")
        words = rest.split()
        if not words:
            continue
        removable = words[-1] != "-"
        names = words if removable else words[:-1]
        defaults = dict(_DEFAULTS.get(path, _NONE)) | {one.split("=")[0]: one.split("=")[1] for one in names if "=" in one}
        found[path] = Key(
            names=tuple(name.rstrip("!").split("=")[0] for name in names),
            exact=any(name.endswith("!") for name in names),
            removable=removable,
            defaults=MappingProxyType(defaults),
        )
        if removable:  # what takes an item away is told by the item's key
            found.setdefault(path.rpartition("/")[0] + "/remove", found[path])
    found["runtime/assemblyBinding/dependentAssembly"] = Key(
        names=("assemblyIdentity/name", "assemblyIdentity/publicKeyToken", "assemblyIdentity/culture"),
        removable=False,
        defaults=MappingProxyType({"assemblyIdentity/publicKeyToken": "null", "assemblyIdentity/culture": "neutral"}),
    )
    return found


KEYS: Mapping[str, Key] = MappingProxyType(_table())
_BY_LAST: dict[str, list[str]] = {}
for _path in KEYS:
    _BY_LAST.setdefault(_path.rpartition("/")[2], []).append(_path)


def key_of(names: Sequence[str], *, external: bool = False) -> Key | None:
    """The key of the element at ``names`` (local names below the root); ``external``: the first of them is a section in a file of its own."""
    path = "/".join(names)
    found = KEYS.get(path)
    if found is not None or len(names) < 2:
        return found
    starred = "/".join((names[0], "*", *names[2:]))
    if starred in KEYS:
        return KEYS[starred]
    if external:
        return next((KEYS[known] for known in _BY_LAST.get(names[-1], ()) if known.endswith("/" + path)), None)
    return None


def collection_path(parent: Element) -> tuple[tuple[str, ...], bool]:
    """Where the children of ``parent`` are: local names below the root, locations left out; and whether the root is a section itself."""
    names = [element.local_name for element in parent.ancestors() if element.name != "location"]
    external = bool(names) and names[-1] != "configuration"
    return tuple(reversed(names if external else names[:-1])), external


def value_of(element: Element, name: str) -> str | None:
    """An attribute of ``element``, or of the child that ``name`` says."""
    child, _slash, attribute = name.rpartition("/")
    if not child:
        return element.get(attribute)
    return next((one.get(attribute) for one in element.elements() if one.local_name == child), None)


def with_identity(elements: Iterable[Element], identity: Mapping[str, str], key: Key | None) -> list[Element]:
    """Those of ``elements`` that have these attributes, compared as the collection with ``key`` compares them."""
    candidates = elements
    for name, wanted in identity.items():
        if wanted.isascii() and "/" not in name and not (key and name in key.defaults):
            lowered = wanted.lower()  # most items of a long section are told apart without being read
            candidates = [one for one in candidates if one.may_hold(lowered)]
    return [element for element in candidates if _has(element, identity, key)]


def _has(element: Element, identity: Mapping[str, str], key: Key | None) -> bool:
    for name, wanted in identity.items():
        value = value_of(element, name)
        default = key.defaults.get(name) if key else None
        if default is not None:
            value, wanted = value or default, wanted or default
        if value is None or not (value == wanted or (key is not None and key.is_same(name, value, wanted))):
            return False
    return True
