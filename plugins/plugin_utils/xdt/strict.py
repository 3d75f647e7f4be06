# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Microsoft's engine lets pass without a word and a farm should not. Its warnings are errors too, in strict mode."""

from __future__ import annotations

from .dom import XDT_NAMESPACE
from .log import Log, XdtError
from .reading import Loaded

__all__ = ["check"]

_KNOWN = ("Locator", "SupressWarnings", "Transform")


def check(log: Log, source: Loaded, program: Loaded) -> None:
    """Log an error for every misspelt ``xdt`` attribute, and for roots that cannot match because of their namespaces."""
    root, target = program.document.root, source.document.root
    if root is None or target is None:
        return
    for element in root.walk():
        for attribute in element.attributes:
            if attribute.namespace == XDT_NAMESPACE and attribute.local not in _KNOWN:
                meant = next((name for name in _KNOWN if name.lower() == attribute.local.lower()), "")
                hint = f"; did you mean '{attribute.prefix}:{meant}'?" if meant else ""
                log.error(XdtError(f"Unknown attribute '{attribute.name}'{hint}", attribute.place(program.name)))
    if root.local == target.local and root.namespace != target.namespace:
        log.error(
            XdtError(
                f"<{root.local}> is in the namespace '{root.namespace}' here and in '{target.namespace}' in the source: nothing can match",
                root.place(program.name),
            )
        )
