# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one question to an endpoint came to, and what a diagnosis looks at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .pages import PageWords
from .port import Endpoint

__all__ = ["Ask", "Diagnosis", "Symptom", "Verdict"]


class Verdict(Enum):
    """What one question came to. The values are what results and reports show."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    IDENTITY = "identity"
    UNUSABLE = "unusable"
    STOPPED = "stopped"
    UNREACHABLE = "unreachable"
    BLOCKED = "blocked"
    SILENT = "silent"
    NOT_FOUND = "not_found"
    LOGIN = "login"
    FORBIDDEN = "forbidden"
    HOST_UNKNOWN = "host_unknown"
    NOT_SIGNALR = "not_signalr"
    FAILED = "failed"
    NOT_OFFERED = "not_offered"
    NO_TOKEN = "no_token"

    @property
    def may_pass(self) -> bool:
        """Whether waiting may help: an application that is starting, a pool that is being switched."""
        return self in (Verdict.STOPPED, Verdict.UNREACHABLE, Verdict.SILENT)

    @property
    def is_out_of_reach(self) -> bool:
        """Whether the question did not come to the application at all: the way or the name is wrong, whatever happens there."""
        return self in (Verdict.UNREACHABLE, Verdict.BLOCKED, Verdict.HOST_UNKNOWN)


class Ask(Enum):
    """Which question was answered; the same words mean different things."""

    NEGOTIATE = "negotiate"
    TOKEN = "token"
    TRANSPORT = "transport"


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """A verdict with the server's own words, the cause and the next step. ``status`` is None without an answer."""

    verdict: Verdict
    status: int | None = None
    said: str = ""
    cause: str = ""
    next_step: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the question was answered as by a member of one farm."""
        return self.verdict is Verdict.ACCEPTED


@dataclass(frozen=True, kw_only=True)
class Symptom:
    """What a rule looks at."""

    ask: Ask
    endpoint: Endpoint
    status: int
    body: str
    page: PageWords
    server: str
    location: str
    holder: Endpoint | None

    @property
    def is_own_token(self) -> bool:
        """Whether the token that was shown came from the endpoint itself."""
        return self.holder == self.endpoint
