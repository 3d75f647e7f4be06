# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytes of a configuration file <-> text, without losing one.

The byte order mark decides, then the XML declaration, then UTF-8 (XML 1.0, appendix F). A declaration that contradicts the bytes is
never rewritten in passing. ASP.NET follows the declaration in more cases than an editor does; ``as_aspnet`` reads as it does.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from ..errors import ConfigSyntaxError
from .limits import MAX_BYTES
from .lines import Lines

__all__ = ["DECLARATION", "Encoding", "decode", "encode"]

#: The XML declaration, with the parts of it that are checked later.
DECLARATION = re.compile(
    r"""<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?P<version>"[^"]*"|'[^']*')"""
    r"""(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?P<encoding>"[^"]*"|'[^']*'))?"""
    r"""(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?P<standalone>"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>"""
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = ((b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"), (b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"))
#: Windows gives these names to supersets; anything else is what Python calls by that name.
_WINDOWS_NAMES = {"gb2312": "gbk", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "cp950"}
_ALIASES = {"unicode": "utf-16", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}
_TEXT_CODECS = re.compile(r"utf-(8|16|32)(-[lb]e)?|ascii|iso8859-\d+|cp\d+|gbk|gb18030|koi8-[ru]|mac-\w+|shift_jis|euc_\w+|iso2022_\w+")


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How a file's text became bytes."""

    bom: bytes
    codec: str
    written_codec: str  # what new text has to fit in; ASCII where two readers may differ about the encoding
    declared: str | None = None
    warning: str = ""


def _lookup(label: str) -> str | None:
    try:
        name = codecs.lookup(_ALIASES.get(label.lower(), label)).name if label.strip() == label and label else ""
    except LookupError:
        return None
    name = _WINDOWS_NAMES.get(name, name)
    return name if _TEXT_CODECS.fullmatch(name) else None


def _decoded(data: bytes, codec: str, bom: bytes, name: str) -> str:
    body = data[len(bom) :]
    try:
        text = body.decode(codec)
    except UnicodeDecodeError as error:
        before = body[: error.start].decode(codec, "replace")
        lines = Lines(before)
        raise ConfigSyntaxError(
            "Invalid character in the given encoding.",
            where=name,
            line=lines.line(len(before)),
            column=lines.column(len(before)),
            next_step=f"The bytes are not {codec}: save the file in the encoding that it declares.",
        ) from None
    if text.encode(codec) != body:
        raise ConfigSyntaxError(
            f"The file cannot be kept byte for byte as {codec}.", where=name, next_step="Save it as UTF-8 and declare that encoding."
        )
    return text


def _declared(text: str) -> tuple[str, int] | None:
    declaration = DECLARATION.match(text)
    if declaration is None or declaration["encoding"] is None:
        return None
    return declaration["encoding"][1:-1], declaration.start("encoding") + 1


def _family(codec: str) -> str:
    return re.sub(r"-[lb]e$", "", codec)


def decode(data: bytes, *, name: str = "", as_aspnet: bool = False) -> tuple[str, Encoding]:
    """Text and encoding of ``data``; ``name`` is the file that errors name. Raises ``ConfigSyntaxError``."""
    if len(data) > MAX_BYTES:
        raise ConfigSyntaxError(
            f"The file has {len(data)} bytes; more than {MAX_BYTES} are not read.", where=name, next_step="IIS itself reads at most 250 kB."
        )
    bom, codec = next(((mark, found) for mark, found in _BOMS if data.startswith(mark)), (b"", ""))
    if not codec:
        codec = next((found for start, found in _UNMARKED if data.startswith(start)), "")
    wide = bool(codec) and codec != "utf-8"
    head = data[len(bom) : len(bom) + 4096].decode(codec or "latin-1", "replace")
    declared = _declared(head)
    wanted = _lookup(declared[0]) if declared else None
    if declared and wanted is None and (as_aspnet or not bom):
        raise ConfigSyntaxError(
            f"System does not support '{declared[0]}' encoding.",
            where=name,
            line=1,
            column=declared[1] + 1,
            next_step="Declare the encoding that the file is saved in, utf-8 for instance.",
        )
    warning = ""
    if wide:
        if wanted and _family(wanted) != _family(codec):
            if as_aspnet:
                lines = Lines(head)
                line = lines.line(DECLARATION.match(head).end()) + 1  # type: ignore[union-attr]
                raise ConfigSyntaxError("'.', hexadecimal value 0x00, is an invalid character.", where=name, line=line, column=1)
            warning = f"The file is {codec} and declares {declared[0] if declared else ''}: ASP.NET cannot read it."
        written = codec
    elif wanted and _family(wanted) in ("utf-16", "utf-32"):
        if as_aspnet:
            raise ConfigSyntaxError("There is no Unicode byte order mark. Cannot switch to Unicode.", where=name)
        codec, written = "utf-8", "ascii"
        warning = f"The file declares {declared[0] if declared else ''} without being it: ASP.NET cannot read it."
    elif wanted and wanted != "utf-8":
        written = wanted
        if bom and not as_aspnet:
            codec, written = "utf-8", "ascii"
            warning = f"The file has a UTF-8 byte order mark and declares {declared[0] if declared else ''}."
        elif wanted == "ascii":
            codec = "latin-1"
        else:
            codec = wanted
    else:
        codec = written = "utf-8"
    text = _decoded(data, codec, bom, name)
    if as_aspnet and wanted == "ascii":
        text = re.sub(r"[\x80-\xff]", "?", text)
    return text, Encoding(bom=bom, codec=codec, written_codec=written, declared=declared[0] if declared else None, warning=warning)


def encode(text: str, encoding: Encoding) -> bytes:
    """The bytes that ``decode`` would turn into ``text`` again."""
    return encoding.bom + text.encode(encoding.codec)
