"""What rules over several lines do to each of them: amounts on the quote, and offers on some units."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.lang import book as b
from engine.plan.whole import COUNT, NUMBER
from engine.pricing.interpret.candidates import candidates_of
from engine.pricing.interpret.hits import Hit, hits_of, reaches
from engine.pricing.interpret.seen import seen, seen_at
from engine.pricing.interpret.split import split
from engine.pricing.interpret.state import State
from engine.pricing.interpret.units import bought
from engine.values.kinds import Value
from engine.values.rounding import round_to


@dataclass(frozen=True)
class Move:
    """What a case over several lines changes: whole micros by line (its place among the lines), negative is off."""

    rule: b.Rule
    case: b.Case
    changes: Mapping[int, Fraction]


Floors = Callable[[int], Fraction]
"""The least a line's amount (by its place) may become, whole micros; 0 where it has no floor."""


Solo = Sequence[set[str]]
"""The rules that stand alone on each line."""


def moves(
    book: b.Book, step: int, known: Mapping[str, Value], lines: Sequence[State], floors: Floors, solo: Solo
) -> list[Move]:
    """The moves of a step's rules over several lines, each as if it were by itself. `known` is what is known of the quote.

    A line that another rule has `alone` is left out of the split. `solo` are the rules of its own that do; those that do over
    several lines come first here, and are added.
    """
    found = []
    for (rule, case), scopes in sorted(
        _hits(book, step, known, lines),
        key=lambda hit: (not hit[0][0].alone, hit[0][0].name if hit[0][0].alone else ""),
    ):
        changes: dict[int, Fraction] = {}
        for of, hits in scopes:
            among = [
                i for i in of
                if lines[i].ticks > 0 and reaches((rule, case), lines[i].product, hits)
                and step not in lines[i].closed and (not solo[i] or (rule.alone and rule.name <= min(solo[i])))
            ]  # fmt: skip
            if isinstance(case.give, b.OnQuote):
                charged = [i for i in among if lines[i].goods.period == case.give.period]
                times = int(lines[of[0]].known.get(COUNT, 1)) if case.give.each == "bundle" else 1
                changes |= _on_quote(book, case.give, times, charged, lines, floors)
            else:
                assert isinstance(case.give, b.BuyGet)
                changes |= bought(book.rounding, case.give, {i: lines[i] for i in among})
        if any(changes.values()):
            found.append(Move(rule, case, changes))
        for i in (i for i, change in changes.items() if change and rule.alone):
            solo[i].add(rule.name)
    return found


Scopes = list[tuple[Sequence[int], list[Hit]]]
"""Lines that are taken together, and all that applies to them so."""


def _hits(book: b.Book, step: int, known: Mapping[str, Value], lines: Sequence[State]) -> Iterator[tuple[Hit, Scopes]]:
    """What applies to the quote, or to a bundle of it, in book order: with the lines of the quote, or of each such bundle."""
    bundles: dict[Value, list[int]] = {}
    for i, line in enumerate(lines):
        if NUMBER in line.known:
            bundles.setdefault(line.known[NUMBER], []).append(i)
    every: list[tuple[Sequence[int], list[Hit]]] = [(range(len(lines)), hits_of(book, step, None, known, "quote"))]
    every += [(of, hits_of(book, step, None, {**known, **lines[of[0]].known}, "bundle")) for of in bundles.values()]
    found: dict[int, tuple[Hit, Scopes]] = {}
    for of, hits in every:
        for hit in hits:
            found.setdefault(id(hit[1]), (hit, []))[1].append((of, hits))
    order = {id(case): place for place, _, case in candidates_of(book).over_lines(step)}
    yield from (found[case] for case in sorted(found, key=lambda case: order[case]))


def _on_quote(
    book: b.Book, give: b.OnQuote, times: int, among: Sequence[int], lines: Sequence[State], floors: Floors
) -> dict[int, Fraction]:
    """What lines that are taken together are moved by; amounts count so many times."""
    now = {i: seen(book.rounding, lines[i]) for i in among}
    if isinstance(give.give, b.SetTotal):
        total = round_to(give.give.micros, book.rounding.step, book.rounding.mode) * times
        weights = [_weight(book, give.spread, lines[i]) for i in among]
        parts = split(total, weights, None, book.rounding.step, give.spread.remainder)
        return {i: part - now[i] for i, part in zip(among, parts, strict=True)}
    total_now = sum(now.values(), Fraction(0))
    whole = _whole(book, give.give, times, among, lines, total_now)
    if give.most is not None:
        whole = max(-give.most * times, min(give.most * times, whole))
    least = {i: floors(i) for i in among} if whole < 0 else {}
    if whole <= -total_now and not any(least.values()):
        return {i: -amount for i, amount in now.items()}  # a discount stops at 0, and leaves no fraction of a step
    step = book.rounding.step
    change = round_to(abs(whole), step, book.rounding.mode) * (-1 if whole < 0 else 1)
    change = max(change, -int(total_now // step * step))
    caps = [now[i] - min(least[i], now[i]) for i in among] if change < 0 else None
    shares = split(change, [_weight(book, give.spread, lines[i]) for i in among], caps, step, give.spread.remainder)
    return {i: Fraction(share) for i, share in zip(among, shares, strict=True)}


def _whole(
    book: b.Book, give: b.Percent | b.Amount, times: int, among: Sequence[int], lines: Sequence[State], now: Fraction
) -> Fraction:
    """The whole change, before it is rounded and bounded."""
    match give:
        case b.Amount(micros):
            return micros * times
        case b.Percent(rate, of):
            if of.kind == "running":
                return rate * now
            at = 0 if of.kind == "list" or of.step is None else of.step
            return rate * sum((seen_at(book.rounding, lines[i], at) for i in among), Fraction(0))


def _weight(book: b.Book, spread: b.Spread, line: State) -> Fraction:
    if spread.by == "equally":
        return Fraction(1)
    if spread.by == "ssp":
        return (line.goods.ssp or Fraction(0)) * line.quantity
    return seen_at(book.rounding, line, 0) if spread.by == "list" else seen(book.rounding, line)
