"""Amounts are split with nothing lost, and offers give to the units that counting them one by one would give to."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.lang import book as b
from engine.lang.places import Span
from engine.pricing.interpret.split import split
from engine.pricing.interpret.state import State
from engine.pricing.interpret.units import bought
from engine.values.kinds import MICROS
from engine.values.rounding import Rounding
from tests.effort import tries

STEP = 10_000
SPAN = Span("book.quo", 1)
weights = st.lists(st.fractions(0, 1_000, max_denominator=7) | st.just(Fraction(0)), min_size=1, max_size=6)
remainders = st.sampled_from(["largest", "first", "last"])


@given(st.integers(-500, 500), weights, remainders)
def test_shares_add_up_and_are_as_near_as_whole_steps_can_be(
    amount: int, by: list[Fraction], remainder: b.Remainder
) -> None:
    shares = split(amount * STEP, by, None, STEP, remainder)
    assert sum(shares) == amount * STEP
    assert all(share % STEP == 0 for share in shares)
    total = sum(by)
    for share, weight in zip(shares, by, strict=True):
        exact = Fraction(amount * STEP) * weight / total if total else Fraction(amount * STEP, len(by))
        odd = len(by) * STEP if remainder != "largest" else STEP
        assert abs(share - exact) < odd
        assert share * amount >= 0
    assert shares == [-share for share in split(-amount * STEP, by, None, STEP, remainder)]


@given(st.integers(0, 500), st.data(), remainders)
def test_what_a_line_cannot_take_goes_to_the_others(amount: int, data: st.DataObject, remainder: b.Remainder) -> None:
    by = data.draw(weights)
    caps = data.draw(st.lists(st.integers(0, 300 * STEP).map(Fraction), min_size=len(by), max_size=len(by)))
    shares = split(amount * STEP, by, caps, STEP, remainder)
    room = sum(int(cap // STEP) for cap in caps)
    event("all is taken" if amount <= room else "more than there is room for")
    assert sum(shares) == min(amount, room) * STEP
    assert all(0 <= share <= cap for share, cap in zip(shares, caps, strict=True))


# ---------------------------------------------------------------- offers

EXACT = Rounding("half up", "document", 1)


def line(product: int, price: int, units: int) -> State:
    goods = b.Product(f"p{product}", "", 0, "once", (), (), (), SPAN)
    value = Fraction(price * MICROS)
    return State(product, goods, {}, units * MICROS, value, False, None, (value, False))


sets = st.none() | st.frozensets(st.integers(0, 2), min_size=1)


@settings(max_examples=tries(400))
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 5), st.integers(0, 3)), min_size=1, max_size=4),
    st.integers(0, 3), st.integers(1, 3), sets, sets, st.sampled_from(["cheapest", "dearest"]), st.none() | st.integers(1, 2),
)  # fmt: skip
def test_an_offer_gives_what_counting_units_gives(
    asked: list[tuple[int, int, int]],
    buy: int,
    get: int,
    of: frozenset[int] | None,
    gets: frozenset[int] | None,
    order: str,
    times: int | None,
) -> None:
    lines = {i: line(*one) for i, one in enumerate(asked)}
    give = b.BuyGet(buy, of, get, gets, order, b.Percent(Fraction(-1), b.Base("running")), times, False)  # type: ignore[arg-type]
    changes = bought(EXACT, give, lines)
    got = {i: int(-change / lines[i].value) for i, change in changes.items() if change}
    want = counted(lines, give)
    event(f"{sum(want.values())} units")
    assert got == want


def counted(lines: dict[int, State], give: b.BuyGet) -> dict[int, int]:
    """Units got by line: the first choice, in the order of prices, that leaves as many units to buy as the offer asks for."""
    sign = 1 if give.order == "cheapest" else -1
    units = [i for i, one in lines.items() for _ in range(one.ticks // MICROS)]
    units.sort(key=lambda i: (sign * lines[i].value, i))
    for times in range(len(units) if give.times is None else give.times, 0, -1):
        among = [n for n, i in enumerate(units) if give.gets is None or lines[i].product in give.gets]
        for chosen in combinations(among, times * give.get):
            left = [i for n, i in enumerate(units) if n not in chosen]
            if sum(give.of is None or lines[i].product in give.of for i in left) >= times * give.buy:
                found = [units[n] for n in chosen]
                return {i: found.count(i) for i in set(found)}
    return {}
