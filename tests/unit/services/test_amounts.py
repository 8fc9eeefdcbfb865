"""What options cost in their bundle, and what whole configurations cost as quotes: sessions of books' own bundles, and small ones by hand."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from engine.configure.configured import Configured
from engine.services.configuring.bundled import Where
from engine.services.configuring.selecting import Chosen, Selection
from engine.services.configuring.verbs import Click, Configuring
from engine.services.configuring.wholes import Whole
from engine.services.pricing.placing import AskedBundle
from engine.services.pricing.verbs import Asked
from engine.values.kinds import MICROS, decimal
from tests.unit.services.test_configuring import DAY, SELLER, configuring, over

RULES = Path(__file__).parents[3] / "rules"
FACTS = {"customer.kind": "consumer", "customer.country": "NL"}


def ours(book: str, folder: Path) -> tuple[Configuring, str]:
    return over(
        {path.name: path.read_bytes() for path in (RULES / book).iterdir() if path.suffix in (".quo", ".csv")}, folder
    )


def by_name(made: Configured, whole: Whole, numbers: dict[str, int]) -> list[str]:
    """A configuration as a quote says it."""
    found = []
    for option in (made.options[number] for number in whole.ids):
        at = numbers.get(option.path, option.low)
        found.append(option.name if option.low == option.high else f"{option.path}={decimal(at or 0)}")
    return found


@pytest.mark.parametrize(
    ("book", "name", "facts"), [("workstation", "suite", {}), ("workstation", "desk", {}), ("telecom", "household", FACTS)]
)  # fmt: skip
def test_random_sessions_cost_what_quotes_with_them_cost(book: str, name: str, facts: Any, tmp_path: Path) -> None:
    verbs, version = ours(book, tmp_path)
    where, rng, alike = Where("ours", version, DAY, name, facts), random.Random(name), 0
    for _ in range(8):
        choices: list[Chosen] = []
        for _ in range(rng.randint(0, 6)):
            click = verbs.configure(SELLER, Selection(where, choices), price=True)
            assert click.answer is not None and click.price is not None
            open_ = [
                n for n, state in enumerate(verbs.configure(SELLER, Selection(where, choices)).states) if not state & 3
            ]
            if not open_:
                break
            option = click.on.asker.made.options[rng.choice(open_)]
            wide = option.low != option.high and rng.random() < 0.5
            choices.append(Chosen(option.name, rng.choice((option.low, option.high)) if wide else None, not wide and rng.random() < 0.3))  # fmt: skip
        click = verbs.configure(SELLER, Selection(where, choices), price=True)
        if click.answer is None:
            continue
        for cheapest in (False, True):
            done = verbs.complete(SELLER, Selection(where, choices), cheapest, 3)
            for whole in done.wholes:
                assert whole.price is not None and not whole.price.unpriced
                assert whole.price.totals == quoted(verbs, where, click, whole, choices)
                alike += not whole.price.differs
                if not done.ready.bill.estimated:
                    assert not whole.price.differs and whole.amount == whole.price.amount
            if not cheapest:
                assert done.wholes[0].price == click.price and done.wholes[0].amount == click.answer.proposed
            elif not done.ready.bill.estimated:
                assert done.wholes[0].amount == click.answer.least
    assert alike > 8


def quoted(verbs: Configuring, where: Where, click: Click, whole: Whole, choices: list[Chosen]) -> Any:
    """The totals of a quote with a configuration, by the names of its options."""
    made = click.on.asker.made
    numbers = {
        made.options[made.model.option(str(one.what))].path: one.number for one in choices if one.number is not None
    }
    bundle = AskedBundle("x", where.bundle, 1, by_name(made, whole, numbers))
    _, answer = verbs.bundles.pricing.price(SELLER, Asked(where.book, where.version, DAY, where.facts, (), bundles=[bundle]))  # fmt: skip
    [priced] = answer.bundles
    assert priced.error is None, priced.error
    return tuple((total.name, total.list_amount, total.net_amount) for total in priced.totals)


# ---------------------------------------------------------------- by hand

HEAD = """price book desks "Desks"
  currency   EUR
  currencies USD
  round      half up to minor unit at line
  units      piece pieces
  families   screens

rates
  | from | to  | rate |
  | EUR  | USD | 1.25 |

facts
  customer.tier: one of plain, gold

product table
  price 300 EUR per piece

product lamp
  price 45 EUR per piece

product arm
  price 20 EUR per piece

product screen
  family screens
  price  200 EUR per piece

product care
  price 6 EUR per piece per month

bundle seat "A seat"
  part table  1
  part lamp   1 to 2
  part screen optional

bundle office "An office"
  part table 1
  part lamp  0 to 3
  part arm   0 to 2
  part care  optional
{more}

steps
  list
  bundle
  customer compounding

customer discount gold on everything
  when customer.tier is gold
  give 10% off running price
"""
PLAIN, GOLD = {"customer.tier": "plain"}, {"customer.tier": "gold"}


def asked(
    folder: Path, more: str, *choices: Chosen | str, facts: Any = PLAIN, total: str = "", steps: str = ""
) -> Click:
    text = HEAD.replace("{more}", "\n".join(f"  {line}" for line in more.splitlines())) + steps
    verbs, version = configuring(folder, text)
    chosen = [Chosen(one) if isinstance(one, str) else one for one in choices]
    return verbs.configure(SELLER, Selection(Where("desks", version, DAY, "office", facts, total), chosen), price=True)


def added(click: Click) -> dict[str, float]:
    options = click.on.asker.made.options
    return {options[n].name: micros / MICROS for n, micros in enumerate(click.added) if micros}


def least(click: Click) -> float:
    assert click.answer is not None
    return click.answer.least / MICROS


def test_percents_and_prices_of_parts_are_what_options_add(tmp_path: Path) -> None:
    click = asked(tmp_path, "price sum of parts, 5% off list\nprice lamp 30 EUR", total="once")
    assert least(click) == 285 and added(click) == {"lamp": 30, "lamp=1": 30, "lamp=2": 60, "lamp=3": 90, "arm": 19, "arm=1": 19, "arm=2": 38}  # fmt: skip
    assert click.answer and click.answer.totals == (("once", 300 * MICROS, 285 * MICROS), ("per_month", 0, 0))
    assert click.price and click.price.amount == click.answer.proposed and not click.price.differs
    assert not click.ready.bill.estimated
    gold = asked(tmp_path, "price sum of parts, 5% off list\nprice lamp 30 EUR", "lamp=2", facts=GOLD, total="once")
    assert least(gold) == 256.5 + 54 and added(gold)["arm=1"] == 17.1 and not gold.ready.bill.estimated


def test_of_a_fixed_price_parts_add_nothing_and_of_an_amount_off_what_they_are(tmp_path: Path) -> None:
    fixed = asked(tmp_path, "price 310 EUR, 400 USD\nprice arm 12 EUR, 15 USD", "care", total="once")
    assert least(fixed) == 310 and added(fixed) == {"arm": 12, "arm=1": 12, "arm=2": 24}
    assert fixed.price and fixed.price.totals == (("once", 300 * MICROS, 310 * MICROS), ("per_month", 6 * MICROS, 6 * MICROS))  # fmt: skip
    assert not fixed.price.differs and fixed.ready.bill.estimated  # some lines share a price
    dollars = asked(tmp_path, "price 310 EUR, 400 USD\nprice arm 12 EUR, 15 USD", facts=PLAIN | {"quote.currency": "USD"}, total="once")  # fmt: skip
    assert least(dollars) == 400 and added(dollars)["arm=2"] == 30
    off = asked(tmp_path, "price sum of parts, 310 EUR off list\nprice lamp 30 EUR\nrequire arm = 2", total="once")
    assert least(off) == 30 and added(off) == {"lamp": 30, "lamp=1": 30, "lamp=2": 60, "lamp=3": 90}
    assert off.price and not off.price.differs
    monthly = asked(tmp_path, "price 310 EUR\nprice 4 EUR per month", total="per_month")
    assert least(monthly) == 0 and added(monthly) == {"care": 4}  # comes with the one thing that is charged so
    assert monthly.price and not monthly.price.differs


def test_what_is_inside_in_a_number_counts_so_often_as_soon_as_that_is_known(tmp_path: Path) -> None:
    more = "part seat 1 to 4\nprice sum of parts, 10% off list"
    click = asked(tmp_path, more, total="once")
    options = click.on.asker.made.options
    assert least(click) == 270 + 270 + 40.5  # a table by itself, and a seat
    assert [added(click)[f"seat={n}"] for n in (2, 3, 4)] == [
        270,
        540,
        810,
    ]  # its table; lamps as if there were one seat
    assert {options[n].name for n in click.ready.bill.least} == {"seat.lamp=1", "seat.lamp=2", "seat.screen"}
    assert click.ready.bill.estimated and click.price and not click.price.differs and not click.ready.bill.unpriced
    three = asked(tmp_path, more, "seat=3", total="once")
    assert least(three) == 270 + 3 * (270 + 40.5) and added(three)["seat.lamp=2"] == 3 * 40.5
    assert not three.ready.bill.least and not three.ready.bill.estimated and three.price and not three.price.differs


def test_a_wide_number_that_a_sum_counts_costs_what_the_sum_makes_it(tmp_path: Path) -> None:
    more = "part screen 1 to 5_000\nsum of quantity of screen, arm >= 300\nprice sum of parts, 10% off list"
    click = asked(tmp_path, more, total="once")
    assert least(click) == 270 + 298 * 180 + 2 * 18 and click.ready.bill.estimated
    assert click.price and not click.price.differs
    said = asked(tmp_path, more, "screen=4_000", total="once")
    assert least(said) == 270 + 4_000 * 180 and not said.ready.bill.estimated


TIERS = """
customer discount many on family screens
  when quantity of family screens >= 3 pieces
  give 50% off running price
"""


def test_what_rules_say_of_several_lines_is_in_the_price_and_orders_the_cheapest(tmp_path: Path) -> None:
    more = "part screen 1 to 2\npart second one of screen, seat\nrequire screen = 2 when second.seat\nforbid second.seat.screen"
    click = asked(tmp_path, more, "screen=2", "second=screen", total="once", steps=TIERS)
    assert click.ready.bill.estimated and click.price and click.price.differs and click.answer
    assert (click.answer.proposed, click.price.amount) == (900 * MICROS, 600 * MICROS)
    text = HEAD.replace("{more}", "\n".join(f"  {line}" for line in more.splitlines())) + TIERS
    verbs, version = configuring(tmp_path / "again", text)
    where = Where("desks", version, DAY, "office", PLAIN, "once")
    done = verbs.complete(SELLER, Selection(where, []), True, 50)
    prices = [one.price.amount for one in done.wholes if one.price]
    assert prices == sorted(prices) and not done.exact
    assert [one.amount for one in done.wholes] != sorted(one.amount for one in done.wholes)


def test_a_product_without_a_price_says_why(tmp_path: Path) -> None:
    click = asked(tmp_path, "price sum of parts, 5% off list", facts={}, total="once")
    assert click.price and {(one.product, one.code) for one in click.price.unpriced} == {("table", "MISSING_FACT")}
    assert "customer.tier" in click.price.unpriced[0].message and click.ready.bill.unpriced
