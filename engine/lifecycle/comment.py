"""Comments: what people say of any document, to each other or to the customer too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.lifecycle.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment(Document):
    """Something said of a document; `account` is that of the document."""

    KIND: ClassVar[str] = "comments"
    INDEXED: ClassVar[tuple[str, ...]] = ("parent", "account")
    PERSONAL: ClassVar[tuple[str, ...]] = ("text",)

    parent: str = ""
    account: str = ""
    text: str = ""
    visible_to_customer: bool = False
