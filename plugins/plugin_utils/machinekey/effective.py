# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machine key that is effective for an application: machine.config, root web.config, site and application laid over each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..webconfig import ConfigFile, ConfigurationError, effective_section
from .disclosed import DisclosedKeys
from .node_key import Kind, NodeKey, Origin, Problem, judge

__all__ = ["effective_machine_key"]

_SECTION = "system.web/machineKey"
_FRAMEWORK_FILES = {"machine": "machine.config", "root": "the framework's root web.config", "site": "the site's web.config"}
_ENCRYPTED = "The section is encrypted (configProtectionProvider), so its key cannot be told from the files:"
_DECRYPT = (
    f"Compare the nodes by asking them (signalr_probe), or decrypt the section on that node: aspnet_regiis -pdf {_SECTION} with the "
    "application's folder."
)


def effective_machine_key(
    files: Sequence[ConfigFile],
    *,
    at: str | None = None,
    site_name: str = "Default Web Site",
    disclosed: DisclosedKeys | None = None,
) -> NodeKey:
    """The key that ASP.NET would take at the virtual path ``at`` (default: the deepest file's). Never raises for what a file says.

    ``files``: top-down, those of the bitness of the application's pool. Give each its ``folder``: errors then name the real file, and a
    site and an application that share a folder are seen.
    """
    names = {file.label.lower(): file.on_disk + file.name for file in files if file.folder}
    section = None
    try:
        section = effective_section(files, _SECTION, at=at, site_name=site_name)
        attributes = section.attributes
    except ConfigurationError as error:
        origin = _origin(error.level, error.file, error.line, names)
        if section is not None and section.protected:
            return _without_key("protected", f"{_ENCRYPTED} {error.message}", _DECRYPT, origin)
        return _without_key("refused", error.message, error.next_step, origin)
    return judge(
        {name: found.value for name, found in attributes.items()},
        origins={name: _origin(found.level, found.file, found.line, names) for name, found in attributes.items()},
        disclosed=disclosed,
    )


def _without_key(kind: Kind, sentence: str, next_step: str, origin: Origin) -> NodeKey:
    return NodeKey(kind=kind, problems=(Problem(sentence=sentence, next_step=next_step, origin=origin),))


def _origin(level: str, file: str, line: int | None, names: Mapping[str, str]) -> Origin:
    """``file``: the engine's name for it, which tells a file that ``configSource`` names from the level's own."""
    own = names.get(level.lower()) or _FRAMEWORK_FILES.get(level, f"web.config of {level.partition(' ')[2]}")
    if file.lower() in ("", "web.config", "machine.config"):
        return Origin(level=level, file=own, line=line)
    folder, slash, _name = own.rpartition("\\")
    return Origin(level=level, file=f"{folder}{slash}{file}" if slash else f"{file} beside {own}", line=line)
