"""What is said of a whole book in doubt: W64x dead, masked, falling, W65x expired."""

from __future__ import annotations

from engine.lang.diagnostics import Diagnostic
from engine.lang.places import Span
from engine.lang.words.form import cut, warning


def _more(count: int, what: str) -> str:
    return f" (and {count:,} more {what}{'' if count == 1 else 's'})" if count else ""


def _at(span: Span) -> str:
    return f"{span.file}:{span.line}"


def dead_row(rule: str, label: str, more: int, span: Span) -> Diagnostic:
    return warning(
        "W640", span, f"`{cut(rule)}`: {cut(label) or 'this case'} can never apply, for what it asks contradicts itself{_more(more, 'row')}",
        "the rule's `when`, the row and its tier must all hold: mend one of them, or leave the row out",
    )  # fmt: skip


def unpriced_row(rule: str, label: str, more: int, span: Span) -> Diagnostic:
    return warning(
        "W641", span, f"`{cut(rule)}`: no product of {cut(label) or 'this row'} has a price on its dates{_more(more, 'row')}",
        "has it expired? leave it out, or mend its dates",
    )  # fmt: skip


def masked(what: str, other: str, step: str, span: Span, where: Span) -> Diagnostic:
    return warning(
        "W642", span, f"{what} never wins in the step `{step}`: {other} ({_at(where)}) gives at least as much wherever it applies",
        "leave it out, let it give more, or narrow the other",
    )  # fmt: skip


def replaced(rule: str, exception: str, span: Span, where: Span) -> Diagnostic:
    return warning(
        "W643", span, f"`{cut(exception)}` applies wherever `{cut(rule)}` ({_at(where)}) does, so that rule never acts",
        "narrow the exception by a condition, products or dates, or write it in the rule's place",
    )  # fmt: skip


def falls(what: str, less: str, before: str, more: str, after: str, others: int, span: Span) -> Diagnostic:
    return warning(
        "W644", span, f"{what}: {less} come to {before}, and {more} to less, {after}{_more(others, 'such edge')}",
        "write `tiers graduated`, smaller steps, or a line `totals may fall` where it is meant",
    )  # fmt: skip


def lower_tier(rule: str, start: str, off: str, before: str, span: Span) -> Diagnostic:
    return warning(
        "W645", span, f"`{cut(rule)}` gives {off} from {start}, less than the {before} of the tier before",
        "are the two exchanged? larger quantities usually get more",
    )  # fmt: skip


def breaks_floor(rules: str, asked: str, net: str, floor: str, what: str, more: int, span: Span) -> Diagnostic:
    return warning(
        "W646", span, f"{rules} a unit to {net}, below its floor of {floor}; {what}{_more(more, 'product')}",
        f"for example: {asked}; where that is what the floor is for, let it say: prices may meet it",
    )  # fmt: skip


def sold_below_cost(rules: str, asked: str, net: str, cost: str, more: int, span: Span) -> Diagnostic:
    return warning(
        "W647", span, f"{rules} a unit to {net}, below its cost of {cost}{_more(more, 'product')}",
        f"for example: {asked}; a floor would stop it: at least 0% margin",
    )  # fmt: skip


def floor_over_list(product: str, floor: str, listed: str, more: int, span: Span) -> Diagnostic:
    return warning(
        "W648", span, f"this floor lifts `{cut(product)}` to {floor}, above its list price of {listed}{_more(more, 'product')}",
        "lower the floor, or raise the price",
    )  # fmt: skip


def below_cost(product: str, price: str, cost: str, more: int, span: Span) -> Diagnostic:
    return warning(
        "W649", span, f"`{cut(product)}` is listed at {price}, below its cost of {cost}", "mend the price or the cost"
    )


def table_gap(table: str, rule: str, witness: str, row: str, more: int, span: Span) -> Diagnostic:
    return warning(
        "W650", span, f"`{cut(table)}` has no row for {cut(witness)}, so `{cut(rule)}` does nothing there{_more(more, 'hole')}",
        f"if that is not meant, add and mend: {row}",
    )  # fmt: skip


def expired(what: str, day: str, span: Span) -> Diagnostic:
    return warning("W651", span, f"{what} has expired: its last day was {day}", "leave it out, or give it new dates")


def expires(what: str, day: str, left: int, span: Span) -> Diagnostic:
    return warning(
        "W652", span, f"{what} expires in {left} day{'' if left == 1 else 's'}: its last day is {day}", "is it renewed?"
    )
