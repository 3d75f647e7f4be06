# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sentences with which System.Configuration and System.Web of .NET Framework refuse a configuration."""

from __future__ import annotations

__all__: list[str] = []

UNRECOGNIZED_ELEMENT_HERE = "Unrecognized element."
UNRECOGNIZED_ELEMENT = "Unrecognized element '{0}'."
UNRECOGNIZED_ATTRIBUTE = "Unrecognized attribute '{0}'. Note that attribute names are case-sensitive."
UNRECOGNIZED_SECTION = "Unrecognized configuration section {0}."
NO_ROOT = "Configuration file {0} does not have root <configuration> tag"
NAMESPACE = "Namespace of '{0}' on configuration element is invalid, only '{1}' is valid."
RESERVED_ATTRIBUTE = "The attribute '{0}' cannot be specified because its name starts with the reserved prefix 'config' or 'lock'."
EMPTY_ATTRIBUTE = "The '{0}' attribute cannot be an empty string."
MISSING_ATTRIBUTE = "The '{0}' attribute must be specified on the '{1}' tag."
NOT_BOOLEAN = "The property '{0}' must have value 'true' or 'false'."

CONFIG_SECTIONS = (
    "Only one <configSections> element allowed per config file and if present must be the first child of the root <configuration> element."
)
DEFINED_TWICE = "Section or group name '{0}' is already defined. This can not be defined multiple times."
DEFINED_ABOVE = (
    "Section or group name '{0}' is already defined. Updates to this may only occur at the configuration level where it is defined."
)
ALLOW_DEFINITION = (
    "The 'allowDefinition' attribute must be one of the following values: Everywhere, MachineOnly, MachineToWebRoot, MachineToApplication."
)
ALLOW_EXE_DEFINITION = (
    "The 'allowExeDefinition' attribute must be one of the following values: MachineOnly, MachineToApplication, MachineToRoamingUser, "
    "MachineToLocalUser."
)
OVERRIDE_MODE = "The 'overrideMode' and 'overrideModeDefault' attributes must be one of the following values: Inherited, Allow, Deny."
NAME_INVALID = "The section name is invalid."
NAME_START = "Name cannot begin with the '{0}' character, hexadecimal value 0x{1:02X}."
NAME_CHARACTER = "The '{0}' character, hexadecimal value 0x{1:02X}, cannot be included in a name."
NAME_IMPLICIT = "Section '{0}' is an implicit section and cannot be declared or removed."
NAME_CONFIG = "Section names beginning with config are reserved."
NAME_LOCATION = "The section name 'location' is reserved for <location> sections."

TWICE = "Sections must only appear once per config file.  See the help topic <location> for exceptions."
LOCKED = (
    "This configuration section cannot be used at this path.  This happens when the site administrator has locked access to this section "
    'using <location allowOverride="false"> from an inherited configuration file.'
)
NOT_IN_LOCATION = 'This section is not allowed in <location> elements.  This section has been marked allowLocation="false".'
LOCATION_NESTED = "<location> sections are allowed only within <configuration> sections."
LOCATION_BOTH_MODES = "A <location> tag may contain only one of the 'allowOverride' or 'overrideMode' attributes."
LOCATION_FIRST = "<location> path attribute must be a relative virtual path.  It cannot start with any of ' ' '.' '/' or '\\'."
LOCATION_LAST = "<location> path attribute must be a relative virtual path.  It cannot end with any of ' ' '.' '/' or '\\'."
LOCATION_CHARACTER = (
    "<location> path attribute must be a relative virtual path.  It cannot contain any of '?' ':' '\\' '*' '\"' '<' '>' or '|'."
)
LOCATION_INHERIT = (
    'InheritInChildApplications cannot be set to "false" if the location path is referring to machine.config or the root web.config.'
)
BEYOND = {
    "MachineOnly": "It is an error to use a section registered as allowDefinition='MachineOnly' beyond machine.config.",
    "MachineToWebRoot": (
        "It is an error to use a section registered as allowDefinition='MachineToWebRoot' beyond the root web.config file."
    ),
    "MachineToApplication": (
        "It is an error to use a section registered as allowDefinition='MachineToApplication' beyond application level.  This error can be "
        "caused by a virtual directory not being configured as an application in IIS."
    ),
}

SOURCE_SYNTAX = "A section using 'configSource' may contain no other attributes or elements."
SOURCE_RELATIVE = "The configSource attribute must be a relative physical path."
SOURCE_SLASH = "The configSource attribute must be a relative physical path, so the '/' character is not allowed."
SOURCE_OUTSIDE = (
    "The configSource attribute is invalid.: The configSource '{0}' is invalid. It must refer to a file in the same directory or in a "
    "subdirectory as the configuration file."
)
SOURCE_SHARED = "The configSource file '{0}' can only be used by one type of section, and may not be the same as the configuration file."
SOURCE_PARENT = "The configSource file '{0}' is also used in a parent, this is not allowed."
SOURCE_MISSING = "Unable to open configSource file '{0}'."
SOURCE_FORMAT = "The format of a configSource file must be an element containing the name of the section."
FILE_ROOT = "The root element must match the name of the section referencing the file, '{0}'"

PROTECTION_SYNTAX = "A section using 'configProtectionProvider' may contain no other attributes."
PROTECTION_EMPTY = "The configProtectionProvider attribute cannot be an empty string."
PROTECTION_UNKNOWN = "An error occurred loading a configuration file: The protection provider '{0}' was not found."
PROTECTION_NO_DATA = (
    "The section is marked as being protected. However, the <EncryptedData> child node was not found in the section's node. "
    "Make sure that the section is correctly encrypted."
)
PROTECTION_FORMAT = "The section is marked as being protected, but it does not have the correct format. It should contain only the <EncryptedData> child node."
PROTECTION_FAILED = "Failed to decrypt using provider '{0}'. Error message from the provider: only the node itself can decrypt it."

NOT_PARSED = "The value of the property '{0}' cannot be parsed. The error is: {1}"
NOT_VALID = "The value for the property '{0}' is not valid. The error is: {1}"
REQUIRED = "Required attribute '{0}' not found."
CONTENT = "The configuration section cannot contain a CDATA or text element."
ELEMENT_TWICE = "The element <{0}> may only appear once in this section."
ENTRY_EXISTS = "The entry '{0}' has already been added."
ATTRIBUTE_LOCKED = "The attribute '{0}' has been locked in a higher level configuration."
ELEMENT_LOCKED = "The element '{0}' has been locked in a higher level configuration."
ITEM_LOCKED = "The collection item has been locked in a higher level configuration and may not be changed."
ITEM_LOCKED_CLEAR = "A collection item has been locked in a higher level configuration. The collection may not be cleared."
LOCK_ATTRIBUTE_UNKNOWN = (
    "The attribute '{0}' is not valid in the locked list for this section. The following attributes can be locked: {1}. "
    "Multiple attributes may be listed separated by commas."
)
LOCK_ELEMENT_UNKNOWN = (
    "The element '{0}' is not valid in the locked list for this section. The following elements can be locked: {1}. "
    "Multiple elements may be listed separated by commas."
)
LOCK_EXCEPT_EMPTY = "The '{0}' attribute cannot be an empty string. {1}=\"*\" may be used to lock all attributes."
LOCK_ELEMENTS_EXCEPT_EMPTY = "The '{0}' attribute cannot be an empty string. {1}=\"*\" may be used to lock all elements."
LOCK_REQUIRED = "The attribute '{0}' is required and cannot be locked."
GLOBALIZATION = "The <globalization> tag contains an invalid value for the '{0}' attribute."
BELOW_APPLICATION = "The element '{0}' cannot be defined below the application level."
