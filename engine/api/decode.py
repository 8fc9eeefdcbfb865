"""From the wire to the domain: names, dates, quotes, bundles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from google.type import date_pb2

from engine.plan.whole import GRANT
from engine.pricing.quote import Line
from engine.services.pricing.placing import AskedBundle
from engine.services.pricing.verbs import Asked
from engine.services.refusal import Refused
from engine.values.kinds import MICROS

CURRENCY = "quote.currency"
MOST_FILES = 1_000
MOST_BYTES = 64 * 2**20
MOST_QUANTITY = 9 * 10**12
_BOOK = re.compile(r"(?:books/)?([a-z0-9][a-z0-9-]{0,62})\Z")
_VERSION = re.compile(r"books/([a-z0-9][a-z0-9-]{0,62})/versions/([0-9a-f]{32})\Z")


def book_name(name: str, field: str) -> str:
    """`books/saas` (or just `saas`) to `saas`; "" stays.

    Raises:
        Refused: INVALID_ARGUMENT.
    """
    if not name:
        return ""
    match = _BOOK.match(name)
    if not match:
        raise Refused(
            "INVALID_ARGUMENT", "INVALID_NAME", f"`{name[:80]}` is not a book's name such as books/saas", field
        )
    return match.group(1)


def needed_book(name: str, field: str) -> str:
    """As `book_name`, and it must be there."""
    found = book_name(name, field)
    if not found:
        raise Refused("INVALID_ARGUMENT", "INVALID_NAME", "name a book, such as books/saas", field)
    return found


def version_name(name: str, field: str) -> tuple[str, str]:
    """`books/saas/versions/0123...` to its two parts."""
    match = _VERSION.match(name)
    if not match:
        raise Refused("INVALID_ARGUMENT", "INVALID_NAME", f"`{name[:80]}` is not books/NAME/versions/VERSION", field)
    return match.group(1), match.group(2)


def day_of(message: date_pb2.Date, field: str) -> int:
    """A date as an ordinal day; 0 where none was sent."""
    return day_from(message.year, message.month, message.day, field)


def day_from(year: int, month: int, day: int, field: str) -> int:
    """As `day_of`, from the date's numbers."""
    if not (year or month or day):
        return 0
    try:
        return date(year, month, day).toordinal()
    except ValueError as error:
        raise Refused("INVALID_ARGUMENT", "INVALID_DATE", f"there is no such date: {error}", field) from error


def asked_of(request: Any) -> Asked:
    """A PriceQuoteRequest."""
    return Asked(
        book_name(request.book, "book"), request.version, day_of(request.date, "date"), _facts_of(request),
        [_line(i, line) for i, line in enumerate(request.lines)], request.waterfall,
        codes=tuple(request.coupon_codes), grants=dict(request.grants),
        bundles=[_bundle(i, bundle) for i, bundle in enumerate(request.bundles)], account=request.account,
    )  # fmt: skip


def _bundle(i: int, bundle: Any) -> AskedBundle:
    facts = times_of(bundle, "line", f"bundles[{i}].") | {GRANT + name: most for name, most in bundle.grants.items()}
    line = Line("", None, bundle.group or None, bundle.term_months or None)
    count = bundle.quantity or 1
    return AskedBundle(bundle.id, bundle.product, count, tuple(bundle.choices), bundle.by_defaults, line, facts)


def _facts_of(request: Any) -> dict[str, str]:
    """The quote's facts; the currency it is asked in is one of them."""
    facts, code = times_of(request, "quote", ""), request.currency_code
    if code and facts.setdefault(CURRENCY, code) != code:
        said = f"`{CURRENCY}` says {facts[CURRENCY][:20]}, and the request {code[:20]}"
        raise Refused("INVALID_ARGUMENT", "INVALID_FACT", said, "currency_code")
    return facts


def _line(i: int, line: Any) -> tuple[Line, dict[str, str]]:
    which = line.WhichOneof("amount")
    if which == "quantity_micros":
        quantity: int | None = line.quantity_micros
    elif which is None:
        quantity = None
    else:
        quantity = getattr(line, which) * MICROS
    if quantity is not None and abs(quantity) > MOST_QUANTITY * MICROS:
        raise too_much(f"lines[{i}].{which}")
    asked = Line(
        line.product, quantity, line.group or None, line.term_months or None, unit=line.unit or None
    )  # fmt: skip
    facts = times_of(line, "line", f"lines[{i}].")
    return asked, facts | {GRANT + name: most for name, most in line.grants.items()}


def times_of(message: Any, scope: str, field: str) -> dict[str, str]:
    """The facts of a request or a line, with its dates as facts of their own.

    Raises:
        Refused: a date that is none, or one that is said twice.
    """
    facts = dict(message.facts)
    for name, path in (("start_date", f"{scope}.start"), ("end_date", f"{scope}.end")):
        day = day_of(getattr(message, name), field + name) if message.HasField(name) else 0
        if day and path in facts:
            raise Refused(
                "INVALID_ARGUMENT", "SAID_TWICE", f"`{path}` is said twice: here and in `facts`", field + name
            )
        if day:
            facts[path] = date.fromordinal(day).isoformat()
    return facts


def too_much(field: str) -> Refused:
    """The refusal of a quantity in this field."""
    return Refused("INVALID_ARGUMENT", "INVALID_QUANTITY", f"a quantity is at most {MOST_QUANTITY:,}", field)


def bundle_of(chunks: Iterator[Any], first: Iterable[Any] = ()) -> dict[str, bytes]:
    """The files of a stream of FileChunks, bounded.

    Raises:
        Refused: RESOURCE_EXHAUSTED or INVALID_ARGUMENT.
    """
    parts: dict[str, list[bytes]] = {}
    size = 0
    for chunk in (*first, *chunks) if first else chunks:
        if not chunk.path or chunk.path.startswith("/") or ".." in chunk.path.split("/") or len(chunk.path) > 300:
            raise Refused(
                "INVALID_ARGUMENT", "INVALID_PATH", f"`{chunk.path[:80]}` is not a path in a bundle", "chunk.path"
            )
        parts.setdefault(chunk.path, []).append(chunk.content)
        size += len(chunk.content)
        if size > MOST_BYTES or len(parts) > MOST_FILES:
            limit = f"a bundle is at most {MOST_BYTES // 2**20} MiB in {MOST_FILES:,} files"
            raise Refused("RESOURCE_EXHAUSTED", "BUNDLE_TOO_LARGE", limit, "chunk")
    return {path: b"".join(content) for path, content in parts.items()}
