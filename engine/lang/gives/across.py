"""What rules give over several lines, or to some units of a line: amounts on the quote, offers, first and cheapest units."""

from __future__ import annotations

from fractions import Fraction
from typing import cast

from engine.lang import words
from engine.lang.book import (
    Amount,
    BuyGet,
    ByHand,
    OnLine,
    OnQuote,
    Percent,
    Period,
    Remainder,
    SetTotal,
    Spread,
    UnitsOff,
)
from engine.lang.folds import among
from engine.lang.gives.bases import RUNNING, base_of
from engine.lang.gives.giver import Giver
from engine.lang.places import Span
from engine.lang.syntax import (
    CheapestClause,
    GiveClause,
    HandClause,
    OfferClauses,
    Operand,
    Over,
    PriceClause,
    Rate,
    Target,
    UnitsClause,
    Word,
)  # fmt: skip
from engine.lang.targets import Products
from engine.lang.types import money, percent, rate_micros, shown

SPREADS = {"running price": "running", "list": "list", "ssp": "ssp", "equal parts": "equally"}
MOST = 1_000_000


# ---------------------------------------------------------------- on the quote


def on_quote(giver: Giver, clause: GiveClause | PriceClause) -> OnQuote | None:
    """`give 10 EUR off running price, spread by list`, `add 5% of list`, `price 299 EUR` for the lines together."""
    give, period = _price(giver, clause) if isinstance(clause, PriceClause) else _amount(giver, clause)
    over = clause.over
    if isinstance(clause, GiveClause) and clause.tax is not None:
        giver.draft.report.add(words.tax_of_quote(clause.tax, clause.span))
        return None
    if over is not None and over.each:
        giver.draft.report.add(words.each_on_quote(over.span))
        return None
    most = None
    if over is not None and over.most is not None:
        most, capped = _money(giver, over.most)
        period = period or capped
        if most is None:
            return None
    charged = _period(giver, period, clause.span)
    if give is None or charged is None:
        return None
    spread = _spread(giver, over)
    return None if spread is None else OnQuote(give, most, spread, charged)


def _price(giver: Giver, clause: PriceClause) -> tuple[SetTotal | None, Period | None]:
    if clause.rate is None:
        giver.draft.report.add(
            words.wrong_give("price", "an amount for the lines together: price 299 EUR", clause.span)
        )
        return None, None
    micros, period = _money(giver, clause.rate)
    return None if micros is None else SetTotal(micros), period


def _amount(giver: Giver, clause: GiveClause) -> tuple[Percent | Amount | None, Period | None]:
    sign = -1 if clause.verb == "give" else 1
    of = base_of(giver, clause.base)
    if isinstance(clause.amount, Rate) or (not isinstance(clause.amount, Word) and clause.amount.kind == "money"):
        micros, period = _money(giver, clause.amount, clause.verb == "add")
        return (None if micros is None or of is None else Amount(sign * micros)), period
    share = percent(giver.draft, clause.amount, 1 if sign < 0 else 10)
    if share is not None and clause.verb == "add" and clause.base is None:
        giver.draft.report.add(words.percent_of(clause.span))
        return None, None
    return (None if share is None or of is None else Percent(sign * share, of)), None


def _money(giver: Giver, said: Operand | Rate, negative: bool = False) -> tuple[Fraction | None, Period | None]:
    """Micros, and how often; a surcharge over the quote may be below zero."""
    rate = said if isinstance(said, Rate) else None
    operand = cast(Operand, rate.amount if rate else said)
    if rate is not None and (rate.per_unit is not None or rate.per_count is not None):
        unit = rate.per_unit.text if rate.per_unit else "many"
        giver.draft.report.add(words.quote_amount_unit(unit, rate.span))
        return None, None
    if negative and not isinstance(operand, Word) and operand.text.startswith("-"):
        positive = type(operand)(operand.kind, operand.text[1:], operand.unit, operand.span)
        amount = money(giver.draft, positive, "")
        return (None if amount is None else -amount), rate.period if rate else None
    amount = money(giver.draft, operand, "") if rate is None else rate_micros(giver.draft, rate, "")
    return amount, rate.period if rate else None


def _period(giver: Giver, said: Period | None, span: Span) -> Period | None:
    """How often the lines it is over are charged: only those of one period are added."""
    periods = giver.amounts.periods
    if said is not None or not periods or "once" in periods:
        return said or "once"
    if len(periods) == 1:
        return next(iter(periods))
    giver.draft.report.add(words.quote_period(giver.block.name.text, sorted(periods), span))
    return None


def _spread(giver: Giver, over: Over | None) -> Spread | None:
    if over is None:
        return Spread()
    remainder = {"largest fraction": "largest"}.get(over.remainder or "", over.remainder or "largest")
    return Spread(SPREADS[over.spread or "running price"], cast(Remainder, remainder))  # type: ignore[arg-type]


def each_line(giver: Giver, clause: GiveClause) -> OnLine | None:
    """`give 3 EUR off list, each line`: an amount of the whole line."""
    if clause.over is not None and (clause.over.spread or clause.over.remainder or clause.over.most):
        giver.draft.report.add(words.over_one_line("spread, remainder or at most", clause.over.span))
        return None
    micros, _ = _money(giver, clause.amount)
    return None if micros is None else OnLine(micros if clause.verb == "add" else -micros, clause.tax)


# ---------------------------------------------------------------- units of a line


def units_off(giver: Giver, clause: UnitsClause) -> UnitsOff | None:
    """`give 1 EUR off the first unit, 2 EUR off each other, at most 5 units`."""
    first = _off(giver, clause.first)
    other = None if clause.other is None else _off(giver, clause.other)
    most = None if clause.most is None else _count(giver, "units", clause.most)
    if first is None or (clause.other is not None and other is None) or (clause.most is not None and most is None):
        return None
    return UnitsOff(first, other, most)


def _off(giver: Giver, said: Operand | Rate) -> Percent | Amount | None:
    number, is_money = giver.amounts.amount(said, 1)
    if number is None or callable(number):
        if callable(number):
            giver.draft.report.add(words.wrong_give("discount", "the amount itself", giver.block.name.span))
        return None
    return Amount(-number) if is_money else Percent(-number, RUNNING)


def _count(giver: Giver, what: str, word: Word) -> int | None:
    text = word.text.replace("_", "")
    if text.isdecimal() and 0 < int(text[:9]) <= MOST and len(text) <= 9:
        return int(text)
    giver.draft.report.add(words.count(what, word.text, word.span))
    return None


def cheapest(giver: Giver, clause: CheapestClause, products: Products) -> BuyGet | None:
    """`give 15% off the cheapest unit`: of all the lines it is on."""
    off = _off(giver, clause.amount)
    count = 1 if clause.count is None else _count(giver, "units", clause.count)
    return None if off is None or count is None else BuyGet(0, None, count, products, clause.order, off, 1, False)


# ---------------------------------------------------------------- offers


def offer(giver: Giver, clause: OfferClauses, products: Products) -> BuyGet | None:
    """`buy 2 of family mugs`, `get 1 of family mugs, cheapest first, 100% off`; without `of` each line is for itself."""
    off: Percent | Amount | None = Percent(Fraction(-1), RUNNING) if clause.off is None else _off(giver, clause.off)
    buy, get = _count(giver, "units", clause.buy), _count(giver, "units", clause.get)
    times = None if clause.times is None else _count(giver, "times", clause.times)
    of, gets = _goods(giver, clause.of, products), _goods(giver, clause.gets or clause.of, products)
    wrong = off is None or buy is None or get is None or (clause.times is not None and times is None)
    if wrong or of == NOT_KNOWN or gets == NOT_KNOWN:
        return None
    assert off is not None and buy is not None and get is not None
    by_line = clause.of is None and clause.gets is None
    return BuyGet(buy, of, get, gets, clause.order, off, times, by_line)


NOT_KNOWN: Products = frozenset((-1,))


def _goods(giver: Giver, target: Target | None, products: Products) -> Products:
    if target is None or target.kind == "everything":
        return products
    found = among(giver.draft, target)
    if found is None:
        return NOT_KNOWN
    return found if products is None else found & products


# ---------------------------------------------------------------- by hand


def by_hand(giver: Giver, clause: HandClause) -> ByHand | None:
    """`by hand, at most 10% for seller, 25% for manager`."""
    limits = [(word.text, percent(giver.draft, limit)) for limit, word in clause.limits]
    if any(limit is None for _, limit in limits):
        return None
    if shown_twice := [name for n, (name, _) in enumerate(limits) if name in {other for other, _ in limits[:n]}]:
        giver.draft.report.add(words.twice(shown_twice[0], clause.span))
        return None
    return ByHand(giver.block.name.text, tuple((name, limit) for name, limit in limits if limit is not None))


def combines(giver: Giver, span: Span) -> bool:
    """Whether several lines at once go with how the step combines."""
    step = giver.draft.step_list[giver.step]
    if step.combine not in ("compounding", "floor", "list"):
        return True
    giver.draft.report.add(words.across_step(giver.block.name.text, step.name, step.combine, span))
    return False


def said(amount: Operand | Rate) -> str:
    """An amount in words."""
    return shown(amount.amount if isinstance(amount, Rate) else amount)
