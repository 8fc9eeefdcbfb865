"""A checked book back in words: conditions, gives, dates and products as an author would write them.

Names are settled and layout is gone by then, so the words are those of the language, not of the file: `on family crm` has
become the products it names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from engine.lang import book as b
from engine.lang.places import Span
from engine.values.kinds import MICROS, Kind, Value, decimal
from engine.values.money import PerCurrency

OWN_KINDS = {"line.quantity": Kind("quantity"), "quote.date": Kind("date"), "line.group": Kind("enum")}
FEW = 4
"""Names that are written out; of more, the count is."""


# ---------------------------------------------------------------- values


def kind_of(book: b.Book, subject: b.Subject) -> Kind:
    """The kind of what a condition looks at."""
    if subject.fact is not None:
        return book.facts[subject.fact].kind
    return OWN_KINDS.get(subject.name, Kind("number"))


def value_words(kind: Kind, value: Value) -> str:
    """A value as an author writes it: a free text stands in quotes."""
    return f'"{value}"' if kind.name == "text" else kind.show(value)


def amount(micros: Fraction | int, currency: str) -> str:
    """`49.00 EUR`, `1/3 EUR`: micros as money, exact."""
    if isinstance(micros, PerCurrency):
        own = (amount(value, code) for code, value in micros.own.items())
        return ", ".join((amount(Fraction(micros.numerator, micros.denominator), currency), *own))
    micros = Fraction(micros)
    if micros.denominator == 1:
        return f"{decimal(micros.numerator, least=2)} {currency}"
    for per in (10, 100, 1_000, 10_000, 100_000, 1_000_000):
        if (micros * per).denominator == 1:
            return f"{decimal((micros * per).numerator, least=2)} {currency} per {per:_}"
    return f"{micros / MICROS} {currency}"


def percent(share: Fraction) -> str:
    """`12%`, `2.5%`, `1/3`: a share of one."""
    ticks = share * MICROS * 100
    return f"{decimal(ticks.numerator)}%" if ticks.denominator == 1 else f"{share * 100}%"


# ---------------------------------------------------------------- conditions


def condition_words(book: b.Book, when: b.Condition) -> str:
    """A condition as it could be written under `when`; `always` where there is none."""
    return "always" if when == b.ALWAYS else _condition(book, when, False)


def _condition(book: b.Book, when: b.Condition, inside: bool) -> str:
    match when:
        case b.All(of) | b.Any(of):
            joined = (" and " if isinstance(when, b.All) else " or ").join(_condition(book, part, True) for part in of)
            joined = joined or ("always" if isinstance(when, b.All) else "never")
            return f"({joined})" if inside and len(of) > 1 else joined
        case b.Not(b.Is() | b.Known() as atom):
            return _atom(book, atom, True)
        case b.Not(of):
            return f"not {_condition(book, of, True)}"
        case b.Is() | b.Within() | b.Known():
            return _atom(book, when, False)
        case _:
            return plain_words(book, when)


def _atom(book: b.Book, atom: b.Is | b.Within | b.Known, denied: bool) -> str:
    kind, name = kind_of(book, atom.subject), atom.subject.name
    no = "not " if denied else ""
    match atom:
        case b.Known():
            return f"{name} is {no}known"
        case b.Is(_, values):
            words = sorted(value_words(kind, value) for value in values)
            return f"{name} is {no}{words[0]}" if len(words) == 1 else f"{name} {no}in {', '.join(words)}"
        case b.Within(_, low, high):
            return f"{name} {_range(kind, low, high)}"


def _range(kind: Kind, low: int | None, high: int | None) -> str:
    """Ticks are whole: `> 10` is kept as from the next tick, and written back as `> 10`."""
    if low is not None and low == high:
        return f"= {kind.show(low)}"
    least = None if low is None else f"> {kind.show(low - 1)}" if _over(kind, low) else f">= {kind.show(low)}"
    most = None if high is None else f"< {kind.show(high + 1)}" if _over(kind, high + 2) else f"<= {kind.show(high)}"
    if low is not None and high is not None and least and most and least[1] == most[1] == "=":
        return f"in {kind.show(low)} to {kind.show(high)}"
    return " and ".join(part for part in (least, most) if part) or "is known"


def _over(kind: Kind, tick: int) -> bool:
    """Whether a lower bound is one tick past a round figure: then it was written without its end."""
    return kind.name not in ("date", "duration") and tick % 100 == 1


# ---------------------------------------------------------------- dates, products, gives


def dates_words(start: int | None, end: int | None) -> str:
    """`from 2026-01-01 until 2027-01-01`; `on any day` without dates."""
    parts = [f"from {date.fromordinal(start)}"] if start is not None else []
    parts += [f"until {date.fromordinal(end)}"] if end is not None else []
    return " ".join(parts) or "on any day"


def names_words(names: list[str]) -> str:
    """A few names, or how many."""
    return ", ".join(names) if len(names) <= FEW else f"{', '.join(names[: FEW - 1])} and {len(names) - FEW + 1} more"


def give_words(book: b.Book, give: b.Give) -> str:
    """What a case gives: `5% off running price`, `3.00 EUR off`, `price 42.00 EUR`, `at least 20% margin`."""
    match give:
        case b.Percent(rate, of):
            sign = f"{percent(-rate)} off" if rate <= 0 else f"add {percent(rate)} of"
            return f"{sign} {base_words(book, of)}"
        case b.Amount(micros, tax):
            said = f" {tax} tax" if tax else ""
            return (
                f"{amount(-micros, book.currency)} off" if micros <= 0 else f"add {amount(micros, book.currency)}"
            ) + said
        case b.Charge(rate, category):
            return f"charge {percent(rate)} in category {category}"
        case b.SetPrice(price, by):
            return f"price {price_words(book, price)}" + (f" by {by.name}" if by else "")
        case b.GraduatedOff(tiers, of):
            return f"{tiers_words(book, tiers, percent)} off {base_words(book, of)}"
        case b.AtLeast("amount", value):
            return f"at least {amount(value, book.currency)}"
        case b.AtLeast("below_list", value):
            return f"at least list less {amount(value, book.currency)}"
        case b.AtLeast(kind, value):
            return f"at least {percent(value)} {kind.replace('_', ' ')}"
        case b.OnQuote(total, most, spread, period, each):
            said = (
                f"price {amount(total.micros, book.currency)}"
                if isinstance(total, b.SetTotal)
                else give_words(book, total)
            )
            often = "" if period == "once" else f" per {period}"
            bound = "" if most is None else f", at most {amount(most, book.currency)}"
            split = SPREADS[spread.by] + {"largest": ""}.get(spread.remainder, f", remainder to {spread.remainder}")
            return f"{said}{often} on the {each}{bound}, spread by {split}"
        case _:
            return plain_words(book, give)


SPREADS = {"running": "running price", "list": "list", "ssp": "ssp", "equally": "equal parts"}


def base_words(book: b.Book, of: b.Base) -> str:
    """`list`, `running price`, `after volume`."""
    if of.kind == "after" and of.step is not None:
        return f"after {book.steps[of.step].name}"
    if of.kind == "lowest":
        return f"the lowest list price of {of.days} days"
    return "running price" if of.kind == "running" else of.kind


def price_words(book: b.Book, price: b.Price) -> str:
    """A price of a unit, or its tiers."""
    if price.markup is not None and price == b.Price(price.amount, None, price.markup):
        return f"cost plus {percent(price.markup)}"
    if price != b.Price(price.amount, price.tiers):
        return plain_words(book, price)
    if price.tiers is None:
        return amount(price.amount, book.currency)
    if price.tiers.by is not None:
        return tiers_words(book, price.tiers, lambda value: percent(value / MICROS))
    return tiers_words(book, price.tiers, lambda value: amount(value, book.currency))


def tiers_words(book: b.Book, tiers: b.Tiers, show: Callable[[Fraction], str]) -> str:
    """`graduated: above 0 0%, above 10 5%`, `graduated, first 10 free: above 0 100.00 EUR per started 10`."""
    block = tiers.mode == "block"
    rows = (
        f"{tier_name(row)} {amount(row.flat, book.currency) if block else tier_words(book, row, show)}"
        for row in tiers.rows
    )
    return f"{tiers_terms(book, tiers, show)}: {', '.join(rows)}"


def tiers_terms(book: b.Book, tiers: b.Tiers, show: Callable[[Fraction], str]) -> str:
    """What a table says beside its rows: `graduated, first 10 free`."""
    said = [
        f"{tiers.mode} by {tiers.by}" if tiers.by else tiers.mode,
        f"{fraction_words(tiers.scale)} to a unit" if tiers.scale != 1 else "",
        f"first {fraction_words(tiers.free / MICROS)} free" if tiers.free else "",
        "flat at zero" if tiers.flat_at_zero else "",
        f"overage {tier_words(book, tiers.overage, show)}" if tiers.overage else "",
    ]
    return ", ".join(filter(None, said))


def tier_words(book: b.Book, row: b.Tier, show: Callable[[Fraction], str]) -> str:
    """What a row charges or gives: `0.40 EUR`, `1.00 EUR per started 100 and 5.00 EUR once`."""
    package = f" per started {fraction_words(row.package / MICROS)}" if row.package else ""
    return show(row.amount) + package + (f" and {amount(row.flat, book.currency)} once" if row.flat else "")


def fraction_words(number: Fraction) -> str:
    """`5`, `0.25`, `10/3`."""
    ticks = number * MICROS
    return decimal(int(ticks)) if ticks.denominator == 1 else str(number)


def tier_name(row: b.Tier) -> str:
    """`from 10`, `above 10`."""
    return f"{'from' if row.inclusive else 'above'} {decimal(row.start)}"


# ---------------------------------------------------------------- what has no words of its own

_PRODUCT: Callable[[b.Book, int], str] = lambda book, i: book.products[i].code  # noqa: E731
_FACT: Callable[[b.Book, int], str] = lambda book, i: book.facts[i].path  # noqa: E731
_STEP: Callable[[b.Book, int], str] = lambda book, i: book.steps[i].name  # noqa: E731
NAMED: dict[str, Callable[[b.Book, int], str]] = {
    **dict.fromkeys(
        (
            "Case.products",
            "Fold.products",
            "Share.products",
            "Approval.products",
            "Denial.products",
            "BuyGet.of",
            "BuyGet.gets",
        ),
        _PRODUCT,
    ),
    **dict.fromkeys(("Subject.fact", "Fold.plus"), _FACT),
    **dict.fromkeys(("Base.step", "Rule.step", "Fold.at", "Share.at", "Rule.alone_in", "Step.skips"), _STEP),
    "Product.families": lambda book, i: book.families[i],
    "Unit.of": lambda book, i: book.units[i].name,
    "Product.unit": lambda book, i: book.units[i].name,
}
"""Fields that hold indexes into a book, and what they name there."""
ORDERLESS = {
    "Product.families", "Product.settings", "Rule.exception_to", "Rule.alone_in", "Step.skips", "Step.together", "Kind.values",
    "Every.of", "Some.of", "HowMany.of", "Allowed.rows", "Shown.of",
}  # fmt: skip
"""Fields whose order means nothing."""
Neutral = Any
"""Tuples, texts, numbers and None: what a part of a book says, whatever its places and the order of declarations."""


def neutral(book: b.Book, thing: Any, field: str = "") -> Neutral:
    """Any part of a book without the places where it is written, its indexes named: equal where two books say the same.

    `field` is where it stands, `Rule.step`, where it is not whole.
    """
    if isinstance(thing, Span):
        return None
    if is_dataclass(thing) and not isinstance(thing, type):
        kind = type(thing).__name__
        inside = ((f.name, getattr(thing, f.name)) for f in fields(thing))
        kept = ((name, neutral(book, value, f"{kind}.{name}")) for name, value in inside if not isinstance(value, Span))
        return (kind, *kept)
    if isinstance(thing, frozenset | set) or (isinstance(thing, tuple) and field in ORDERLESS):
        return ("set", *sorted((neutral(book, each, field) for each in thing), key=str))
    if isinstance(thing, tuple | list):
        return tuple(neutral(book, each, field) for each in thing)
    named = NAMED.get(field)
    return named(book, thing) if named is not None and type(thing) is int else thing


def plain_words(book: b.Book, thing: Any) -> str:
    """Any part of a book as text, for what this page has no words of its own."""
    return said(neutral(book, thing))


def said(thing: Neutral) -> str:
    """What `neutral` made, as text."""
    if not isinstance(thing, tuple):
        return str(thing)
    if thing and thing[0] == "set":
        return names_words([said(each) for each in thing[1:]])
    if thing and isinstance(thing[0], str) and all(isinstance(each, tuple) and len(each) == 2 for each in thing[1:]):
        inside = ", ".join(f"{name} {said(value)}" for name, value in thing[1:] if value not in (None, (), ""))
        return f"{_apart(thing[0])} ({inside})"
    return ", ".join(said(each) for each in thing)


def _apart(name: str) -> str:
    """`BuyGet` is `buy get`."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
