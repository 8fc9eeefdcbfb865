"""What a case makes of a line's value."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from engine.lang import book as b
from engine.pricing.interpret.bases import base
from engine.pricing.interpret.listing import stated
from engine.pricing.interpret.prices import share_off, stretch, unit_or_whole
from engine.pricing.interpret.state import State
from engine.pricing.interpret.tax import in_book_terms
from engine.pricing.interpret.units import first_and_other
from engine.pricing.refusals import Fault
from engine.values.kinds import MICROS, Value
from engine.values.rounding import Rounding


def makes_whole(give: b.Give, line: State) -> bool:
    """Whether a line must be taken as a whole for this give."""
    if isinstance(give, b.GraduatedOff) or (isinstance(give, b.SetPrice) and give.by is not None):
        return bool(line.ticks)
    return isinstance(give, b.SetPrice) and unit_or_whole(give.price, abs(line.ticks), line.known)[1]


def whole_change(rounding: Rounding, give: b.Give, line: State) -> Fraction | None:
    """What a give on the whole line, or on some of its units, changes in its amount; None for any other."""
    if isinstance(give, b.OnLine):
        return in_book_terms(give, line) if line.quantity else Fraction(0)
    return first_and_other(rounding, give, line) if isinstance(give, b.UnitsOff) else None


def given(case: b.Case, line: State) -> Fraction:
    """What the line's value would be after this case alone (before the stop at 0), in the line's form."""
    match case.give:
        case b.ByHand() as grant:
            return line.value * (1 - granted(grant, line))
        case b.Percent(rate, of):
            return line.value + rate * base(of, line, case.start)
        case b.Amount() as amount:
            return line.value + line.per_unit(in_book_terms(amount, line))
        case b.SetPrice(b.Price(tiers=b.Tiers() as filled), b.Subject() as by):
            return line.as_now(stretch(filled, int(line.known[f"before {by.name}"]), abs(line.ticks)))
        case b.SetPrice(to):
            return line.as_now(unit_or_whole(stated(to, line.cost), abs(line.ticks), line.known))
        case b.GraduatedOff(tiers, of, by):
            if not line.quantity:
                return line.value
            before = 0 if by is None else int(line.known[f"before {by.name}"])
            return line.value - base(of, line, case.start) * share_off(tiers, before, abs(line.ticks))
        case b.AtLeast() as floor:
            least = floor_of(floor, line)
            assert least is not None  # a missing cost was told before
            return least
        case b.OnQuote() | b.BuyGet() | b.OnLine() | b.UnitsOff() | b.Charge():
            raise AssertionError(
                "a tax moves no price; what moves lines as a whole has a change, see whole_change and across.moves"
            )


def granted(grant: b.ByHand, line: State) -> Fraction:
    """What the seller grants on the line, a share of its running price.

    Raises:
        Fault: it is more than the role may grant.
    """
    rate = int(line.known.get(f"grant.{grant.name}", 0))
    if not may_grant(rate, line.known.get("quote.role"), grant.limits):
        raise Fault("GRANT", fact=grant.name)
    return Fraction(rate, MICROS)


def may_grant(rate: int, role: Value | None, limits: Iterable[tuple[str, Fraction]]) -> bool:
    """Whether so many millionths may be granted; without a role whatever is a share."""
    most = next((limit for name, limit in limits if name == role), Fraction(0))
    return 0 <= rate <= MICROS and (role is None or rate <= most * MICROS)


def floor_of(give: b.Give, line: State) -> Fraction | None:
    """The least a line's value may be by a floor, in the line's form; None for what is none, or needs a cost it has not."""
    match give:
        case b.AtLeast("amount", value):
            return line.per_unit(value)
        case b.AtLeast("of_list", value):
            return value * line.as_now(line.opening)
        case b.AtLeast("below_list", value):
            return max(Fraction(0), line.as_now(line.opening) - line.per_unit(value))
        case b.AtLeast(kind, value) if line.cost is not None:
            unit = line.cost.price.amount * line.cost_factor
            return line.per_unit(unit / (1 - value) if kind == "margin" else unit * (1 + value))
        case _:
            return None
