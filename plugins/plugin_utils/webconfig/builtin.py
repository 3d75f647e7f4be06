# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sections that machine.config of .NET Framework 4.8 declares, for hierarchies that are read without that file."""

from __future__ import annotations

from .declared import IMPLICIT, Declaration

__all__ = ["BUILT_IN"]

_APPLICATION = "MachineToApplication"
_TOP = {
    "appSettings": "System.Configuration.AppSettingsSection",
    "connectionStrings": "System.Configuration.ConnectionStringsSection",
    "mscorlib": "System.Configuration.IgnoreSection",
    "runtime": "System.Configuration.IgnoreSection",
    "assemblyBinding": "System.Configuration.IgnoreSection",
    "satelliteassemblies": "System.Configuration.IgnoreSection",
    "startup": "System.Configuration.IgnoreSection",
    "system.runtime.remoting": "System.Configuration.IgnoreSection",
    "windows": "System.Configuration.IgnoreSection",
    "system.webServer": "System.Configuration.IgnoreSection",
}
_TOP_OTHERS = (
    "system.codedom system.data system.data.dataset system.data.odbc system.data.oledb system.data.oracleclient system.data.sqlclient "
    "system.diagnostics system.windows.forms uri system.identityModel system.identityModel.services"
)
_NO_LOCATION = {"mscorlib", "runtime", "assemblyBinding", "satelliteassemblies", "startup", "system.runtime.remoting", "windows"}
_NO_PERMISSION = {
    "appSettings",
    "connectionStrings",
    "system.web/compilation",
    "system.web/pages",
    "system.xml.serialization/xmlSerializer",
}
#: Classes of these are named otherwise.
_OTHER_CLASS = {"browserCaps", "deviceFilters", "mobileControls", "webServices"}
#: Group -> the sections in it by allowDefinition.
_GROUPS = {
    "system.web": {
        "Everywhere": (
            "authorization browserCaps clientTarget compilation customErrors deviceFilters globalization httpCookies httpHandlers httpModules "
            "httpRuntime identity mobileControls pages sessionPageState trace webControls webParts webServices xhtmlConformance"
        ),
        _APPLICATION: (
            "anonymousIdentification authentication fullTrustAssemblies healthMonitoring hostingEnvironment machineKey membership "
            "partialTrustVisibleAssemblies profile roleManager securityPolicy sessionState siteMap trust urlMappings"
        ),
        "MachineToWebRoot": "protocols",
        "MachineOnly": "deployment processModel",
    },
    "system.web/caching": {_APPLICATION: "cache outputCache outputCacheSettings sqlCacheDependency"},
    "system.web.extensions": {},
    "system.web.extensions/scripting": {_APPLICATION: "scriptResourceHandler"},
    "system.web.extensions/scripting/webServices": {
        "Everywhere": "jsonSerialization",
        _APPLICATION: "profileService authenticationService roleService",
    },
    "system.net": {"Everywhere": "authenticationModules connectionManagement defaultProxy requestCaching settings webRequestModules"},
    "system.net/mailSettings": {"Everywhere": "smtp"},
    "system.runtime.caching": {_APPLICATION: "memoryCache"},
    "system.runtime.serialization": {"Everywhere": "dataContractSerializer"},
    "system.serviceModel": {
        "Everywhere": (
            "behaviors bindings client comContracts diagnostics extensions protocolMapping services standardEndpoints routing tracking"
        ),
        _APPLICATION: "serviceHostingEnvironment",
        "MachineOnly": "commonBehaviors machineSettings",
    },
    "system.serviceModel.activation": {"Everywhere": "diagnostics net.pipe net.tcp"},
    "system.transactions": {"Everywhere": "defaultSettings", "MachineOnly": "machineSettings"},
    "system.xml.serialization": {"Everywhere": "schemaImporterExtensions dateTimeSerialization xmlSerializer"},
    "system.xaml.hosting": {"Everywhere": "httpHandlers"},
}


def _section(key: str, type_name: str | None, definition: str = "Everywhere") -> Declaration:
    return Declaration(
        key=key,
        type=type_name,
        allow_definition=definition,
        allow_exe_definition="MachineOnly" if definition == "MachineOnly" and not key.startswith("system.web/") else "MachineToApplication",
        allow_location=key not in _NO_LOCATION and key != "system.web/processModel",
        restart_on_changes=key not in ("appSettings", "system.data.dataset"),
        require_permission=key not in _NO_PERMISSION and not key.startswith("system.web.extensions/"),
    )


def _declarations() -> dict[str, Declaration]:
    found = {IMPLICIT.key: IMPLICIT}
    for key in (*_TOP, *_TOP_OTHERS.split()):
        found[key] = _section(key, _TOP.get(key))
    for group, definitions in _GROUPS.items():
        found[group] = Declaration(key=group, is_group=True)
        for definition, names in definitions.items():
            for name in names.split():
                # System.Web names its classes after the sections; of the others no type is known, and any is taken.
                is_named_after = group == "system.web" and name not in _OTHER_CLASS
                type_name = f"System.Web.Configuration.{name[0].upper()}{name[1:]}Section" if is_named_after else None
                found[f"{group}/{name}"] = _section(f"{group}/{name}", type_name, definition)
    return found


BUILT_IN = _declarations()
