# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The effective machine key through a hierarchy of files, as Microsoft's configuration engine computes it."""

from __future__ import annotations

import base64
import gzip
import json

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.machinekey import DEFAULTS, DisclosedKeys, effective_machine_key, generate
from ansible_collections.webfarm.signalr.plugins.plugin_utils.machinekey.disclosed import hash_of
from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig import ConfigFile

SECTION = "system.web/machineKey"
KEY, OTHER = generate(), generate()
V, D = KEY.validation_key, KEY.decryption_key


def config(attributes: str = "", *, inner: str = "") -> bytes:
    element = f"<machineKey {attributes}>{inner}</machineKey>" if attributes or inner else ""
    return f"<configuration>\n  <system.web>\n    {element}\n  </system.web>\n</configuration>\n".encode()


BOTH = f'validationKey="{V}" decryptionKey="{D}"'
ENCRYPTED = (
    '<EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#"><CipherData><CipherValue>AA==</CipherValue></CipherData></EncryptedData>'
)

# title, site file, application file, kind, {attribute: level}
HIERARCHIES = [
    ("nothing anywhere", None, None, "auto", {}),
    ("an empty element", None, "{}", "auto", {}),
    ("in the application", None, BOTH, "literal", {"validationKey": "app /chat", "decryptionKey": "app /chat"}),
    ("inherited from the site", BOTH, None, "literal", {"validationKey": "site", "decryptionKey": "site"}),
    (
        "one half of each",
        f'validationKey="{V}"',
        f'decryptionKey="{D}" decryption="AES"',
        "literal",
        {"validationKey": "site", "decryptionKey": "app /chat", "decryption": "app /chat"},
    ),
    ("half a key", None, f'validationKey="{V}"', "mixed", {"validationKey": "app /chat"}),
    (
        "the application goes back to AutoGenerate",
        BOTH,
        'validationKey="AutoGenerate,IsolateApps" decryptionKey="AutoGenerate,IsolateApps"',
        "auto",
        {"validationKey": "app /chat", "decryptionKey": "app /chat"},
    ),
    (
        "the algorithm above spoils the key below",
        'validation="MD5"',
        BOTH,
        "invalid",
        {"validation": "site", "validationKey": "app /chat", "decryptionKey": "app /chat"},
    ),
    (
        "IIS Manager's suffix",
        None,
        f'validationKey="{V},IsolateApps" decryptionKey="{D},IsolateApps"',
        "invalid",
        {"validationKey": "app /chat", "decryptionKey": "app /chat"},
    ),
]


def effective(site: bytes | None, app: bytes | None, *, folder: str = "", files=None, **options):
    levels = [ConfigFile("site", site), ConfigFile("app", app, path="/chat", folder=folder, files=files or {})]
    return effective_machine_key(levels, at="/chat", **options)


def bytes_of(attributes: str | None) -> bytes | None:
    return None if attributes is None else config("" if attributes == "{}" else attributes)


@pytest.mark.parametrize(("title", "site", "app", "kind", "levels"), HIERARCHIES, ids=[case[0] for case in HIERARCHIES])
def test_kind_and_origin(title, site, app, kind, levels):
    found = effective(bytes_of(site), bytes_of(app))
    assert found.kind == kind
    assert {name: origin.level for name, origin in found.origins.items()} == levels
    assert all(origin.line == 3 and origin.file for origin in found.origins.values())
    assert (found.key is not None) == (kind == "literal") == (found.fingerprint is not None)
    assert bool(found.problems) == (kind not in ("literal", "auto"))
    assert V not in repr(found) and D not in repr(found)


def test_the_key_has_aspnets_defaults():
    found = effective(None, config(f'validationKey=" {V.lower()} " decryptionKey="{D}"'))
    assert found.key.validation == "HMACSHA256" and found.key.decryption == "Auto"
    assert found.fingerprint == KEY.fingerprint


def test_problems_name_file_line_and_attribute():
    (problem,) = effective(None, config(f'validationKey="{V[:-1]}" decryptionKey="{D}"'), folder=r"C:\inetpub\chat").problems
    assert (problem.attribute, problem.origin.file, problem.origin.line) == ("validationKey", r"C:\inetpub\chat\web.config", 3)
    assert problem.sentence.startswith("Validation key specified has invalid hex characters.")
    (problem,) = effective(None, config(f'validationKey="{V}"')).problems
    assert (problem.attribute, problem.origin.file) == ("decryptionKey", "")  # nothing sets it
    assert "only half" in problem.sentence


@pytest.mark.parametrize(
    ("folder", "file"), [("", "keys.config beside web.config of /chat"), ("D:\\apps\\chat\\", "D:\\apps\\chat\\keys.config")]
)
def test_a_key_in_another_file(folder, file):
    keys = f"\n<machineKey {BOTH} />".encode()
    found = effective(None, config('configSource="keys.config"'), folder=folder, files={"keys.config": keys})
    assert found.fingerprint == KEY.fingerprint
    assert (found.origins["validationKey"].file, found.origins["validationKey"].line) == (file, 2)


def test_refused_files_are_told_as_aspnet_tells_them():
    twice = b"<configuration><system.web>\n<machineKey />\n<machineKey />\n</system.web></configuration>"
    found = effective(twice, config(BOTH))
    assert found.kind == "refused" and found.key is None
    (problem,) = found.problems
    assert problem.sentence.startswith("Sections must only appear once per config file.")
    assert (problem.origin.level, problem.origin.file, problem.origin.line) == ("site", "the site's web.config", 3)
    assert problem.next_step


@pytest.mark.parametrize("data", [b"<configuration>", b"<!DOCTYPE configuration [<!ENTITY a 'b'>]><configuration/>", b"\xff\xfe\x00"])
def test_what_cannot_be_read_is_refused(data):
    found = effective(None, data)
    assert found.kind == "refused" and found.problems[0].origin.line is not None


def test_an_encrypted_section_is_not_determined():
    found = effective(config(BOTH), config('configProtectionProvider="RsaProtectedConfigurationProvider"', inner=ENCRYPTED))
    assert found.kind == "protected" and found.key is None
    (problem,) = found.problems
    assert "is encrypted" in problem.sentence and "aspnet_regiis -pdf" in problem.next_step


def test_the_list_of_disclosed_keys_is_asked():
    listed = DisclosedKeys(frozenset({hash_of(D)}))
    assert [finding.code for finding in effective(None, config(BOTH), disclosed=listed).findings] == ["disclosed"]


def hierarchy(request, folder):
    levels = {level["level"]: level for level in request["levels"] if level["level"] in ("machine", "root")}
    above = []
    for name, file in (("machine", "machine.config"), ("root", "web.config")):
        level = levels.get(name, {"level": name})
        data = (folder / file).read_bytes()
        if "insert" in level:
            data = data.replace(b"</configuration>", level["insert"].encode() + b"</configuration>")
        elif "text" in level or "base64" in level:
            data = content(level)
        above.append(ConfigFile(name, data, files=references(level)))
    below = [level for level in request["levels"] if level["level"] not in ("machine", "root")]
    return above + [
        ConfigFile(
            level["level"],
            content(level),
            path=level.get("vpath", "/"),
            files=references(level),
            folder=level.get("file", "").rpartition("\\")[0],
        )
        for level in below
    ]


def content(level):
    if "base64" in level:
        return base64.b64decode(level["base64"])
    return level["text"].encode() if "text" in level else None


def references(level):
    return {name: text.encode() for name, text in level.get("files", {}).items()}


def test_recorded_hierarchies(golden):
    """Values and origins of every recorded case whose key Microsoft's engine can read, and a refusal for every other."""
    folder = golden / "config"
    compared = {"read": 0, "refused": 0, "protected": 0, "stricter": 0}
    for line in gzip.decompress((folder / "cases.jsonl.gz").read_bytes()).splitlines():
        case = json.loads(line)
        answer = case["answer"]["sections"].get(SECTION)
        if answer is None:
            continue
        request = case["request"]
        found = effective_machine_key(
            hierarchy(request, folder), at=request.get("at"), site_name=request.get("site_name", "Default Web Site")
        )
        title = f"{case['kind']}/{case['name']}"
        if found.kind == "protected":
            assert "Failed to decrypt" in answer["error"]["message"] or "protection provider" in answer["error"]["message"], title
            compared["protected"] += 1
        elif "attributes" in answer:
            if found.kind == "refused" and case["kind"] in STRICTER:
                compared["stricter"] += 1
                continue
            assert found.kind != "refused", title
            for name, wanted in answer["attributes"].items():
                assert found.values.get(name, DEFAULTS.get(name, wanted["value"])) == wanted["value"].strip(), (title, name)
                origin = found.origins.get(name)
                assert (origin.level if origin else "default") == wanted["from"], (title, name)
                assert (origin.line if origin else None) == wanted.get("line"), (title, name)
            compared["read"] += 1
        else:
            assert found.kind == "refused", title
            compared["refused"] += 1
    assert compared["read"] > 300 and compared["refused"] > 200 and compared["protected"] >= 3 and compared["stricter"] < 10, compared


#: Kinds of cases in which we refuse on purpose what .NET lets pass: DTDs, undeclared entities, control characters.
STRICTER = ("malformed", "root-element", "encoding", "config-source")
