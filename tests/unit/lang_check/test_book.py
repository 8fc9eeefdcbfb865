"""What a checked book holds: ticks, exact fractions, dates, sets of products."""

from __future__ import annotations

import random
from datetime import date
from fractions import Fraction

import pytest

from engine.lang import book as b
from engine.lang import check
from engine.pricing.quote import ErrorCode
from engine.values.currency import minor_unit_micros, zones
from tests.unit.lang_check.bundle import BOOK, checked, codes


def cases(text: str, **files: str) -> tuple[b.Case, ...]:
    """The cases of the last rule."""
    result = checked(text, **files)
    assert result.book, [d.render(result.sources) for d in result.diagnostics]
    return result.book.rules[-1].cases


def when(text: str) -> b.Condition:
    """A condition as settled."""
    return cases(f"offers discount a on everything\n  when {text}\n  give 5% off list\n")[0].when


@pytest.mark.parametrize(
    ("code", "micros"), [("EUR", 10_000), ("USD", 10_000), ("JPY", 1_000_000), ("KWD", 1_000), ("CLF", 100)]
)
def test_minor_units(code: str, micros: int) -> None:
    """Babel knows how fine each currency counts; an unknown one is refused."""
    assert minor_unit_micros(code) == micros
    with pytest.raises(ValueError, match="not a currency"):
        minor_unit_micros("EURO")
    assert {"Europe/Amsterdam", "UTC", "Asia/Kolkata", "Asia/Calcutta"} <= zones()


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("line.quantity > 5", 5_000_001, None),
        ("line.quantity >= 5 seats", 5_000_000, None),
        ("line.quantity < 5", None, 4_999_999),
        ("line.quantity in 1_000 to 2_000", 1_000_000_000, 2_000_000_000),
        ("line.quantity is 5", 5_000_000, 5_000_000),
        ("quote.term > 1 year", 13, None),
        ("customer.spend <= 0.01 EUR", None, 10_000),
        ("quote.date >= 2026-01-01", date(2026, 1, 1).toordinal(), None),
    ],
)
def test_ranges_in_ticks(text: str, low: int | None, high: int | None) -> None:
    """Every comparison of what has an order is an inclusive range of whole ticks."""
    said = "customer.spend is known and " if "spend" in text else ""
    found = cases(f"offers discount a on seat\n  when {said}{text}\n  give 5% off list\n")[0].when
    found = found.of[-1] if isinstance(found, b.All) else found
    assert isinstance(found, b.Within)
    assert (found.low, found.high) == (low, high)
    assert found.subject.ordered


def test_words_and_not() -> None:
    """Enums and texts are sets of words; `is not` is Not."""
    assert when("customer.segment in startup, enterprise") == b.Is(
        b.Subject("customer.segment", 0), frozenset(("startup", "enterprise"))
    )
    negative = when("customer.segment is not startup")
    assert isinstance(negative, b.Not)
    assert isinstance(negative.of, b.Is)


def test_discounts_leave_out_what_is_never_discounted() -> None:
    """`on everything` is a set where a product may not be discounted, and None where nothing is left out."""
    assert cases("offers discount a on everything\n  give 5% off list\n")[0].products == frozenset((0, 1))
    assert cases("extras surcharge a on everything\n  add 5% of list\n")[0].products is None


def test_dates_are_half_open() -> None:
    """`through` is inclusive, `until` is not."""
    one, two = (
        cases(f"offers discount a on seat\n  from 2026-01-01 {word} 2026-02-01\n  give 5% off list\n")[0]
        for word in ("until", "through")
    )
    assert one.start == two.start == date(2026, 1, 1).toordinal()
    assert (one.end, two.end) == (date(2026, 2, 1).toordinal(), date(2026, 2, 2).toordinal())


def test_gives_are_exact() -> None:
    """Percents are fractions of one, amounts of micros, signs by what they do."""
    assert cases("offers discount a on seat\n  give 33.333333% off list\n")[0].give == b.Percent(
        Fraction(-33_333_333, 100_000_000), b.Base("list")
    )
    assert cases("offers discount a on seat\n  give 3 EUR off list\n")[0].give == b.Amount(Fraction(-3_000_000))
    assert cases("extras surcharge a on seat\n  add 5% of running price\n")[0].give == b.Percent(
        Fraction(1, 20), b.Base("running")
    )
    assert cases("extras surcharge a on seat\n  add 5% of after offers\n")[0].give == b.Percent(
        Fraction(1, 20), b.Base("after", 2)
    )


def test_prices_per_many_are_exact() -> None:
    """A price per 3 is a third, not a decimal near it."""
    book = checked('product third "T"\n  price 1 EUR per 3 seats\n').book
    assert book
    assert book.products[-1].prices[0].price.amount == Fraction(1_000_000, 3)


def test_rows_are_settled() -> None:
    """What a row alone decides makes no case; keys, dates and empty ends become its case's."""
    text = """offers discount a on row.sku
  for each row of deals
  when row.kind is "x" and line.quantity in row.least to row.most
  give row.off off list

table deals from "deals.csv"
  customer.segment: text key
  sku: product
  kind: text
  off: percent optional
  least: quantity
  most: quantity optional
  since: from date optional
"""
    rows = "customer.segment,sku,kind,off,least,most,since\n*,seat,x,5%,1,9,\nstartup,seat,x,6%,10,,2026-01-01\nstartup,seat,y,7%,10,,\nstartup,seat,x,,10,,\n"
    first, second = cases(text, deals=rows)
    quantity = b.Subject("line.quantity", None, True)
    assert first.when == b.Within(quantity, 1_000_000, 9_000_000)
    assert first.start is None
    assert isinstance(second.when, b.All)
    assert set(second.when.of) == {
        b.Within(quantity, 10_000_000, None),
        b.Is(b.Subject("customer.segment", 0), frozenset(("startup",))),
    }
    assert second.start == date(2026, 1, 1).toordinal()
    assert second.span.line == 3
    assert second.label == "customer.segment startup"


def test_many_rows() -> None:
    """20,000 rows are 20,000 cases, and twice as many rows twice the work: nothing is done over."""
    text = """offers discount a on seat
  for each row of deals
  when line.quantity >= row.least
  give row.off off list

table deals from "deals.csv"
  customer.account: text key
  off: fraction
  least: quantity
"""
    rows = "account,off,least\n" + "".join(f"A{n},0.{n % 90 + 10},{n}\n" for n in range(20_000))
    made = cases(text, deals=rows)
    assert len(made) == 20_000
    assert made[7].give == b.Percent(Fraction(-17, 100), b.Base("list"))


def test_order_means_nothing() -> None:
    """Blocks in any order, in any files, make the same book (but for where things stand)."""
    text = (
        BOOK
        + """
offers discount a on family crm
  give 5% off list

offers exception b to a
  when customer.segment is startup
  give 6% off list

volume discount c on row.sku
  for each row of deals
  give 5% off list

table deals
  | sku  |
  | seat |
  sku: product
"""
    )
    blocks = [block + "\n" for block in text.split("\n\n")]
    whole = check({"book.quo": text.encode()}).book
    assert whole
    chance = random.Random(5)
    for _ in range(20):
        chance.shuffle(blocks)
        cut = chance.randrange(len(blocks))
        files = {"a.quo": "\n".join(blocks[:cut]).encode(), "z.quo": "\n".join(blocks[cut:]).encode()}
        other = check(files).book
        assert other
        assert {_plain(rule) for rule in other.rules} == {_plain(rule) for rule in whole.rules}
        assert {p.code for p in other.products} == {p.code for p in whole.products}


def _plain(rule: b.Rule) -> tuple[object, ...]:
    made = tuple((case.when, case.give, case.start, len(case.products or ())) for case in rule.cases)
    return rule.name, rule.kind, rule.step, rule.exception_to, made


def test_exceptions_narrow() -> None:
    """An exception takes its rule's products, dates and conditions; its own are added, never instead."""
    text = """offers discount a on seat, help
  from 2026-01-01 until 2026-06-01
  when customer.segment is startup
  give 5% off list

offers exception c to a
  from 2026-03-01
  when line.quantity >= 5
  give 6% off list
"""
    case = cases(text)[0]
    assert case.products == frozenset((0, 1))
    assert (case.start, case.end) == (date(2026, 3, 1).toordinal(), date(2026, 6, 1).toordinal())
    assert isinstance(case.when, b.All)
    assert len(case.when.of) == 2


def test_error_codes_are_those_of_pricing() -> None:
    """A test may expect any error that pricing answers with."""
    from typing import get_args

    from engine.lang.expect import ERRORS

    assert get_args(ErrorCode) == ERRORS


def test_a_test_may_expect_an_error() -> None:
    """Codes are written in lower case, as names are."""
    text = 'test "t"\n  quote on 2026-01-01\n  line seat 1\n  expect error = missing_fact\n'
    result = checked(text)
    assert result.book
    assert result.book.tests[0].expect[0].value == ("MISSING_FACT",)
    assert codes(text.replace("missing_fact", "missing")) == ["E204"]
