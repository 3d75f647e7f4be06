# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an HTML answer says: the one sentence that matters, out of ASP.NET's yellow page, IIS' detailed error or HTTP.sys' few lines.

An ASP.NET configuration error quotes the *lines around the fault* of web.config, keys included. So nothing of a page is ever passed on but
the sentences that are looked for here, and those are masked as configuration text.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from ..redact import mask_blobs, mask_config_text

__all__ = ["PageWords", "read_page"]

#: Longest sentence that is passed on, in characters.
_LONGEST = 300

#: Words and sentences; a token, a key or JSON is none.
_PROSE = re.compile(r"[^\s{}<>=+]{1,40}(?:\s{1,2}[^\s{}<>=+]{1,40})*")
_TAG = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"\s+")

#: Where the sentence stands, the most telling first. A localized Windows translates the labels, but not the comment at the end.
_SENTENCES = (
    re.compile(r"Parser Error Message:\s*</b>(?P<said>.*?)<(?:br|/p|/td)\b", re.IGNORECASE | re.DOTALL),
    re.compile(r"Exception Details:\s*</b>(?P<said>.*?)<(?:br|/p|/td)\b", re.IGNORECASE | re.DOTALL),
    re.compile(r"<!--\s*\[\w+\]:\s*(?P<said>.*?)(?:\s+\(\S:[^)]*\))?\r?\n", re.DOTALL),
    re.compile(r"<th>\s*Config Error\s*</th>\s*<td>(?P<said>.*?)</td>", re.IGNORECASE | re.DOTALL),
    re.compile(r"<h3>\s*(?P<said>HTTP Error .*?)</h3>", re.IGNORECASE | re.DOTALL),
    re.compile(r"<p>\s*(?P<said>HTTP Error .*?)</p>", re.IGNORECASE | re.DOTALL),
    re.compile(r"<h2>\s*(?P<said>.*?)</h2>", re.IGNORECASE | re.DOTALL),
    re.compile(r"<h1>\s*(?P<said>.*?)</h1>", re.IGNORECASE | re.DOTALL),
    re.compile(r"<title>\s*(?P<said>.*?)</title>", re.IGNORECASE | re.DOTALL),
)
_TITLE = re.compile(r"<title>\s*(.*?)\s*</title>", re.IGNORECASE | re.DOTALL)
_ASPNET_FILE = re.compile(
    r"Source File:\s*</b>\s*(?P<file>[^<]*?)\s*<b>(?:&nbsp;|\s)*Line:\s*</b>\s*(?P<line>\d+)", re.IGNORECASE | re.DOTALL
)
_IIS_FILE = re.compile(r"<th>\s*Config File\s*</th>\s*<td>\s*(?P<file>.*?)\s*</td>", re.IGNORECASE | re.DOTALL)
_SUBSTATUS = re.compile(r"HTTP Error (?P<status>\d{3}\.\d+)")


@dataclass(frozen=True, kw_only=True)
class PageWords:
    """What a page says. ``substatus`` is IIS' own, such as ``500.19``; ``file`` and ``line`` are those that the page names."""

    said: str = ""
    title: str = ""
    substatus: str = ""
    file: str = ""
    line: int | None = None

    @property
    def where(self) -> str:
        """The place that the page names, or nothing (ASP.NET writes ``none`` for an error that has no file)."""
        if self.file in ("", "none"):
            return ""
        return self.file if self.line is None else f"{self.file}, line {self.line}"


def read_page(body: str) -> PageWords:
    """The words of an answer's body. A body that is no page is passed on if it is one short line of prose, else not: it may hold anything."""
    if "<" not in body:
        text = body.strip()
        return PageWords(said=mask_blobs(text) if len(text) <= _LONGEST and _PROSE.fullmatch(text) else "")
    said = next((text for pattern in _SENTENCES if (found := pattern.search(body)) and (text := _clean(found["said"]))), "")
    place = _ASPNET_FILE.search(body)
    iis_file = None if place else _IIS_FILE.search(body)
    substatus = _SUBSTATUS.search(body)
    title = _TITLE.search(body)
    line = int(place["line"]) if place else 0
    return PageWords(
        said=said,
        title=_clean(title[1]) if title else "",
        substatus=substatus["status"] if substatus else "",
        file=_clean(place["file"]) if place else _clean(iis_file["file"]).removeprefix("\\\\?\\") if iis_file else "",
        line=line or None,
    )


def _clean(fragment: str) -> str:
    """Text of an HTML fragment on one line, masked and cut."""
    text = _SPACE.sub(" ", html.unescape(_TAG.sub("", fragment))).strip()
    text = mask_blobs(mask_config_text(text))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
