"""What would change a line's price: one thing said differently, and the changed quote really priced.

Where to look comes from the book: a rule that applies ends somewhere, and a rule of which one condition fails begins there. At
each such edge (a tier, a value of a fact, a date) the quote is priced, and what changes nothing is not told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import ceil
from typing import Literal

from engine.lang import book as b
from engine.lang.parts import atoms
from engine.plan.plan import Plan
from engine.pricing.explain.needs import MOST_DAY, Leaf, Speaker, leaves, needed
from engine.pricing.explain.shapes import Change
from engine.pricing.explain.verdicts import MOST_KEPT, Known, Looked
from engine.pricing.price import price_quotes
from engine.pricing.quote import PricedLine, PricedQuote, Quote
from engine.values.currency import minor_unit_micros
from engine.values.kinds import MAX_TICKS, MICROS, Value

MOST_UP, MOST_DOWN, MOST_VALUES, MOST_FACTS, MOST_DATES = 4, 2, 6, 24, 6
"""Changes of a line that are priced: larger and smaller quantities, values of one fact, of all facts, dates."""
MOST_TOLD_DATES = 2
MOST_EDGES = 10_000
"""Edges of a line that are looked at, as its rules come."""
Kind = Literal["quantity", "fact", "date", "code"]


@dataclass(frozen=True, slots=True)
class Try:
    """A change to be priced."""

    kind: Kind
    subject: b.Subject
    value: Value


@dataclass(frozen=True)
class Near:
    """A line of a quote, its rules as they stand to it, and what each of them could ask."""

    number: int
    product: b.Product
    looked: Sequence[Looked]
    known: Callable[[b.Rule], Known]


def tries(book: b.Book, quote: Quote, near: Near) -> list[Try]:
    """What is worth pricing, in a fixed order: quantities, facts as they are declared, codes, dates."""
    edges = list(islice(_edges(near), MOST_EDGES))
    line = quote.lines[near.number]
    quantities = _quantities(book, line.quantity or 0, near, edges)
    return [*quantities, *_facts(book, edges), *_codes(edges), *_dates(quote.date, near, edges)]


Edge = tuple[b.Subject, Value, Value | None]
"""A subject, a value of it at which something begins or ends, and what it was."""


def _edges(near: Near) -> Iterator[Edge]:
    """Where a case that applies ends, and where one begins of which one condition fails."""
    for one in near.looked:
        if not one.met and (not one.missed or one.missed[0].failing > 1):
            continue
        known = near.known(one.rule)
        for case in one.met[:MOST_KEPT]:
            for atom in atoms(case.when):
                yield from _around(atom, known)
        for miss in one.missed:
            leaf = miss.leaf(known) if miss.failing == 1 else None
            for way in leaves(leaf) if leaf is not None else ():
                yield from _to(way, known)


def _around(atom: b.Is | b.Within | b.Known, known: Known) -> Iterator[Edge]:
    """The values at which a comparison that plays a part changes."""
    subject, was = atom.subject, known.get(atom.subject.name)
    if isinstance(atom, b.Within):
        yield from ((subject, edge, was) for low in (atom.low,) if low is not None for edge in (low - 1, low))
        yield from ((subject, edge, was) for high in (atom.high,) if high is not None for edge in (high, high + 1))
    elif isinstance(atom, b.Is):
        yield from ((subject, word, was) for word in sorted(atom.values)[:MOST_VALUES])


def _to(leaf: Leaf, known: Known) -> Iterator[Edge]:
    """The values that would make a failed comparison hold."""
    atom = leaf.atom
    if atom is None:
        return
    was = known.get(atom.subject.name)
    if isinstance(atom, b.Within):
        edge = needed(atom, leaf.wanted, was if isinstance(was, int) else None)
        if edge is not None:
            yield atom.subject, edge, was
    elif isinstance(atom, b.Is) and leaf.wanted:
        yield from ((atom.subject, word, was) for word in sorted(atom.values)[:MOST_VALUES])
    elif isinstance(atom, b.Is):
        yield atom.subject, "", was  # any other word: the fact's own values say which


# ---------------------------------------------------------------- quantities


def _quantities(book: b.Book, sold: int, near: Near, edges: Iterable[Edge]) -> list[Try]:
    """The next larger edges and the last smaller one, as whole units of the product."""
    sold_in = near.product.sold
    grain = max(MICROS // 10 ** book.units[near.product.unit].decimals, sold_in.step if sold_in is not None else 0)
    size = abs(sold)
    found = {edge for edge in _own_edges(near, edges, size) if 0 < edge <= MAX_TICKS // 10**5}
    whole = {-(-edge // grain) * grain for edge in found} | {edge // grain * grain for edge in found}
    up = sorted(edge for edge in whole if edge > size)[:MOST_UP]
    down = sorted((edge for edge in whole if 0 < edge < size), reverse=True)[:MOST_DOWN]
    sign = -1 if sold < 0 else 1
    return [Try("quantity", QUANTITY, sign * edge) for edge in (*up, *down)]


QUANTITY = b.Subject("line.quantity", None, True)


def _own_edges(near: Near, edges: Iterable[Edge], size: int) -> Iterator[int]:
    """Edges of the line's own quantity, of sums that it adds to, and of tier tables."""
    for subject, value, was in edges:
        if not isinstance(value, int):
            continue
        if subject.name == "line.quantity":
            yield value
        elif subject.fold is not None and subject.fold.what == "quantity" and isinstance(was, int):
            yield size + value - was
        elif subject.fold is not None and subject.fold.what == "amount" and isinstance(was, int):
            yield from (size + -(-(value - was) * MICROS // unit) for unit in _units(near) if unit > 0)
    for tiers in _tables(near):
        if tiers.by is None:  # else what is measured is a fact, not the quantity
            yield from (ceil((edge + tiers.free) / tiers.scale) for row in tiers.rows for edge in _starts(tiers, row))
    if near.product.sold is not None and near.product.sold.least is not None:
        yield near.product.sold.least


def _starts(tiers: b.Tiers, row: b.Tier) -> tuple[int, ...]:
    """Measures at which a tier begins, or the one before it ends."""
    if tiers.mode == "graduated":
        return (row.start,)
    return row.start - row.inclusive, row.start + (not row.inclusive)


def _units(near: Near) -> set[int]:
    """What one unit may add to an amount: its prices at list."""
    return {int(dated.price.amount) for dated in near.product.prices}


def _tables(near: Near) -> Iterator[b.Tiers]:
    for dated in near.product.prices:
        if dated.price.tiers is not None:
            yield dated.price.tiers
    for one in near.looked:
        for case in one.met[:MOST_VALUES]:
            give = case.give
            price = give.price if isinstance(give, b.SetPrice) else None
            tiers = price.tiers if price is not None else getattr(give, "tiers", None)
            if isinstance(tiers, b.Tiers):
                yield tiers


# ---------------------------------------------------------------- facts, codes, dates


def _facts(book: b.Book, edges: Sequence[Edge]) -> list[Try]:
    wanted: dict[int, tuple[b.Subject, dict[Value, None], Value | None]] = {}
    for subject, value, was in edges:
        if subject.fact is not None:
            wanted.setdefault(subject.fact, (subject, {}, was))[1].setdefault(value)
    found = []
    for fact in sorted(wanted):
        subject, values, was = wanted[fact]
        kind = book.facts[fact].kind
        if kind.values:
            chosen: list[Value] = list(kind.values)
        elif kind.ordered:
            grain = minor_unit_micros(book.currency) if kind.name == "money" else GRAINS.get(kind.name, 1)
            round_ones = {
                near for v in values if isinstance(v, int) for near in (v // grain * grain, -(-v // grain) * grain)
            }
            chosen = [*_nearest(was, (v for v in round_ones if _allowed(kind.low, kind.high, v)))]
        else:
            chosen = sorted((v for v in values if v), key=str)
        found += [Try("fact", subject, value) for value in [v for v in chosen if v != was][:MOST_VALUES]]
    return found[:MOST_FACTS]


def _nearest(was: Value | None, numbers: Iterable[int]) -> list[int]:
    middle = was if isinstance(was, int) else 0
    return sorted(numbers, key=lambda number: (abs(number - middle), number))


GRAINS = {"number": MICROS, "quantity": MICROS, "percent": MICROS // 100, "fraction": MICROS // 100}
"""How fine a value of a kind is that is tried."""


def _allowed(low: int | None, high: int | None, value: int) -> bool:
    return abs(value) <= MAX_TICKS and (low is None or value >= low) and (high is None or value <= high)


def _codes(edges: Sequence[Edge]) -> list[Try]:
    found = {subject.name: subject for subject, _, was in edges if subject.name.startswith("code ") and was is None}
    return [Try("code", found[name], "yes") for name in sorted(found)][:MOST_VALUES]


def _dates(day: int, near: Near, edges: Sequence[Edge]) -> list[Try]:
    """The next days on which something about the line begins or ends."""
    days = {value for subject, value, _ in edges if subject.name == "quote.date" and isinstance(value, int)}
    for dated in near.product.prices:
        days.update(edge for edge in (dated.start, dated.end) if edge is not None)
    for one in near.looked:
        cases = [*one.met, *(miss.case for miss in one.missed if miss.failing == 1)]
        days.update(edge for case in cases[:64] for edge in (case.start, case.end) if edge is not None)
    return [Try("date", DATE, edge) for edge in sorted(d for d in days if day < d < MOST_DAY)[:MOST_DATES]]


DATE = b.Subject("quote.date", None, True)


# ---------------------------------------------------------------- pricing them


def changed(quote: Quote, number: int, change: Try, alone: bool) -> Quote:
    """The quote with one thing said differently; with that line only, where no line looks at another."""
    line, facts, day = quote.lines[number], dict(quote.facts), quote.date
    if change.kind == "quantity":
        line = replace(line, quantity=int(change.value))
    elif change.kind == "date":
        day = int(change.value)
    elif change.subject.name.startswith("line."):
        line = replace(line, facts={**line.facts, change.subject.name: change.value})
    else:
        facts[change.subject.name] = change.value
    lines = (line,) if alone else (*quote.lines[:number], line, *quote.lines[number + 1 :])
    return replace(quote, date=day, facts=facts, lines=lines)


def price_changes(
    plan: Plan, quote: Quote, priced: PricedQuote, wanted: Mapping[int, Sequence[Try]], alone: bool
) -> dict[int, tuple[Change, ...]]:
    """The changes that matter, by the line's number."""
    flat = [(number, change) for number, changes in wanted.items() for change in changes]
    answers = price_quotes(plan, [changed(quote, number, change, alone) for number, change in flat], waterfall=True)
    teller = _Teller(Speaker(plan.head), plan, quote, priced, alone)
    told: dict[int, list[Change]] = {number: [] for number in wanted}
    for (number, change), answer in zip(flat, answers, strict=True):
        told[number] += teller.told(number, change, answer)
    return {number: tuple(_few(changes)) for number, changes in told.items()}


def _few(changes: Sequence[Change]) -> list[Change]:
    """Without what says nothing new: another value of a fact that comes to the same, another quantity in the same tier, a
    later date of the same price; and only the first dates.
    """
    out: dict[tuple[object, ...], Change] = {}
    for change in changes:
        figure = (
            change.unit_net if change.kind == "quantity" else change.net_amount, change.began, change.ended, change.asks,
            change.error,
        )  # fmt: skip
        key = change.kind, change.what, change.kind == "quantity" and (change.by or "").startswith("-"), figure
        if key not in out:
            out[key] = change
        elif change.kind == "fact":
            out[key] = replace(out[key], values=(*out[key].values, *change.values), by=None)
    kept = list(out.values())
    dates = [change for change in kept if change.kind == "date"][MOST_TOLD_DATES:]
    return [change for change in kept if change not in dates]


@dataclass(frozen=True)
class _Teller:
    speaker: Speaker
    plan: Plan
    quote: Quote
    priced: PricedQuote
    alone: bool

    def told(self, number: int, change: Try, answer: PricedQuote) -> list[Change]:
        """The change, if it is one."""
        now, then = self.priced.lines[number], answer.lines[0 if self.alone else number]
        if then.error is not None:
            return [self._change(number, change, now, then, answer)] if change.kind == "date" else []
        moved = then.unit_net != now.unit_net or (change.kind != "quantity" and then.net_amount != now.net_amount)
        if change.kind == "quantity" and abs(then.quantity) < abs(now.quantity) and movers(now) == movers(then):
            moved = False  # fewer at the same terms
        return [self._change(number, change, now, then, answer)] if moved else []

    def _change(self, number: int, change: Try, now: PricedLine, then: PricedLine, answer: PricedQuote) -> Change:
        before, after = movers(now), movers(then)
        asked = {need.approval for need in self.priced.approvals}
        fact = None if change.subject.fact is None else self.plan.head.facts[change.subject.fact]
        more = change.kind == "quantity" and abs(then.quantity) > abs(now.quantity)
        whole = not self.alone or len(self.quote.lines) == 1
        return Change(
            change.kind, change.subject.name, (self.speaker.value(change.subject, change.value),),
            self._by(number, change), then.unit_net, then.net_amount, then.unit_net - now.unit_net,
            then.net_amount - now.net_amount, tuple(w for w in after if w not in before),
            tuple(w for w in before if w not in after),
            tuple(n.approval for n in answer.approvals if n.approval not in asked) if whole else (),
            more and abs(then.net_amount) <= abs(now.net_amount), then.error.code if then.error else None,
            fact is not None and fact.source == "account", change.kind != "code" and (fact is None or fact.kind.name != "text"),
        )  # fmt: skip

    def _by(self, number: int, change: Try) -> str | None:
        """The difference to what was said."""
        line = self.quote.lines[number]
        was: Value | None
        if change.kind == "quantity":
            was = line.quantity or 0
        elif change.kind == "date":
            was = self.quote.date
        else:
            was = line.facts.get(change.subject.name, self.quote.facts.get(change.subject.name))
        if not isinstance(was, int) or not isinstance(change.value, int):
            return None
        by = change.value - was
        if change.kind == "date":
            return f"{by:,} day" + ("" if by == 1 else "s")
        return ("+" if by > 0 else "") + self.speaker.value(change.subject, by)


def movers(line: PricedLine) -> list[str]:
    """The rules that moved a price, each with its row or tier."""
    found = [f"{bar.rule} ({bar.label})" if bar.label else bar.rule for bar in line.waterfall if bar.rule]
    return list(dict.fromkeys(found))
