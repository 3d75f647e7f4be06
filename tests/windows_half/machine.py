# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine for a test: what lies in its folder, and calls on it in few words."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .chain import RealNode

__all__ = ["CONFIG", "FAILING", "FOLDER", "Machine", "archive_of", "b64", "manifest_of", "op", "sha256"]

FOLDER = r"%ProgramData%\webfarm.signalr"
CONFIG = r"%SystemDrive%\inetpub\wwwroot\chat\web.config"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def op(operation: str, /, **fields: Any) -> dict[str, Any]:
    """An operation; a trailing ``_`` of a field that is a word of Python is dropped."""
    return {"op": operation, **{key.rstrip("_"): value for key, value in fields.items()}}


#: An operation that fails, so that everything before it is undone.
FAILING = op("start_pool", name="NoSuchPool", wait=1)


def archive_of(files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def manifest_of(release: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    """The manifest for expand_archive: web.config is owned."""
    counted = {name: data for name, data in files.items() if name != "web.config"}
    return {
        "id": release,
        "package_sha256": "0" * 64,
        "content_sha256": "0" * 64,
        "file_count": len(counted),
        "total_bytes": sum(map(len, counted.values())),
        "owned": ["web.config"],
        "files": [{"path": name, "size": len(data), "sha256": sha256(data)} for name, data in files.items()],
    }


@dataclass(frozen=True)
class Machine(RealNode):
    """The machine and the files that a test looks at."""

    def path(self, text: str) -> Path:
        """The file on this system for a path below drive C or %ProgramData%."""
        text = text.replace("%ProgramData%", r"C:\ProgramData").replace("%SystemDrive%", "C:")
        return self.root / "drive_c" / text.removeprefix("C:\\").replace("\\", "/")

    def put(self, text: str, data: bytes) -> bytes:
        self.path(text).parent.mkdir(parents=True, exist_ok=True)
        self.path(text).write_bytes(data)
        return data

    def write_json(self, name: str, content: Any) -> None:
        """One of the files that the machine is made of: accounts.json, faults.json, machine.json, settings.json."""
        (self.root / name).write_text(json.dumps(content))

    def read_json(self, name: str) -> Any:
        return json.loads((self.root / name).read_text())

    def tool(self, *arguments: str) -> None:
        """``iis-model`` on this machine: warm, crash, install."""
        command = [str(self.chain.tools / "iis-model" / "iis-model"), arguments[0], str(self.root), *arguments[1:]]
        subprocess.run(command, check=False, capture_output=True)

    def change(self, *operations: dict[str, Any], run: str = "r1", check_mode: bool = False, **after: Any) -> dict[str, Any]:
        numbered = [{"id": str(number), **operation} for number, operation in enumerate(operations, start=1)]
        return self.run("node_change", {"run": run, "operations": numbered, "after": after}, check_mode=check_mode)

    def did(self, *operations: dict[str, Any], run: str = "r1") -> list[bool]:
        """What changed, operation by operation; a failure is an error here."""
        answer = self.change(*operations, run=run)
        assert not answer.get("failed"), answer
        return [outcome["changed"] for outcome in answer["outcomes"]]

    def failed(self, *operations: dict[str, Any], run: str = "r1") -> dict[str, Any]:
        """The answer of a call that has to fail and to be undone."""
        answer = self.change(*operations, run=run)
        assert answer.get("failed"), answer
        assert answer["undone"], answer
        assert answer["left"] == []
        return answer

    def files(self, folder: str = "C:\\") -> dict[str, bytes]:
        """All files below a folder of the machine but our own copies of applicationHost.config."""
        root = self.path(folder)
        found = {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
        return {name: data for name, data in found.items() if "applicationHost." not in name}

    def pool(self, name: str = "ChatPool") -> dict[str, Any]:
        pools: dict[str, dict[str, Any]] = self.read(iis={"applications": [], "pools": [{"name": name}]})["iis"]["pools"]
        return pools[name]
