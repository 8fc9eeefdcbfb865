"""Settles what a test expects: a figure of the priced quote, the names of what applied, or what `expect_in_words` reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.lang import words
from engine.lang.book import Expectation, total_name
from engine.lang.draft import Draft, Goods
from engine.lang.expect_in_words import IN_ORDER, NEEDS, OF_TAX, expected_needs, expected_tax, expected_time
from engine.lang.places import Span
from engine.lang.syntax import Expect, Lit, Operand, Rate
from engine.lang.types import literal, money, per_count, per_unit
from engine.values.kinds import Kind

PERIODS = ("day", "week", "month", "quarter", "year")
TOTALS = ("once", *(f"per_{period}" for period in PERIODS), "usage", "first_year", "over_term")
OVER_TIME = re.compile(r"(term_net|term_list|segment_[1-9]\d{0,3})\Z", re.ASCII)
"""Figures over a line's term, and of each segment that a ramp cuts it in."""
FIGURES = ("unit", "net", "list", "lowest", "tax", "gross", "pocket")
BESIDE = ("tax", "gross", "pocket")
"""Figures that a total has too: `quote.per_month.tax`, and `quote.tax` where the quote has one total of its own only."""
LISTS = ("applied", "approvals", "error")
NAMED = {
    "applied": "the names of rules, or `none`",
    "approvals": "the names of approvals, or `none`; who agrees is `expect NAME.needs = legal, then finance`",
    "error": "an error such as `no_price`, or `none`",
}
"""What each list is compared with."""
ERRORS = (
    "UNKNOWN_PRODUCT", "NO_PRICE", "NO_COST", "MISSING_FACT", "INVALID_FACT", "INVALID_QUANTITY", "INVALID_DATE",
    "UNKNOWN_GROUP", "GRANT", "DENIED", "CONFLICT", "NO_TAX", "NO_RATE", "OVERFLOW", "INVALID_TERM",
)  # fmt: skip
"""What pricing answers with (`engine.pricing.quote.ErrorCode`, which `lang` cannot import); a test holds them equal."""


def expectation(draft: Draft, said: Expect, products: list[str]) -> Expectation | None:
    what = said.what.text
    if what.endswith(f".{NEEDS}"):
        if said.rate is None and said.term is None:
            return expected_needs(draft, what, said.values, said.what.span)
        draft.report.add(words.expect_value(what, said.span, IN_ORDER))
        return None
    if said.term is not None or what.rpartition(".")[2] == "term":
        return _expected_term(draft, said, _numbered(what, products), products)
    if what in LISTS and said.rate is not None:
        draft.report.add(words.expect_value(what, said.rate.span, NAMED[what]))
        return None
    if what in LISTS:
        found = names(draft, what, said.values, said.span)
        return None if found is None else Expectation(what, found, said.span)
    what = _numbered(what, products)
    figure = figure_of(draft, what, said.what.span, products)
    if figure is None:
        return None
    if what.endswith(OF_TAX):
        return expected_tax(draft, what, () if said.rate else said.values, said.span)
    amount = said.rate if said.rate is not None else said.values[0] if len(said.values) == 1 else None
    micros = expected_amount(draft, amount, figure, what, said.span)
    return None if micros is None else Expectation(what, micros, said.span)


def _expected_term(draft: Draft, said: Expect, what: str, products: list[str]) -> Expectation | None:
    """`expect seat.term = 13 months`: kept as words, the way an answer says it."""
    owner, _, figure = what.rpartition(".")
    if figure != "term" or said.term is None:
        told = (
            words.term_expected(what, said.span)
            if figure == "term"
            else words.expect_value(what, said.span, "an amount")
        )
        draft.report.add(told)
        return None
    if _code(owner, products) not in products:
        draft.report.add(words.line_not_in_test(owner, said.what.span, draft.report.near(owner, products)))
        return None
    return expected_time(draft, what, said.term, said.span)


@dataclass(frozen=True, slots=True)
class What:
    """What an expectation is about: a line's product (and whether per unit), or a total and its period."""

    goods: Goods | None
    unit: bool = False
    period: str | None = None
    timed: bool = False  # over a line's term, or a segment of it


def own_totals(draft: Draft) -> set[str]:
    """Totals of what is charged for terms of its own: `per_365_days`, `for_term`."""
    periods = {goods.period for goods in draft.goods.values()}
    return {total_name(period) for period in periods if " " in period or period == "term"}


def figure_of(draft: Draft, what: str, span: Span, products: list[str]) -> What | None:
    owner, _, figure = what.rpartition(".")
    if owner == "quote" and (figure in TOTALS or figure in own_totals(draft)):
        return What(None, period=figure.removeprefix("per_").replace("_", " ") if "per_" in figure else None)
    if figure in BESIDE and (owner == "quote" or owner.removeprefix("quote.") in TOTALS):
        return What(None, period=owner.rpartition("per_")[2] if "per_" in owner else None)
    code = _code(owner, products)
    if OVER_TIME.match(figure) and code in products:
        return What(draft.goods[code], timed=True) if code in draft.goods else None
    if figure in (*FIGURES, *OF_TAX) and code in products:
        return What(draft.goods.get(code), figure == "unit") if code in draft.goods else None
    if figure in (*FIGURES, *OF_TAX) and owner in draft.goods:
        draft.report.add(words.line_not_in_test(owner, span, draft.report.near(owner, products)))
        return None
    known = [
        *(f"{code}.{each}" for code in products for each in (*FIGURES, *OF_TAX)),
        *(f"{code}.{each}" for code in products for each in ("term", "term_net") if draft.timed),
        *(f"quote.{each}" for each in (*TOTALS, *BESIDE, *sorted(own_totals(draft)))),
        *LISTS,
    ]
    draft.report.add(words.expect_what(what, span, draft.report.near(what, known)))
    return None


def _numbered(what: str, products: list[str]) -> str:
    """`line.unit` is the only line's, `line_2.unit` the second's: `line 2.unit`."""
    owner, _, figure = what.rpartition(".")
    if owner == "line" and len(products) == 1:
        return f"line 1.{figure}"
    return f"line {owner[5:]}.{figure}" if owner.startswith("line_") and owner[5:].isdecimal() else what


def _code(owner: str, products: list[str]) -> str:
    """The product of `seat` or `line 2`."""
    word, _, number = owner.partition(" ")
    if word == "line" and number.isdecimal() and 0 < int(number[:6]) <= len(products):
        return products[int(number[:6]) - 1]
    return owner


def expected_amount(draft: Draft, said: Operand | Rate | None, figure: What, what: str, span: Span) -> int | None:
    """Whole micros; a rate's unit and period must be the figure's."""
    rate = said if isinstance(said, Rate) else None
    operand = rate.amount if rate else said
    if not isinstance(operand, Lit):
        draft.report.add(words.expect_value(what, span, "an amount such as 34.50 EUR"))
        return None
    if rate is not None and rate.started:
        draft.report.add(words.started_here("a figure of a quote", rate.span))
        return None
    amount = _signed(draft, operand, what)
    count = per_count(draft, rate) if rate else 1
    if amount is None or count is None or (rate is not None and not _rate_fits(draft, rate, figure)):
        return None
    micros = amount / count
    if micros.denominator != 1:
        draft.report.add(words.expect_value(what, span, "an amount with at most 6 decimals per unit"))
        return None
    return int(micros)


def _signed(draft: Draft, operand: Lit, what: str) -> Fraction | None:
    """An expected amount may be a credit."""
    if operand.text.startswith("-"):
        value = literal(draft, Kind("money", unit=draft.currency), operand, what)
        return None if value is None else Fraction(int(value))
    return money(draft, operand, what)


def _rate_fits(draft: Draft, rate: Rate, figure: What) -> bool:
    goods = figure.goods
    good, _ = per_unit(draft, rate, goods.code if goods else "", goods.unit if goods else None)
    period = goods.period if goods else figure.period
    if figure.timed and rate.period is not None:
        draft.report.add(words.wrong_period(rate.period, goods.code if goods else "", "term", rate.span))
        return False
    if good and rate.period is not None and period is not None and rate.period != period:
        draft.report.add(words.wrong_period(rate.period, goods.code if goods else f"per_{period}", period, rate.span))
        return False
    return good


def names(draft: Draft, what: str, values: Sequence[Operand], span: Span) -> tuple[str, ...] | None:
    """Rules, approvals or errors' codes, in the order written; none is (). A code is written in lower case."""
    written = [value for value in values if not (len(values) == 1 and value.text == "none")]
    kind = {"applied": "rule", "approvals": "approval", "error": "error"}[what]
    for value in written:
        if isinstance(value, Lit) or " and " in value.text or value.text.startswith("then "):  # who agrees, or `5%`
            draft.report.add(words.expect_value(what, value.span, NAMED[what]))
            return None
        fits = value.text.upper() in ERRORS if what == "error" else (kind, value.text) in draft.places
        if not fits:
            known = [name for each, name in draft.places if each == kind]
            draft.unknown(kind, value.text, value.span, [code.lower() for code in ERRORS] if what == "error" else known)
            return None
    return tuple(value.text.upper() if what == "error" else value.text for value in written)
