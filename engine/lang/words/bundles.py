"""What is wrong with a bundle: E61x its parts and attributes, E62x its rules, E63x and W66x what only a search finds."""

from __future__ import annotations

from collections.abc import Iterable

from engine.lang.diagnostics import Diagnostic
from engine.lang.places import Span
from engine.lang.words.form import Near, cut, error, listed, warning


def holds_itself(names: Iterable[str], span: Span) -> Diagnostic:
    chain = " has ".join(f"`{cut(name)}`" for name in names)
    return error("E610", span, f"bundles come back to themselves: {chain}", "leave one of these parts out")


def how_many(text: str, count: int, span: Span) -> Diagnostic:
    return error(
        "E611", span, f"{text} of {count} things: no such number can be chosen",
        f"write a whole number from 1 to {count}, the lower first",
    )  # fmt: skip


def no_part(name: str, span: Span) -> Diagnostic:
    return error(
        "E611", span, f"the family `{cut(name)}` has no product, so this part offers nothing", "name its products"
    )


def no_amount(reason: str, span: Span) -> Diagnostic:
    return error("E612", span, reason, "for example: 1 to 8, or 60 to 200 in steps of 2.5; both ends can be chosen")


def whole_inside(name: str, span: Span) -> Diagnostic:
    return error(
        "E612", span, f"`{cut(name)}` is a bundle, which is there in whole numbers",
        "write whole numbers; all of it that one part holds is configured alike: of two kinds, make two parts",
    )  # fmt: skip


def multiplied_too_often(names: Iterable[str], count: int, most: int, span: Span) -> Diagnostic:
    return error(
        "E629", span, f"this sum counts what is inside {listed(names)}, in {count:,} numbers of them; at most {most:,} are multiplied in a sum",
        "narrow their quantities, or sum it in the bundle inside, for one of it",
    )  # fmt: skip


def no_default(what: str, allowed: str, span: Span) -> Diagnostic:
    return error("E613", span, f"`{cut(what)}` cannot be the default here", f"this may be {allowed}")


def offered_twice(name: str, paths: Iterable[str], span: Span) -> Diagnostic:
    return error("E614", span, f"`{cut(name)}` is offered by several parts", f"say which is meant: {listed(paths)}")


def not_of_bundle(name: str, what: str, span: Span) -> Diagnostic:
    return error(
        "E615", span, f"`{cut(name)}` is {what}, and a rule of a bundle looks at what is chosen in it",
        "make it an attribute of the bundle, or ask for it: ask use \"What for?\" one of office, studio",
    )  # fmt: skip


def fact_of_line(name: str, may_ask: bool, span: Span) -> Diagnostic:
    if may_ask:
        return error(
            "E615", span, f"`{cut(name)}` is a fact, and what stands here is chosen in the bundle",
            f"a condition may look at it: when {cut(name)} is ...",
        )  # fmt: skip
    return error(
        "E615", span, f"`{cut(name)}` is of one line, and a bundle comes to several",
        "look at a fact of the customer or the quote, or make it an attribute of the bundle",
    )  # fmt: skip


def no_one_price(name: str, why: str, span: Span) -> Diagnostic:
    return error(
        "E628", span, f"`{cut(name)}` {why}, so no sum knows what it costs",
        "name the parts that are summed: sum of price of ...; or sum an attribute that you say yourself",
    )  # fmt: skip


def priced_otherwise(name: str, period: str, span: Span) -> Diagnostic:
    how = "for a term" if period == "term" else "by use" if period == "use" else f"per {period}"
    return error(
        "E628", span, f"`{cut(name)}` is charged {how}, and this sums what is charged once",
        f"write `sum of price per {period}` for what is charged so, or name the parts: sum of price of ..."
        if period in ("day", "week", "month", "quarter", "year")
        else "name the parts that are summed: sum of price of ...",
    )  # fmt: skip


def priced_never(period: str, span: Span) -> Diagnostic:
    return error(
        "E628", span, f"nothing that is counted here is charged per {cut(period)}", "write the period of its prices"
    )


def sum_of_another_kind(name: str, span: Span) -> Diagnostic:
    what = "prices come to an amount" if name == "price" else f"`sum of {cut(name)}` is no amount"
    return error(
        "E628", span, f"{what}, and this is something else", "compare prices with an amount: sum of price <= 2_000 EUR"
    )


def sum_without_period(name: str, span: Span) -> Diagnostic:
    return error("E628", span, f"`{cut(name)}` has no period; a price has", "leave it out")


def sum_too_fine(span: Span) -> Diagnostic:
    return error(
        "E629", span, "the figures of this sum are too large, or too fine, to be added exactly",
        "write them with fewer digits, or narrow the quantities",
    )  # fmt: skip


def given_and_chosen(name: str, is_fact: bool, span: Span) -> Diagnostic:
    what = "a fact, which is given" if is_fact else "chosen, and no fact"
    return error("E627", span, f"`{cut(name)}` is {what}", "say facts with `given`, and what is chosen with `choose`")


def which_value(name: str, values: Iterable[str], span: Span) -> Diagnostic:
    return error(
        "E616",
        span,
        f"`{cut(name)}` alone says nothing: it always has a value",
        f"write: {cut(name)} is ..., one of {listed(values)}",
    )


def no_value(name: str, value: str, allowed: str, near: Near | None, span: Span) -> Diagnostic:
    best = near.help() if near is not None and near.best else f"it may be {allowed}"
    return error("E617", span, f"`{cut(name)}` is never `{cut(value)}`", best)


def no_number(name: str, span: Span) -> Diagnostic:
    return error(
        "E618", span, f"`{cut(name)}` is no number, so nothing is more or less than it",
        f"compare it with `is`; how many of several things there are is a rule: sum of quantity of {cut(name)} <= 4",
    )  # fmt: skip


def wants_option(span: Span, what: str) -> Diagnostic:
    return error(
        "E619", span, f"{what} names things that are chosen or not", "write parts, what they offer, or PART is VALUE"
    )


def sums_nothing(name: str, span: Span) -> Diagnostic:
    return error(
        "E620", span, f"nothing that is counted here has an attribute `{cut(name)}` that is a number",
        f"say it of products: attribute {cut(name)} 65",
    )  # fmt: skip


def no_such_attribute(name: str, near: Near, span: Span) -> Diagnostic:
    help = near.help(f"say it of products: attribute {cut(name)} 65; `quantity` is how many of them")
    return error("E620", span, f"no product has an attribute `{cut(name)}` that is a number", help)


def counts_too_many(name: str, count: int, most: int, span: Span) -> Diagnostic:
    return error(
        "E621", span, f"this sum counts `{cut(name)}`, which has {count:,} quantities; at most {most:,} are told apart in a sum",
        "narrow its range, or let it go in steps: 10 to 500 in steps of 10",
    )  # fmt: skip


def not_a_column(name: str, why: str, span: Span) -> Diagnostic:
    return error(
        "E622",
        span,
        f"`{cut(name)}` cannot head a column here: {why}",
        "head it by an attribute, or by a part of which at most one thing is chosen",
    )


def mixed_attribute(name: str, first: Span, span: Span) -> Diagnostic:
    return error(
        "E623", span, f"`{cut(name)}` is a number of some products and a word of others, as at {first.file}:{first.line}",
        "say it one way, or give the two other names",
    )  # fmt: skip


def too_tangled(span: Span, most: int) -> Diagnostic:
    return error(
        "E624", span, f"this rule comes to more than {most:,} alternatives", "split it: a rule for each of them"
    )


def too_deep(most: int, span: Span) -> Diagnostic:
    return error(
        "E626", span, f"bundles stand in each other more than {most} deep", "let a bundle offer their parts itself"
    )


def too_many_options(name: str, count: int, most: int, span: Span) -> Diagnostic:
    return error(
        "E626", span, f"`{cut(name)}` comes to about {count:,} options with all that is inside it; at most {most:,} are kept",
        "what stands inside counts wherever it does: offer it in fewer places",
    )  # fmt: skip


def shares_none(span: Span) -> Diagnostic:
    return error(
        "E625",
        span,
        "no values of these two attributes are equal, so this never holds",
        "compare attributes whose values are alike",
    )


# ---------------------------------------------------------------- what a search finds


def never_satisfied(bundle: str, reasons: Iterable[str], span: Span) -> Diagnostic:
    return error(
        "E630", span, f"`{cut(bundle)}` can never be configured: no choice keeps all its rules", _together(reasons)
    )


def never_chosen(option: str, reasons: Iterable[str], span: Span) -> Diagnostic:
    return error("E631", span, f"`{cut(option)}` can never be chosen", _together(reasons))


def default_breaks(default: str, others: Iterable[str], reasons: Iterable[str], span: Span) -> Diagnostic:
    beside = listed(f"`{cut(other)}`" for other in others)
    with_them = f" beside the default {beside}" if beside else ""
    return error(
        "E632", span, f"`{cut(default)}` cannot be the default{with_them}: that breaks a rule", _together(reasons)
    )


def never_counts(path: str, numbers: str, reasons: Iterable[str], span: Span) -> Diagnostic:
    return warning("W660", span, f"`{cut(path)}` can never be {numbers}", _together(reasons))


def never_left_out(part: str, reasons: Iterable[str], span: Span) -> Diagnostic:
    return warning(
        "W661", span, f"`{cut(part)}` may be left out, and its bundle's rules never let it", _together(reasons)
    )


def unproven(bundle: str, what: str, span: Span) -> Diagnostic:
    return warning(
        "W662", span, f"`{cut(bundle)}` is too hard to search whole: {what} may be impossible",
        "its rules hold all the same; wide sums are what is hard: narrow their quantities",
    )  # fmt: skip


def fact_refused(bundle: str, path: str, value: str, reasons: Iterable[str], span: Span) -> Diagnostic:
    return warning(
        "W663", span, f"where `{cut(path)}` is {cut(value)}, `{cut(bundle)}` has no configuration", _together(reasons)
    )


def _together(reasons: Iterable[str]) -> str:
    said = list(reasons)
    first = "for " if len(said) == 1 else "for these together: "
    return (
        first
        + "; ".join(said[:MOST_REASONS])
        + (f"; and {len(said) - MOST_REASONS} more" if len(said) > MOST_REASONS else "")
    )


MOST_REASONS = 8
