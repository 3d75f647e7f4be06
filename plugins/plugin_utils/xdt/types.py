# -*- coding: utf-8 -*-
# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that a transform may use, and what the engine says of the other types that its assembly happens to hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from .log import XdtError

__all__ = ["resolve"]

Found = TypeVar("Found")
_NAMESPACE = "Microsoft.Web.XmlTransform"
#: Types of the assembly: naming one of the wrong kind gives another sentence than naming none.
_TYPES = frozenset(
    (
        "AttributeTransform", "CommentOut", "CommonErrors", "Condition", "DefaultLocator", "IXmlFormattableAttributes",
        "IXmlOriginalDocumentService", "IXmlTransformationLogger", "Insert", "InsertAfter", "InsertBase", "InsertBefore",
        "InsertIfMissing", "Locator", "Match", "MessageType", "MissingTargetMessage", "NamedTypeFactory",
        "PositionTrackingTextReader", "Remove", "RemoveAll", "RemoveAttributes", "Replace", "SetAttributes",
        "SetTokenizedAttributeStorage", "SetTokenizedAttributes", "Transform", "TransformFlags",
        "WhitespaceTrackingTextReader", "XPath", "XPathAxis", "XmlArgumentUtility", "XmlAttributePreservationDict",
        "XmlAttributePreservationProvider", "XmlAttributePreservingWriter", "XmlElementContext", "XmlFileInfoDocument",
        "XmlFormatter", "XmlNodeContext", "XmlNodeException", "XmlTransformableDocument", "XmlTransformation",
        "XmlTransformationException", "XmlTransformationLogger",
    )
)  # fmt: skip
_ABSTRACT = {"Transform": ("AttributeTransform", "InsertBase"), "Locator": ()}


def resolve(name: str, wanted: str, table: Mapping[str, Found]) -> Found:
    """The entry of ``table`` called ``name``; ``wanted`` is Transform or Locator."""
    if name in table:
        return table[name]
    if name in _ABSTRACT[wanted]:
        raise XdtError(f"Type '{_NAMESPACE}.{name}' must have a no-argument constructor to be instantiated by the transformation engine")
    if name in _TYPES:
        raise XdtError(f"'{_NAMESPACE}.{name}' is not a type of {wanted}")
    raise XdtError(f"Could not resolve '{name}' as a type of {wanted}")
