# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible asks of a Windows host, read out of a command line and its standard input.

ansible-core 2.19 to 2.21 send PowerShell an encoded bootstrap script; its input is one line of JSON (the exec wrapper), a line of
four NUL characters, and the manifest: JSON with the scripts (Base64) and the actions in their order. Files go up behind a
second line of NUL characters, as Base64 lines. Source: ansible-core, ``ansible.executor.powershell.module_manifest``.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["FetchFile", "MakeTempFolder", "ModuleCall", "NotCarriedOut", "PutFile", "RemoveItem", "Request", "read_request", "with_path"]

SEPARATOR = b"\n\0\0\0\0\n"
ENCODED = re.compile(r"-EncodedCommand\s+(\S+)", re.IGNORECASE)
REMOVE_ITEM = re.compile(
    r"(?:Set-StrictMode -Version Latest\s+)?Remove-Item (?:'(?P<quoted>(?:[^']|'')*)'|(?P<bare>\S+)) -Force(?P<recurse> -Recurse)?;?\s*"
    r"(?:If \(-not \$\?\).*)?",
    re.DOTALL,
)
COLLECTION_MODULE = re.compile(r"ansible_collections\.(\w+)\.(\w+)\.plugins\.modules\.([\w.]+)\.ps1")


@dataclass(frozen=True)
class ModuleCall:
    """One PowerShell module, as Ansible wants it run. ``arguments`` are those of the task, without Ansible's own."""

    name: str
    arguments: Mapping[str, Any] = field(repr=False)
    check_mode: bool
    diff: bool
    verbosity: int
    source: str = field(repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class MakeTempFolder:
    """``directory`` may hold environment variables."""

    directory: str
    name: str


@dataclass(frozen=True)
class PutFile:
    """The bytes are to become the file's whole content."""

    path: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class FetchFile:
    """At most ``size`` bytes from ``offset`` on."""

    path: str
    offset: int
    size: int


@dataclass(frozen=True)
class RemoveItem:
    """Delete a file, or a folder with all that is in it when ``recurse`` is set."""

    path: str
    recurse: bool


@dataclass(frozen=True)
class NotCarriedOut:
    """Something that a simulated node has no answer to. ``is_module``: the answer is to be a failed module's."""

    what: str
    is_module: bool = False


Request = ModuleCall | MakeTempFolder | PutFile | FetchFile | RemoveItem | NotCarriedOut


def read_request(command_line: str, stdin: bytes) -> Request:
    """What is asked for; never raises, because a fake that misreads something must say so to whoever asked."""
    if stdin.startswith(b"#!"):
        return NotCarriedOut(
            f"a module for {stdin.splitlines()[0][2:].decode(errors='replace').strip()} (only PowerShell modules run on Windows)", True
        )
    script = _script(command_line)
    if stdin.startswith(b"{"):
        return _manifest_request(stdin)
    match = REMOVE_ITEM.fullmatch(script.strip())
    if match and not stdin:
        path = match["bare"] if match["quoted"] is None else match["quoted"].replace("''", "'")
        return RemoveItem(path, bool(match["recurse"]))
    return NotCarriedOut(f'the command "{_first_words(script)}"')


def with_path(stdin: bytes, name: str, path: str) -> bytes:
    """The same input with another value for the parameter ``name`` (``Path``, ``Directory``) of the manifest's only action."""
    bootstrap, manifest, *rest = stdin.split(SEPARATOR, 2)
    content = json.loads(manifest)
    content["actions"][0]["params"][name] = path
    return SEPARATOR.join([bootstrap, json.dumps(content).encode(), *rest])


def _script(command_line: str) -> str:
    """The innermost script: older connection plugins encode an already encoded command again."""
    text = command_line
    for _turn in range(4):
        match = ENCODED.search(text)
        if match is None:
            return text
        try:
            text = base64.b64decode(match[1], validate=True).decode("utf-16-le")
        except (binascii.Error, UnicodeDecodeError):
            return text
    return text


def _first_words(script: str) -> str:
    line = next((line.strip() for line in script.splitlines() if line.strip()), "")
    return line if len(line) <= 60 else f"{line[:60]}..."


def _manifest_request(stdin: bytes) -> Request:
    try:
        _bootstrap, manifest, *data = stdin.split(SEPARATOR, 2)
        content = json.loads(manifest)
        actions = content["actions"]
        script, params = actions[-1]["name"], actions[-1]["params"]
        if len(actions) > 1:
            return NotCarriedOut(f"{_wrapper_name(actions[0]['name'])}: the call is wrapped in {actions[0]['name']}", True)
        return _READERS.get(script, _unknown_script)(content, params, data[0] if data else b"")
    except (ValueError, KeyError, TypeError, IndexError) as error:
        return NotCarriedOut(f"an input that is not what ansible-core 2.19 to 2.21 send ({type(error).__name__}: {error})", True)


def _wrapper_name(script: str) -> str:
    return {"become_wrapper.ps1": "become", "async_wrapper.ps1": "async"}.get(script, "a wrapper")


def _module_call(content: Mapping[str, Any], params: Mapping[str, Any], _data: bytes) -> Request:
    script = params["Script"]
    if not params.get("ForModule"):
        return NotCarriedOut(f"the script {script}", True)
    given = next(variable["Value"] for variable in params["Variables"] if variable["Name"] == "complex_args")
    match = COLLECTION_MODULE.fullmatch(script)
    return ModuleCall(
        name=".".join(match.groups()) if match else str(given.get("_ansible_module_name", script)),
        arguments={name: value for name, value in given.items() if not name.startswith("_ansible_")},
        check_mode=bool(given.get("_ansible_check_mode")),
        diff=bool(given.get("_ansible_diff")),
        verbosity=int(given.get("_ansible_verbosity", 0)),
        source=base64.b64decode(content["scripts"][script]["script"]).decode("utf-8-sig"),
        environment=params.get("Environment") or {},
    )


def _make_temp_folder(_content: object, params: Mapping[str, Any], _data: bytes) -> Request:
    return MakeTempFolder(params["Directory"], params["Name"])


def _put_file(_content: object, params: Mapping[str, Any], data: bytes) -> Request:
    return PutFile(params["Path"], b"".join(base64.b64decode(line, validate=True) for line in data.split()))


def _fetch_file(_content: object, params: Mapping[str, Any], _data: bytes) -> Request:
    return FetchFile(params["Path"], int(params["Offset"]), int(params["BufferSize"]))


def _unknown_script(content: Mapping[str, Any], _params: object, _data: bytes) -> Request:
    return NotCarriedOut(f"Ansible's script {content['actions'][-1]['name']}")


_READERS = {
    "module_wrapper.ps1": _module_call,
    "powershell_mkdtemp.ps1": _make_temp_folder,
    "winrm_put_file.ps1": _put_file,
    "winrm_fetch_file.ps1": _fetch_file,
}
