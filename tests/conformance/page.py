# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page docs/simulated_farm.md: what is simulated, by what each part is checked, and what only Windows can show."""

from __future__ import annotations

from pathlib import Path

from .case import Case
from .cases import ALL
from .confirmed import Confirmations

PAGE = Path(__file__).resolve().parents[2] / "docs" / "simulated_farm.md"

_HEAD = """\
# What is simulated, and what has been held against what

<!-- Written by `python -m conformance --write-docs`; change tests/conformance/page.py, not this file. -->

The tests and `make demo` run on a simulated farm (`tests/farm/`). This page says how far it can be trusted: which part stands for what,
what checks it, and what nobody has seen on a Windows server yet. [conformance.md](conformance.md) says how to run the cases on one.

## The parts
"""

#: Part, what it stands for, what it is checked against.
_PARTS = (
    (
        "WinRM endpoint",
        "Windows' WinRM service: basic, NTLM with message encryption, PSRP",
        "Ansible's own winrm and psrp connections, which refuse what is wrong",
    ),
    (
        "node model (`tests/farm/node`)",
        "Windows, its files, IIS, accounts; the two modules of the Windows half",
        "the cases below, answered by the real modules on PowerShell's engine and an IIS object model, and by any Windows server that somebody names",
    ),
    (
        "the PowerShell modules",
        "nothing: they are the product",
        "PowerShell 7.6's engine through Ansible's own wrapper; a checker for what Windows PowerShell 5.1 and .NET Framework 4.7.2 lack",
    ),
    (
        "IIS object model",
        "`Microsoft.Web.Administration` and WAS",
        "Microsoft's schema files for the configuration; published behaviour and error texts for the rest",
    ),
    (
        "SignalR server (`tests/farm/signalr`)",
        "the application on IIS, with the machineKey of the node's own files",
        "transcripts of Microsoft's SignalR 2.4.1 server and Microsoft's JavaScript client",
    ),
    ("effective configuration", "System.Configuration", "recorded answers of Microsoft's configuration engine"),
    ("virtual address", "a load balancer", "HAProxy, where it is installed"),
)

#: What no part here can show, however many cases are equal.
_ONLY_WINDOWS = (
    "`File.Replace` on NTFS: the security descriptor that stays, error 1177, sharing violations by an anti-virus or a worker process",
    "`LogonUser`, account rights and group managed accounts as Windows answers them: stand-ins answer from a table here",
    "installing a Windows feature, and whether it asks for a restart",
    "the time that pools take to stop and to start, overlapped recycling, rapid-fail protection",
    "events of a Windows in another language: they are found by provider and number, never by text",
    "Windows PowerShell 5.1 itself: constrained language mode, AMSI, ConvertTo-Json's own ways",
    "Kerberos, delegation and what a logon over WinRM may ask the directory",
)

_GROUPS = {
    "readings": "what a node tells of itself, IIS, accounts and files",
    "configuration": "the chain of configuration files and what they refer to",
    "calls": "a call as a whole: preconditions, order, undo, check mode, faults of the machine",
    "releases": "release folders as they are read",
}


def text(confirmations: Confirmations) -> str:
    """The page for these confirmations."""
    lines = [_HEAD, "| part | stands for | checked by |", "|---|---|---|"]
    lines += [f"| {part} | {stands_for} | {checked} |" for part, stands_for, checked in _PARTS]
    lines += ["", "## What only Windows can show", ""]
    lines += [f"- {item}" for item in _ONLY_WINDOWS]
    lines += [
        "",
        "## The cases",
        "",
        *_summary(confirmations),
        "",
        "| group | cases | node model | real modules | Windows |",
        "|---|---|---|---|---|",
    ]
    lines += [_row(group, cases, confirmations) for group, cases in _grouped().items()]
    lines += ["", "### Confirmed by the node model alone", "", *_listed(confirmations)]
    return "\n".join(lines) + "\n"


def write(confirmations: Confirmations, page: Path = PAGE) -> None:
    page.write_text(text(confirmations), encoding="utf-8")


def _summary(confirmations: Confirmations) -> list[str]:
    servers = sorted({label for labels in confirmations.by_case.values() for label in labels if label.startswith("windows")})
    confirmed = ", ".join(servers) if servers else "**no Windows server so far**"
    return [
        f"{len(ALL)} cases, each with its answer on record. The columns count the cases that a target answered exactly so; Windows servers that",
        f"have answered: {confirmed}. A dash: the case needs a machine that can be put into any state (accounts, features, broken disks).",
    ]


def _row(group: str, cases: list[Case], confirmations: Confirmations) -> str:
    counts = []
    for target in ("model", "powershell", "windows"):
        possible = [case for case in cases if case.runs_on(target)]
        confirmed = [case for case in possible if target in confirmations.kinds(case)]
        counts.append(f"{len(confirmed)} of {len(possible)}" if possible else "-")
    about = f" ({_GROUPS[group]})" if group in _GROUPS else ""
    return f"| `{group}`{about} | {len(cases)} | {' | '.join(counts)} |"


def _grouped() -> dict[str, list[Case]]:
    groups: dict[str, list[Case]] = {}
    for case in ALL:
        groups.setdefault(case.group, []).append(case)
    return groups


def _listed(confirmations: Confirmations) -> list[str]:
    alone = [case for case in ALL if confirmations.kinds(case) == {"model"}]
    if not alone:
        return ["None."]
    return ["Nothing but the model itself says that Windows behaves so:", "", *(f"- `{case.name}`" for case in alone)]
