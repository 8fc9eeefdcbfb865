"""Rules over several lines: a threshold over orders beside a loop written by hand for it, and in a cart of 200 lines."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from benchmarks.engine_rules import CARTS, SPAN, carts_of, sparse, turn
from benchmarks.figures import Figure, interleave
from benchmarks.peers.task import N
from benchmarks.peers.thresholds import Orders
from engine.lang import book as b
from engine.plan.lower import lower

ROUNDS = 41


def measure(command: str) -> list[Figure]:
    """Ratios to the hand-written loop, and of a cart with a threshold to one without.

    Raises:
        AssertionError: a line is wrong by a cent.
    """
    ours, out = Orders(), np.empty(N, np.int64)
    want = ours.expected()
    ours.by_hand(out)
    assert (out == want).all() and (ours.price().net_amount // 10_000 == want).all()
    took = interleave({"loop": lambda: ours.by_hand(out), "book": ours.price}, ROUNDS)
    note = ", ".join(f"{name} {value / N:.1f} ns/line" for name, value in took.items())
    plain = sparse(1)
    carts = {"without": turn(carts_of(lower(plain))), "with": turn(carts_of(lower(with_threshold(plain))))}
    cart = interleave(carts, CARTS)
    return [
        Figure("thresholds_over_lines_to_hand_written_loop", took["book"] / took["loop"], 3, "lower", command, f"exact, orders of 5 to 10 lines; {note}"),
        Figure("threshold_cart_200_lines_to_without", cart["with"] / cart["without"], None, "lower", command, f"p50 {cart['with'] / 1e3:.0f} us, without {cart['without'] / 1e3:.0f} us"),
    ]  # fmt: skip


def with_threshold(book: b.Book) -> b.Book:
    """The book with one rule more: 15% off where the goods come to 10,000 or more at list."""
    goods = b.Subject("goods at list", None, True, b.Fold("amount", period="once"))
    case = b.Case(
        None, None, None, b.Within(goods, 10_000_000_000, None), b.Percent(Fraction(-15, 100), b.Base("list")), SPAN
    )
    return replace(book, rules=(*book.rules, b.Rule("large_order", "discount", 1, (case,), SPAN)))
