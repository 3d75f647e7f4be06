# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WS-Management messages of the remote shell: what a request says, and the answers to it.

Shapes and codes: MS-WSMV (Web Services Management Protocol Extensions for Windows Vista), sections 3.1.4.5 to 3.1.4.14.
Only what a remote shell needs is here; anything else gets the fault that Windows gives for it.
"""

from __future__ import annotations

import base64
import re
import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from xml.sax.saxutils import escape

__all__ = ["Fault", "Faulted", "Message", "answer", "created", "fault_answer", "received"]

SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
COMMAND_SHELL = f"{SHELL}/cmd"
NAMESPACES = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "rsp": SHELL,
}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())


@dataclass(frozen=True)
class Fault:
    """A WS-Management fault: ``code`` is the number in WSManFault/@Code, ``reason`` its sentence."""

    code: int
    subcode: str
    reason: str


class Faulted(Exception):
    """The request is answered with ``fault``."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


OPERATION_TIMED_OUT = Fault(
    2150858793, "w:TimedOut", "The WS-Management service cannot complete the operation within the time specified in OperationTimeout."
)
UNKNOWN_SHELL = Fault(
    2150858843,
    "w:InvalidSelectors",
    "The request for the Windows Remote Shell with ShellId failed because the shell was not found on the server.",
)
UNKNOWN_ACTION = Fault(
    2150858769, "a:ActionNotSupported", "The WS-Management service does not support the action specified in the message."
)
UNKNOWN_RESOURCE = Fault(
    2150858752, "w:InvalidResourceURI", "The WS-Management service cannot process the request. The resource URI is not known."
)
NOT_UNDERSTOOD = Fault(
    2150858817, "w:SchemaValidationError", "The WS-Management service cannot process the request because the XML is invalid."
)


@dataclass(frozen=True)
class Message:
    """One request: its action, the shell and command it is about, and the body of that action."""

    action: str
    message_id: str
    resource: str
    shell_id: str
    options: dict[str, str]
    timeout: float
    """Seconds after which a Receive without output is to be answered with the time-out fault."""
    body: ET.Element

    @classmethod
    def parse(cls, data: bytes) -> Message:
        """Raises ``Faulted`` when the data is not a SOAP envelope."""
        try:
            envelope = ET.fromstring(data)
        except ET.ParseError:
            raise Faulted(NOT_UNDERSTOOD) from None
        header, body = envelope.find("s:Header", NAMESPACES), envelope.find("s:Body", NAMESPACES)
        if header is None or body is None:
            raise Faulted(NOT_UNDERSTOOD)
        selectors = {e.get("Name"): e.text or "" for e in header.iterfind("w:SelectorSet/w:Selector", NAMESPACES)}
        return cls(
            action=header.findtext("a:Action", "", NAMESPACES),
            message_id=header.findtext("a:MessageID", "", NAMESPACES),
            resource=header.findtext("w:ResourceURI", "", NAMESPACES),
            shell_id=selectors.get("ShellId", ""),
            options={e.get("Name", ""): e.text or "" for e in header.iterfind("w:OptionSet/w:Option", NAMESPACES)},
            timeout=_seconds(header.findtext("w:OperationTimeout", "PT20S", NAMESPACES)),
            body=body,
        )

    @property
    def command_line(self) -> str:
        """The command and its arguments, joined by blanks as the remote side does it."""
        parts = [self.body.findtext("rsp:CommandLine/rsp:Command", "", NAMESPACES)]
        parts += [e.text or "" for e in self.body.iterfind("rsp:CommandLine/rsp:Arguments", NAMESPACES)]
        return " ".join(parts)

    @property
    def command_id(self) -> str:
        """Of a Send, Receive or Signal."""
        for path in ("rsp:Send/rsp:Stream", "rsp:Receive/rsp:DesiredStream", "rsp:Signal"):
            element = self.body.find(path, NAMESPACES)
            if element is not None:
                return element.get("CommandId", "")
        return ""

    @property
    def standard_input(self) -> tuple[bytes, bool]:
        """The bytes of a Send and whether they are the last ones."""
        data, last = b"", False
        for stream in self.body.iterfind("rsp:Send/rsp:Stream", NAMESPACES):
            data += base64.b64decode(stream.text or "")
            last = last or stream.get("End", "").lower() in ("true", "1")
        return data, last


def _seconds(duration: str) -> float:
    match = re.fullmatch(r"PT(\d+(?:\.\d+)?)S", duration)
    return float(match[1]) if match else 20.0


def answer(message: Message, body: str) -> bytes:
    """The envelope round an answer's body; ``RelatesTo`` repeats the request's id, which clients compare."""
    return _envelope(f"{message.action}Response", message.message_id, body)


def fault_answer(error: Fault, relates_to: str = "") -> bytes:
    """A fault's envelope; it goes out with HTTP status 500."""
    return _envelope(
        "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault",
        relates_to,
        f"<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>{error.subcode}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en-US">{escape(error.reason)}</s:Text></s:Reason><s:Detail>'
        f'<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="{error.code}">'
        f"<f:Message>{escape(error.reason)}</f:Message></f:WSManFault></s:Detail></s:Fault>",
    )


def _envelope(action: str, relates_to: str, body: str) -> bytes:
    return (
        f'<s:Envelope xml:lang="en-US" {DECLARED}><s:Header><a:Action>{escape(action)}</a:Action>'
        f"<a:MessageID>uuid:{str(uuid.uuid4()).upper()}</a:MessageID><a:To>{NAMESPACES['a']}/role/anonymous</a:To>"
        f"<a:RelatesTo>{escape(relates_to)}</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def created(shell_id: str) -> str:
    """The body that tells a new shell's id."""
    return (
        f"<rsp:Shell><rsp:ShellId>{shell_id}</rsp:ShellId><rsp:ResourceUri>{COMMAND_SHELL}</rsp:ResourceUri></rsp:Shell>"
        f'<x:ResourceCreated xmlns:x="{TRANSFER}"><a:Address>http://127.0.0.1/wsman</a:Address><a:ReferenceParameters>'
        f'<w:ResourceURI>{COMMAND_SHELL}</w:ResourceURI><w:SelectorSet><w:Selector Name="ShellId">{shell_id}</w:Selector>'
        "</w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>"
    )


def received(command_id: str, *, stdout: bytes, stderr: bytes, exit_code: int) -> str:
    """The body with all output of a command that has ended."""
    streams = "".join(
        f'<rsp:Stream Name="{name}" CommandId="{command_id}">{base64.b64encode(data).decode()}</rsp:Stream>'
        for name, data in (("stdout", stdout), ("stderr", stderr))
        if data
    )
    ends = "".join(f'<rsp:Stream Name="{name}" CommandId="{command_id}" End="true"/>' for name in ("stdout", "stderr"))
    state = f'<rsp:CommandState CommandId="{command_id}" State="{SHELL}/CommandState/Done"><rsp:ExitCode>{exit_code}</rsp:ExitCode></rsp:CommandState>'
    return f"<rsp:ReceiveResponse>{streams}{ends}{state}</rsp:ReceiveResponse>"
