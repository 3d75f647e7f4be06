# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration files as people write them, made from a number: every habit of layout that an editor can destroy, in every form of bytes."""

from __future__ import annotations

import codecs
import random
import re
from dataclasses import dataclass
from itertools import product

__all__ = ["FILES", "LINE_ENDS", "VARIANTS", "Variant", "config_text"]

FILES = 300
LINE_ENDS = {"LF": ("\n",), "CRLF": ("\r\n",), "CR": ("\r",), "mixed": ("\n", "\r\n", "\r")}
#: Name -> codec, byte order mark, what the declaration says.
_ENCODINGS = {
    "utf-8": ("utf-8", b"", "utf-8"),
    "utf-8 BOM": ("utf-8", codecs.BOM_UTF8, "utf-8"),
    "utf-16 LE": ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16"),
    "utf-16 BE": ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16"),
    "windows-1252": ("windows-1252", b"", "windows-1252"),
}
_VALUES = (
    "",
    "1",
    "a b",
    "x&gt;y>z",
    "&quot;q&quot;",
    "C:\\data",
    "https://www.example.org/?a=1&amp;b=2",
    "caf\u00e9",
    "\u20ac 5",
    "&#8364;",
    "a\nb",
    "tab\there",
)
_COMMENTS = ("<!-- note -->", '<!-- <add key="Setting1" value="off"/> -->', "<!--\n   several\n lines -->", "<!-- caf\u00e9 -->")


@dataclass(frozen=True)
class Variant:
    """One form of bytes."""

    encoding: str
    line_ends: str

    def __str__(self) -> str:
        return f"{self.encoding}, {self.line_ends}"

    @property
    def bom(self) -> bytes:
        return _ENCODINGS[self.encoding][1]

    @property
    def codec(self) -> str:
        return _ENCODINGS[self.encoding][0]

    def data(self, text: str) -> bytes:
        """``text``, which has LF and ``{encoding}`` in its declaration, in this form."""
        ends, number = LINE_ENDS[self.line_ends], iter(range(len(text)))
        text = re.sub("\n", lambda _: ends[next(number) % len(ends)], text.replace("{encoding}", _ENCODINGS[self.encoding][2]))
        return self.bom + text.encode(self.codec)


VARIANTS = tuple(Variant(encoding, ends) for encoding, ends in product(_ENCODINGS, LINE_ENDS))


class _Writer:
    """One author's habits, drawn from ``number``."""

    def __init__(self, number: int) -> None:
        self.random = random.Random(number)
        self.unit = self.random.choice(("  ", "    ", "\t", ""))
        self.quote = self.random.choice(('"', '"', '"', "'"))
        self.close = self.random.choice(("/>", " />", " />", "\n/>"))
        self.number = number

    def attribute(self, name: str, value: str) -> str:
        equals = self.random.choice(("=",) * 8 + (" = ", "= "))
        quote = "'" if '"' in value else self.quote
        return f"{name}{equals}{quote}{value}{quote}"

    def tag(self, element: str, depth: int, /, **attributes: str) -> str:
        gap = self.random.choice((" ",) * 6 + ("  ", "\n" + self.unit * (depth + 1)))
        written = "".join(gap + self.attribute(key, value) for key, value in attributes.items())
        close = self.close if self.random.random() < 0.9 else f"></{element}{self.random.choice(('', ' '))}>"
        return f"<{element}{written}{close}"

    def line(self, depth: int, text: str) -> str:
        behind = "  <!-- here -->" if self.random.random() < 0.05 else ""
        return f"{self.unit * depth}{text}{behind}\n" + ("\n" if self.random.random() < 0.1 else "")

    def section(self, name: str, depth: int, lines: list[str]) -> str:
        inner = "".join(
            (self.line(depth + 1, self.random.choice(_COMMENTS)) if self.random.random() < 0.2 else "") + self.line(depth + 1, line)
            for line in lines
        )
        return f"{self.unit * depth}<{name}>\n{inner}{self.unit * depth}</{name}>\n"

    def value(self) -> str:
        return self.random.choice(_VALUES)

    def settings(self, depth: int) -> str:
        count = self.random.randint(2, 12)
        return self.section("appSettings", depth, [self.tag("add", depth + 1, key=f"Setting{n}", value=self.value()) for n in range(count)])

    def web(self, depth: int) -> str:
        lines = [
            self.tag("compilation", depth + 1, debug="true", targetFramework="4.8"),
            self.tag("httpRuntime", depth + 1, targetFramework="4.8", maxRequestLength="4096"),
        ]
        return self.section("system.web", depth, self.random.sample(lines, len(lines)))

    def server(self, depth: int) -> str:
        handlers = [
            self.tag("add", depth + 2, **{"name": f"Handler{n}", "path": "*", "verb": "GET,POST", "type": "A.B, C"})
            for n in range(self.random.randint(1, 4))
        ]
        return f"{self.unit * depth}<system.webServer>\n{self.section('handlers', depth + 1, handlers)}{self.unit * depth}</system.webServer>\n"

    def client(self, depth: int) -> str:
        setting = f'<setting name="Url" serializeAs="String"><value>{self.random.choice(("http://a/?b&amp;c", "<![CDATA[<x> & ]]>", " "))}</value></setting>'
        return self.section("applicationSettings", depth, [f"<Chat.Properties.Settings>{setting}</Chat.Properties.Settings >"])

    def bindings(self, depth: int) -> str:
        one = (
            "<dependentAssembly>"
            + self.tag("assemblyIdentity", depth + 2, **{"name": "Newtonsoft.Json", "publicKeyToken": "30ad4fe6b2a6aeed"})
            + self.tag("bindingRedirect", depth + 2, oldVersion="0.0.0.0-13.0.0.0", newVersion="13.0.0.0")
            + "</dependentAssembly>"
        )
        return self.section("runtime", depth, [f'<assemblyBinding xmlns="urn:schemas-microsoft-com:asm.v1">{one}</assemblyBinding>'])

    def file(self) -> str:
        draw = self.random
        parts = [self.settings(1), self.web(1)]
        parts += [part(1) for part in (self.server, self.client, self.bindings) if draw.random() < 0.6]
        draw.shuffle(parts)
        if draw.random() < 0.3:
            parts.append(f'{self.unit}<location path="sub" inheritInChildApplications="false">\n{self.web(2)}{self.unit}</location>\n')
        head = draw.choice(('<?xml version="1.0" encoding="{encoding}"?>', "<?xml version='1.0'  encoding='{encoding}' ?>"))
        top = draw.choice(("\n", "\n\n", "\n<!-- of the team -->\n", "\n<?pi  of a tool ?>\n"))
        root = draw.choice(
            ("<configuration>", "<configuration >", '<configuration xmlns="http://schemas.microsoft.com/.NetConfiguration/v2.0">')
        )
        return f"{head}{top}{root}\n{''.join(parts)}</configuration>" + draw.choice(("", "\n", "\n\n", "\n<!-- end -->"))


def config_text(number: int) -> str:
    """File ``number``: with LF, and ``{encoding}`` where the declaration names the encoding."""
    return _Writer(number).file()
