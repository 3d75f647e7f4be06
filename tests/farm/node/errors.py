# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a simulated node fails: in Windows' own words, or by dying."""

from __future__ import annotations

from collections.abc import Callable

CODES = (
    "precondition",
    "access_denied",
    "sharing_violation",
    "disk_full",
    "not_found",
    "already_exists",
    "timeout",
    "identity",
    "lease_held",
    "bad_archive",
    "needs_restart",
    "unknown_operation",
    "failed",
)

#: The sentence of Windows, or of .NET Framework, for a fault that a test asks for.
WINDOWS_TEXT: dict[str, Callable[[str], str]] = {
    "sharing_violation": lambda target: f"The process cannot access the file '{target}' because it is being used by another process.",
    "access_denied": lambda target: f"Access to the path '{target}' is denied.",
    "disk_full": lambda target: "There is not enough space on the disk.",
    "timeout": lambda target: "This operation returned because the timeout period expired.",
    "failed": lambda target: "A device attached to the system is not functioning.",
}


class NodeError(Exception):
    """An operation or a reading that Windows refuses; ``code`` is one of the contract's, ``text`` Windows' own sentence."""

    def __init__(self, code: str, text: str) -> None:
        if code not in CODES:
            raise ValueError(f"no such failure code: {code}")
        super().__init__(text)
        self.code = code
        self.text = text


class RequestRefused(Exception):
    """A request that the contract does not allow: a simulated node never guesses what was meant."""


class NodeDied(Exception):
    """The machine went away in the middle of a call; what it had written stays as it is."""


def missing_file(path: str) -> NodeError:
    return NodeError("not_found", f"Could not find file '{path}'.")


def missing_folder(path: str) -> NodeError:
    return NodeError("not_found", f"Could not find a part of the path '{path}'.")


def missing_pool(name: str) -> NodeError:
    return NodeError("not_found", f"There is no application pool '{name}'.")


def missing_site(name: str) -> NodeError:
    return NodeError("not_found", f"There is no site '{name}'.")
