"""How long a check takes: of 20,000 rules in text, and of a book of 1,000 in which one block changed, until it answers.

1,000 products and rules over them as in `engine_rules`, written out. The book under edit is checked, lowered and put in place
of the plan before; then a quote is priced. Beside it stands the same with nothing remembered, in turn within one run.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable
from datetime import date, timedelta

from benchmarks.figures import Figure, interleave, nanoseconds
from engine.lang.check import check
from engine.lang.parse import KEPT
from engine.plan.lower import lower
from engine.pricing import price_quotes
from engine.pricing.quote import Line, Quote

RULES, EDITED, PRODUCTS, FAMILIES = 20_000, 1_000, 1_000, 50
DAY = date(2026, 1, 1)
CHECKS, ROUNDS = 3, 15


def text(rules: int, seed: int = 7) -> str:
    """A book of so many rules: 80% on a product, 20% on a family, with conditions, ranges of quantity and dates."""
    rng = random.Random(seed)
    head = [
        "price book generated\n  currency EUR\n  units piece pieces\n  families " + _names("f", FAMILIES),
        f"facts\n  customer.segment: one of {_names('s', 5)}\n  customer.region: one of {_names('r', 12)}",
        "steps\n  list\n  offer best of",
    ]
    goods = [
        f"product p{i}\n  family f{i % FAMILIES}\n  price {rng.randrange(100, 100_000) / 100:.2f} EUR per piece"
        for i in range(PRODUCTS)
    ]
    return "\n\n".join([*head, *goods, *(_rule(rng, i) for i in range(rules))]) + "\n"


def _names(letter: str, count: int) -> str:
    return ", ".join(f"{letter}{i}" for i in range(count))


def _rule(rng: random.Random, i: int) -> str:
    on = f"p{rng.randrange(PRODUCTS)}" if rng.random() < 0.8 else f"family f{rng.randrange(FAMILIES)}"
    tests = []
    if rng.random() < 0.5:
        tests.append(f"customer.segment is s{rng.randrange(5)}")
    if rng.random() < 0.5:
        tests.append(f"customer.region is r{rng.randrange(12)}")
    if rng.random() < 0.6:
        low = rng.randrange(1, 100)
        tests.append(f"line.quantity in {low} to {low + rng.randrange(100)}")
    lines = [f"offer discount rule_{i:05d} on {on}"]
    if rng.random() < 0.7:
        start = DAY + timedelta(rng.randrange(365))
        lines.append(f"  from {start} until {start + timedelta(rng.randrange(10, 200))}")
    if tests:
        lines.append("  when " + " and ".join(tests))
    return "\n".join([*lines, f"  give {rng.randrange(10, 300) / 10}% off list"])


class Editor:
    """A book under edit: each `save` changes one figure in the middle of it."""

    def __init__(self) -> None:
        self.parts = text(EDITED).split("% off list")
        self.middle, self.count = len(self.parts) // 2, 0
        self.plan = None
        fact = {"customer.segment": "s1", "customer.region": "r2"}
        self.quote = Quote(DAY.toordinal(), fact, (Line("p1", 10_000_000),))

    def save(self, add_a_line: bool = False) -> None:
        """Edit, check, lower, swap, price.

        Raises:
            AssertionError: the book does not check, or does not price.
        """
        self.count += 1
        parts = list(self.parts)
        parts[self.middle] += str(self.count % 10)
        whole = "% off list".join(parts)
        checked = check({"book.quo": ("#\n" * (self.count if add_a_line else 0) + whole).encode()})
        assert checked.book is not None
        self.plan = lower(checked.book)
        assert price_quotes(self.plan, [self.quote])[0].lines[0].net_amount > 0


def measure(command: str) -> list[Figure]:
    """Seconds of a whole check; milliseconds from an edit to the first price, and its ratio to a check that remembers nothing."""
    large = {"book.quo": text(RULES).encode()}

    def whole() -> None:
        KEPT.clear()
        assert check(large).book is not None

    seconds = statistics.median(nanoseconds(whole) for _ in range(CHECKS)) / 1e9
    KEPT.clear()
    editor = Editor()
    sides: dict[str, Callable[[], object]] = {
        "edit": editor.save,
        "line": lambda: editor.save(add_a_line=True),
        "full": lambda: (KEPT.clear(), editor.save()),
    }
    order = {name: sides[name] for name in ("full", "edit", "line")}
    took = {name: value / 1e6 for name, value in interleave(order, ROUNDS).items()}
    note = f"full {took['full']:.0f} ms; with a line put in at the top {took['line']:.0f} ms"
    return [
        Figure("check_20000_rules_s", seconds, 5, "lower", command, f"median of {CHECKS}, from text to a checked book"),
        Figure("check_1000_rules_edit_to_price_ms", took["edit"], 300, "lower", command, note),
        Figure("check_1000_rules_edit_to_full", took["edit"] / took["full"], None, "lower", command, "check, lower, swap, price"),
    ]  # fmt: skip
