# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m conformance``: run the cases on the targets that are to be had, and say in one line how that went."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from . import outcome, page
from .cases import ALL
from .confirmed import FILE, Confirmations
from .outcome import Verdict
from .targets import NotToBeHad, Target
from .targets.model import ModelTarget
from .targets.powershell import PowerShellTarget
from .targets.windows import WindowsTarget

TARGETS = ("model", "powershell", "windows")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every case that was run has the answer on record, on every target."""
    options = _parser().parse_args(arguments)
    wanted = options.targets.split(",") if options.targets else ["model", "powershell"]
    if unknown := sorted(set(wanted) - set(TARGETS)):
        print(f"There is no target {', '.join(unknown)}; there are {', '.join(TARGETS)}.", file=sys.stderr)
        return 2
    if options.write_docs:
        page.write(Confirmations.read(ALL))
        return 0
    cases = [case for case in ALL if not options.cases or case.name.startswith(tuple(options.cases))]
    targets: dict[str, Target] = {
        "model": ModelTarget(),
        "powershell": PowerShellTarget(),
        "windows": WindowsTarget(options.inventory, options.host),
    }
    verdicts: list[Verdict] = []
    labels: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for name in (name for name in TARGETS if name in wanted):
        try:
            with targets[name].running() as running:
                verdicts += list(outcome.run(running, cases))
                labels[name] = running.label()
        except NotToBeHad as error:
            reasons[name] = str(error)
    if options.record:
        outcome.record({verdict.case.name: verdict for verdict in verdicts}.values())  # the last one is the most real one
        verdicts = [outcome.against_record(verdict) for verdict in verdicts]
    _report(verdicts, reasons, required=set(options.targets.split(",")) if options.targets else set())
    Confirmations.read(ALL).updated(verdicts, labels).write(ALL, options.result)
    print(summary(verdicts))
    missing = bool(options.targets) and bool(reasons)
    return 0 if verdicts and all(verdict.is_equal for verdict in verdicts) and not missing else 1


def summary(verdicts: Sequence[Verdict]) -> str:
    """``conformance: 84 cases, 84 equal, targets model powershell; windows not run``."""
    cases = {verdict.case.name for verdict in verdicts}
    different = {verdict.case.name for verdict in verdicts if not verdict.is_equal}
    ran = [name for name in TARGETS if any(verdict.target == name for verdict in verdicts)]
    not_run = [name for name in TARGETS if name not in ran]
    tail = f"; {' '.join(not_run)} not run" if not_run else ""
    return f"conformance: {len(cases)} cases, {len(cases) - len(different)} equal, targets {' '.join(ran) or 'none'}{tail}"


def _report(verdicts: Sequence[Verdict], reasons: dict[str, str], *, required: set[str]) -> None:
    for verdict in verdicts:
        for line in verdict.differences:
            print(f"{verdict.case.name} on {verdict.target}: {line}")
    for name, reason in reasons.items():
        print(f"{name}: {'' if name in required else 'left out, '}{reason}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m conformance", description=__doc__)
    parser.add_argument("--targets", help=f"some of {','.join(TARGETS)}; without it model, and powershell where its parts are")
    parser.add_argument("--cases", nargs="*", help="only cases whose name begins so")
    parser.add_argument("--inventory", type=Path, help="for the target windows: an Ansible inventory")
    parser.add_argument("--host", help="for the target windows: the host of the inventory, a disposable machine")
    parser.add_argument("--result", type=Path, default=FILE, help="the file of results to bring up to date")
    parser.add_argument("--record", action="store_true", help="put the answers on record that are to be expected from now on")
    parser.add_argument("--write-docs", action="store_true", help="write docs/simulated_farm.md anew, and do nothing else")
    return parser


if __name__ == "__main__":
    sys.exit(main())
