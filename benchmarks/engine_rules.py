"""Thousands of generated rules: how long until a new book answers, and how long a cart of 200 lines takes.

1,000 products in 50 families of 20; of the rules 1% for everything, 80% of the rest on a product, 20% on a family.
Conditions: a segment, a region (half the rules each), a range of quantities (60%), dates (70%).
"""

from __future__ import annotations

import gc
import itertools
import random
import statistics
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from benchmarks.figures import Figure, interleave, nanoseconds
from engine.api.quick import entry_of
from engine.lang import book as b
from engine.lang.places import Span
from engine.plan import layout as at
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing import price_quotes
from engine.pricing.buffers import Buffers
from engine.pricing.quote import Line, Quote
from engine.pricing.sent import price_sent
from engine.values.kinds import Kind
from engine.values.rounding import Rounding
from quotient.v1 import pricing_pb2

RULES, PRODUCTS, FAMILIES, LINES = 20_000, 1_000, 50, 200
MORE_RULES, CAN_MATCH = 100_000, 20
START = 739_000
BUILDS, CARTS = 9, 600
SEGMENTS = tuple(f"s{i}" for i in range(5))
REGIONS = tuple(f"r{i}" for i in range(12))
SPAN = Span("generated.quo", 1)


def generate(rules: int = RULES, seed: int = 7) -> b.Book:
    """The book, as `check` would return it."""
    rng = random.Random(seed)
    return _book(rng, tuple(_rule(rng, i, _reach(rng)) for i in range(rules)))


def sparse(products: int = PRODUCTS, seed: int = 7) -> b.Book:
    """So many products with 20 rules of their own; where there is one set only, it is for everything."""
    rng = random.Random(seed)
    reaches = [frozenset({i}) for i in range(products)] if products > 1 else [None]
    return _book(rng, tuple(_rule(rng, i, reaches[i // CAN_MATCH]) for i in range(CAN_MATCH * len(reaches))))


def _book(rng: random.Random, rules: tuple[b.Rule, ...]) -> b.Book:
    facts = (
        b.Fact("customer.segment", Kind("enum", SEGMENTS), False, "request", SPAN),
        b.Fact("customer.region", Kind("enum", REGIONS), False, "request", SPAN),
    )
    products = tuple(_product(rng, i) for i in range(PRODUCTS))
    steps = (b.Step("list", "list", SPAN), b.Step("offer", "best of", SPAN))
    return b.Book(
        "generated", "20,000 rules", "0" * 32, "EUR", "UTC", Rounding("half up", "unit", 10_000),
        (b.Unit("piece", "pieces"),), tuple(f"f{i}" for i in range(FAMILIES)), (), facts, products, steps,
        rules, (),
    )  # fmt: skip


def _product(rng: random.Random, i: int) -> b.Product:
    price = b.DatedPrice(b.Price(Fraction(rng.randrange(100, 100_000) * 10_000)), None, None, SPAN)
    return b.Product(f"p{i}", f"p{i}", 0, "once", (i % FAMILIES,), (price,), (), SPAN)


def _reach(rng: random.Random) -> frozenset[int] | None:
    draw = rng.random()
    if draw < 0.8 * 0.99:
        return frozenset({rng.randrange(PRODUCTS)})
    return frozenset(range(rng.randrange(FAMILIES), PRODUCTS, FAMILIES)) if draw < 0.99 else None


def _rule(rng: random.Random, i: int, products: frozenset[int] | None) -> b.Rule:
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
    """A cart of 200 lines, as it was sent and as a quote of objects."""

    def __init__(self, plan: Plan, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.plan, self.date = plan, START + int(rng.integers(365))
        said = {"customer.segment": str(rng.choice(SEGMENTS)), "customer.region": str(rng.choice(REGIONS))}
        lines = zip(rng.integers(0, PRODUCTS, LINES).tolist(), rng.integers(1, 120, LINES).tolist(), strict=True)
        self.quote = Quote(self.date, dict(said), tuple(Line(f"p{p}", q * 1_000_000) for p, q in lines))
        asked = pricing_pb2.PriceQuoteRequest(facts=said)
        for line in self.quote.lines:
            asked.lines.add(product=line.product, quantity=line.quantity // 1_000_000)
        read = Buffers().read(asked.SerializeToString(), LINES, entry_of)
        assert read is not None
        self.sent = read[1]
        self.shown = self.sent._replace(waterfall=True)

    def price(self) -> list[int]:
        """Net amounts, priced as the service does it once the request is taken apart."""
        return price_sent(self.plan, self.date, self.sent, False).ws[at.OUT_NET].tolist()

    def show(self) -> int:
        """As `price`, with the waterfall: how many bars it has."""
        return price_sent(self.plan, self.date, self.shown, False).bars.shape[1]

    def rows(self) -> list[int]:
        """Net amounts as Python objects."""
        return [line.net_amount for line in price_quotes(self.plan, [self.quote])[0].lines]


def carts_of(plan: Plan) -> list[Cart]:
    """Carts against a plan.

    Raises:
        AssertionError: the two ways to price one do not agree.
    """
    carts = [Cart(plan, seed) for seed in range(40)]
    for cart in carts:
        assert cart.price() == cart.rows()
        assert cart.show() >= LINES
    return carts


def measure(command: str) -> list[Figure]:
    """Milliseconds until a parsed book answers, microseconds of a cart, and how a cart's cost hangs on rules and waterfalls."""
    book = generate()
    active = {"plan": lower(book)}

    def swap() -> None:
        active["plan"] = lower(book)

    built = statistics.median(nanoseconds(swap) for _ in range(BUILDS)) / 1e6
    carts, more = carts_of(active["plan"]), carts_of(lower(generate(MORE_RULES)))
    cart, cart_more = times_of([c.price for c in carts]), times_of([c.price for c in more])
    rows = times_of([c.rows for c in carts])
    many, few = carts_of(lower(sparse())), carts_of(lower(sparse(1)))
    took = interleave({"many": turn(many), "few": turn(few)}, CARTS)
    shown = interleave({"without": turn(carts), "with": turn(carts[20:] + carts[:20], "show")}, CARTS)
    p99 = int(CARTS * 0.99) - 1
    return [
        Figure("rules_20000_lower_and_swap_ms", built, 200, "lower", command, f"median of {BUILDS}"),
        Figure("rules_20000_cart_200_lines_p99_us", cart[p99], 100, "lower", command, f"p50 {cart[CARTS // 2]:.0f}; from the request taken apart to amounts and totals"),
        Figure("rules_100000_cart_200_lines_p99_us", cart_more[p99], 200, "lower", command, f"p50 {cart_more[CARTS // 2]:.0f}"),
        Figure("rules_20000_cart_as_objects_p99_us", rows[p99], None, "lower", command, f"p50 {rows[CARTS // 2]:.0f}; with answers as Python objects"),
        Figure("rules_20000_of_which_20_can_match_to_20", took["many"] / took["few"], 3, "lower", command, f"cart of 200 lines: {took['many'] / 1e3:.0f} us, with 20 rules alone {took['few'] / 1e3:.0f} us"),
        Figure("waterfall_asked_for_to_not", shown["with"] / shown["without"], 3, "lower", command, f"cart of 200 lines: {shown['with'] / 1e3:.0f} us, without {shown['without'] / 1e3:.0f} us"),
    ]  # fmt: skip


def times_of(calls: list[Callable[[], object]]) -> list[float]:
    """Sorted microseconds of calls, in turn."""
    gc.collect()
    gc.disable()
    took = sorted(nanoseconds(calls[i % len(calls)]) / 1e3 for i in range(CARTS))
    gc.enable()
    return took


def turn(carts: list[Cart], what: str = "price") -> Callable[[], object]:
    """A call that prices the next cart each time."""
    calls = itertools.cycle([getattr(cart, what) for cart in carts])
    return lambda: next(calls)()
