"""Words of time, as rule text says them: what a price may be charged per, and how long something lasts."""

from __future__ import annotations

from engine.lang.book import Period

PERIODS: dict[str, Period] = {
    "day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year", "use": "use",
}  # fmt: skip
"""What a price may be charged per; one without a period is charged once."""
DURATIONS = frozenset(["month", "months", "year", "years", "day", "days"])
TIMES = {
    "day": (1, "days"), "days": (1, "days"), "week": (7, "days"), "weeks": (7, "days"), "month": (1, "months"),
    "months": (1, "months"), "quarter": (3, "months"), "quarters": (3, "months"), "year": (12, "months"), "years": (12, "months"),
}  # fmt: skip
"""Words of time, in days or months."""
_NAMED = {
    (1, "days"): "day",
    (7, "days"): "week",
    (1, "months"): "month",
    (3, "months"): "quarter",
    (12, "months"): "year",
}


def own_period(number: str, word: str) -> Period | None:
    """`per 12 months`: a period that has a name by it, any other in days or months; None where it is none, or too long."""
    text, (size, unit) = number.replace("_", ""), TIMES[word]
    if not text.isdecimal() or not 0 < int(text) * size < 10_000:
        return None
    count = int(text) * size
    return _NAMED.get((count, unit), f"{count} {unit}")
