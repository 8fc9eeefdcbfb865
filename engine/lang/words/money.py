"""What is said about taxes, currencies and what stands below the net: E57x, E33x and W63x."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.lang.diagnostics import Diagnostic
from engine.lang.places import Span
from engine.lang.words.form import Near, cut, error, listed, warning


def after_tax(step: str, span: Span) -> Diagnostic:
    return error(
        "E570", span, f"`{cut(step)}` comes after `tax`, and would move the price that is taxed",
        "put `tax` below it; what moves no invoice price stands after a step `net`",
    )  # fmt: skip


def tax_category(code: str, span: Span, known: Iterable[str]) -> Diagnostic:
    return error("E571", span, f"`{cut(code)}` is not a category of tax", f"write one of {listed(known)}")


def tax_nothing(span: Span, known: Mapping[str, str]) -> Diagnostic:
    reasons = ", ".join(f"{code} ({what})" for code, what in known.items() if code not in ("S", "L", "M"))
    return error("E571", span, "a rate of 0% does not say why nothing is charged", f"add its category: {reasons}")


def tax_rate(code: str, what: str, charges: bool, span: Span) -> Diagnostic:
    said = "charges nothing" if charges else "charges more than 0%"
    fix = "write `charge 0%`, or category S" if charges else "write its rate, or category Z for a rate of zero"
    return error("E572", span, f"category {code} ({what}) {said}", fix)


def no_tax_rules(word: str, span: Span) -> Diagnostic:
    return error(
        "E573", span, f"`{word} tax` says nothing here: the book has no tax rule, so nobody knows how much that is",
        "write a rule: tax rate NAME on everything",
    )  # fmt: skip


def tax_of_percent(word: str, span: Span) -> Diagnostic:
    return error(
        "E573",
        span,
        f"`{word} tax` is said of an amount, and a percent is the same with tax and without",
        "leave it out",
    )


def tax_of_quote(word: str, span: Span) -> Diagnostic:
    return error(
        "E573", span, f"`{word} tax` is said of each line's amount: the lines of a quote may be taxed at several rates",
        "give it to each line, or say the amount as the book's prices are",
    )  # fmt: skip


def tax_as_book(word: str, span: Span) -> Diagnostic:
    return error("E573", span, f"prices of this book are {word} tax already", "leave it out")


def no_class(name: str, span: Span, near: Near) -> Diagnostic:
    return error(
        "E574", span, f"no product is taxed as `{cut(name)}`",
        near.help("give a product the line `taxed as NAME`; one without it is `standard`"),
    )  # fmt: skip


def floor_below_net(span: Span) -> Diagnostic:
    return error("E575", span, "a floor after `net` would move an invoice price", "put `floor` above `net`")


def price_below_net(step: str, span: Span) -> Diagnostic:
    return error(
        "E575", span, f"the step `{cut(step)}` is below `net`, where nothing sets a price",
        "write a discount (a rebate, terms) or a surcharge",
    )  # fmt: skip


def class_untaxed(product: str, name: str, span: Span) -> Diagnostic:
    return warning(
        "W631", span, f"`{cut(product)}` is taxed as `{cut(name)}`, and no tax rule is for that class",
        "write a rule: tax rate NAME on class " + cut(name),
    )  # fmt: skip


# ---------------------------------------------------------------- currencies


def currency_twice(code: str, span: Span) -> Diagnostic:
    return error("E332", span, f"`{cut(code)}` is said twice here", "keep one")


def not_of_book(code: str, known: Iterable[str], span: Span) -> Diagnostic:
    return error(
        "E333", span, f"`{cut(code)}` is not a currency of this book", f"it has {listed(known)}: add it to `currencies`"
    )


def not_an_amount(text: str, span: Span) -> Diagnostic:
    return error("E333", span, f"`{cut(text)}` is not an amount in another currency", "write: 49 EUR, 55 USD")


def rates_differ(span: Span) -> Diagnostic:
    return error(
        "E334", span, "an amount in another currency is per another unit or period than the first",
        "write both per the same: 49 EUR per seat per month, 55 USD per seat per month",
    )  # fmt: skip


def rates_head(missing: str, span: Span) -> Diagnostic:
    return error(
        "E335", span, f"this table of rates has no column `{missing}`", "its columns are: from, to, rate, from date"
    )


def rates_column(name: str, span: Span) -> Diagnostic:
    return error(
        "E335", span, f"a table of rates has no column `{cut(name)}`", "its columns are: from, to, rate, from date"
    )


def bad_rate(text: str, span: Span) -> Diagnostic:
    return error(
        "E335",
        span,
        f"`{cut(text)}` is not a rate",
        "write how much of `to` one unit of `from` is, such as 1.0842 (at most 12 decimals)",
    )


def rate_twice(source: str, target: str, span: Span, first: Span) -> Diagnostic:
    return error(
        "E336", span, f"a second rate from {source} to {target} on one date: the first is at {first.file}:{first.line}",
        "keep one",
    )  # fmt: skip


def no_rate_to(source: str, target: str, product: str, span: Span) -> Diagnostic:
    return warning(
        "W632", span, f"there is no rate from {source} to {target}, and `{cut(product)}` has no price of its own in {target}",
        "add the rate to `rates`, or the price to the product",
    )  # fmt: skip
