"""What is said about taxes, currencies and what stands below the net: E57x, E33x and W63x."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.lang.book import Span
from engine.lang.diagnostics import Diagnostic
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
