"""What a plan keeps of rules that look at a quote as a whole, so that kernels can run them quote by quote.

a denial           ->  a case of a step after the last, whose conditions are found like any other
give on the quote  ->  a case of its own step, found in a step beside it; and a row of what is split, and how
by hand            ->  a dim with what the quote grants
give on a bundle   ->  as on the quote; and dims that number a line's bundle, and say how many there are of it
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from engine.lang import book as b
from engine.lang.parts import atoms
from engine.lang.places import Span
from engine.plan import layout as at
from engine.plan.figures import fraction
from engine.plan.taxes import net_step
from engine.values.kinds import MICROS
from engine.values.rounding import round_to

NOWHERE = Span("", 1)
NOTHING = b.Percent(Fraction(0), b.Base("running"))
GRANT = "grant."
"""What a seller grants by hand is known under the name of its rule."""
NUMBER, COUNT = "line.bundle number", "line.bundle count"
"""What a line that was sold in a bundle knows of it: its number among those of the quote, and how many there are of it."""


class Whole:
    """A book with the steps that stand beside its own: for its denials (`denied`, 0 without), for amounts on the quote."""

    def __init__(self, book: b.Book) -> None:
        steps, rules = list(book.steps), list(book.rules)
        self.denied = 0
        if book.denials:
            self.denied = len(steps)
            cases = tuple(b.Case(d.products, d.start, d.end, d.when, NOTHING, d.span) for d in book.denials)
            rules.append(b.Rule("", "discount", len(steps), cases, NOWHERE))
            steps.append(b.Step("", "list", NOWHERE))
        self.beside: dict[int, int] = {}  # step -> where its amounts on the quote are found
        shared = list(_shared(book))
        self.bundled = any(give.each == "bundle" for _, _, give in shared)
        self.by_ssp = any(give.spread.by == "ssp" for _, _, give in shared)
        for step in sorted({rule.step for rule, _, _ in shared}):
            self.beside[step] = len(steps)
            steps.append(b.Step("", "list", NOWHERE))
        by_hand = (case.give for rule in book.rules for case in rule.cases)
        self.grants = tuple(dict.fromkeys(give.name for give in by_hand if isinstance(give, b.ByHand)))
        self.across = bool(book.denials or self.beside or self.grants or any(step.skips for step in book.steps))
        self.periods = sorted({product.period for product in book.products})
        self.rounding = book.rounding
        self.book = replace(book, steps=tuple(steps), rules=tuple(rules)) if len(steps) > len(book.steps) else book

    @property
    def subjects(self) -> list[b.Subject]:
        """What is granted by hand, and what is said of bundles, as dims."""
        names = [GRANT + name for name in self.grants] + ([NUMBER, COUNT] if self.bundled else [])
        return [b.Subject(name, None, True) for name in names]

    def found_in(self, rule: b.Rule, case: b.Case) -> int:
        """The step in which a case is found."""
        return self.beside[rule.step] if isinstance(case.give, b.OnQuote) else rule.step

    def share(self, rule: b.Rule, case: int, part: int, give: b.OnQuote, span: Span) -> tuple[int, ...]:
        """A SHARE row. `part`: the set of products whose lines it is on.

        Raises:
            PlanError: a figure does not fit.
        """
        what, number, base = at.SHARE_OF_AMOUNT, Fraction(0), at.BASE_RUNNING
        match give.give:
            case b.Percent(rate, of):
                what, number = at.SHARE_OF_PERCENT, rate
                base = at.BASE_RUNNING if of.kind == "running" else 0 if of.kind == "list" else of.step or 0
            case b.Amount(micros):
                number = micros
            case b.SetTotal(micros):
                what, number = at.SHARE_TO_TOTAL, Fraction(round_to(micros, self.rounding.step, self.rounding.mode))
        period = self.periods.index(give.period) if give.period in self.periods else -1
        most = -1 if give.most is None else fraction(give.most, span, "this bound")[0]
        return (
            rule.step, self.beside[rule.step], case, part, what, *fraction(number, span, "this amount"), base, most,
            _BY[give.spread.by], _REMAINDER[give.spread.remainder], period, int(give.each == "bundle"),
        )  # fmt: skip


_BY = {"running": at.BY_RUNNING, "list": at.BY_LIST, "equally": at.EQUALLY, "ssp": at.BY_SSP}
_REMAINDER = {"largest": at.REST_TO_LARGEST, "first": at.REST_TO_FIRST, "last": at.REST_TO_LAST}


def _shared(book: b.Book) -> Iterator[tuple[b.Rule, b.Case, b.OnQuote]]:
    for rule in book.rules:
        for case in rule.cases:
            if isinstance(case.give, b.OnQuote):
                yield rule, case, case.give


def known_at_the_end(book: b.Book) -> bool:
    """Whether kernels know what denials ask about: not the amounts that were invoiced, where the steps go on below the net."""
    asked = (atom.subject.fold for denial in book.denials for atom in atoms(denial.when))
    return net_step(book) is None or not any(fold is not None and fold.what == "amount" for fold in asked)


def splits(book: b.Book) -> bool:
    """Whether all that is given on the quote is split in whole micros, as kernels do it.

    What lines come to is whole where prices of units are rounded to steps that any quantity leaves whole; a document's exact
    amounts, and what is left below the net, are not. A floor below that asks about sums is not known yet.
    """
    shared = list(_shared(book))
    if not shared:
        return True
    rounding = book.rounding
    grains = {MICROS // 10 ** book.units[product.unit].decimals for product in book.products}
    whole = rounding.level == "line" or (
        rounding.level == "unit" and all(rounding.step * grain % MICROS == 0 for grain in grains)
    )
    first, net = min(rule.step for rule, _, _ in shared), net_step(book)
    whole = whole and (net is None or all(rule.step < net for rule, _, _ in shared))
    floors = [r for r in book.rules if r.step > first and book.steps[r.step].combine == "floor"]
    asks = any(atom.subject.fold for rule in floors for case in rule.cases for atom in atoms(case.when))
    return whole and not rounding.discounts and not asks and all(_plain(book, case, give) for _, case, give in shared)


def _plain(book: b.Book, case: b.Case, give: b.OnQuote) -> bool:
    fine = (give.spread.by != "ssp" or _whole_ssps(book, case)) and (give.most is None or give.most.denominator == 1)
    match give.give:
        case b.Percent(_, of):
            return fine and of.kind in ("running", "list", "after")
        case b.SetTotal():
            return fine and give.most is None
        case _:
            return fine


def _whole_ssps(book: b.Book, case: b.Case) -> bool:
    """Whether what its lines are worth alone is whole micros, whatever their quantities."""
    goods = [product for n, product in enumerate(book.products) if case.products is None or n in case.products]
    return all(
        product.ssp is None or (product.ssp.denominator == 1 and not book.units[product.unit].decimals)
        for product in goods
    )
