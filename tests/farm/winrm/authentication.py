# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is asking: Basic and NTLM (in Negotiate) as HTTP.sys does them, NTLM bound to its TCP connection, with message encryption.

Message encryption: MS-WSMV section 2.2.9.1. The lines of a MIME part's header begin with a TAB there.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import spnego
import spnego.exceptions

__all__ = ["Accounts", "Negotiation", "is_encrypted"]

BOUNDARY = b"--Encrypted Boundary"
PROTOCOL = b"application/HTTP-SPNEGO-session-encrypted"
ENCRYPTED_TYPE = f'multipart/encrypted;protocol="{PROTOCOL.decode()}";boundary="Encrypted Boundary"'
OCTETS = b"\tContent-Type: application/octet-stream\r\n"


@dataclass(frozen=True)
class Accounts:
    """Who may log on to the nodes: passwords by user name (``name``, ``DOMAIN\\name`` or ``name@REALM``).

    ``store`` is the file in which the NTLM library looks passwords up; it is written with mode 0600.
    """

    passwords: Mapping[str, str] = field(repr=False)
    store: Path

    def __post_init__(self) -> None:
        lines = []
        for user, password in self.passwords.items():
            domain, _separator, name = user.rpartition("\\")
            lines.append(f"{domain}:{name}:{password}\n")
        with os.fdopen(os.open(self.store, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
            stream.writelines(lines)

    def accepts_basic(self, credentials: str) -> bool:
        """Whether the Base64 text of a Basic header is a known user with the right password."""
        try:
            user, _separator, password = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        known = next((value for name, value in self.passwords.items() if name.lower() == user.lower()), None)
        return known is not None and hmac.compare_digest(known.encode(), password.encode())

    @contextmanager
    def at_hand(self) -> Iterator[None]:
        """Name the file to the NTLM library, which knows it by an environment variable only; not across an ``await``."""
        before = os.environ.get("NTLM_USER_FILE")
        os.environ["NTLM_USER_FILE"] = str(self.store)
        try:
            yield
        finally:
            if before is None:
                del os.environ["NTLM_USER_FILE"]
            else:
                os.environ["NTLM_USER_FILE"] = before


class Negotiation:
    """NTLM's handshake on one TCP connection, and afterwards its keys."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        with accounts.at_hand():
            self._context = spnego.server(protocol="negotiate", options=spnego.NegotiateOptions.use_ntlm)

    @property
    def complete(self) -> bool:
        return self._context.complete

    def step(self, token: str) -> str | None:
        """Take the client's token in; the answer's token, or None when the client is not who it says it is."""
        try:
            with self._accounts.at_hand():
                reply = self._context.step(base64.b64decode(token, validate=True))
        except (spnego.exceptions.SpnegoError, binascii.Error, ValueError, struct.error):
            return None
        return base64.b64encode(reply or b"").decode()

    def decrypt(self, body: bytes) -> bytes:
        """The message in a multipart/encrypted body; raises ``ValueError`` when there is none or it was tampered with."""
        message = b""
        parts = [part for part in body.split(BOUNDARY) if part not in (b"", b"--\r\n", b"--")]
        for header, sealed in zip(parts[::2], parts[1::2], strict=True):
            length = int(header.partition(b"Length=")[2].split()[0])
            data = sealed.removeprefix(b"\r\n").removeprefix(OCTETS)
            (size,) = struct.unpack_from("<i", data)
            try:
                clear = self._context.unwrap_winrm(data[4 : 4 + size], data[4 + size :])
            except spnego.exceptions.SpnegoError as error:
                raise ValueError("the message was not sealed by this connection's client") from error
            if len(clear) != length:
                raise ValueError(f"a message of {length} bytes was announced, {len(clear)} came")
            message += clear
        return message

    def encrypt(self, message: bytes) -> bytes:
        """A multipart/encrypted body with the message in one part."""
        sealed = self._context.wrap_winrm(message)
        return b"".join(
            (
                BOUNDARY + b"\r\n\tContent-Type: " + PROTOCOL + b"\r\n",
                b"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=" + str(len(message)).encode() + b"\r\n",
                BOUNDARY + b"\r\n" + OCTETS,
                struct.pack("<i", len(sealed.header)) + sealed.header + sealed.data,
                BOUNDARY + b"--\r\n",
            )
        )


def is_encrypted(content_type: str) -> bool:
    """Whether a body of this content type is a sealed message."""
    return content_type.startswith("multipart/encrypted")
