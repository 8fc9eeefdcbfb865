"""What a tenant has decided on how it works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.lifecycle.document import Document
from engine.values.roles import Role

BOOKS = "policies/books"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookPolicy(Document):
    """Of books: whether a version answers only when another agrees, and who is asked (as a book would name them)."""

    KIND: ClassVar[str] = "policies"

    second_pair_of_eyes: bool = False
    approver: str = ""

    @property
    def asked(self) -> str:
        """Who is asked: where nobody is named, the other pricing authors."""
        return self.approver or str(Role.PRICING_AUTHOR)
