"""What the kernels can run. A book that says more keeps its checked form beside its plan, and is priced by its meaning.

Of rules over several lines kernels run conditions over sums (`plan.across`), tiers of all units, which are such conditions, and amounts
on the quote that are split in whole micros, grants by hand, denials, and steps that skip lines (`plan.whole`). These are beyond them:
what gives on some units (OnLine, UnitsOff, BuyGet), graduated tiers measured by a sum, what a sum adds in another currency, `alone` and
`final`, steps that take the best of sets or of the quote, or combine; and of taxes and the net what `plan.taxes` names.

Such a plan still has an arena, of the same products and facts and without rules: columns are read into codes by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from engine.lang import book as b
from engine.lang.parts import atoms
from engine.lang.places import Span
from engine.plan.layout import COMBINE
from engine.plan.taxes import beyond_taxes
from engine.plan.times import hangs
from engine.plan.whole import known_at_the_end, splits

MOST_STEPS = 62
"""Which steps moved a line is kept in one word."""


def beyond(book: b.Book) -> bool:
    """Whether the book says something that the kernels cannot run."""
    return (
        not splits(book)
        or not known_at_the_end(book)
        or beyond_taxes(book)
        or looks_back(book)
        or any(step.combine not in COMBINE or step.together for step in book.steps)
        or (len(book.steps) > MOST_STEPS and any(step.skips for step in book.steps))
        or any(rule.alone or rule.final for rule in book.rules)
        or not all(_runs(case.give) for rule in book.rules for case in rule.cases)
        or any(_rated(atom.subject.fold) for when in conditions(book) for atom in atoms(when))
        or any(dated.price.share for product in book.products for dated in product.prices)
    )


def looks_back(book: b.Book) -> bool:
    """Whether the book asks for list prices of other days than the quote's."""
    gives = (case.give for rule in book.rules for case in rule.cases)
    return book.lowest_days is not None or any(
        isinstance(give, b.Percent | b.GraduatedOff) and give.of.kind == "lowest" for give in gives
    )


def _rated(fold: b.Fold | None) -> bool:
    """Whether what a sum adds is converted from another currency."""
    return fold is not None and fold.plus is not None and fold.plus_rate != 1


def _runs(give: b.Give) -> bool:
    """A price that a rule sets hangs on no fact of its line but what tiers measure."""
    if isinstance(give, b.SetPrice) and (give.price.share or hangs(give.price)):
        return False
    return isinstance(give, RUN) and getattr(give, "by", None) is None


RUN = (b.Percent, b.Amount, b.SetPrice, b.GraduatedOff, b.AtLeast, b.Charge, b.ByHand, b.OnQuote)
"""What cases give that kernels can run."""


def bare(book: b.Book) -> b.Book:
    """The book without what the kernels cannot run: one rule that changes nothing and asks about every fact."""
    steps = (b.Step("list", "list", _NOWHERE), b.Step("facts", "one only", _NOWHERE))
    asks = b.Any(tuple(_asks(book)))
    case = b.Case(None, None, None, asks, b.Percent(Fraction(0), b.Base("list")), _NOWHERE)
    rule = b.Rule("facts", "discount", 1, (case,), _NOWHERE)
    products = tuple(
        replace(p, prices=_plain(p.prices), costs=_plain(p.costs), sold=None, clamp=None) for p in book.products
    )
    return replace(book, steps=steps, rules=(rule,), products=products, approvals=(), tests=(), denials=(), timed=False)


_NOWHERE = Span("", 1)


def _plain(prices: tuple[b.DatedPrice, ...]) -> tuple[b.DatedPrice, ...]:
    return tuple(replace(dated, price=b.Price(Fraction(0))) for dated in prices)


def _asks(book: b.Book) -> Iterator[b.Condition]:
    """A comparison for each fact, with every word that the book compares it with."""
    words: dict[int, set[str]] = {}
    said: dict[str, b.Is] = {}
    for when in conditions(book):
        for atom in atoms(when):
            if atom.subject.fact is not None and isinstance(atom, b.Is):
                words.setdefault(atom.subject.fact, set()).update(atom.values)
            elif isinstance(atom, b.Is) and atom.subject.name.startswith(("code ", "exhausted ")):
                said[atom.subject.name] = atom  # what quotes say besides facts
    yield from said.values()
    for index, fact in enumerate(book.facts):
        subject = b.Subject(fact.path, index, fact.kind.ordered)
        yield b.Within(subject, 0, 0) if subject.ordered else b.Is(subject, frozenset(words.get(index, ("",))))


def conditions(book: b.Book) -> Iterator[b.Condition]:
    """Every condition of the book's rules, denials and approvals."""
    for rule in book.rules:
        for case in rule.cases:
            yield case.when
    yield from (denial.when for denial in book.denials)
    for approval in book.approvals:
        yield from (case.when for case in approval.cases)
