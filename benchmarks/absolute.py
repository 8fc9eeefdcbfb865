"""Absolute times of the engine's calls, by pytest-benchmark: `python -m pytest benchmarks/absolute.py`."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import engine_adventureworks as adventureworks
from benchmarks import engine_rules as rules
from benchmarks.peers import task
from benchmarks.peers.book import Task
from engine.cli.bundle import check_bundle, open_book, read_bundle
from engine.cli.columns import Reading, price_table
from engine.cli.trial import quote_of
from engine.plan.lower import lower
from engine.pricing import price_quotes

SAAS = adventureworks.ROOT / "rules" / "saas"


def test_peers_task_100_000_lines(benchmark: Any) -> None:
    ours = Task(task.make())
    assert benchmark(ours.price).fine.all()


def test_adventureworks_30_129_lines(benchmark: Any) -> None:
    _, plan = open_book([adventureworks.BOOK])
    table, _ = adventureworks.orders()
    reading = Reading({name: name for name in ("sku", "date", "quantity")}, {"customer.kind": "reseller"})
    assert benchmark(price_table, plan, reading, table).fine.all()


def test_check_of_the_adventureworks_book(benchmark: Any) -> None:
    files = read_bundle([adventureworks.BOOK])
    assert benchmark(check_bundle, files).book is not None


@pytest.mark.parametrize("waterfall", [False, True], ids=["prices", "waterfall"])
def test_one_quote(benchmark: Any, waterfall: bool) -> None:
    book, plan = open_book([SAAS])
    quote = quote_of(book.tests[2])
    assert benchmark(price_quotes, plan, [quote], waterfall)[0].complete


def test_cart_of_200_lines_against_20_000_rules(benchmark: Any) -> None:
    cart = rules.Cart(lower(rules.generate()), 1)
    assert len(benchmark(cart.price)) == rules.LINES
