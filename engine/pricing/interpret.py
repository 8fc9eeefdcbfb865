"""What a book means: one quote, line by line, in exact fractions. Slow and obvious; the kernels must agree with it.

    for each line:  list price -> each step in order: which cases apply, what they give -> rounded as the book says

Works on the checked book itself, so that a fault in lowering cannot hide in both. Nothing here is used in production.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from engine.lang import book as b
from engine.plan.conditions import atoms, holds
from engine.plan.head import dates_of, head_of
from engine.pricing.answer import Exact, Outcome, answer
from engine.pricing.quote import Applied, Line, PricedQuote, Quote
from engine.pricing.refusals import Fault
from engine.values.kinds import MICROS, Value
from engine.values.rounding import Rounding, round_ratio, round_to

MAX_AMOUNT = 2**63 - 1


def price(book: b.Book, quote: Quote) -> PricedQuote:
    """Price a quote by the book's meaning, with every line's waterfall."""
    outcomes = [_outcome(book, quote, line) for line in quote.lines]
    return answer(head_of(book, dates_of(book)), quote, outcomes)


# ---------------------------------------------------------------- one line


@dataclass
class _Running:
    """A line on its way down the waterfall: `value` micros per unit, or of the whole line once `whole`."""

    value: Fraction
    whole: bool
    quantity: Fraction  # absolute, in units
    after: dict[int, tuple[Fraction, bool]] = field(default_factory=dict)
    bars: list[Applied] = field(default_factory=list)

    def as_now(self, value: Fraction, whole: bool) -> Fraction:
        """An amount noted in one form, in the form the line has now."""
        return value * self.quantity if self.whole and not whole else value

    def go_whole(self) -> None:
        self.value, self.whole = self.as_whole(self.value, self.whole), True

    def as_whole(self, value: Fraction, whole: bool) -> Fraction:
        return value if whole else value * self.quantity

    def per_unit(self, amount: Fraction) -> Fraction:
        """An amount stated per unit, in the form the line has now."""
        return amount * self.quantity if self.whole else amount


def _outcome(book: b.Book, quote: Quote, line: Line) -> Outcome:
    try:
        return _price_line(book, quote, line)
    except Fault as fault:
        return Outcome(line, fault=fault)


def _price_line(book: b.Book, quote: Quote, line: Line) -> Outcome:
    index = next((i for i, p in enumerate(book.products) if p.code == line.product), None)
    if index is None:
        raise Fault("UNKNOWN_PRODUCT")
    product = book.products[index]
    if line.group is not None and line.group not in book.groups:
        raise Fault("UNKNOWN_GROUP")
    facts: dict[str, Value] = {**quote.facts, **line.facts}
    _check_asked(book, index, facts)
    ticks = line.quantity or 0
    if ticks % (MICROS // 10 ** book.units[product.unit].decimals):
        raise Fault("INVALID_QUANTITY")
    dated = _dated(product.prices, quote.date)
    if dated is None:
        raise Fault("NO_PRICE")
    cost = _dated(product.costs, quote.date)
    known = {**facts, "quote.date": quote.date, "line.quantity": abs(ticks)}
    if line.group is not None:
        known["line.group"] = line.group
    run = _Running(*_unit_or_whole(dated.price, abs(ticks)), Fraction(abs(ticks), MICROS))
    opening = (run.value, run.whole)
    run.bars.append(_bar("list", "", dated.span, 0, _micro(run.value)))
    for number, step in enumerate(book.steps):
        if step.combine != "list":
            _step(book, number, step, index, known, run, opening, cost)
        run.after[number] = (run.value, run.whole)
    return _rounded(book.rounding, line, product, ticks, run, opening, cost)


def _check_asked(book: b.Book, product: int, facts: dict[str, Value]) -> None:
    """Raise for the first required fact (in the order declared) that a rule on the product asks about."""
    asking: dict[int, int] = {}
    for number, rule in enumerate(book.rules):
        for case in rule.cases:
            if case.products is None or product in case.products:
                for atom in atoms(case.when):
                    if atom.subject.fact is not None:
                        asking.setdefault(atom.subject.fact, number)
    for number in sorted(asking):
        fact = book.facts[number]
        if not fact.optional and fact.path not in facts:
            raise Fault("MISSING_FACT", fact=fact.path, rule=asking[number])


def _dated(prices: Sequence[b.DatedPrice], day: int) -> b.DatedPrice | None:
    return next((p for p in prices if (p.start or 0) <= day and (p.end is None or day < p.end)), None)


def _unit_or_whole(price: b.Price, ticks: int) -> tuple[Fraction, bool]:
    """A price for this many units (absolute ticks): (micros, whether they are the whole line's)."""
    tiers = price.tiers
    if tiers is None:
        return price.amount, False
    if tiers.mode == "graduated":
        if not ticks:
            return Fraction(0), False
        slices = [(row, units) for row, units in _slices(tiers, ticks) if units]
        return sum((units * row.amount + row.flat for row, units in slices), Fraction(0)), True
    row = _reached(tiers, ticks)
    if row is None:
        return Fraction(0), False
    if row.flat and ticks:
        return row.amount * ticks / MICROS + row.flat, True
    return row.amount, False


def _reached(tiers: b.Tiers, ticks: int) -> b.Tier | None:
    rows = [row for row in tiers.rows if ticks > row.start or (row.inclusive and ticks == row.start)]
    return rows[-1] if rows else None


def _slices(tiers: b.Tiers, ticks: int) -> list[tuple[b.Tier, Fraction]]:
    """How many units each tier of a graduated table holds."""
    starts = [max(row.start - MICROS, 0) if row.inclusive else row.start for row in tiers.rows]
    ends: list[int] = [*starts[1:], max(ticks, starts[-1])]
    return [
        (row, Fraction(max(0, min(ticks, end) - start), MICROS))
        for row, start, end in zip(tiers.rows, starts, ends, strict=True)
    ]


# ---------------------------------------------------------------- one step

Hit = tuple[b.Rule, b.Case]


def _step(
    book: b.Book, number: int, step: b.Step, product: int, known: dict[str, Value],
    run: _Running, opening: tuple[Fraction, bool], cost: b.DatedPrice | None,
) -> None:  # fmt: skip
    hits = _hits(book, number, product, known)
    if not hits:
        return
    if step.combine == "one only" and len(hits) > 1:
        raise Fault("CONFLICT", case=_number(book, hits[0][1]), other=_number(book, hits[1][1]))
    if any(isinstance(c.give, b.GraduatedOff) or _sets_whole(c.give, run) for _, c in hits) and run.quantity:
        run.go_whole()
    before = run.value
    if cost is None:
        for _, case in hits:
            if isinstance(case.give, b.AtLeast) and case.give.kind in ("margin", "markup"):
                raise Fault("NO_COST", case=_number(book, case))
    gives = [(rule, case, _given(case, run, opening, cost)) for rule, case in hits]
    if step.combine in ("one only", "best of"):
        _settle(step, min(gives, key=lambda g: (max(g[2], 0), g[0].name)), run)
    elif step.combine == "floor":
        highest = max(gives, key=lambda g: g[2])
        if highest[2] > run.value:
            _settle(step, highest, run)
    else:
        _settle_each(step, gives, before, run)


def _number(book: b.Book, wanted: b.Case) -> int:
    """A case's place in the book."""
    return next(i for i, case in enumerate(c for rule in book.rules for c in rule.cases) if case is wanted)


def _hits(book: b.Book, number: int, product: int, known: dict[str, Value]) -> list[Hit]:
    day = known["quote.date"]
    assert isinstance(day, int)
    found = [
        (rule, case)
        for rule in book.rules
        if rule.step == number
        for case in rule.cases
        if (case.products is None or product in case.products)
        and (case.start or 0) <= day
        and (case.end is None or day < case.end)
        and holds(case.when, known)
    ]
    return _with_exceptions(found)


def _with_exceptions(found: list[Hit]) -> list[Hit]:
    """An exception holds only beside a rule it excepts, and takes its place."""
    names = {rule.name for rule, _ in found}
    found = [(rule, case) for rule, case in found if not rule.exception_to or names & set(rule.exception_to)]
    replaced = {name for rule, _ in found for name in rule.exception_to}
    return [(rule, case) for rule, case in found if rule.name not in replaced]


def _sets_whole(give: b.Give, run: _Running) -> bool:
    return isinstance(give, b.SetPrice) and _unit_or_whole(give.price, int(run.quantity * MICROS))[1]


def _given(case: b.Case, run: _Running, opening: tuple[Fraction, bool], cost: b.DatedPrice | None) -> Fraction:
    """What the line's value would be after this case alone (before the stop at 0), in the line's form."""
    match case.give:
        case b.Percent(rate, of):
            return run.value + rate * _base(of, run, opening)
        case b.Amount(micros):
            return run.value + run.per_unit(micros)
        case b.SetPrice(to):
            return run.as_now(*_unit_or_whole(to, int(run.quantity * MICROS)))
        case b.GraduatedOff(tiers, of):
            if not run.quantity:
                return run.value
            off = sum((units * row.amount for row, units in _slices(tiers, int(run.quantity * MICROS))), Fraction(0))
            return run.value - _base(of, run, opening) * off / run.quantity
        case b.AtLeast(kind, value):
            return _floor(kind, value, run, opening, cost)


def _base(of: b.Base, run: _Running, opening: tuple[Fraction, bool]) -> Fraction:
    if of.kind == "running":
        return run.value
    noted = opening if of.kind == "list" or of.step is None else run.after[of.step]
    return run.as_now(*noted)


def _floor(
    kind: str, value: Fraction, run: _Running, opening: tuple[Fraction, bool], cost: b.DatedPrice | None
) -> Fraction:
    if kind == "amount":
        return run.per_unit(value)
    if kind == "of_list":
        return value * run.as_now(*opening)
    assert cost is not None  # told before
    unit = cost.price.amount
    return run.per_unit(unit / (1 - value) if kind == "margin" else unit * (1 + value))


def _settle(step: b.Step, given: tuple[b.Rule, b.Case, Fraction], run: _Running) -> None:
    rule, case, value = given
    before, run.value = run.value, max(value, Fraction(0))
    if run.value != before:
        run.bars.append(_bar(step.name, rule, case, _micro(before), _micro(run.value)))


def _settle_each(step: b.Step, gives: list[tuple[b.Rule, b.Case, Fraction]], opened: Fraction, run: _Running) -> None:
    """Additive: every change is from the step's opening value. Compounding: every factor on what is left."""
    running = opened
    for rule, case, value in gives:
        before = running
        if step.combine == "additive":
            running += value - opened
        elif opened:
            running = running * value / opened
        if running != before:
            run.bars.append(
                _bar(step.name, rule, case, _micro(max(before, Fraction(0))), _micro(max(running, Fraction(0))))
            )
    run.value = max(running, Fraction(0))


# ---------------------------------------------------------------- rounding


def _rounded(
    rounding: Rounding, line: Line, product: b.Product, ticks: int,
    run: _Running, opening: tuple[Fraction, bool], cost: b.DatedPrice | None,
) -> Outcome:  # fmt: skip
    sign = -1 if ticks < 0 else 1
    listed: Fraction = run.as_whole(*opening)
    exact = run.as_whole(run.value, run.whole)
    unit_list = _unit(opening, run)
    unit_net = _unit((run.value, run.whole), run)
    if rounding.level == "unit" and not run.whole:
        unit_net = _round(rounding, unit_list, run.value)
        net = unit_net * run.quantity
        net = Fraction(round_to(net, rounding.step, rounding.mode)) if ticks % MICROS else net
    elif rounding.level == "document":
        net = exact  # settled over the document's lines
    else:
        net = _round(rounding, listed, exact)
    if _micro(unit_net) != _micro(_unit((run.value, run.whole), run)):
        first = run.bars[0]
        run.bars.append(Applied("rounding", "", first.file, first.line, _micro(run.value), _micro(unit_net)))
    costs = None if cost is None else _micro(cost.price.amount * Fraction(ticks, MICROS))
    out = Outcome(
        line, period=product.period, unit_list=_fit(_micro(unit_list)), unit_net=_fit(_micro(unit_net)),
        list_amount=sign * _fit(_micro(listed)), net_amount=sign * _fit(_micro(net)), cost_amount=costs,
        bars=tuple(run.bars),
    )  # fmt: skip
    out.exact = Exact(sign * listed, sign * exact)
    return out


def _unit(noted: tuple[Fraction, bool], run: _Running) -> Fraction:
    value, whole = noted
    if not whole:
        return value
    return value / run.quantity if run.quantity else Fraction(0)


def _round(rounding: Rounding, listed: Fraction, value: Fraction) -> Fraction:
    if rounding.discounts:  # a price is never rounded below 0
        return max(Fraction(0), listed - round_to(listed - value, rounding.step, rounding.mode))
    return Fraction(round_to(value, rounding.step, rounding.mode))


def _micro(value: Fraction | int) -> int:
    return round_ratio(Fraction(value), "half even")


def _fit(amount: int) -> int:
    if abs(amount) > MAX_AMOUNT:
        raise Fault("OVERFLOW")
    return amount


def _bar(step: str, rule: b.Rule | str, case: b.Case | b.Span, before: int, after: int) -> Applied:
    span = case.span if isinstance(case, b.Case) else case
    if isinstance(rule, str) or isinstance(case, b.Span):
        return Applied(step, "", span.file, span.line, before, after)
    return Applied(step, rule.name, span.file, span.line, before, after, case.label, rule.because)
