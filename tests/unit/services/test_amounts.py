"""What options cost in their bundle, and what whole configurations cost as quotes: sessions of books' own bundles, and small ones by hand."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from engine.configure.of_book import Configured
from engine.services.configuring import Click, Configuring
from engine.services.context import Context, Role
from engine.services.placing import AskedBundle
from engine.services.pricing import Asked
from engine.services.selecting import Chosen, Selection
from engine.services.bundled import Where
from engine.services.wholes import Whole
from engine.values.identity import version_of
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
            open_ = [n for n, state in enumerate(verbs.configure(SELLER, Selection(where, choices)).states) if not state & 3]
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
    numbers = {made.options[made.model.option(str(one.what))].path: one.number for one in choices if one.number is not None}
    bundle = AskedBundle("x", where.bundle, 1, by_name(made, whole, numbers))
    _, answer = verbs.bundles.pricing.price(SELLER, Asked(where.book, where.version, DAY, where.facts, (), bundles=[bundle]))  # fmt: skip
    [priced] = answer.bundles
    assert priced.error is None, priced.error
    return tuple((total.name, total.list_amount, total.net_amount) for total in priced.totals)
