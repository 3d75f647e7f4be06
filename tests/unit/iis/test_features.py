# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows features: what is missing is installed once, what cannot be installed is refused, what is not known is no "no"."""

from __future__ import annotations

import pytest
from ansible_collections.webfarm.signalr.plugins.plugin_utils.errors import FarmError
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.change import Effect
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.features import WEB_SOCKETS, plan_features
from ansible_collections.webfarm.signalr.plugins.plugin_utils.iis.state import ApplicationName, NodeState, Pool

CHAT, OTHER = ApplicationName("Default Web Site", "/chat"), ApplicationName("Intranet", "/")


def node(**features: str | None) -> NodeState:
    pools = {"chat": Pool("chat", applications=(CHAT,)), "other": Pool("other", applications=(OTHER,))}
    return NodeState(features=features, pools=pools, undetermined={"features": "access is denied"})


@pytest.mark.parametrize("names", [(), (WEB_SOCKETS,), (WEB_SOCKETS, WEB_SOCKETS)])
def test_what_is_installed_is_left_alone(names: tuple[str, ...]) -> None:
    assert plan_features(node(**{WEB_SOCKETS: "Installed"}), names, recycle_pool="chat") == []


def test_what_is_missing_is_installed_once_and_hits_every_application() -> None:
    state = node(**{WEB_SOCKETS: "Available", "Web-Asp-Net45": "Available"})
    first, second = plan_features(state, [WEB_SOCKETS, "Web-Asp-Net45", WEB_SOCKETS], recycle_pool="chat")
    assert [change.kind for change in (first, second)] == ["websockets", "feature"]
    assert first.operations == ({"op": "install_feature", "name": WEB_SOCKETS}, {"op": "recycle_pool", "name": "chat"})
    assert first.effect is Effect.ALL_POOLS and first.also_hits == ("Default Web Site/chat", "Intranet")
    assert plan_features(second.apply(first.apply(state)), [WEB_SOCKETS, "Web-Asp-Net45"]) == []


def test_without_a_pool_nothing_is_recycled() -> None:
    (change,) = plan_features(node(**{WEB_SOCKETS: "Available"}), [WEB_SOCKETS])
    assert [operation["op"] for operation in change.operations] == ["install_feature"]


@pytest.mark.parametrize(
    ("features", "said"),
    [
        ({}, "could not be determined: access is denied"),
        ({WEB_SOCKETS: None}, "could not be determined: access is denied"),
        ({WEB_SOCKETS: "Unknown"}, "knows no feature"),
        ({WEB_SOCKETS: "Removed"}, "0x800f081f"),
    ],
)
def test_what_cannot_be_installed_is_refused(features: dict[str, str | None], said: str) -> None:
    with pytest.raises(FarmError, match=said):
        plan_features(node(**features), [WEB_SOCKETS])
