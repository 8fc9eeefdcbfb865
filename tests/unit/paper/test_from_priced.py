"""Options made of real books' priced quotes: what a customer reads, that it adds up, and what stays inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from engine.configure.of_book import configured
from engine.configure.placing import place
from engine.lang.book import Book
from engine.lang.check import check
from engine.paper import typeset
from engine.paper.from_priced import option_of
from engine.paper.sheet import Line, Option, Segment, Step, Total
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing import price_quotes, read_facts
from engine.pricing import quote as asked
from engine.values.kinds import MICROS as M
from tests.unit.paper.pages import faults, texts
from tests.unit.paper.sheets import CREATED, sheet

RULES = Path(__file__).parents[3] / "rules"
DAY = date(2026, 5, 4).toordinal()


def book_of(files: Mapping[str, bytes]) -> tuple[Book, Plan]:
    """A checked book and its plan."""
    book = check(dict(files)).book
    assert book is not None
    return book, lower(book)


def rules(name: str) -> tuple[Book, Plan]:
    """A book of rules/."""
    return book_of({path.name: path.read_bytes() for path in (RULES / name).iterdir()})


def priced(
    plan: Plan, facts: Mapping[str, str], lines: list[asked.Line], bundles: tuple[asked.PricedBundle, ...] = ()
) -> asked.PricedQuote:
    """A quote with its waterfalls."""
    values, errors = read_facts(plan, facts)
    assert errors == []
    return price_quotes(plan, [asked.Quote(DAY, {**values, "quote.role": "seller"}, tuple(lines), bundles)], True)[0]


def line(
    plan: Plan, product: str, quantity: int | None, facts: Mapping[str, str] | None = None, **more: object
) -> asked.Line:
    """A line with its own facts."""
    values, errors = read_facts(plan, facts or {}, True)
    assert errors == []
    return asked.Line(product, None if quantity is None else quantity * M, facts=values, **more)  # type: ignore[arg-type]


def lines_of(option: Option) -> list[Line]:
    """All lines of an option."""
    return [
        one for group in option.groups
        for one in (*group.lines, *(inside for bundle in group.bundles for inside in bundle.lines))
    ]  # fmt: skip


@pytest.fixture(scope="module")
def saas() -> tuple[Plan, asked.PricedQuote, list[str | None]]:
    _, plan = rules("saas")
    facts = {
        "customer.segment": "enterprise",
        "customer.country": "CH",
        "customer.account": "ACME",
        "quote.term": "24 months",
    }
    lines = [
        line(plan, "seat", 200, {"line.rush": "yes"}, group="rollout"), line(plan, "calls", 1_500_000), line(plan, "onboarding", 1, group="rollout"),
        line(plan, "security_key", 25),
    ]  # fmt: skip
    return plan, priced(plan, facts, lines), [one.group for one in lines]


def test_lines_are_called_as_the_book_calls_them_and_stand_in_their_groups(
    saas: tuple[Plan, asked.PricedQuote, list[str | None]],
) -> None:
    plan, quote, groups = saas
    option = option_of(plan.head, quote, groups)
    assert [(group.title, [one.title for one in group.lines]) for group in option.groups] == [
        ("", ["API calls", "Security key"]), ("rollout", ["CRM seat", "Onboarding"]),
    ]  # fmt: skip
    assert option.totals[1] == Total("per_month", 7_510 * M, 9_800 * M)
    assert [total.name for total in option.totals] == ["once", "per_month", "usage", "first_year", "over_term"]


def test_a_waterfall_ties_out_in_whole_cents(saas: tuple[Plan, asked.PricedQuote, list[str | None]]) -> None:
    plan, quote, _ = saas
    seat = next(one for one in lines_of(option_of(plan.head, quote)) if one.title == "CRM seat")
    assert seat.steps == (
        Step("list", 0, 49 * M),
        Step("contract", 49 * M, 42 * M, "Frame agreement 2026-014"),
        Step("volume", 42 * M, 34_440_000, share=180_000),
        Step("loyalty", 34_440_000, 33_750_000, share=20_000),
        Step("extras", 33_750_000, 35_100_000, share=40_000),
        Step("extras", 35_100_000, 37_550_000, "Rush work outside the Benelux"),
    )
    assert seat.steps[-1].after == seat.unit_price


def test_prices_by_tiers_are_an_average_of_many(saas: tuple[Plan, asked.PricedQuote, list[str | None]]) -> None:
    plan, quote, _ = saas
    calls = next(one for one in lines_of(option_of(plan.head, quote)) if one.title == "API calls")
    assert (calls.unit_price, calls.amount, calls.average, calls.steps) == (347, 521 * M, True, ())
    page = "".join(texts(typeset(sheet("nl", (option_of(plan.head, quote),)), CREATED).pdf))
    assert "per 1.000" in page and "0,347" in page and "gemiddeld" in page


def test_where_the_waterfall_is_hidden_no_list_price_is_told(
    saas: tuple[Plan, asked.PricedQuote, list[str | None]],
) -> None:
    plan, quote, groups = saas
    option = option_of(plan.head, quote, groups, show_waterfall=False)
    assert all(one.steps == () for one in lines_of(option)) and all(total.listed is None for total in option.totals)
    page = "".join(texts(typeset(sheet("en", (option,)), CREATED).pdf))
    assert "37.55" in page and "49.00" not in page and "List price" not in page and "Frame agreement" not in page


def test_nothing_of_the_book_that_is_ours_is_on_paper(saas: tuple[Plan, asked.PricedQuote, list[str | None]]) -> None:
    plan, quote, groups = saas
    page = "".join(texts(typeset(sheet("en", (option_of(plan.head, quote, groups),)), CREATED).pdf))
    ours = {rule.name for rule in plan.head.rules if "_" in rule.name} | {"book.quo", "seat_margin", "margin", "floor"}
    assert [name for name in sorted(ours) if name in page] == []


FLOORED = b"""price book shop "A shop"
  currency EUR
  units piece pieces

product lamp "Lamp"
  price 10.00 EUR per piece
  cost   8.00 EUR per piece

steps
  list
  promotion best of
  floor

promotion discount spring on lamp
  give 50% off list
  because "Spring"

floor least on lamp
  at least 20% margin
"""


def test_what_a_floor_did_is_one_with_the_step_before_it() -> None:
    _, plan = book_of({"book.quo": FLOORED})
    (lamp,) = lines_of(option_of(plan.head, priced(plan, {}, [line(plan, "lamp", 1)])))
    assert lamp.unit_price == 10 * M and lamp.steps == ()
    _, plan = book_of({"book.quo": FLOORED.replace(b"20% margin", b"10% margin")})
    (lamp,) = lines_of(option_of(plan.head, priced(plan, {}, [line(plan, "lamp", 1)])))
    assert [(step.name, step.after) for step in lamp.steps] == [("list", 10 * M), ("promotion", 8_890_000)]


# ---------------------------------------------------------------- a household in one contract


@pytest.fixture(scope="module")
def household() -> tuple[Book, Plan, asked.PricedQuote]:
    book, plan = rules("telecom")
    facts = {"customer.kind": "consumer", "customer.country": "NL"}
    chosen = ("tv=tv_all", "channels=sports", "first.mobile.plan=plan_m", "duration=two_years", "tv_box=2")
    values, _ = read_facts(plan, facts)
    placed = place(configured(book, "household"), chosen, True, {"quote.currency": "EUR", "quote.date": DAY, **values})
    inside = [asked.Inside("home", "household", 1, 1, thing.path) for thing in placed.things]
    lines = [line(plan, "calls", None), line(plan, "fibre", 1, term=24)]
    lines += [
        asked.Line(thing.product, thing.quantity, term=24, facts=where.facts, inside=where)
        for thing, where in zip(placed.things, inside, strict=True)
    ]
    return book, plan, priced(plan, facts, lines, (asked.PricedBundle("home", "household", 1, placed.choices),))


def test_a_bundle_stands_together_with_its_choices_and_totals(household: tuple[Book, Plan, asked.PricedQuote]) -> None:
    book, plan, quote = household
    (group,) = option_of(plan.head, quote, bundles=book.bundles).groups
    assert [one.title for one in group.lines] == ["Calls at home", "Fibre"]
    (home,) = group.bundles
    assert home.title == "Household" and home.count == 1
    assert home.choices == (
        ("Metres from the door to the router", "5"), ("Devices at home", "10"), ("Contract for", "two years"), ("Bill on paper", "no"),
    )  # fmt: skip
    assert ("Television", "Television, 90 channels") in [(one.part, one.title) for one in home.lines]
    assert ("First mobile line", "Mobile M") in [(one.part, one.title) for one in home.lines]
    once = sum(one.amount or 0 for one in home.lines if one.period == "once")
    assert home.totals[0].net == once and home.totals[0].name == "once"


def test_taxes_are_said_by_category_and_rate(household: tuple[Book, Plan, asked.PricedQuote]) -> None:
    _, plan, quote = household
    option = option_of(plan.head, quote)
    assert {(tax.total, tax.category, tax.rate) for tax in option.taxes} == {
        ("once", "S", 210_000),
        ("per_month", "S", 210_000),
    }
    for total in option.totals[:2]:
        assert total.tax is not None and total.net + total.tax == total.gross
        assert sum(tax.tax for tax in option.taxes if tax.total == total.name) == total.tax


def test_use_that_nobody_estimated_has_no_price_and_a_ramp_its_parts(
    household: tuple[Book, Plan, asked.PricedQuote],
) -> None:
    _, plan, quote = household
    calls, fibre = lines_of(option_of(plan.head, quote))[:2]
    assert (calls.quantity, calls.unit_price, calls.amount) == (None, None, None)
    assert fibre.term is not None and (fibre.term.months, fibre.term.days, fibre.term.amount) == (24, 0, 945 * M)
    assert fibre.term.segments == (Segment(None, None, 6, 0, 135 * M), Segment(None, None, 18, 0, 810 * M))


@pytest.mark.parametrize("language", ["en", "nl", "de", "fr"])
def test_a_household_is_a_document_in_every_language(
    household: tuple[Book, Plan, asked.PricedQuote], language: str
) -> None:
    book, plan, quote = household
    options = tuple(option_of(plan.head, quote, bundles=book.bundles, show_waterfall=shown) for shown in (True, False))
    made = typeset(sheet(language, options), CREATED)
    assert faults(made.pdf) == [] and made.lost == frozenset()


# ---------------------------------------------------------------- a bank, and a shop whose prices have tax in them


def test_a_loan_runs_from_day_to_day_and_its_exemption_has_a_reason() -> None:
    _, plan = rules("finance")
    facts = {"customer.country": "NL", "customer.kind": "company", "customer.rating": "bbb"}
    runs = {"line.amount": "500_000", "line.loan_to_value": "60%", "line.start": "2026-07-01", "line.end": "2031-06-30"}
    lines = [
        line(plan, "margin", 1, runs),
        line(plan, "interest", 1, runs),
        line(plan, "arrangement", 1, {"line.amount": "500_000"}),
    ]
    quote = priced(plan, facts, lines)
    option = option_of(plan.head, quote)
    assert [one.title for one in lines_of(option)] == [
        "Margin over the reference rate",
        "Interest at the reference rate",
        "Arrangement fee",
    ]
    assert lines_of(option)[0].amount == quote.lines[0].net_amount
    pages = "".join(texts(typeset(sheet("de", (option,)), CREATED).pdf))
    assert "Steuerfrei" in pages and "Directive 2006/112/EC" in pages and "für die Laufzeit" in pages


WITH_TAX = b"""price book shop "A shop"
  currency EUR
  prices include tax
  round half up to minor unit at line
  units piece pieces

facts
  customer.country: text from account

steps
  list
  promotion best of
  tax

product lamp "Lamp"
  price 24.20 EUR per piece

promotion discount spring on lamp
  give 10% off list
  because "Spring"

tax rate vat on everything
  charge 21%
  category S
"""


def test_prices_that_have_tax_in_them_are_shown_with_it() -> None:
    _, plan = book_of({"book.quo": WITH_TAX})
    option = option_of(plan.head, priced(plan, {"customer.country": "NL"}, [line(plan, "lamp", 3)]))
    (lamp,) = lines_of(option)
    assert option.with_tax and (lamp.unit_price, lamp.amount) == (21_780_000, 65_340_000)
    assert [(step.name, step.after, step.share) for step in lamp.steps] == [
        ("list", 24_200_000, None),
        ("promotion", 21_780_000, 100_000),
    ]
    page = texts(typeset(sheet("nl", (option,)), CREATED).pdf)[0]
    assert "inclusief btw" in page and "54,00" in page and "65,34" in page


def test_what_has_no_price_is_not_put_on_paper(saas: tuple[Plan, asked.PricedQuote, list[str | None]]) -> None:
    plan, quote, _ = saas
    with pytest.raises(ValueError, match="something has no price"):
        option_of(plan.head, replace(quote, complete=False))
