"""What makes a deal worse, by whole numbers: against fractions, and in its own words."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.lifecycle.terms import Part, Terms, worse

amounts = st.integers(0, 10**15)


@st.composite
def parts(draw: st.DrawFn) -> Part:
    listed = draw(amounts)
    net = draw(st.integers(0, listed))
    return Part(
        listed=listed, net=net, granted=draw(st.integers(0, listed - net)), sold=net,
        cost=draw(st.none() | st.integers(0, 10**15)),
    )  # fmt: skip


def deal(part: Part, **more: object) -> Terms:
    return replace(Terms(currency_code="EUR", whole=part, products={"seat": part}), **more)  # type: ignore[arg-type]


@given(parts())
def test_the_same_is_not_worse(part: Part) -> None:
    assert worse(deal(part), deal(part)) == []


@given(parts(), parts())
def test_a_deal_is_worse_when_a_ratio_is(now: Part, before: Part) -> None:
    both = now.listed > 0 and before.listed > 0
    discount = both and Fraction(now.listed - now.net, now.listed) > Fraction(before.listed - before.net, before.listed)
    granted = both and Fraction(now.granted, now.listed) > Fraction(before.granted, before.listed)
    first = before.listed == 0 and now.listed > now.net
    known = now.cost is not None and before.cost is not None and before.sold > 0
    share = Fraction(now.cost or 0, now.sold) if now.sold else Fraction(10**40 if now.cost else 0)
    cost = known and share > Fraction(before.cost or 0, before.sold or 1)
    lost = before.cost is not None and now.cost is None
    assert bool(worse(deal(now), deal(before))) == (discount or granted or first or cost or lost)


@given(parts(), st.integers(2, 1_000))
def test_more_of_the_same_is_not_worse(part: Part, times: int) -> None:
    more = Part(
        listed=part.listed * times, net=part.net * times, granted=part.granted * times, sold=part.sold * times,
        cost=None if part.cost is None else part.cost * times,
    )  # fmt: skip
    assert worse(deal(more), deal(part)) == []


def test_it_says_in_what() -> None:
    before = deal(Part(listed=100, net=90, sold=90, cost=45))
    assert worse(deal(Part(listed=100, net=80, granted=5, sold=80, cost=45)), before)[:3] == [
        "the discount on the quote is 20.00% instead of 10.00%",
        "what is granted by hand on the quote is 5.00% instead of 0.00%",
        "the margin of the quote is lower",
    ]
    assert worse(deal(Part(listed=100, net=50, sold=50)), deal(Part()))[0] == (
        "the quote is discounted, and there was nothing to discount"
    )
    assert worse(replace(before, net_days=60), before) == ["it is paid after 60 days instead of 0"]
    assert worse(replace(before, currency_code="USD"), before) == ["it is in USD, and EUR was approved"]
    assert worse(replace(before, products={"care": Part()}), before) == ["care is new"]


@pytest.mark.parametrize(
    ("now", "before", "said"), [(0, 0, 0), (31, 0, 1), (30, 0, 0), (0, 29, 1), (3_000, 20, 1), (20, 3_000, 0)]
)
def test_an_offer_that_stands_for_longer_is_worse(now: int, before: int, said: int) -> None:
    part = Part(listed=100, net=90, sold=90)
    found = worse(deal(part, valid_days=now), deal(part, valid_days=before))
    assert found == [f"it stands for {now or 30:,} days instead of {before or 30:,}"] * said
