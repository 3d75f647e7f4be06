# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbook runs against a simulated farm, and what is left on its nodes afterwards."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from farm.control.running import RunningFarm

ROOT = Path(__file__).resolve().parent.parent.parent
NODES = ("web01", "web02", "web03")
_RECAP = re.compile(r"^(\S+)\s*: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)
_KEY = re.compile(r'<machineKey[^>]*validationKey="([^"]*)"[^>]*decryptionKey="([^"]*)"')


@dataclass(frozen=True)
class Run:
    """One finished run of ansible-playbook."""

    code: int
    output: str = field(repr=False)

    @property
    def changed(self) -> dict[str, int]:
        return {match[1]: int(match[3]) for match in _RECAP.finditer(self.output)}

    @property
    def failed(self) -> bool:
        return self.code != 0


class Site:
    """A farm's inventory and the playbooks of the collection."""

    def __init__(self, farm: RunningFarm, directory: Path) -> None:
        self.farm = farm
        self.directory = directory
        self.inventory: Path = farm.inventory

    @property
    def environment(self) -> dict[str, str]:
        """Ansible's, apart from that of the person who runs the tests: its temporary folders, caches and logs are below ``directory``."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        return {
            **os.environ,
            "PATH": path,
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCAL_TEMP": str(self.directory / "ansible" / "tmp"),
            "ANSIBLE_HOME": str(self.directory / "ansible"),
            "ANSIBLE_RETRY_FILES_ENABLED": "0",
            "ANSIBLE_LOCALHOST_WARNING": "0",
        }

    def command(self, playbook: str | Path, *arguments: str, inventory: Path | None = None) -> list[str]:
        book = ROOT / "playbooks" / playbook if isinstance(playbook, str) else playbook
        return ["ansible-playbook", "-i", str(inventory or self.inventory), str(book), *arguments]

    def play(self, playbook: str | Path, *arguments: str, inventory: Path | None = None, **variables: Any) -> Run:
        """Runs a playbook of the collection (a name) or of the test (a path); ``variables`` are extra vars."""
        extra = ["--extra-vars", json.dumps({"farm_verify_report_directory": str(self.directory / "report"), **variables})]
        done = subprocess.run(
            self.command(playbook, *extra, *arguments, inventory=inventory),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        return Run(done.returncode, done.stdout)

    def write_playbook(self, name: str, plays: list[dict[str, Any]]) -> Path:
        path = self.directory / name
        path.write_text(yaml.safe_dump(plays, sort_keys=False))
        return path

    def write_inventory(self, name: str, change: Any) -> Path:
        """The farm's inventory after ``change`` has had it in its hands."""
        content = yaml.safe_load(self.inventory.read_text())
        change(content)
        path = self.directory / name
        path.write_text(yaml.safe_dump(content))
        path.chmod(0o600)
        return path

    # What the nodes hold

    def drive(self, node: str) -> Path:
        return Path(self.farm.description["nodes"][node]["root"]) / "drive_c"

    def live_folder(self, node: str, application: str = "chat") -> Path:
        """The folder that serves, by what the node's IIS has; the application by its path without the first slash."""
        known = json.loads((self.drive(node).parent / "node.json").read_text(encoding="utf-8"))
        (found,) = [a for site in known["sites"] for a in site["applications"] if a["path"] == f"/{application}"]
        path = str(found["physical_path"]).replace("%SystemDrive%", "").removeprefix("C:")
        return self.drive(node).joinpath(*path.strip("\\").split("\\"))

    def key(self, node: str, application: str = "chat") -> tuple[str, str] | None:
        """The literal key in the web.config that serves; None when there is none."""
        match = _KEY.search((self.live_folder(node, application) / "web.config").read_text(encoding="utf-8-sig"))
        return (match[1], match[2]) if match else None

    def state(self, node: str) -> dict[str, str]:
        """Every file of a node with the hash of its content, but for what a run may write without changing anything: leases."""
        root = self.drive(node).parent
        files = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
        return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in sorted(files.items()) if not _is_incidental(name)}

    def states(self) -> Mapping[str, dict[str, str]]:
        return {node: self.state(node) for node in self.farm.description["nodes"]}


def _is_incidental(name: str) -> bool:
    return name.endswith(("lease.json", "lease.lock")) or "/Temp/" in name or name == "node.json"
