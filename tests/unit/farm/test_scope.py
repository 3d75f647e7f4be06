# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a farm's application is called, and what one look at a node asks for."""

from __future__ import annotations

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.farm.scope import FarmScope
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.pools import WantedIdentity

ROOT = r"%SystemDrive%\inetpub\webfarm"


@pytest.mark.parametrize(
    ("application", "name", "pool", "root"),
    [
        ("/", "Default Web Site", "chat", rf"{ROOT}\chat"),
        ("", "Default Web Site", "chat", rf"{ROOT}\chat"),
        ("/chat", "Default Web Site/chat", "chat-chat", rf"{ROOT}\chat-chat"),
        ("chat/", "Default Web Site/chat", "chat-chat", rf"{ROOT}\chat-chat"),
        ("/a/b", "Default Web Site/a/b", "chat-a-b", rf"{ROOT}\chat-a-b"),
    ],
)
def test_names(application: str, name: str, pool: str, root: str) -> None:
    scope = FarmScope.make(farm="chat", site="Default Web Site", application=application)
    assert (str(scope.application), scope.pool, scope.root) == (name, pool, root)
    assert scope.records == rf"%ProgramData%\webfarm.signalr\{pool}"


def test_given_names_win() -> None:
    scope = FarmScope.make(farm="chat", site="S", application="/", pool="Mine", root="D:\\apps\\")
    assert (scope.pool, scope.root) == ("Mine", r"D:\apps")


@pytest.mark.parametrize("farm", ["", "-x", "a b", "a/b", "..", "a\\b", "a" * 64, "f\u00fc"])
def test_a_farm_that_cannot_name_a_folder_is_refused(farm: str) -> None:
    with pytest.raises(FarmError, match="cannot name a farm"):
        FarmScope.make(farm=farm, site="S", application="/")


def test_a_password_goes_only_where_it_is_compared() -> None:
    scope = FarmScope.make(farm="chat", site="Default Web Site", application="/")
    with_password = scope.readings(identity=WantedIdentity("SpecificUser", r"CORP\svc", "pw"))
    assert with_password["iis"]["pools"] == [{"name": "chat", "password": "pw"}]
    assert with_password["accounts"] == {"accounts": [{"name": r"CORP\svc", "password": "pw"}]}
    assert "password" not in str(scope.readings(identity=WantedIdentity("SpecificUser", r"CORP\svc$")))
    assert "accounts" not in scope.readings(identity=WantedIdentity("NetworkService"))


def test_features_are_asked_for_besides_the_one_that_always_is() -> None:
    scope = FarmScope.make(farm="chat", site="Default Web Site", application="/")
    assert scope.readings(features=["Web-Asp-Net45"])["features"] == {"names": ["Web-Asp-Net45", "Web-WebSockets"]}
