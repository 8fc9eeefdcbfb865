"""20,000 generated rules: how long until a new book answers, and how long a cart of 200 lines takes.

1,000 products in 50 families of 20; of the rules 1% for everything, 80% of the rest on a product, 20% on a family.
Conditions: a segment, a region (half the rules each), a range of quantities (60%), dates (70%).
"""

from __future__ import annotations

import gc
import random
import statistics
from fractions import Fraction

import numpy as np

from benchmarks.figures import Figure, nanoseconds
from engine.lang import book as b
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing import price_quotes
from engine.pricing.columns import encode, price_columns
from engine.pricing.quote import Line, Quote
from engine.values.kinds import Kind
from engine.values.rounding import Rounding

RULES, PRODUCTS, FAMILIES, LINES = 20_000, 1_000, 50, 200
START = 739_000
BUILDS, CARTS = 9, 600
SEGMENTS = tuple(f"s{i}" for i in range(5))
REGIONS = tuple(f"r{i}" for i in range(12))
SPAN = b.Span("generated.quo", 1)


def generate(seed: int = 7) -> b.Book:
    """The book, as `check` would return it."""
    rng = random.Random(seed)
    facts = (
        b.Fact("customer.segment", Kind("enum", SEGMENTS), False, "request", SPAN),
        b.Fact("customer.region", Kind("enum", REGIONS), False, "request", SPAN),
    )
    products = tuple(_product(rng, i) for i in range(PRODUCTS))
    steps = (b.Step("list", "list", SPAN), b.Step("offer", "best of", SPAN))
    return b.Book(
        "generated", "20,000 rules", "0" * 32, "EUR", "UTC", Rounding("half up", "unit", 10_000),
        (b.Unit("piece", "pieces"),), tuple(f"f{i}" for i in range(FAMILIES)), (), facts, products, steps,
        tuple(_rule(rng, i) for i in range(RULES)), (),
    )  # fmt: skip


def _product(rng: random.Random, i: int) -> b.Product:
    price = b.DatedPrice(b.Price(Fraction(rng.randrange(100, 100_000) * 10_000)), None, None, SPAN)
    return b.Product(f"p{i}", f"p{i}", 0, "once", (i % FAMILIES,), (price,), (), SPAN)


def _rule(rng: random.Random, i: int) -> b.Rule:
    draw = rng.random()
    products = None
    if draw < 0.8 * 0.99:
        products = frozenset({rng.randrange(PRODUCTS)})
    elif draw < 0.99:
        products = frozenset(range(rng.randrange(FAMILIES), PRODUCTS, FAMILIES))
    tests: list[b.Condition] = []
    if rng.random() < 0.5:
        tests.append(b.Is(b.Subject("customer.segment", 0), frozenset({rng.choice(SEGMENTS)})))
    if rng.random() < 0.5:
        tests.append(b.Is(b.Subject("customer.region", 1), frozenset({rng.choice(REGIONS)})))
    if rng.random() < 0.6:
        low = rng.randrange(1, 100)
        high = (low + rng.randrange(100)) * 1_000_000
        tests.append(b.Within(b.Subject("line.quantity", None, True), low * 1_000_000, high))
    start = START + rng.randrange(365) if rng.random() < 0.7 else None
    give = b.Percent(-Fraction(rng.randrange(10, 300), 1000), b.Base("list"))
    case = b.Case(products, start, start and start + rng.randrange(10, 200), b.All(tuple(tests)), give, SPAN)
    return b.Rule(f"rule_{i:05d}", "discount", 1, (case,), SPAN)


class Cart:
    """Carts of 200 lines, as columns and as a quote."""

    def __init__(self, plan: Plan, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.plan, self.product = plan, rng.integers(0, PRODUCTS, LINES)
        self.quantity = rng.integers(1, 120, LINES) * 1_000_000
        self.date = np.full(LINES, START + int(rng.integers(365)))
        self.one = np.zeros(LINES, np.int64)
        self.said = {"customer.segment": str(rng.choice(SEGMENTS)), "customer.region": str(rng.choice(REGIONS))}
        self.facts = {path: np.full(LINES, encode(plan, path, [value])[0][0]) for path, value in self.said.items()}
        lines = zip(self.product.tolist(), self.quantity.tolist(), strict=True)
        self.quote = Quote(int(self.date[0]), dict(self.said), tuple(Line(f"p{p}", q) for p, q in lines))

    def columns(self) -> np.ndarray:
        """Net amounts from columns."""
        return price_columns(self.plan, self.one, self.date, self.product, self.quantity, self.facts).net_amount

    def rows(self) -> list[int]:
        """Net amounts from a quote, as the service prices it."""
        return [line.net_amount for line in price_quotes(self.plan, [self.quote])[0].lines]


def measure(command: str) -> list[Figure]:
    """Milliseconds until a parsed book answers, and microseconds of a cart.

    Raises:
        AssertionError: the two ways to price a cart do not agree.
    """
    book = generate()
    active = {"plan": lower(book)}

    def swap() -> None:
        active["plan"] = lower(book)

    built = statistics.median(nanoseconds(swap) for _ in range(BUILDS)) / 1e6
    carts = [Cart(active["plan"], seed) for seed in range(40)]
    for cart in carts:
        assert cart.columns().tolist() == cart.rows()
    gc.collect()
    gc.disable()
    columns = sorted(nanoseconds(carts[i % len(carts)].columns) / 1e3 for i in range(CARTS))
    rows = sorted(nanoseconds(carts[i % len(carts)].rows) / 1e3 for i in range(CARTS))
    gc.enable()
    p99 = int(CARTS * 0.99) - 1
    return [
        Figure("rules_20000_lower_and_swap_ms", built, 200, "lower", command, f"median of {BUILDS}"),
        Figure("rules_20000_cart_200_lines_p99_us", columns[p99], 500, "lower", command, f"p50 {columns[CARTS // 2]:.0f}"),
        Figure("rules_20000_cart_as_objects_p99_us", rows[p99], None, "lower", command, f"p50 {rows[CARTS // 2]:.0f}; with answers as Python objects"),
    ]  # fmt: skip
