# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m farm``: start a simulated farm, ask it, break it, stop it. ``tests/`` must be on the path."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from .control.breaking import BREAKAGES
from .control.channel import ControlError
from .control.running import RunningFarm, serve, start_in_background
from .control.specification import FarmSpecification, SpecificationError, read_applications
from .control.watching import WIRE_KINDS
from .executor.engine import EngineUnavailable
from .node.faults import KINDS

NUMBERS = {"first_address", "request", "call", "times"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0, 1 when the farm says no, 2 for a wrong command line."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(given)
    try:
        options.run(options, given)
    except BrokenPipeError:
        sys.stderr.close()  # whoever reads has enough
        return 1
    except (ControlError, SpecificationError, EngineUnavailable, OSError) as error:
        print(f"farm: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="farm", description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, text: str, run: Callable[[argparse.Namespace, list[str]], None]) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument("--directory", type=Path, default=Path("farm"), help="the farm's folder (default: farm)")
        sub.set_defaults(run=run)
        return sub

    start = command("start", "make a farm in its starting state, or take up the one in the directory", _start)
    start.add_argument("--nodes", type=int, default=3, help="how many (default: 3)")
    start.add_argument("--port", type=int, default=5985, help="of WinRM on every node; 0 takes free ones (default: 5985)")
    start.add_argument(
        "--http-port", type=int, default=8080, help="of the web servers and the virtual address; 0 takes free ones (default: 8080)"
    )
    start.add_argument("--first-address", type=int, default=1, metavar="N", help="the nodes are 127.0.1.N and following (default: 1)")
    start.add_argument("--transport", choices=("basic", "ntlm"), default="basic", help="how the inventory says to log on")
    start.add_argument("--applications", type=Path, metavar="FILE", help="JSON list of applications: farm, site, path, pool, nodes, ...")
    start.add_argument("--without-web-sockets", type=_numbers, default=(2,), metavar="N,N", help="nodes that lack the feature (default: 2)")
    start.add_argument("--older", type=_numbers, default=(3,), metavar="N,N", help="nodes with the release before (default: 3)")
    start.add_argument("--start-seconds", type=float, default=0, help="how long an application takes to answer its first request")
    start.add_argument("--stop-seconds", type=float, default=0, help="how long a pool takes to stop")
    start.add_argument("--affinity", action="store_true", help="the balancer keeps a client at its node by a cookie")
    start.add_argument("--real", action="store_true", help="PowerShell's engine, an IIS object model, and Microsoft's SignalR server")
    start.add_argument("--tools", type=Path, help="where those are (default: the variable WEBFARM_TOOLS)")
    start.add_argument("--foreground", action="store_true", help="serve until stopped, instead of leaving a process behind")
    start.add_argument("--exit-with-stdin", action="store_true", help="with --foreground: end when standard input ends")
    start.add_argument("--ready-fd", type=int, default=1, help=argparse.SUPPRESS)

    command("stop", "end the farm; its files stay", lambda options, _: _farm(options).control.stop())
    command("status", "which nodes answer, what is broken", lambda options, _: _print(_farm(options).control.status()))
    command("calls", "what each node was asked since the last reset", lambda options, _: _print(_farm(options).control.calls()))
    command("reset-calls", "count anew", lambda options, _: _farm(options).control.reset_calls())

    kinds = "; ".join(f"{kind}: {text}" for kind, (_rest, text) in BREAKAGES.items())
    breaking = command("break", f"break a node. Kinds: {kinds}; dead: nothing answers any more", _break)
    breaking.add_argument("node")
    breaking.add_argument("kind", choices=(*BREAKAGES, "dead"))
    breaking.add_argument("--farm", default="", help="whose application, when the node has several")
    repair = command(
        "repair", "undo what was broken, wake the dead, forget faults", lambda options, _: _farm(options).control.repair(options.node)
    )
    repair.add_argument("node", nargs="?", default="")

    fault = command("fault", "let something go wrong at a chosen moment", _fault)
    fault.add_argument("node")
    fault.add_argument("kind", choices=(*WIRE_KINDS, *KINDS))
    fault.add_argument(
        "match", nargs="*", metavar="NAME=VALUE", help="when, module, operation, request, call, seconds, times; or operation, target, times"
    )
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(",") if part.strip())


def _farm(options: argparse.Namespace) -> RunningFarm:
    return RunningFarm.at(options.directory)


def _print(content: object) -> None:
    print(json.dumps(content, indent=2))


def _start(options: argparse.Namespace, given: list[str]) -> None:
    specification = _specification(options)
    if options.foreground:
        asyncio.run(serve(specification, ready_fd=options.ready_fd, exit_with_stdin=options.exit_with_stdin))
        return
    farm = start_in_background(specification.directory, given[1:])
    print(f"inventory: {farm.inventory}")
    for name, node in farm.description["nodes"].items():
        print(f"{name}: WinRM {node['address']}:{node['winrm_port']}, {node['http']}")
    print(f"virtual address: {farm.virtual_address or 'none'}")
    print(f"stop it: python -m farm stop --directory {farm.directory}")


def _specification(options: argparse.Namespace) -> FarmSpecification:
    extra = {"applications": read_applications(options.applications)} if options.applications else {}
    return FarmSpecification(
        directory=options.directory.resolve(),
        node_count=options.nodes,
        winrm_port=options.port,
        http_port=options.http_port,
        real=options.real,
        tools=options.tools,
        without_web_sockets=options.without_web_sockets,
        older=options.older,
        transport=options.transport,
        first_address=options.first_address,
        start_seconds=options.start_seconds,
        stop_seconds=options.stop_seconds,
        affinity=options.affinity,
        **extra,
    )


def _break(options: argparse.Namespace, _given: list[str]) -> None:
    _farm(options).control.break_node(options.node, options.kind, options.farm)


def _fault(options: argparse.Namespace, _given: list[str]) -> None:
    match: dict[str, object] = {}
    for pair in options.match:
        name, _separator, value = pair.partition("=")
        match[name] = int(value) if name in NUMBERS else float(value) if name == "seconds" else value
    _farm(options).control.fault(options.node, options.kind, **match)


if __name__ == "__main__":
    sys.exit(main())
