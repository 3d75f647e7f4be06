# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which configuration sections .NET Framework's machine.config declares; anything else is refused by System.Configuration."""

from __future__ import annotations

_GROUPS = """
    system.web system.web.extensions system.net system.transactions system.serviceModel system.serviceModel.activation
    system.runtime.serialization system.runtime.caching system.xml.serialization system.xaml.hosting
"""
_TOP_LEVEL = """
    appSettings assemblyBinding configBuilders configProtectedData configSections connectionStrings location mscorlib runtime
    satelliteassemblies startup system.applicationHost system.codedom system.data system.data.dataset system.data.odbc
    system.data.oledb system.data.oracleclient system.data.sqlclient system.diagnostics system.identityModel
    system.identityModel.services system.runtime.remoting system.webServer system.windows.forms uri windows
"""
_SYSTEM_WEB = """
    anonymousIdentification authentication authorization browserCaps caching clientTarget compilation customErrors deployment
    deviceFilters fullTrustAssemblies globalization healthMonitoring hostingEnvironment httpCookies httpHandlers httpModules
    httpRuntime identity machineKey membership mobileControls pages partialTrustVisibleAssemblies processModel profile protocols
    roleManager securityPolicy sessionPageState sessionState siteMap trace trust urlMappings webControls webParts webServices
    xhtmlConformance
"""
# Read by somebody else than System.Configuration, which looks at none of their content.
_IGNORED = """
    assemblyBinding mscorlib runtime satelliteassemblies startup system.applicationHost system.runtime.remoting system.webServer windows
"""

GROUPS = frozenset(_GROUPS.split())
TOP_LEVEL = GROUPS | frozenset(_TOP_LEVEL.split())
SYSTEM_WEB = frozenset(_SYSTEM_WEB.split())
IGNORED = frozenset(_IGNORED.split())
