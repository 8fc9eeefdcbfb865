"""What holds of taxes, pocket amounts and currencies whatever the book: sums tie out, and a rate of 1 changes nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.lang import book as b
from engine.lang import check
from engine.lang.parts import atoms
from engine.plan.exchange import in_currency
from engine.plan.lower import lower
from engine.plan.reach import conditions
from engine.pricing import price_quotes
from engine.pricing.answer import NAMES
from engine.pricing.interpret import price
from engine.pricing.quote import Line, PricedQuote, Quote
from engine.values.currency import minor_unit_micros
from engine.values.rounding import round_to
from tests.effort import tries
from tests.property.books import books, quotes
from tests.property.test_meaning import differences

TAXED = """price book shop
  currency EUR
  prices {prices} tax
  round  {mode} to minor unit at {level}
  round  tax at {tax}
  units  piece pieces, hour hours to 2 decimals

product a
  price {a} EUR per piece
product b_
  price {b} EUR per piece
  taxed as reduced
product c
  price {c} EUR per hour per month
  taxed as reduced
product d
  price {d} EUR per piece
  taxed as none_at_all

steps
  list
  promotion compounding
  gift one only
  tax
  net
  rebate additive

promotion discount some on a, b_
  give {off}% off running price
gift discount gift on c
  give {gift} EUR off running price {said} tax
rebate discount bonus on everything
  give 3% off running price

tax rate standard on class standard
  charge {rate}%
tax rate reduced on class reduced
  charge {low}%
tax rate zero on class none_at_all
  charge 0%
  category E
"""
PRICES = st.integers(1, 2_000_000).map(lambda cents: f"{cents // 100}.{cents % 100:02d}")


@st.composite
def taxed_books(draw: st.DrawFn) -> b.Book:
    """A book with taxes, prices with tax or without, rounded anywhere."""
    prices = draw(st.sampled_from(["include", "exclude"]))
    text = TAXED.format(
        prices=prices, said={"include": "excluding", "exclude": "including"}[prices],
        mode=draw(st.sampled_from(["half up", "half even", "half down", "up", "down"])),
        level=draw(st.sampled_from(["unit", "line", "document"])),
        tax=draw(st.sampled_from(["rate", "unit", "line", "document"])),
        off=draw(st.integers(0, 100)), gift=draw(PRICES), rate=draw(st.integers(1, 40)), low=draw(st.integers(1, 40)),
        **{name: draw(PRICES) for name in "abcd"},
    )  # fmt: skip
    checked = check({"book.quo": text.encode()})
    assert checked.book is not None, "\n".join(d.render(checked.sources) for d in checked.diagnostics)
    return checked.book


LINES = st.lists(
    st.builds(Line, st.sampled_from(["a", "b_", "d"]), st.integers(-50, 500).map(lambda n: n * 1_000_000))
    | st.builds(Line, st.just("c"), st.integers(-5_000, 5_000).map(lambda n: n * 10_000)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=tries(300))
@given(taxed_books(), LINES)
def test_every_sum_ties_out(book: b.Book, lines: list[Line]) -> None:
    quote = price(book, Quote(737_000, {}, tuple(lines)))
    assert quote.complete
    _lines_tie_out(quote)
    by_rate: dict[tuple[str, str, int], list[int]] = defaultdict(lambda: [0, 0])
    by_total: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for line in quote.lines:
        assert line.tax is not None and line.pocket_amount is not None
        name = NAMES[line.period]
        rate = by_rate[name, line.tax.category, line.tax.rate]
        rate[0] += line.net_amount
        rate[1] += line.tax.tax_amount
        for i, amount in enumerate((line.net_amount, line.tax.tax_amount, line.tax.gross_amount, line.pocket_amount)):
            by_total[name][i] += amount
    assert {(t.name, t.category, t.rate): [t.taxable_amount, t.tax_amount] for t in quote.taxes} == by_rate
    totals = {t.name: [t.net_amount, t.tax_amount, t.gross_amount, t.pocket_amount] for t in quote.totals}
    assert {name: totals[name] for name in by_total} == by_total
    if book.tax_level == "rate":
        for (_, _, millionths), (net, tax) in by_rate.items():
            rate = Fraction(millionths, 1_000_000)
            rounded = net if book.prices_include_tax else tax
            exact = (net + tax) / (1 + rate) if book.prices_include_tax else net * rate  # EN 16931, BR-CO-17
            assert rounded == round_to(exact, minor_unit_micros(book.currency), book.rounding.mode)


def _lines_tie_out(quote: PricedQuote) -> None:
    for line in quote.lines:
        tax = line.tax
        assert tax is not None
        assert line.net_amount + tax.tax_amount == tax.gross_amount
        assert line.list_amount + tax.list_tax == tax.list_gross
        assert tax.tax_amount % minor_unit_micros("EUR") == 0
        assert tax.rate or not tax.tax_amount


@settings(max_examples=tries(100))
@given(taxed_books(), LINES)
def test_the_service_s_way_in_prices_taxes_as_they_mean(book: b.Book, lines: list[Line]) -> None:
    quote = Quote(737_000, {}, tuple(lines))
    assert differences(price_quotes(lower(book), [quote], waterfall=True)[0], price(book, quote)) == []


@settings(max_examples=tries(100))
@given(st.data())
def test_converting_at_a_rate_of_1_changes_nothing(data: st.DataObject) -> None:
    book = replace(data.draw(books()), tax_step=0)  # a step of the home currency's is not another's
    twin = "USD" if book.currency != "USD" else "EUR"  # as many decimals
    if minor_unit_micros(book.currency) != minor_unit_micros(twin) or book.rounding.step != minor_unit_micros(twin):
        return
    two = replace(book, currencies=(twin,), rates=(b.ExchangeRate(book.currency, twin, None, Fraction(1)),))
    quote = data.draw(quotes(book))
    home = price_quotes(lower(book), [quote], waterfall=True)[0]
    away = replace(quote, facts={**quote.facts, "quote.currency": twin})
    [made] = price_quotes(lower(two), [away], waterfall=True)
    assert differences(replace(made, currency=home.currency, exchange=None), home) == []


@settings(max_examples=tries(100))
@given(st.data(), st.fractions(Fraction(1, 1000), 1000, max_denominator=1000))
def test_a_book_there_and_back_is_itself(data: st.DataObject, rate: Fraction) -> None:
    book = data.draw(books())
    assume(not any(_sums_money(atom) for when in conditions(book) for atom in atoms(when)))  # bounds are whole micros
    book = replace(book, rounding=replace(book.rounding, discounts=False), tax_step=0)  # these round what is converted
    away = in_currency(book, "XTS", rate)
    back = in_currency(away, book.currency, 1 / rate)
    assert replace(back, rounding=book.rounding, tests=book.tests) == book


def _sums_money(atom: b.Is | b.Within | b.Known) -> bool:
    return atom.subject.fold is not None and atom.subject.fold.what == "amount"
