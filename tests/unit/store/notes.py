"""A kind of document of the store's own tests, and two changes that take every step there is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from engine.lifecycle.document import Document
from engine.store.documents import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Document):
    KIND: ClassVar[str] = "notes"
    INDEXED: ClassVar[tuple[str, ...]] = ("colour", "readers")
    PERSONAL: ClassVar[tuple[str, ...]] = ("text",)
    NUMBERED: ClassVar[str] = "N-%04d"

    colour: str = ""
    readers: tuple[str, ...] = ()
    text: str = ""
    due: int = 0

    def dues(self) -> dict[str, int]:
        return {"read": self.due} if self.due else {}


def note(which: int = 1, **more: object) -> Note:
    return replace(Note(name=f"notes/n{which}", etag=1, colour="red", text="for Ann", due=5), **more)  # type: ignore[arg-type]


def change_of_all_kinds() -> Change:
    """Every step there is."""
    change = Change("t")
    change.save(note(readers=("ann", "bob")), None)
    change.file(note(), "paper", b"%PDF")
    change.content(b"content")
    change.count("coupon:X")
    change.claim("email:a", "notes/n1")
    change.event({"type": "NoteWritten", "subject": "notes/n1"})
    return change


def second_change() -> Change:
    change = Change("t")
    before = note(readers=("ann", "bob"))
    change.save(replace(before, etag=2, readers=("bob",), text="", due=0), before)
    change.as_many(Note, ("colour", "red"), 1)
    change.erase("notes/n1")
    change.event({"type": "NoteChanged", "subject": "notes/n1"})
    return change
