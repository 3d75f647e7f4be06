# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random hierarchies: what we say of them, and what Microsoft's configuration engine says."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from random import Random
from typing import Any

from ansible_collections.webfarm.signalr.plugins.plugin_utils.webconfig import ConfigFile, ConfigurationError, effective_section

CASES = 250
SECTIONS = ("system.web/machineKey", "system.web/httpRuntime", "system.web/customErrors", "appSettings", "connectionStrings", "farm")
_CUT = "Error message from the provider"

# section -> attribute -> values
ATTRIBUTES = {
    "machineKey": {
        "validationKey": ["AA", "BB", " CC ", "AutoGenerate"],
        "decryptionKey": ["AA", "BB", ""],
        "validation": ["SHA1", "HMACSHA256"],
        "compatibilityMode": ["Framework45", "Framework20SP2", "framework45"],
        "applicationName": ["", "x"],
    },
    "httpRuntime": {
        "maxUrlLength": ["100", " 200 ", "-1", "0x10", "x"],
        "executionTimeout": ["5", "0", "a"],
        "enable": ["true", "FALSE", "no"],
        "targetFramework": ["4.8", ""],
        "requestValidationMode": ["2.0", "4", "4.5"],
        "fcnMode": ["Single", "single", "Disabled,Single"],
    },
    "customErrors": {"mode": ["On", "Off", "off"], "defaultRedirect": ["/e"], "redirectMode": ["ResponseRewrite"]},
}
LOCKS = {
    "lockAttributes": ["validationKey", "validation, decryptionKey", "*", "", "maxUrlLength", "mode"],
    "lockAllAttributesExcept": ["validation", "", "enable;mode"],
    "lockItem": ["true", "True", "false", "1"],
    "lockElements": ["*", "add", "error", "clear"],
}
LOCATION_PATHS = [".", "", "chat", "shop", "shop/chat", "Chat/sub", "c", "./x", "a*b", "chat/"]
SITE_PATHS = [".", "", "Farm", "farm/chat", "1/shop", "Other/chat", "Farm//chat", "Farm/chat/sub"]


class Writer:
    """Writes one file of a hierarchy, mostly right and sometimes not."""

    def __init__(self, random: Random, paths: list[str]) -> None:
        self.random = random
        self.paths = paths

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def attributes(self, section: str) -> str:
        pool = ATTRIBUTES.get(section, {})
        names = self.random.sample(sorted(pool), k=min(len(pool), self.random.randint(0, 3)))
        chosen = [(name, self.random.choice(pool[name][:2] if self.chance(0.9) else pool[name])) for name in names]
        if self.chance(0.08):
            name = self.random.choice(sorted(LOCKS))
            chosen.append((name, self.random.choice(LOCKS[name])))
        if self.chance(0.02):
            chosen.append((self.random.choice(["bogus", "configThing", "lockIt", "xmlns:x"]), "urn:b"))
        return "".join(f"{self.random.choice([' ', self.line()])}{name}='{value}'" for name, value in chosen)

    def line(self) -> str:
        return "\n    "

    def items(self, section: str) -> str:
        out = ""
        for _turn in range(self.random.randint(0, 3)):
            key, value = self.random.choice("abA"), self.random.choice("12")
            lock = (
                " lockItem='true'"
                if self.chance(0.05)
                else " lockAttributes='value'"
                if self.chance(0.04) and section == "appSettings"
                else ""
            )
            out += {
                "appSettings": self.random.choice(
                    [f"<add key='{key}' value='{value}'{lock}/>"] * 6 + [f"<remove key='{key}'/>", "<clear/>"]
                ),
                "connectionStrings": self.random.choice(
                    [f"<add name='{key}' connectionString='{value}'{lock}/>"] * 3 + [f"<remove name='{key}'/>"] * 3 + ["<clear/>"]
                ),
                "customErrors": f"<error statusCode='40{value}' redirect='/{key}'/>",
            }.get(section, "")
            out += self.line() if self.chance(0.5) else ""
        if self.chance(0.02):
            out += self.random.choice(["text", "<bogus/>", "<!-- c -->", "<![CDATA[x]]>", "<?pi x?>"])
        return out

    def section(self, name: str) -> str:
        return f"<{name}{self.attributes(name)}>{self.items(name)}</{name}>{self.line()}"

    def sections(self) -> str:
        web = self.random.sample(["machineKey", "httpRuntime", "customErrors"], k=self.random.choice([0, 1, 1, 2]))
        inner = "".join(self.section(name) for name in web)
        if self.chance(0.02):
            inner += self.random.choice([self.section("machineKey"), "<machinekey/>", "text", "<location/>", "<!-- c -->"])
        out = f"<system.web>{inner}</system.web>{self.line()}" if web or self.chance(0.3) else ""
        for name in self.random.sample(["appSettings", "connectionStrings"], k=self.random.choice([0, 0, 1])):
            out += self.section(name)
        return out

    def location(self) -> str:
        path = self.random.choice(self.paths[:6] if self.chance(0.95) else self.paths)
        out = f" path='{path}'" if self.chance(0.9) else ""
        if self.chance(0.25):
            out += self.random.choice(
                [" allowOverride='false'"] * 3 + [" overrideMode='Deny'", " overrideMode='Allow'", " allowOverride='0'"]
            )
        if self.chance(0.15):
            out += self.random.choice([" inheritInChildApplications='false'", " inheritInChildApplications='true'"])
        return f"<location{out}>{self.sections()}</location>{self.line()}"

    def body(self) -> str:
        parts = [self.sections() if self.chance(0.8) else ""]
        parts += [self.location() for _turn in range(self.random.choice([0, 0, 1, 1, 2]))]
        self.random.shuffle(parts)
        if self.chance(0.02):
            parts.append(self.random.choice(["text", "<nothing/>", "<configSections/>", "<?pi?>", "<farm/>"]))
        return "".join(parts)

    def file(self) -> str:
        declared = ""
        if self.chance(0.08):
            mode = self.random.choice(
                ["", " overrideModeDefault='Deny'", " allowDefinition='MachineToApplication'", " allowLocation='false'"]
            )
            declared = f"<configSections><section name='farm' type='Farm.Section, Farm'{mode}/></configSections>{self.line()}<farm/>"
        return f"<configuration>{self.line()}{declared}{self.body()}</configuration>"


def request(number: int) -> dict[str, Any]:
    random = Random(f"hierarchy {number}")
    below = Writer(random, LOCATION_PATHS)
    levels: list[dict[str, str]] = [{"level": "root", "insert": Writer(random, SITE_PATHS).body() if random.random() < 0.5 else "\n"}]
    levels.append({"level": "site", "text": below.file()} if random.random() < 0.8 else {"level": "site"})
    for kind, path in random.choice(
        [
            [("app", "/chat")],
            [("app", "/shop"), ("app", "/shop/chat")],
            [("dir", "/shop"), ("app", "/shop/chat")],
            [("app", "/chat"), ("dir", "/chat/sub")],
        ]
    ):
        levels.append({"level": kind, "vpath": path} | ({"text": below.file()} if random.random() < 0.7 else {}))
    return {"id": number, "levels": levels, "site_name": "Farm", "sections": list(SECTIONS)}


def ours(asked: dict[str, Any], section: str, built_in: dict[str, bytes]) -> Any:
    root, end = built_in["root"], built_in["root"].rindex(b"</configuration>")
    files = [ConfigFile("machine", built_in["machine"])]
    for level in asked["levels"]:
        if "insert" in level:
            files.append(ConfigFile("root", root[:end] + level["insert"].encode() + root[end:]))
        else:
            files.append(ConfigFile(level["level"], level["text"].encode() if "text" in level else None, path=level.get("vpath", "/")))
    try:
        found = effective_section(files, section, site_name=asked["site_name"])
        return {name: (value.value, value.level, value.line) for name, value in found.attributes.items()}
    except ConfigurationError as error:
        return error.scope, error.message.split(_CUT)[0], error.level, error.line or 0


def theirs(answer: dict[str, Any], section: str) -> Any:
    told = answer["sections"][section]
    if "scope" in told:
        error = answer["errors"][0] if told["scope"] == "file" else told.get("error") or told["errors"][0]
        return told["scope"], error["message"].split(_CUT)[0], error["from"], error.get("line", 0)
    return {
        name: (value["value"], value["from"], value["line"])
        for name, value in told.get("attributes", {}).items()
        if value["from"] != "default" and value["value"] is not None
    }


def test_random_hierarchies_mean_to_us_what_they_mean_to_the_engine(real_tools: Path, golden: Path) -> None:
    folder = golden / "config"
    built_in = {"machine": (folder / "machine.config").read_bytes(), "root": (folder / "web.config").read_bytes()}
    asked = [request(number) for number in range(CASES)]
    lines = "".join(json.dumps(one) + "\n" for one in asked)
    done = subprocess.run(
        [real_tools / "configcheck" / "configcheck"], input=lines, capture_output=True, text=True, timeout=120, check=True
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [one["id"] for one in asked]
    assert not [answer for answer in answers if "failure" in answer or "bad_request" in answer]
    different = []
    for one, answer in zip(asked, answers, strict=True):
        for section in SECTIONS:
            wanted, found = theirs(answer, section), ours(one, section, built_in)
            if wanted != found:
                different.append((one["id"], section, wanted, found))
    assert different == []
    fine = sum("errors" not in answer for answer in answers)
    assert CASES / 4 < fine < CASES, "the hierarchies are neither all broken nor all right"
