"""What is wrong with the price of a bundle, E64x, and with bundles in tests, E65x."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.lang.book import Span
from engine.lang.diagnostics import Diagnostic
from engine.lang.words.form import Near, cut, error, listed


def no_bundle_step(bundle: str, steps: Iterable[str], span: Span) -> Diagnostic:
    there = listed(steps)
    return error(
        "E640", span, f"`{cut(bundle)}` has a price of its own, and the book has no step in which bundles are priced",
        f"add a line `bundle` to `steps`, where its price is to stand among: {there}",
    )  # fmt: skip


def priced_twice(what: str, first: Span, span: Span) -> Diagnostic:
    return error(
        "E641", span, f"{cut(what)} is priced at {first.file}:{first.line} already", "one price for each: leave one out"
    )


def no_part_price(name: str, span: Span) -> Diagnostic:
    return error(
        "E642", span, f"`{cut(name)}` is no product of the bundle, so it has no price here",
        "price a product or a part that holds products; what stands in a bundle inside: desk.lamp",
    )  # fmt: skip


def covers_nothing(often: str, charged: Sequence[str], span: Span) -> Diagnostic:
    left = f"what is left to it is charged {listed(charged)}" if charged else "all has a price of its own, or is never discounted"
    return error(
        "E643", span, f"this price is for nothing: no part that is left to it is charged {often}", f"{left}; leave it out"
        if not charged else f"{left}: write for example: price 50 EUR {charged[0]}",
    )  # fmt: skip


def spread_of_nothing(span: Span) -> Diagnostic:
    return error(
        "E644", span, "the sum of the parts is split over nothing: each part has its own price",
        "leave `spread` and `remainder` out, or say what is off: price sum of parts, 5% off list, spread by ssp",
    )  # fmt: skip
