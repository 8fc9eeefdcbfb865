"""What options add to a bundle's price, against every configuration of generated bundles priced as a quote is: sums of options are its
price unless it is said that they are estimates, and the least total with each option is the cheapest configuration's."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import event, given
from hypothesis import strategies as st

from engine.configure.asking import Answer, Asker
from engine.configure.bill import Bill, cheap_of, ready
from engine.configure.compile import compile_model
from engine.configure.domains import EXCLUDED
from engine.configure.of_book import configured
from engine.configure.ways import ByCircuit, Given
from engine.configure.weights import Said
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing import price_quotes
from engine.pricing.interpret import price
from engine.pricing.quote import Inside, Line, PricedBundle, Quote
from engine.services.pricing.amounts import Things
from tests.configuration.bundles import FACTS, Meaning, State, books, number_at
from tests.configuration.test_of_book import SLOW, book_of, rows

DAY = 739_946
OF_ALL = (
    "", "sum of parts", "sum of parts, 7% off list", "sum of parts, 3% off running price", "sum of parts, 7% off list, spread by list",
    "sum of parts, 0.90 EUR off list", "40 EUR", "12.34 EUR, spread by equal parts",
)  # fmt: skip
OF_A_PART = ("", "p.a 1.10 EUR", "q.d 0.99 EUR", "g 2 EUR")
STEPS = "\nsteps\n  list\n  bundle\n  promotion one only\n"
PROMOTIONS = (
    "", "\npromotion discount tenth on a\n  when line.bundle is main\n  give 10% off running price\n",
    "\npromotion discount many on a, b, d\n  when goods at list >= 9 EUR\n  give 20% off list\n",
)  # fmt: skip


@st.composite
def priced_books(draw: st.DrawFn) -> str:
    """A bundle with prices of its own, in a book with a rule below them."""
    text = draw(books()).replace("bundle main", STEPS + draw(st.sampled_from(PROMOTIONS)) + "\nbundle main")
    clauses = draw(st.sampled_from(OF_ALL)), draw(st.sampled_from(OF_A_PART))
    return text + "".join(f"  price {clause}\n" for clause in clauses if clause)


def quote_of(given: dict[str, object], pieces: list[tuple[str, str, int]] | None) -> Quote:
    """A quote with one bundle, as its meaning says what is in it."""
    lines = []
    for path, code, ticks in pieces or ():
        inside = Inside("x", "main", 1, 1, path)
        lines.append(Line(code, ticks, facts=inside.facts, inside=inside))
    bundles = (PricedBundle("x", "main", 1),) if pieces is not None else ()
    return Quote(DAY, given, tuple(lines), bundles)  # type: ignore[arg-type]


def often_of(things: Things, state: State) -> Said:
    """The numbers of bundles inside, as a user would have said them."""
    return Said(
        (), tuple(sorted((path, number_at(state, path)) for path in things.weights.factors if number_at(state, path)))
    )


@given(text=priced_books(), seed=st.integers(0, 1_000))
@SLOW
def test_options_add_up_to_what_a_quote_costs(text: str, seed: int) -> None:
    book, rng = book_of(text), random.Random(seed)
    plan, meaning, made = lower(book), Meaning(book), configured(book, "main")
    things = Things(book, made)
    given_ = {fact.path: rng.choice(FACTS[fact.path]) for fact in made.facts}
    known = {path: value for path, value in given_.items() if value is not None}
    so = {fact.path: fact.option(given_[fact.path]) for fact in made.facts}
    every = meaning.with_pieces("main", given_)
    table = rows(made, meaning, [state | so for state, _ in every])
    if not len(table):
        return
    quotes = [quote_of(known, pieces) for _, pieces in every]
    nets = np.array([_net(answer) for answer in price_quotes(plan, quotes)])
    for at in rng.sample(range(len(quotes)), min(len(quotes), 8)):
        assert nets[at] == _net(price(book, quotes[at]))
    quote = quote_of(known, None)
    prices = things.prices(plan, quote)
    bill = things.bill(plan, quote, prices, Said(), "")
    assert not bill.unpriced
    event(f"estimated: {bill.estimated}, the least of some: {bool(bill.least)}")
    if not bill.estimated:
        assert [bill.of(row) for row in table] == nets.tolist(), text
        _check_least(text, made, plan, bill, table, nets, known)
    shared = [line.option for line in made.lines if any(line.code in codes for codes in things.shared)]
    if (
        shared and not bill.least and "\npromotion discount" not in text
    ):  # an amount is there with the first of what shares it
        there = table[:, shared].any(axis=1)
        assert [bill.of(row) for row in table[there]] == nets[there].tolist(), text
    if not plan.across:  # where it is known how many bundles inside there are, nothing is left to estimate
        assert all(bill.of(row) <= net for row, net in zip(table, nets.tolist(), strict=True)), text
        for at in rng.sample(range(len(quotes)), min(len(quotes), 8)):
            said = often_of(things, every[at][0])
            exact = things.bill(plan, quote, prices, said, "")
            assert exact.of(table[at]) == nets[at], text
            assert not exact.estimated or len(said.often) < len(things.weights.factors), text


def _net(answer: object) -> int:
    totals = [total for bundle in answer.bundles for total in bundle.totals]  # type: ignore[attr-defined]
    assert len(totals) <= 1 and answer.complete  # type: ignore[attr-defined]
    return sum(total.net_amount for total in totals)


def _check_least(
    text: str, made: object, plan: Plan, bill: Bill, table: np.ndarray, nets: np.ndarray, known: dict[str, object]
) -> None:
    """The least total with each option is that of the cheapest configuration that has it."""
    asker = Asker(made, Given(ByCircuit(compile_model(made.model)), made.literals_of_facts(known)))  # type: ignore
    circuit = asker.way.circuit  # type: ignore[union-attr]
    answer = asker.answer((), ready(circuit, bill, cheap_of(circuit, bill), (asker.defaults,), asker.under))
    assert isinstance(answer, Answer)
    assert answer.least == nets.min(), text
    for option in np.flatnonzero(answer.states & 3 != EXCLUDED).tolist():
        assert answer.least + answer.added[option] == nets[table[:, option]].min(), (text, made.options[option].name)  # type: ignore
    proposal = answer.states & 4 != 0
    assert answer.proposed == nets[(table[:, : made.shown] == proposal).all(axis=1)][0]  # type: ignore[attr-defined]
