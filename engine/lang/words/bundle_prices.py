"""What is wrong with the price of a bundle, E64x, and with bundles in tests, E65x."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.lang.diagnostics import Diagnostic
from engine.lang.places import Span
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


def no_part_price(name: str, bundle: str, near: Near, span: Span) -> Diagnostic:
    return error(
        "E642", span, f"`{cut(name)}` is no product of `{cut(bundle)}`, so it has no price there",
        near.help("price products, or parts that hold them"),
    )  # fmt: skip


def covers_nothing(often: str, charged: Sequence[str], span: Span) -> Diagnostic:
    if not charged:
        why = "each part has a price of its own, or is never discounted"
        return error("E643", span, f"this price is for nothing: {why}", "leave it out")
    example = "price 50 EUR" if charged[0] == "once" else f"price 50 EUR {charged[0]}"
    return error(
        "E643", span, f"this price is for nothing: no part that is left to it is charged {often}",
        f"they are charged {listed(charged)}: write for example {example}",
    )  # fmt: skip


def spread_of_nothing(span: Span) -> Diagnostic:
    return error(
        "E644", span, "the sum of the parts is split over nothing: each part has its own price",
        "leave `spread` and `remainder` out, or say what is off: price sum of parts, 5% off list, spread by ssp",
    )  # fmt: skip


# ---------------------------------------------------------------- in tests


def named_in_test(name: str, first: Span, span: Span) -> Diagnostic:
    return error(
        "E650", span, f"`{cut(name)}` names something of this test already, at {first.file}:{first.line}",
        f"give it a name of its own: bundle {cut(name)} as another",
    )  # fmt: skip


def how_many_bundles(text: str, span: Span) -> Diagnostic:
    return error(
        "E651", span, f"there are not {cut(text)} of a bundle", "write a whole number from 1 on: bundle suite 2"
    )


def choose_one(span: Span) -> Diagnostic:
    return error(
        "E652", span, "a bundle that is sold has one configuration, and this leaves it open",
        "say what is chosen: choose cpu is cpu_r9 and memory.dimm_32 = 2; what may be is for a `configure` block",
    )  # fmt: skip


def no_bundle_figure(what: str, name: str, near: Near, span: Span) -> Diagnostic:
    best = (
        f"did you mean `{cut(name)}.{near.best}`?"
        if near.best
        else f"a total, {cut(name)}.once, or a line's: {cut(name)}.PART.net"
    )
    return error("E653", span, f"a bundle has no figure `{cut(what)}`", best)


def never_sold(name: str, reason: str, rules: Sequence[str], span: Span) -> Diagnostic:
    behind = f"; see {listed(rules)}" if rules else ""
    return error(
        "E654",
        span,
        cut_long(reason) + behind,
        f"choose otherwise in `{cut(name)}`; what is refused is for a `configure` block",
    )


def cut_long(text: str) -> str:
    return text if len(text) <= 400 else text[:397] + "..."
