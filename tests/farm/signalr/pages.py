# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Error pages of ASP.NET, IIS and HTTP.sys: their sentences in a markup of our own."""

from __future__ import annotations

from html import escape
from pathlib import Path

from .answers import ASPNET_HEADERS, IIS_HEADERS, Answer
from .config_file import Fault
from .iis_native import NativeFault

_HTTP_SYS = {
    400: ("Bad Request", "Bad Request - Invalid Hostname", "HTTP Error 400. The request hostname is invalid."),
    404: ("Not Found", "Not Found", "HTTP Error 404. The requested resource is not found."),
    503: ("Service Unavailable", "Service Unavailable", "HTTP Error 503. The service is unavailable."),
}
_CONFIGURATION = (
    "An error occurred during the processing of a configuration file required to service this request. Please review the specific error "
    "details below and modify your configuration file appropriately."
)
_EXECUTION = (
    "An unhandled exception occurred during the execution of the current web request. Please review the stack trace for more information "
    "about the error and where it originated in the code."
)
_REMOTE = (
    "An application error occurred on the server. The current custom error settings for this application prevent the details of the "
    "application error from being viewed remotely (for security reasons). It could, however, be viewed by browsers running on the local "
    "server machine."
)
_NOT_FOUND = (
    "HTTP 404. The resource you are looking for (or one of its dependencies) could have been removed, had its name changed, or is "
    "temporarily unavailable. Please review the following URL and make sure that it is spelled correctly."
)
_VERSION = "Version Information: Microsoft .NET Framework Version:4.0.30319; ASP.NET Version:4.8.4494.0"
_CONTEXT_LINES = 2


class DotNetError(Exception):
    """An exception of the application that nobody handles; `type_name` as .NET writes it."""

    def __init__(self, message: str, type_name: str = "System.InvalidOperationException") -> None:
        super().__init__(message)
        self.type_name = type_name


def http_sys(status: int) -> Answer:
    """What the kernel driver says when no worker process is there to say anything."""
    title, heading, sentence = _HTTP_SYS[status]
    page = (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN""http://www.w3.org/TR/html4/strict.dtd">\r\n'
        f"<HTML><HEAD><TITLE>{title}</TITLE>\r\n"
        '<META HTTP-EQUIV="Content-Type" Content="text/html; charset=us-ascii"></HEAD>\r\n'
        f"<BODY><h2>{heading}</h2>\r\n<hr><p>{sentence}</p>\r\n</BODY></HTML>\r\n"
    )
    headers = {"Content-Type": "text/html; charset=us-ascii", "Server": "Microsoft-HTTPAPI/2.0", "Connection": "close"}
    return Answer(status, headers, page.encode("ascii"))


def configuration_error(application: str, fault: Fault, *, remote: bool) -> Answer:
    """ "Configuration Error": the sentence, the file, the line."""
    if remote:
        return runtime_error(application)
    details = (
        f"<p><b>Parser Error Message:</b> {_escape(fault.message)}</p>\r\n<p><b>Source Error:</b></p>\r\n<pre>{_source(fault)}</pre>\r\n"
        f"<p><b>Source File:</b> {_escape(str(fault.file))} <b>Line:</b> {fault.line}</p>\r\n<p>{_VERSION}</p>\r\n"
    )
    return _yellow(500, application, "Configuration Error", _CONFIGURATION, details)


def unhandled(application: str, error: DotNetError, *, remote: bool) -> Answer:
    """The page of an exception nobody handled."""
    if remote:
        return runtime_error(application)
    message = _escape(str(error))
    details = f"<p><b>Exception Details:</b> {error.type_name}: {message}</p>\r\n<p>{_VERSION}</p>\r\n"
    return _yellow(500, application, message, _EXECUTION, details)


def runtime_error(application: str) -> Answer:
    """What a remote client sees instead of the details."""
    return _yellow(500, application, "Runtime Error", _REMOTE, "")


def not_found(application: str, path: str) -> Answer:
    """ASP.NET's 404."""
    details = f"<p><b>Requested URL:</b> {_escape(path)}</p>\r\n<p>{_VERSION}</p>\r\n"
    return _yellow(404, application, "The resource cannot be found.", _NOT_FOUND, details)


def offline(page: bytes) -> Answer:
    """App_Offline.htm."""
    return Answer(503, ASPNET_HEADERS | {"Content-Type": "text/html", "Retry-After": "3600"}, page)


def malformed_xml(file: Path) -> Answer:
    """IIS reads web.config before ASP.NET does, and refuses what is not XML."""
    return _bad_configuration("0x8007000d", "Configuration file is not well-formed XML", file)


def folder_missing(file: Path) -> Answer:
    """The physical path of the application does not exist."""
    return _bad_configuration("0x80070003", "Cannot read configuration file", file)


def refused_by_iis(fault: NativeFault) -> Answer:
    """What IIS itself finds wrong in a web.config."""
    return _bad_configuration(fault.code, fault.message, fault.file, fault.line)


def query_too_long() -> Answer:
    """Request filtering, `maxQueryString`."""
    summary = "The request filtering module is configured to deny a request where the query string is too long."
    return _iis(404, "404.15 - Not Found", summary, {"Module": "RequestFilteringModule", "Error Code": "0x00000000"})


def _bad_configuration(code: str, error: str, file: Path, line: int = 0) -> Answer:
    summary = "The requested page cannot be accessed because the related configuration data for the page is invalid."
    details = {"Error Code": code, "Config Error": error, "Config File": f"\\\\?\\{file}"} | ({"Config Line": str(line)} if line else {})
    return _iis(500, "500.19 - Internal Server Error", summary, details)


def _iis(status: int, heading: str, summary: str, details: dict[str, str]) -> Answer:
    rows = "".join(f"<tr><th>{name}</th><td>{_escape(value)}</td></tr>\r\n" for name, value in details.items())
    page = (
        f"<!DOCTYPE html>\r\n<html><head><title>IIS 10.0 Detailed Error - {heading}</title></head>\r\n<body>\r\n"
        f"<h1>HTTP Error {heading}</h1>\r\n<p>{summary}</p>\r\n<table>\r\n{rows}</table>\r\n</body></html>\r\n"
    )
    return Answer(status, IIS_HEADERS | {"Content-Type": "text/html"}, page.encode())


def _yellow(status: int, application: str, title: str, description: str, details: str) -> Answer:
    page = (
        f"<!DOCTYPE html>\r\n<html><head><title>{title}</title></head>\r\n<body>\r\n"
        f"<h1>Server Error in '{_escape(application)}' Application.</h1>\r\n<h2>{title}</h2>\r\n"
        f"<p><b>Description:</b> {description}</p>\r\n{details}</body></html>\r\n"
    )
    return Answer(status, ASPNET_HEADERS | {"Content-Type": "text/html; charset=utf-8"}, page.encode())


def _source(fault: Fault) -> str:
    if fault.line <= 0 or not fault.file.is_file():
        return "[No relevant source lines]"
    lines = fault.file.read_text(encoding="utf-8", errors="replace").splitlines()
    shown = range(max(1, fault.line - _CONTEXT_LINES), min(len(lines), fault.line + _CONTEXT_LINES) + 1)
    # ASP.NET hides a line of machineKey's file as little as any other; the simulated one does not repeat keys into test logs.
    return "\r\n".join(f"Line {number}:" + (" <-- here" if number == fault.line else "") for number in shown)


def _escape(text: str) -> str:
    return escape(text).replace("&#x27;", "&#39;")
