# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of a playbook as a person would start it, its output shown while it comes, and what its recap says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_RECAP = re.compile(r"^(\S+)\s*: ok=\d+\s+changed=(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class PlaybookRun:
    """What a run printed and how it ended. ``calls``: module calls by node, filled in by whoever counts them."""

    exit_code: int
    output: str
    log: Path
    calls: dict[str, int] = field(default_factory=dict)

    @property
    def recap(self) -> str:
        """The output from PLAY RECAP on."""
        return self.output[self.output.rfind("PLAY RECAP") :].strip() if "PLAY RECAP" in self.output else ""

    @property
    def changed(self) -> Mapping[str, int]:
        """Number of changed tasks by host, as the recap says."""
        return {host: int(count) for host, count in _RECAP.findall(self.recap)}


def run_playbook(
    playbook: Path,
    *,
    inventory: Path,
    folder: Path,
    name: str,
    tree: Path,
    variables: Mapping[str, str],
    show: Callable[[str], None] | None = None,
    colour: bool = False,
) -> PlaybookRun:
    """Runs ``playbook``; the output goes to ``folder/name.log``, without colours, and line by line to ``show``."""
    log = folder / f"{name}.log"
    # A person's own ansible.cfg (callbacks, another inventory) must not decide what the demo shows.
    configuration = folder / "ansible.cfg"
    configuration.write_text("[defaults]\n", encoding="utf-8")
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")},
        "ANSIBLE_CONFIG": str(configuration),
        "ANSIBLE_COLLECTIONS_PATH": str(tree),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_NOCOWS": "1",
        **({"ANSIBLE_FORCE_COLOR": "1"} if colour else {"ANSIBLE_NOCOLOR": "1"}),
    }
    command = [Path(sys.executable).with_name("ansible-playbook"), "-i", inventory, playbook, "-e", json.dumps(dict(variables))]
    lines: list[str] = []
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
        )
        assert process.stdout is not None
        for line in process.stdout:
            plain = _COLOUR.sub("", line)
            lines.append(plain)
            stream.write(plain)
            if show is not None:
                show(line.rstrip("\n"))
        process.wait()
    return PlaybookRun(process.returncode, "".join(lines), log)
