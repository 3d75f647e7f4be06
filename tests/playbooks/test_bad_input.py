# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run must refuse: each mistake gets an error that names the place and the next step, and nothing was changed when it appears."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from .harness import Site

pytestmark = pytest.mark.slow

Preparation = Callable[[Site], None]


def machine_key(validation: str = "", decryption: str = "") -> str:
    validation, decryption = validation or secrets.token_hex(64).upper(), decryption or secrets.token_hex(32).upper()
    return f'<machineKey validationKey="{validation}" decryptionKey="{decryption}" validation="HMACSHA256" decryption="AES" />'


def with_element(node: str, element: Callable[[], str]) -> Preparation:
    """Puts an element into the system.web section that serves on a node."""

    def prepare(site: Site) -> None:
        path = site.live_folder(node) / "web.config"
        data = path.read_bytes()
        assert b"<system.web>" in data
        path.write_bytes(data.replace(b"<system.web>", b"<system.web>\r\n    " + element().encode(), 1))

    return prepare


def broken(node: str, kind: str) -> Preparation:
    return lambda site: site.farm.control.break_node(node, kind)


def all_of(*preparations: Preparation) -> Preparation:
    return lambda site: [prepare(site) for prepare in preparations] and None


def nothing(_site: Site) -> None:
    """The mistake is in the variables or on the command line."""


ENCRYPTED = '<machineKey configProtectionProvider="RsaProtectedConfigurationProvider"><EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#" /></machineKey>'


@dataclass(frozen=True)
class Mistake:
    prepare: Preparation
    says: str  # a regular expression over the run's output
    variables: dict[str, Any] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()


MISTAKES = {
    "broken XML": Mistake(
        broken("web02", "web-config"), r"web02, C:\\+inetpub.*web\.config, line 11: .*does not match the end tag.*Correct the file"
    ),
    "odd length": Mistake(
        with_element("web02", lambda: machine_key(validation=secrets.token_hex(64)[:-1])),
        r"web02, .*web\.config, line 8: .*Validation key specified has invalid hex characters.*odd.*Correct the attribute",
    ),
    "IsolateApps behind the hex digits": Mistake(
        with_element("web03", lambda: machine_key(decryption=secrets.token_hex(32) + ",IsolateApps")),
        r"web03, .*line 8: .*Decryption key specified has invalid hex characters.*Take away what stands behind",
    ),
    "two different keys": Mistake(
        all_of(with_element("web01", machine_key), with_element("web02", machine_key)),
        r"fingerprint [0-9a-f]{8}: web01; fingerprint [0-9a-f]{8}: web02.*farm_machine_key_authority.*rotation",
    ),
    "an encrypted section": Mistake(with_element("web01", lambda: ENCRYPTED), r"web01, .*line 8: .*encrypted.*aspnet_regiis -pdf"),
    "the section twice": Mistake(
        with_element("web01", lambda: machine_key() + machine_key()), r"web01, .*line 8: .*Sections must only appear once per config file"
    ),
    "a missing site": Mistake(nothing, r"web0\d: There is no site 'Intranet'.*farm_site", {"farm_site": "Intranet"}),
    "a pool setting that is none": Mistake(
        nothing, r"'recycle_at' is no setting of an application pool", {"farm_app_pool_settings": {"recycle_at": "03:00"}}
    ),
    "a wrong password": Mistake(
        nothing, r"web0\d: The account .*svc_chat' cannot log on.*Correct the password", {"farm_app_pool_password": "Not-The-Password-1"}
    ),
    "an unknown account": Mistake(nothing, r"nobody' does not exist.*domain controller", {"farm_app_pool_user": r"CONTOSO\nobody"}),
    "a gMSA with a password": Mistake(nothing, r"ends in '\$'.*Leave the password out", {"farm_app_pool_user": r"CONTOSO\svc_chat$"}),
    "a package that is not there": Mistake(nothing, r"missing\.zip: There is no such package", {"farm_app_package": "missing.zip"}),
    "a release id that is no folder": Mistake(nothing, r"cannot be a release id", {"farm_app_release": "../1"}),
    "no consent": Mistake(
        nothing,
        r"machine key of web01, web02, web03 would change while it serves.*farm_machine_key_accept_blast_radius: true",
        {"farm_machine_key_accept_blast_radius": False},
    ),
    "an unreachable node": Mistake(broken("web03", "dead"), r"web03\]: UNREACHABLE"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused_before_anything_is_changed(untouched: Site, name: str) -> None:
    mistake, site = MISTAKES[name], untouched
    mistake.prepare(site)
    before = site.states()
    run = site.play("site.yml", *mistake.arguments, **mistake.variables)
    assert run.failed
    assert re.search(mistake.says, run.output), run.output
    assert site.states() == before
    assert set(run.changed.values()) == {0}


def test_one_explicit_key_is_adopted_by_nodes_that_have_none(site: Site) -> None:
    """AutoGenerate on the others is no conflict: they have nothing to lose but sessions."""
    with_element("web02", machine_key)(site)
    held = site.key("web02")
    run = site.play("site.yml")
    assert not run.failed, run.output
    assert [site.key(node) for node in ("web01", "web02", "web03")] == [held] * 3
