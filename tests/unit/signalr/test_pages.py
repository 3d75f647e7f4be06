# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one sentence that matters out of a page, and nothing else of it."""

from __future__ import annotations

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.signalr.pages import read_page

KEY = "0123456789ABCDEF" * 8
#: ASP.NET quotes the lines around the fault: the key stands on the page in clear.
YELLOW = f"""<!DOCTYPE html><html><head><title>Configuration Error</title></head><body>
<span><H1>Server Error in '/' Application.<hr></H1><h2> <i>Configuration Error</i> </h2></span>
<b> Description: </b>An error occurred during the processing of a configuration file required to service this request.<br><br>
<b> Parser Error Message: </b>Validation key specified has invalid hex characters.<br><br>
<b>Source Error:</b> <br><br><table><tr><td><code><pre>
Line 4:  &lt;system.web&gt;
<font color=red>Line 5:    &lt;machineKey validationKey=&quot;{KEY},IsolateApps&quot; /&gt;</font>
</pre></code></td></tr></table><br>
<b> Source File: </b> C:\\inetpub\\chat\\web.config<b> &nbsp;&nbsp; Line: </b> 5
</body></html>
<!-- \r\n[ConfigurationErrorsException]: Validation key specified has invalid hex characters. (C:\\inetpub\\chat\\web.config line 5)\r\n-->"""
GERMAN = """<html><head><title>Konfigurationsfehler</title></head><body><b> Parserfehlermeldung: </b>Ungültige Hexadezimalzeichen.<br>
</body></html><!-- \r\n[ConfigurationErrorsException]: Der Validierungsschlüssel hat ungültige Hexadezimalzeichen. (C:\\x\\web.config line 5)\r\n-->"""
IIS_DETAILED = """<html><head><title>IIS 10.0 Detailed Error - 500.19 - Internal Server Error</title></head><body>
<h3>HTTP Error 500.19 - Internal Server Error</h3><h4>The requested page cannot be accessed ...</h4>
<table><tr><th>Error Code</th><td>0x8007000d</td></tr><tr><th>Config Error</th><td>Configuration file is not well-formed XML</td></tr>
<tr><th>Config File</th><td>\\\\?\\C:\\inetpub\\chat\\web.config</td></tr></table></body></html>"""
HTTP_SYS = """<HTML><HEAD><TITLE>Service Unavailable</TITLE></HEAD><BODY><h2>Service Unavailable</h2>
<hr><p>HTTP Error 503. The service is unavailable.</p></BODY></HTML>"""
EXCEPTION = """<html><head><title>Error occurred during a cryptographic operation.</title></head><body>
<b> Exception Details: </b>System.Security.Cryptography.CryptographicException: Error occurred during a cryptographic operation.<br><br>"""
SECRET_SENTENCE = f'<b> Parser Error Message: </b>Bad value &lt;machineKey decryptionKey="{KEY}"&gt;<br>'

#: name, body, sentence, substatus, place
PAGES = [
    ("yellow", YELLOW, "Validation key specified has invalid hex characters.", "", r"C:\inetpub\chat\web.config, line 5"),
    ("german", GERMAN, "Der Validierungsschlüssel hat ungültige Hexadezimalzeichen.", "", ""),
    ("iis", IIS_DETAILED, "Configuration file is not well-formed XML", "500.19", r"C:\inetpub\chat\web.config"),
    ("http.sys", HTTP_SYS, "HTTP Error 503. The service is unavailable.", "", ""),
    (
        "exception",
        EXCEPTION,
        "System.Security.Cryptography.CryptographicException: Error occurred during a cryptographic operation.",
        "",
        "",
    ),
    ("plain", "The ConnectionId is in the incorrect format.", "The ConnectionId is in the incorrect format.", "", ""),
    ("two spaces", "Unrecognized user identity.  The user", "Unrecognized user identity.  The user", "", ""),
    ("nothing", "", "", "", ""),
    ("json", '{"ConnectionToken":"abc"}', "", "", ""),
    ("key alone", KEY, "", "", ""),
    ("title only", "<html><title>Please log on</title><form>", "Please log on", "", ""),
]


@pytest.mark.parametrize(("body", "said", "substatus", "where"), [case[1:] for case in PAGES], ids=[case[0] for case in PAGES])
def test_the_sentence_is_found(body: str, said: str, substatus: str, where: str) -> None:
    words = read_page(body)
    assert (words.said, words.substatus, words.where) == (said, substatus, where)
    assert KEY not in repr(words)


def test_a_secret_in_the_sentence_itself_is_masked() -> None:
    said = read_page(SECRET_SENTENCE).said
    assert "Bad value" in said
    assert KEY not in said


def test_a_long_sentence_is_cut() -> None:
    assert len(read_page(f"<p>HTTP Error {'x ' * 500}</p>").said) == 300
