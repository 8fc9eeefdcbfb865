"""The lowest list price of the days before: Directive 98/6/EC, article 6a."""

from __future__ import annotations

import pytest

from engine.lang import check
from engine.plan.lower import lower
from engine.pricing import price_quotes
from engine.pricing.quote import Quote
from tests.unit.selection.book import HEAD, eur, line

SHOWN = HEAD.replace("  units ", "  show lowest price of 30 days\n  units ")
PRICES = """product pen
  price 100 EUR per seat until 2026-03-01
  price  80 EUR per seat from 2026-03-01 until 2026-03-11
  price 120 EUR per seat from 2026-03-11

"""


@pytest.mark.parametrize(
    ("on", "lowest"),
    [
        ("2026-02-28", 100),
        ("2026-03-01", 100),  # the day itself does not count
        ("2026-03-02", 80),
        ("2026-04-09", 80),  # 10 March is the 30th day before
        ("2026-04-10", 120),
    ],
)
def test_thirty_days_before_the_day(on: str, lowest: float) -> None:
    assert eur(line(PRICES, ("pen", 2), on=on, head=SHOWN).lowest_prior) == 2 * lowest


def test_nothing_is_shown_unless_the_book_says_so() -> None:
    assert line(PRICES, ("pen", 2)).lowest_prior is None


def test_a_product_that_is_new_has_no_prior_price() -> None:
    new = "product pen\n  price 100 EUR per seat from 2026-05-04\n"
    assert line(new, ("pen", 1), head=SHOWN).lowest_prior is None
    assert eur(line(new, ("pen", 1), on="2026-05-05", head=SHOWN).lowest_prior) == 100


SALE = """steps
  list
  promotion

promotion discount sale on pen
  from 2026-03-20 through 2026-06-30
  give 20% off lowest price of 30 days
"""


@pytest.mark.parametrize("on", ["2026-03-20", "2026-04-30", "2026-06-30"])
def test_the_prior_price_of_a_reduction_is_that_before_it_began(on: str) -> None:
    """On 20 March the lowest of the 30 days before was 80, and stays so while the sale lasts: 120 - 16."""
    one = line(PRICES + SALE, ("pen", 1), on=on, head=SHOWN)
    assert (eur(one.list_amount), eur(one.net_amount), eur(one.lowest_prior)) == (120, 104, 80)


@pytest.mark.parametrize(
    ("on", "net"),
    [
        ("2026-02-28", 80),
        ("2026-03-01", 60),  # 80 less a fifth of 100: the new price has not been one of the days before
        ("2026-03-02", 64),
        ("2026-03-11", 104),
        ("2026-04-09", 104),
        ("2026-04-10", 96),
    ],
)
@pytest.mark.parametrize("head", [HEAD, SHOWN], ids=["by kernels", "by its meaning"])
def test_a_rule_without_a_first_day_looks_back_from_the_day_of_the_quote(on: str, net: float, head: str) -> None:
    sale = SALE.replace("  from 2026-03-20 through 2026-06-30\n", "")
    assert eur(line(PRICES + sale, ("pen", 1), on=on, head=head).net_amount) == net


def test_rules_of_the_step_list_have_a_history_too() -> None:
    text = """product pen
  price 100 EUR per seat

steps
  list

list price spring on pen
  from 2026-03-01 until 2026-03-11
  when customer.region is "PL"
  price 70 EUR per seat
"""
    for region, lowest in (("PL", 70), ("NL", 100)):
        assert eur(line(text, ("pen", 1), on="2026-03-20", head=SHOWN, region=region).lowest_prior) == lowest


def test_the_history_of_a_rounded_list_is_rounded() -> None:
    text = PRICES + "steps\n  list rounded to 50 EUR minus 1 EUR\n"
    assert eur(line(text, ("pen", 1), on="2026-03-20", head=SHOWN).lowest_prior) == 99


def test_the_answer_holds_until_the_history_changes() -> None:
    """The price of 1 to 10 March leaves the 30 days on 10 April: until the day before, the answer is the same."""
    result = check({"book.quo": (SHOWN + PRICES).encode()})
    assert result.book is not None
    plan = lower(result.book)
    first = 739_700
    answers = price_quotes(plan, [Quote(day, {}, ()) for day in range(first - 30, first + 120)])
    pens = [line(PRICES, ("pen", 1), on=_day(q.date), head=SHOWN) for q in answers]
    for quote, pen in zip(answers, pens, strict=True):
        for later, other in zip(answers, pens, strict=True):
            if quote.date <= later.date and (quote.holds_until is None or later.date < quote.holds_until):
                assert (pen.net_amount, pen.lowest_prior) == (other.net_amount, other.lowest_prior)


def _day(ordinal: int) -> str:
    from datetime import date

    return date.fromordinal(ordinal).isoformat()
