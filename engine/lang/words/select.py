"""What is said about choosing and making list prices: sequences, prices over cost, of a total, step rounding, price history."""

from __future__ import annotations

from collections.abc import Iterable

from engine.lang.diagnostics import Diagnostic
from engine.lang.places import Span
from engine.lang.words.form import cut, error, listed, warning


def not_chosen(name: str, why: str, span: Span, fix: str) -> Diagnostic:
    return error("E550", span, f"`{cut(name)}` cannot stand in this sequence: {why}", fix)


def chosen_twice(name: str, span: Span) -> Diagnostic:
    return error("E551", span, f"this sequence names `{cut(name)}` twice", "a rule has one place in it: keep one")


def prices_only(kind: str, name: str, step: str, span: Span) -> Diagnostic:
    return error(
        "E552", span, f"the step `{step}` chooses one price, and `{cut(name)}` is a {kind}",
        "put it in a step of its own",
    )  # fmt: skip


def choice_order(said: str, why: str, span: Span) -> Diagnostic:
    return error(
        "E553", span, f"`{cut(said)}` makes no sense here: {why}",
        "for example: from contract, then region, then most specific, then lowest",
    )  # fmt: skip


def over_no_cost(product: str, span: Span, more: int) -> Diagnostic:
    others = f" (nor {more} more)" if more else ""
    return error(
        "E554", span, f"this is worked out over the cost, and `{cut(product)}` has none{others}",
        "add `cost`, or a cost list",
    )  # fmt: skip


def off_cost(span: Span) -> Diagnostic:
    return error(
        "E555", span, "nothing is given off a cost: a discount lowers a price",
        "write `price cost plus 20%`, `add 20% of cost`, or a floor `at least 20% markup`",
    )  # fmt: skip


def of_a_unit(span: Span) -> Diagnostic:
    return error(
        "E555", span, "a rule on the quote takes its percent of the lines together, and this is known of a product only",
        "write `list`, `running price` or `after STEP`, or put the rule on products",
    )  # fmt: skip


def list_looks_across(name: str, span: Span) -> Diagnostic:
    return error(
        "E556", span, f"`{cut(name)}` makes a list price, and no list price can hang on the other lines of a quote",
        "put it in a later step",
    )  # fmt: skip


def share_cycle(names: Iterable[str], span: Span) -> Diagnostic:
    chain = " of ".join(f"`{cut(name)}`" for name in names)
    return error(
        "E557", span, f"this percent comes back to itself: {chain}",
        "name what it is of, so that neither counts the other, or let one be after an earlier step",
    )  # fmt: skip


def share_bounds(span: Span) -> Diagnostic:
    return error(
        "E558", span, "this price is at least more than it is at most", "write the lower amount after `at least`"
    )


def share_of_what(span: Span) -> Diagnostic:
    return error(
        "E109", span, "it is not said what the percent is of",
        "write `of list of ...`, `after STEP of ...` or `of net of ...`",
    )  # fmt: skip


def step_rounding(why: str, span: Span, fix: str) -> Diagnostic:
    return error("E559", span, f"a step cannot round so: {why}", fix)


def history_days(text: str, span: Span) -> Diagnostic:
    return error(
        "E325", span, f"`{cut(text)}` is not how far back a price is looked for", "write 1 to 366 days: 30 days"
    )  # fmt: skip


def share_period(product: str, periods: Iterable[str], span: Span) -> Diagnostic:
    found = listed(periods)
    why = f"what it is of is charged in several ways ({found})" if found else "what it is of is charged in no way"
    return error(
        "E326", span, f"it is not said how often `{cut(product)}` is charged, and {why}",
        "add a line: charged per month",
    )  # fmt: skip


def share_of_nothing(product: str, span: Span) -> Diagnostic:
    return warning(
        "W625", span, f"`{cut(product)}` is a percent of nothing: no other product here has a price by then in its period",
        "name products or a family charged as often as it is",
    )  # fmt: skip


def never_reached(rule: str, product: str, step: str, span: Span) -> Diagnostic:
    return warning(
        "W626", span, f"`{cut(rule)}` never reaches `{cut(product)}`, whose price is only known after the step `{step}`",
        "leave the product out, or let its price be a percent after an earlier step",
    )  # fmt: skip


def short_history(days: int, span: Span) -> Diagnostic:
    return warning(
        "W627", span, f"{days} days are less than the 30 that Directive 98/6/EC, article 6a asks for a prior price",
        "write 30 days, unless a country's law lets you use fewer",
    )  # fmt: skip
