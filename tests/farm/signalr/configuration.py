# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration that an application starts with: machine.config, root web.config, site, application, and `location`.

This is the simulated server's own small reader. It knows the sections that matter here; everything else it only checks
for faults that make ASP.NET refuse the whole file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .config_file import MACHINE_KEY, ConfigFile, Fault, Section, read
from .iis_native import NativeFault, find_fault
from .iis_view import AppView, ConfigLevel, is_inside
from .key_settings import KeyFault, KeySettings

DEFAULT_MAX_QUERY_STRING = 2048
_BELOW = (
    "It is an error to use a section registered as allowDefinition='MachineToApplication' beyond application level.  This error can be "
    "caused by a virtual directory not being configured as an application in IIS."
)
_SOURCE_FORMAT = "The format of a configSource file must be an element containing the name of the section."
_LOCKED = (
    "This configuration section cannot be used at this path.  This happens when the site administrator has locked access to this section "
    'using <location allowOverride="false"> from an inherited configuration file.'
)


@dataclass(frozen=True)
class Configuration:
    """What one application domain reads when it starts, and never again.

    `faults` fail every request, and so does `native_fault`, which is IIS's; `faults_below` fail those below a virtual path;
    `machine_key` raises its own when used.
    """

    machine_key: KeySettings
    faults: tuple[Fault, ...] = ()
    faults_below: tuple[tuple[str, Fault], ...] = ()
    is_malformed: bool = False
    native_fault: NativeFault | None = None
    target_framework: str = ""
    is_debug: bool = False
    custom_errors: str = "RemoteOnly"
    max_query_string: int = DEFAULT_MAX_QUERY_STRING
    watched: dict[Path, bytes | None] = field(default_factory=dict, repr=False)

    @property
    def allows_websocket_upgrade(self) -> bool:
        """ASP.NET upgrades only when `httpRuntime targetFramework` is 4.5 or later."""
        parts = [int(part) for part in self.target_framework.split(".") if part.isdigit()]
        return parts >= [4, 5]


def find_file(path: Path) -> Path:
    """The file as it is spelled on disk: Windows does not mind the case of names."""
    if path.exists() or not path.parent.is_dir():
        return path
    return next((entry for entry in path.parent.iterdir() if entry.name.casefold() == path.name.casefold()), path)


def read_bytes(path: Path) -> bytes | None:
    """The content of a file, None when there is none."""
    try:
        return find_file(path).read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def read_configuration(app: AppView) -> Configuration:
    """Reads the hierarchy of an application."""
    return _Hierarchy(app).read()


class _Hierarchy:
    def __init__(self, app: AppView) -> None:
        self.app = app
        self.watched: dict[Path, bytes | None] = {}
        levels: dict[Path, ConfigLevel] = {}
        for level in app.config_files:
            if level.path is not None:
                levels.setdefault(level.path, level)
        self.files = [
            (level, read(level.path, self._bytes(level.path), level=level.level)) for level in levels.values() if level.path is not None
        ]

    def read(self) -> Configuration:
        # A fault inside a location for another place is that place's alone.
        faults = [fault for level, file in self.files for fault in file.faults if self._place(level, fault.location) is not None]
        faults += [Fault(_LOCKED, section.file, section.element.line) for section in self._locked_out()]
        return Configuration(
            machine_key=self._machine_key(),
            faults=tuple(faults),
            faults_below=tuple(self._below()),
            is_malformed=any(file.is_malformed for _level, file in self.files),
            native_fault=find_fault(file for level, file in self.files if level.level in ("site", "app")),
            target_framework=self._last("targetFramework", "system.web", "httpRuntime") or "",
            is_debug=(self._last("debug", "system.web", "compilation") or "").casefold() == "true",
            custom_errors=self._last("mode", "system.web", "customErrors") or "RemoteOnly",
            max_query_string=self._max_query_string(),
            watched=self.watched,
        )

    def _bytes(self, path: Path) -> bytes | None:
        if path not in self.watched:
            self.watched[path] = read_bytes(path)
        return self.watched[path]

    def _records(self, *name: str) -> Iterator[Section]:
        """The occurrences that count for the application, the one that wins last.

        A `location` for a deeper path belongs to that path's record, which comes after the records above it, whatever
        file it stands in (System.Configuration, `BaseConfigurationRecord`).
        """
        placed: list[tuple[int, int, Section]] = []
        for order, (level, file) in enumerate(self.files):
            for section in file.find(*name):
                depth = self._depth(level, section)
                if depth is not None:
                    placed.append((depth, order, section))
        yield from (section for _depth, _order, section in sorted(placed, key=lambda entry: entry[:2]))

    def _depth(self, level: ConfigLevel, section: Section) -> int | None:
        """How deep the record lies that a section belongs to; None when the application does not see it."""
        place = self._place(level, section.location)
        # inheritInChildApplications="false": the application below does not see it.
        is_hidden = place is not None and place < 2 + len(_parts(self.app.virtual_path)) and not section.inherits_in_child_applications
        return None if is_hidden else place

    def _place(self, level: ConfigLevel, location: str) -> int | None:
        """0 for machine.config, 1 for the root web.config, 2 for the site's root, and so on; None off the application's path."""
        parts, below = _parts(self.app.virtual_path), _parts(location)
        if level.level in ("machine", "root"):
            if not below:
                return ("machine", "root").index(level.level)
            names = (self.app.site.casefold(), str(self.app.site_id))
            return 1 + len(below) if below[0] in names and parts[: len(below) - 1] == below[1:] else None
        own = _parts(level.virtual_path) if level.virtual_path else parts if level.level == "app" else []
        target = [*own, *below]
        return 2 + len(target) if parts[: len(target)] == target else None

    def _last(self, attribute: str, *name: str) -> str | None:
        values = [section.element.attributes.get(attribute) for section in self._records(*name)]
        return next((value for value in reversed(values) if value is not None), None)

    def _locked_out(self) -> Iterator[Section]:
        lock = False
        for section in self._records(*MACHINE_KEY):
            if lock:
                yield section
            lock = lock or not section.allows_override

    def _below(self) -> Iterator[tuple[str, Fault]]:
        """A machineKey for a folder below the application is refused to requests there."""
        for level, file in self.files:
            for section in file.find(*MACHINE_KEY):
                base, location = level.virtual_path or "/", section.location
                if level.level in ("machine", "root"):
                    site, _slash, location = location.partition("/")
                    if site.casefold() not in (self.app.site.casefold(), str(self.app.site_id)):
                        continue
                elif level.level == "app" and not level.virtual_path:
                    base = self.app.virtual_path
                folder = "/".join([base.rstrip("/"), location]) if location else base
                if _parts(folder) != _parts(self.app.virtual_path) and is_inside(self.app.virtual_path, folder):
                    yield folder, Fault(_BELOW, section.file, section.element.line)

    def _max_query_string(self) -> int:
        limit = DEFAULT_MAX_QUERY_STRING
        for section in self._records("system.webServer"):
            for limits in section.element.named("security", "requestFiltering", "requestLimits"):
                text = limits.attributes.get("maxQueryString", "")
                limit = int(text) if text.isdigit() else limit
        return limit

    def _machine_key(self) -> KeySettings:
        settings = KeySettings()
        for section in self._records(*MACHINE_KEY):
            try:
                settings = settings.merged(*self._resolved(section))
            except KeyFault as error:
                settings = settings.failed(error.fault)
        return settings

    def _resolved(self, section: Section) -> tuple[Section, Path]:
        """The section itself, or the root element of the file that its `configSource` names."""
        source = section.element.attributes.get("configSource")
        if source is None:
            return section, section.file
        path = section.file.parent.joinpath(*source.split("\\"))
        data = self._bytes(path)
        if data is None:
            raise KeyFault(Fault(f"Unable to open configSource file '{source}'.", section.file, section.element.line))
        return _whole_file(path, data, section), path


def _parts(virtual_path: str) -> list[str]:
    return [part for part in virtual_path.casefold().split("/") if part]


def _whole_file(path: Path, data: bytes, section: Section) -> Section:
    if b"configSource" in data:
        raise KeyFault(Fault("Unrecognized attribute 'configSource'. Note that attribute names are case-sensitive.", path, 1))
    file: ConfigFile = read(path, b"<configuration><system.web>" + _without_declaration(data) + b"</system.web></configuration>")
    found = file.find(*MACHINE_KEY)
    if file.faults or not found:
        message = file.faults[0].message if file.faults else _SOURCE_FORMAT
        raise KeyFault(Fault(message, path, 1))
    return Section(found[0].element, path, section.location, section.allows_override)


def _without_declaration(data: bytes) -> bytes:
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.partition(b"?>")[2] if text.startswith(b"<?xml") else text
