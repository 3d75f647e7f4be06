# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make demo``: three servers that each look configured become one farm, before a person's eyes.

Exit code 0 only if everything that is claimed was so: the farm was not one before, is one after, over the virtual address too, and a
second run changed nothing with one module call a node, as the farm itself counted.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TREE = Path(os.environ.get("ANSIBLE_COLLECTIONS_PATH", ROOT / ".cache" / "tree"))
sys.path.insert(0, str(TREE))

from ansible_collections.webfarm.signalr.plugins.plugin_utils.signalr import (
    AioHttpPort,
    Endpoint,
    ProbeRequest,
    probe_farm,
    render_matrix,
)
from demo.playbook import PlaybookRun, run_playbook
from farm.control.channel import ControlError
from farm.control.running import RunningFarm, start_in_background

FARM = "chat"


class DemoFailed(Exception):
    """Something that the demo claims was not so; the text says what."""


class Screen:
    """What a person reads: numbered headings, with colour where the terminal wants it."""

    def __init__(self, *, colour: bool) -> None:
        self.colour = colour
        self._step = 0
        self._began = time.monotonic()

    def heading(self, text: str) -> None:
        self._step += 1
        line = f"{self._step}. {text}"
        print(f"\n{self._bold(line)}\n", flush=True)

    def say(self, text: str = "") -> None:
        print(text, flush=True)

    @property
    def seconds(self) -> int:
        return round(time.monotonic() - self._began)

    def _bold(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if self.colour else text


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    screen = Screen(colour=_wants_colour())
    directory = (options.directory or ROOT / ".cache" / ("demo-real" if options.farm == "real" else "demo")).resolve()
    try:
        _demonstrate(screen, directory, is_real=options.farm == "real")
        verdict = f"One farm, in {screen.seconds} seconds."
    except (DemoFailed, ControlError) as error:
        verdict = f"FAILED: {error}\nLogs: {_relative(directory)}/*.log"
    if options.stop:
        _stop_earlier_farm(directory)
    screen.say(f"\n{verdict}")
    return 1 if verdict.startswith("FAILED") else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__.partition("\n")[0])
    parser.add_argument("--farm", choices=("simulated", "real"), default="simulated", help="what the nodes are made of")
    parser.add_argument("--directory", type=Path, help="the farm's folder (default: .cache/demo)")
    parser.add_argument("--stop", action="store_true", help="end the farm afterwards, instead of leaving it to play with")
    return parser.parse_args(arguments)


def _wants_colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _demonstrate(screen: Screen, directory: Path, *, is_real: bool) -> None:
    screen.heading(
        "A farm as it is found" + (": PowerShell's engine, an IIS object model, Microsoft's SignalR" if is_real else " (simulated)")
    )
    farm = _start(directory, is_real=is_real)
    nodes = farm.description["nodes"]
    for name, node in nodes.items():
        screen.say(f"  {name}  WinRM {node['address']}:{node['winrm_port']}  {node['http']}{_application(farm)}")
    screen.say(f"  load balancer  {farm.virtual_address or 'none'}{_application(farm)}")
    screen.say("  web02 lacks the WebSocket feature, web03 has an older release, no node has a machine key of its own,")
    screen.say("  and the pools run as ApplicationPoolIdentity.")

    screen.heading("Who accepts whose connection token")
    before = _probe(farm)
    screen.say(render_matrix(before, colour=screen.colour))
    if before["farm_is_one"]:
        raise DemoFailed("the servers are one farm before anything was done, so there is nothing to show.")

    screen.heading(f"ansible-playbook playbooks/site.yml -i {_relative(farm.inventory)}")
    report = directory / "report"
    first = _run(farm, screen, "first-run", report, show=True)

    screen.heading("Who accepts whose connection token now")
    after = _probe(farm)
    screen.say(render_matrix(after, colour=screen.colour))
    if not after["farm_is_one"]:
        raise DemoFailed(f"the servers are not one farm after the run: {after['summary']}")

    screen.heading("The same playbook again")
    second = _run(farm, screen, "second-run", report, show=False)
    screen.say(second.recap)
    for name in nodes:
        screen.say(f"  {name}: {first.calls[name]} module calls in the first run, {second.calls[name]} in the second, as the node counted")
    _judge_second(second)

    screen.heading("What to do now")
    _say_reports(screen, report)
    _say_commands(screen, farm)


def _start(directory: Path, *, is_real: bool) -> RunningFarm:
    """A fresh farm in the directory; one of an earlier demo is ended first."""
    _stop_earlier_farm(directory)
    shutil.rmtree(directory, ignore_errors=True)
    # Any free port: another farm, or a test, may have the usual ones.
    farm = start_in_background(
        directory, ["--directory", str(directory), "--port", "0", "--http-port", "0", *(["--real"] if is_real else [])]
    )
    if not farm.virtual_address:
        raise DemoFailed("the farm has no virtual address: its load balancer did not start.")
    return farm


def _stop_earlier_farm(directory: Path) -> None:
    try:
        RunningFarm.at(directory).control.stop()
    except (ControlError, OSError):
        return  # there is none


def _application(farm: RunningFarm) -> str:
    return str(farm.description["farms"][FARM]["applications"][0]["path"])


def _probe(farm: RunningFarm) -> Mapping[str, Any]:
    """Every node's token shown to every node and to the virtual address."""
    hubs = f"{_application(farm)}/signalr"
    nodes = tuple(Endpoint(name=name, url=f"{node['http']}{hubs}") for name, node in farm.description["nodes"].items())
    virtual = Endpoint(name="load balancer", url=f"{farm.virtual_address}{hubs}", is_virtual=True)
    request = ProbeRequest(nodes=nodes, virtual_addresses=(virtual,), wait=20)
    return asyncio.run(probe_farm(request, AioHttpPort())).as_result()


def _run(farm: RunningFarm, screen: Screen, name: str, report: Path, *, show: bool) -> PlaybookRun:
    farm.control.reset_calls()
    run = run_playbook(
        ROOT / "playbooks" / "site.yml",
        inventory=farm.inventory,
        folder=farm.directory,
        name=name,
        tree=TREE,
        variables={"farm_verify_report_directory": str(report)},
        show=screen.say if show else None,
        colour=screen.colour,
    )
    run.calls.update({node: told["total"] for node, told in farm.control.calls().items()})
    if run.exit_code != 0:
        if not show:
            screen.say(run.output)
        raise DemoFailed(f"ansible-playbook ended with {run.exit_code}; its output is in {_relative(run.log)}")
    return run


def _judge_second(run: PlaybookRun) -> None:
    changed = {host: count for host, count in run.changed.items() if count}
    if changed or not run.changed:
        raise DemoFailed(f"the second run was to change nothing, and changed: {changed or 'no host was in its recap'}")
    busy = {node: calls for node, calls in run.calls.items() if calls != 1}
    if busy:
        raise DemoFailed(f"the second run was to call each node once, and called: {busy}")


def _say_reports(screen: Screen, report: Path) -> None:
    found = sorted(path for path in report.rglob("*") if path.suffix in (".html", ".json"))
    for suffix in (".html", ".json"):
        if not any(path.suffix == suffix for path in found):
            raise DemoFailed(f"there is no {suffix} report in {_relative(report)}")
    for path in found:
        screen.say(f"  report     {_relative(path)}")


def _say_commands(screen: Screen, farm: RunningFarm) -> None:
    python, directory = _relative(Path(sys.executable)), _relative(farm.directory)
    playbook = f"ANSIBLE_COLLECTIONS_PATH={_relative(TREE)} {_relative(Path(sys.executable).with_name('ansible-playbook'))}"
    screen.say(f"  run again  {playbook} -i {_relative(farm.inventory)} playbooks/site.yml")
    screen.say(f"  break it   PYTHONPATH=tests {python} -m farm break web02 key --directory {directory}")
    screen.say(f"  stop it    PYTHONPATH=tests {python} -m farm stop --directory {directory}")


def _relative(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    sys.exit(main())
