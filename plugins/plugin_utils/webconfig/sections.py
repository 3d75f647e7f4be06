# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the sections of .NET Framework 4.8 look like: their attributes and child elements, their types, how lists merge.

Source: the reference documentation of the classes in ``System.Web.Configuration`` and ``System.Configuration``. Sections that are not here
are read as well-formed XML and no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from .values import Attr, boolean, choice, integer, minutes, not_empty, seconds, text, timespan, trimmed, version

__all__ = ["ElementType", "ItemList", "type_of"]


@dataclass(frozen=True, kw_only=True)
class ItemList:
    """A collection. A map has add, remove and clear; a plain list only ``element``, and an item with another's key takes its place."""

    item: ElementType
    key: tuple[str, ...]
    element: str = "add"
    is_map: bool = True
    caseless: bool = False
    refuses_twins: bool = True
    adds_to_end: bool = False  # an item that is written again moves to the end, and only a lock on the item itself forbids it


@dataclass(frozen=True, kw_only=True)
class ElementType:
    """One kind of element. ``items``: it is a collection (``is_collection``), or holds one whose items are its own children."""

    attributes: Mapping[str, Attr] = field(default_factory=dict)
    children: Mapping[str, ElementType] = field(default_factory=dict)
    items: ItemList | None = None
    any_attribute: bool = False
    is_collection: bool = False


def _type(*attributes: Attr, items: ItemList | None = None, any_attribute: bool = False, **children: ElementType) -> ElementType:
    return ElementType(
        attributes=MappingProxyType({attribute.name: attribute for attribute in attributes}),
        children=MappingProxyType(children),
        items=items,
        any_attribute=any_attribute,
    )


def _key(name: str) -> Attr:
    return not_empty(name, required=True, key=True)


def _required(name: str) -> Attr:
    return not_empty(name, required=True)


def _list(item: ElementType, *key: str, **more: object) -> ElementType:
    return replace(_type(items=ItemList(item=item, key=key, **more)), is_collection=True)  # type: ignore[arg-type]


_MACHINE_KEY = _type(
    trimmed("validationKey"),
    trimmed("decryptionKey"),
    trimmed("validation"),
    trimmed("decryption"),
    choice("compatibilityMode", ("Framework20SP1", "Framework20SP2", "Framework45")),
    trimmed("dataProtectorType", empty=True),
    trimmed("applicationName", empty=True),
)
_HTTP_RUNTIME = _type(
    choice("asyncPreloadMode", ("None", "Form", "FormMultiPart", "AllFormTypes", "NonForm", "All")),
    seconds("executionTimeout", positive=True),
    integer("maxRequestLength", 1),
    integer("requestLengthDiskThreshold", 1),
    boolean("useFullyQualifiedRedirectUrl"),
    integer("minFreeThreads", 0),
    integer("minLocalRequestFreeThreads", 0),
    integer("appRequestQueueLimit", 1),
    boolean("enableKernelOutputCache"),
    boolean("enableVersionHeader"),
    boolean("requireRootedSaveAsPath"),
    boolean("enable"),
    timespan("defaultRegexMatchTimeout"),
    seconds("shutdownTimeout"),
    seconds("delayNotificationTimeout"),
    integer("waitChangeNotification", 0),
    integer("maxWaitChangeNotification", 0),
    boolean("enableHeaderChecking"),
    boolean("sendCacheControlHeader"),
    boolean("apartmentThreading"),
    not_empty("encoderType"),
    version("requestValidationMode"),
    not_empty("requestValidationType"),
    trimmed("requestPathInvalidCharacters", empty=True),
    integer("maxUrlLength", 0, 2097151),
    integer("maxQueryStringLength", 0, 2097151),
    boolean("relaxedUrlToFileSystemMapping"),
    boolean("allowDynamicModuleRegistration"),
    choice("fcnMode", ("NotSet", "Default", "Disabled", "Single")),
    text("targetFramework"),
)
_PASSWORD_FORMATS = ("Clear", "SHA1", "MD5", "SHA256", "SHA384", "SHA512")
_SAME_SITE = ("None", "Lax", "Strict")
_CREDENTIALS = _type(
    choice("passwordFormat", _PASSWORD_FORMATS),
    items=ItemList(item=_type(_key("name"), _required("password")), key=("name",), element="user", is_map=False),
)
_FORMS = _type(
    not_empty("name"),
    not_empty("loginUrl"),
    not_empty("defaultUrl"),
    choice("protection", ("All", "None", "Encryption", "Validation")),
    minutes("timeout", least=1),
    not_empty("path"),
    boolean("requireSSL"),
    boolean("slidingExpiration"),
    choice("cookieless", ("UseUri", "UseCookies", "AutoDetect", "UseDeviceProfile")),
    text("domain"),
    boolean("enableCrossAppRedirects"),
    choice("ticketCompatibilityMode", ("Framework20", "Framework40")),
    choice("cookieSameSite", _SAME_SITE),
    credentials=_CREDENTIALS,
)
_AUTHENTICATION = _type(choice("mode", ("None", "Windows", "Passport", "Forms")), forms=_FORMS, passport=_type(text("redirectUrl")))
_COMPILER = _type(text("language"), text("extension"), text("type", required=True), integer("warningLevel", 0, 4), text("compilerOptions"))
_COMPILATION = _type(
    text("tempDirectory"),
    boolean("debug"),
    boolean("strict"),
    boolean("explicit"),
    boolean("batch"),
    boolean("optimizeCompilations"),
    seconds("batchTimeout", positive=True, infinite=True),
    integer("maxBatchSize"),
    integer("maxBatchGeneratedFileSize"),
    integer("numRecompilesBeforeAppRestart"),
    text("defaultLanguage"),
    text("targetFramework"),
    boolean("urlLinePragmas"),
    text("assemblyPostProcessorType"),
    boolean("enablePrefetchOptimization"),
    choice("profileGuidedOptimizations", ("None", "All")),
    text("controlBuilderInterceptorType"),
    boolean("disableObsoleteWarnings"),
    integer("maxConcurrentCompilations"),
    compilers=_list(_COMPILER, "language", element="compiler", is_map=False, caseless=True, refuses_twins=False),
    assemblies=_list(_type(_key("assembly")), "assembly"),
    buildProviders=_list(_type(_key("extension"), _required("type")), "extension", caseless=True),
    folderLevelBuildProviders=_list(_type(_key("name"), _required("type")), "name", caseless=True),
    expressionBuilders=_list(_type(_key("expressionPrefix"), _required("type")), "expressionPrefix", caseless=True),
    codeSubDirectories=_list(_type(_key("directoryName")), "directoryName", is_map=False, caseless=True, refuses_twins=False),
)
_CUSTOM_ERRORS = _type(
    boolean("allowNestedErrors"),
    text("defaultRedirect"),
    choice("redirectMode", ("ResponseRedirect", "ResponseRewrite")),
    choice("mode", ("RemoteOnly", "On", "Off")),
    items=ItemList(
        item=_type(integer("statusCode", 100, 999, required=True, key=True), _required("redirect")),
        key=("statusCode",),
        element="error",
        is_map=False,
        refuses_twins=False,
    ),
)
_PROVIDERS = _list(_type(_key("name"), _required("type"), any_attribute=True), "name", caseless=True)
_SESSION_STATE = _type(
    choice("mode", ("Off", "InProc", "StateServer", "SQLServer", "Custom")),
    text("stateConnectionString"),
    seconds("stateNetworkTimeout", positive=True, infinite=True),
    text("sqlConnectionString"),
    seconds("sqlCommandTimeout", infinite=True),
    seconds("sqlConnectionRetryInterval", infinite=True),
    text("customProvider"),
    text("cookieless"),
    text("cookieName"),
    minutes("timeout", least=1, infinite=True),
    boolean("allowCustomSqlDatabase"),
    boolean("compressionEnabled"),
    boolean("regenerateExpiredSessionId"),
    text("partitionResolverType"),
    boolean("useHostingIdentity"),
    text("sessionIDManagerType"),
    choice("cookieSameSite", _SAME_SITE),
    providers=_PROVIDERS,
)
_GLOBALIZATION = _type(
    text("requestEncoding"),
    text("responseEncoding"),
    text("fileEncoding"),
    text("culture"),
    text("uiCulture"),
    boolean("enableClientBasedCulture"),
    text("responseHeaderEncoding"),
    text("resourceProviderFactoryType"),
    boolean("enableBestFitResponseEncoding"),
)
_TAG_PREFIX = _type(not_empty("tagPrefix", required=True), text("tagName"), text("namespace"), text("assembly"), text("src"))
_NAMESPACES = replace(
    _type(boolean("autoImportVBNamespace"), items=ItemList(item=_type(_key("namespace")), key=("namespace",))), is_collection=True
)
_PAGES = _type(
    boolean("buffer"),
    version("controlRenderingCompatibilityVersion"),
    text("enableSessionState"),
    boolean("enableViewState"),
    boolean("enableViewStateMac"),
    boolean("enableEventValidation"),
    boolean("smartNavigation"),
    boolean("autoEventWireup"),
    text("pageBaseType"),
    text("userControlBaseType"),
    boolean("validateRequest"),
    text("masterPageFile"),
    text("theme"),
    integer("maxPageStateFieldLength"),
    choice("compilationMode", ("Auto", "Never", "Always")),
    text("styleSheetTheme"),
    text("pageParserFilterType"),
    choice("viewStateEncryptionMode", ("Auto", "Always", "Never")),
    boolean("maintainScrollPositionOnPostBack"),
    seconds("asyncTimeout", positive=True),
    boolean("renderAllHiddenFieldsAtTopOfForm"),
    choice("clientIDMode", ("Inherit", "AutoID", "Predictable", "Static")),
    namespaces=_NAMESPACES,
    controls=_list(_TAG_PREFIX, "tagPrefix", "tagName", "namespace", "assembly", is_map=False, caseless=True, refuses_twins=False),
    tagMapping=_list(_type(_key("tagType"), _required("mappedTagType")), "tagType"),
    ignoreDeviceFilters=_list(_type(_key("name")), "name", element="filter", is_map=False, caseless=True, refuses_twins=False),
)
_TRUST = _type(
    not_empty("level", required=True),
    text("originUrl"),
    boolean("processRequestInApplicationTrust"),
    boolean("legacyCasModel"),
    text("permissionSetName"),
    text("hostSecurityPolicyResolverType"),
)
_IDENTITY = _type(boolean("impersonate"), text("userName"), text("password"))
_APP_SETTINGS = _type(
    text("file"),
    items=ItemList(
        item=_type(text("key", required=True, key=True), text("value")), key=("key",), caseless=True, refuses_twins=False, adds_to_end=True
    ),
)
_CONNECTION_STRINGS = _type(
    items=ItemList(item=_type(_key("name"), text("connectionString", required=True), text("providerName")), key=("name",), caseless=True),
)
_PROTECTED_DATA = _type(not_empty("defaultProvider"), providers=_PROVIDERS)

_BY_CLASS = {
    "System.Web.Configuration.AuthenticationSection": _AUTHENTICATION,
    "System.Web.Configuration.CompilationSection": _COMPILATION,
    "System.Web.Configuration.CustomErrorsSection": _CUSTOM_ERRORS,
    "System.Web.Configuration.GlobalizationSection": _GLOBALIZATION,
    "System.Web.Configuration.HttpRuntimeSection": _HTTP_RUNTIME,
    "System.Web.Configuration.IdentitySection": _IDENTITY,
    "System.Web.Configuration.MachineKeySection": _MACHINE_KEY,
    "System.Web.Configuration.PagesSection": _PAGES,
    "System.Web.Configuration.SessionStateSection": _SESSION_STATE,
    "System.Web.Configuration.TrustSection": _TRUST,
    "System.Configuration.AppSettingsSection": _APP_SETTINGS,
    "System.Configuration.ConnectionStringsSection": _CONNECTION_STRINGS,
    "System.Configuration.ProtectedConfigurationSection": _PROTECTED_DATA,
}


def type_of(class_name: str) -> ElementType | None:
    """The type of a section by its declared class; versions and assemblies do not count. ``None``: anything well-formed will do."""
    return _BY_CLASS.get(class_name.split(",")[0].strip())
