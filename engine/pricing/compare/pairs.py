"""How the parts of two books are paired and named: days, cases of one label, tiers, and what their differences are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any, TypeVar

from engine.lang import book as b
from engine.pricing.compare import words as w
from engine.pricing.compare.things import kind_words
from engine.values.kinds import Kind, millionths

CaseT = TypeVar("CaseT", b.Case, b.Denial)
_TIER = re.compile(r"(?:(?P<row>.*), )?(?:[^,]* )?(?P<side>from|above) (?P<start>[\d_.]+)\Z")

# ---------------------------------------------------------------- days


def stretches(dated: Sequence[b.DatedPrice]) -> list[tuple[int | None, int | None]]:
    """All days, cut wherever one of these begins or ends."""
    cuts: list[int | None] = [*sorted({day for one in dated for day in (one.start, one.end) if day is not None})]
    return list(zip([None, *cuts], [*cuts, None], strict=True))


def on_day(dated: Sequence[b.DatedPrice], start: int | None) -> b.DatedPrice | None:
    """What holds on a stretch that begins on this day (None: from ever)."""
    for one in dated:
        begun = one.start is None or (start is not None and one.start <= start)
        if begun and (one.end is None or start is None or start < one.end):
            return one
    return None


def price_words(book: b.Book, price: b.Price | None) -> str:
    """A price, or that there is none."""
    return "none" if price is None else w.price_words(book, price)


# ---------------------------------------------------------------- cases


def unequal(
    mine: Sequence[tuple[Hashable, CaseT]], theirs: Sequence[tuple[Hashable, CaseT]]
) -> tuple[list[CaseT], list[CaseT]]:
    """The cases (or denials) of each side that the other has no equal of; each comes with what it says (`words.neutral`)."""
    return _without(mine, theirs), _without(theirs, mine)


def _without(mine: Sequence[tuple[Hashable, CaseT]], theirs: Sequence[tuple[Hashable, CaseT]]) -> list[CaseT]:
    left = Counter(neutral for neutral, _ in theirs)
    found = []
    for neutral, case in mine:
        if left[neutral]:
            left[neutral] -= 1
        else:
            found.append(case)
    return found


def beside_tier(case: b.Case) -> b.Condition:
    """A case's condition without the bounds of its tier, which its label says: a tier's end is where the next begins."""
    said = _TIER.match(case.label)
    if said is None:
        return case.when
    start = millionths(said["start"]) + (said["side"] == "above")
    parts = case.when.of if isinstance(case.when, b.All) else (case.when,)
    kept = tuple(
        part for part in parts if not (isinstance(part, b.Within) and part.subject.fact is None and part.low == start)
    )
    return kept[0] if len(kept) == 1 else b.All(kept)


def place_of(name: str, case: b.Case | b.Denial) -> str:
    """`tier 50 of seats_volume`, `row offer_id 3 of special_offer`, or the rule itself."""
    said = _TIER.match(case.label)
    if said is None:
        label = case.label if case.label.startswith("row ") else f"row {case.label}"
        return f"{label} of {name}" if case.label else name
    row = f" for {said['row']}" if said["row"] else ""
    bound = said["start"] if said["side"] == "from" else f"above {said['start']}"
    return f"tier {bound} of {name}{row}"


def on_words(was: frozenset[str] | None, now: frozenset[str] | None) -> tuple[str, str]:
    """What was taken away, and what came instead."""
    if was is None or now is None:
        return tuple("everything" if on is None else w.names_words(sorted(on)) for on in (was, now))  # type: ignore[return-value]
    return or_nothing(w.names_words(sorted(was - now))), or_nothing(w.names_words(sorted(now - was)))


def value_words(value: Any, neutral: w.Neutral) -> str:
    """The value of a field."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return kind_words(value) if isinstance(value, Kind) else or_nothing(w.said(neutral))


def or_nothing(said: str) -> str:
    """What is said, or that nothing is."""
    return "nothing" if said in ("", "None") else said
