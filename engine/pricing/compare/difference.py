"""What changed between two books, by meaning: what is called the same is compared, wherever and in whatever order it stands.

    facts, products, rules, approvals, bundles by name     tiers   by their bound
    steps                                by name and order rows    by their key columns (a row without one: by what it says)
    prices and costs                     day by day: a price in two pieces is the price in one

What a rule is on is compared over the products that both books sell: a product that is new, or gone, says so once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any, Literal

from engine.lang import book as b
from engine.lang.places import Span
from engine.pricing.compare import words as w
from engine.pricing.compare.bundled import bundle_changes, bundle_words, product_attributes
from engine.pricing.compare.pairs import (
    beside_tier,
    on_day,
    on_words,
    place_of,
    price_words,
    stretches,
    unequal,
    value_words,
)
from engine.pricing.compare.things import (
    approval_words,
    case_words,
    denial_words,
    denials_words,
    fact_words,
    product_words,
    rule_words,
)

Sort = Literal["book", "fact", "step", "product", "rule", "approval", "denial", "bundle"]
Mark = Literal["+", "-", "~"]
"""Added, removed, changed."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `name` is what it is of; `old` and `new` are what was said and is said, in words ("" where nothing is)."""

    sort: Sort
    mark: Mark
    name: str
    what: str
    old: str
    new: str
    file: str
    line: int

    @property
    def words(self) -> str:
        """`tier 50 of seats_volume: 10% -> 12% off list`."""
        about = ", ".join(part for part in (self.name, self.what) if part)
        said = f"{self.old} -> {self.new}" if self.mark == "~" else self.old or self.new
        return f"{about}: {said}" if said else about


def changes(old: b.Book, new: b.Book) -> list[Change]:
    """Everything that differs; [] where the two price alike, and say so alike."""
    both = _Both(old, new)
    found = [
        *both.settings(),
        *both.facts(),
        *both.steps(),
        *both.products(),
        *both.rules(),
        *both.approvals(),
        *both.denials(),
        *both.bundles(),
    ]
    return found


HANDLED = frozenset(
    {"facts", "products", "steps", "rules", "approvals", "denials", "bundles", "configurations", "tests", "version"}
)
"""Fields of a book that are compared by themselves, or are not what it means."""
_NOWHERE = Span("", 0)


class _Both:
    """Two books side by side."""

    def __init__(self, old: b.Book, new: b.Book) -> None:
        self.old, self.new = old, new
        self.common = {p.code for p in old.products} & {p.code for p in new.products}

    # ------------------------------------------------------------ the book, facts, steps

    def settings(self) -> Iterator[Change]:
        """The price book itself: currency, rounding, units, families, and whatever else it has."""
        for field in fields(b.Book):
            if field.name in HANDLED:
                continue
            was, now = (getattr(book, field.name) for book in (self.old, self.new))
            if isinstance(was, tuple) and isinstance(now, tuple):
                yield from self._members(field.name, was, now)
            else:
                yield from self._field("book", "price book", f"Book.{field.name}", (was, now), _NOWHERE)

    def _members(self, field: str, was: tuple[Any, ...], now: tuple[Any, ...]) -> Iterator[Change]:
        """What a list of the book names, whatever its order."""
        old, new = ({w.neutral(book, one): one for one in ones} for book, ones in ((self.old, was), (self.new, now)))
        for neutral, one in old.items():
            if neutral not in new:
                yield _change("book", "-", field, "", w.plain_words(self.old, one), "", _NOWHERE)
        for neutral, one in new.items():
            if neutral not in old:
                yield _change("book", "+", field, "", "", w.plain_words(self.new, one), _NOWHERE)

    def facts(self) -> Iterator[Change]:
        """Declared facts."""
        yield from self._named(
            "fact", {f.path: f for f in self.old.facts}, {f.path: f for f in self.new.facts}, fact_words
        )

    def steps(self) -> Iterator[Change]:
        """The steps a price takes, and their order."""
        was, now = ({step.name: step for step in book.steps} for book in (self.old, self.new))
        yield from self._named("step", was, now, lambda _, step: step.combine)
        order = [[name for name in names if name in was and name in now] for names in (was, now)]
        if order[0] != order[1]:
            yield _change("step", "~", "steps", "in another order", ", ".join(order[0]), ", ".join(order[1]), _NOWHERE)

    def _named(
        self, sort: Sort, was: Mapping[str, Any], now: Mapping[str, Any], say: Callable[[b.Book, Any], str]
    ) -> Iterator[Change]:
        """Things by name, compared field by field."""
        yield from self._come_and_gone(sort, was, now, say)
        for name in (name for name in now if name in was):
            for field in fields(now[name]):
                values = getattr(was[name], field.name), getattr(now[name], field.name)
                yield from self._field(sort, name, f"{type(now[name]).__name__}.{field.name}", values, now[name].span)

    def _come_and_gone(
        self, sort: Sort, was: Mapping[str, Any], now: Mapping[str, Any], say: Callable[[b.Book, Any], str]
    ) -> Iterator[Change]:
        for name in was:
            if name not in now:
                yield _change(sort, "-", name, "", say(self.old, was[name]), "", was[name].span)
        for name in now:
            if name not in was:
                yield _change(sort, "+", name, "", "", say(self.new, now[name]), now[name].span)

    def _field(self, sort: Sort, name: str, field: str, values: tuple[Any, Any], span: Span) -> Iterator[Change]:
        """One field (`Rule.step`) that is compared as it is."""
        old, new = (w.neutral(book, value, field) for book, value in zip((self.old, self.new), values, strict=True))
        if old != new:
            what = field.partition(".")[2].replace("_", " ")
            before, after = value_words(values[0], old), value_words(values[1], new)
            yield _change(sort, "~", name, what, before, after, span)

    # ------------------------------------------------------------ products

    def products(self) -> Iterator[Change]:
        """What is sold, and its prices and costs by the day."""
        was, now = ({product.code: product for product in book.products} for book in (self.old, self.new))
        yield from self._come_and_gone("product", was, now, product_words)
        for code in (code for code in now if code in was):
            yield from self._dated(code, "price", was[code].prices, now[code].prices, now[code].span)
            yield from self._dated(code, "cost", was[code].costs, now[code].costs, now[code].span)
            for field in fields(b.Product):
                if field.name not in ("prices", "costs", "span", "attributes"):
                    values = getattr(was[code], field.name), getattr(now[code], field.name)
                    yield from self._field("product", code, f"Product.{field.name}", values, now[code].span)

            for mark, what, before, after, span in product_attributes(was[code], now[code]):
                yield _change("product", mark, code, what, before, after, span)

    def _dated(
        self, code: str, what: str, was: Sequence[b.DatedPrice], now: Sequence[b.DatedPrice], span: Span
    ) -> Iterator[Change]:
        """The stretches of days on which a price is another."""
        told: list[tuple[int | None, int | None, str, str, Span]] = []
        for start, end in stretches((*was, *now)):
            old, new = on_day(was, start), on_day(now, start)
            prices = old.price if old else None, new.price if new else None
            if w.neutral(self.old, prices[0]) == w.neutral(self.new, prices[1]):
                continue
            said = list(self._apart(prices, price_words(self.old, prices[0]), price_words(self.new, prices[1])))
            if told and told[-1][1] == start and list(told[-1][2:4]) == said:
                told[-1] = (told[-1][0], end, *told[-1][2:])
            else:
                told.append((start, end, said[0], said[1], new.span if new else old.span if old else span))
        for start, end, before, after, place in told:
            days = "" if start is None and end is None else f" {w.dates_words(start, end)}"
            yield _change("product", "~", code, f"{what}{days}", before, after, place)

    # ------------------------------------------------------------ rules

    def rules(self) -> Iterator[Change]:
        """Rules by name, their rows by key, their tiers by bound."""
        was, now = ({rule.name: rule for rule in book.rules} for book in (self.old, self.new))
        yield from self._come_and_gone("rule", was, now, rule_words)
        for name in (name for name in now if name in was):
            for field in fields(b.Rule):
                if field.name not in ("cases", "span"):
                    values = getattr(was[name], field.name), getattr(now[name], field.name)
                    yield from self._field("rule", name, f"Rule.{field.name}", values, now[name].span)
            yield from self._cases(name, was[name].cases, now[name].cases)

    def _cases(self, name: str, was: Sequence[b.Case], now: Sequence[b.Case]) -> Iterator[Change]:
        """Cases of one label are paired: equal ones first, then in the order they are written."""
        old, new = (self._by_label(book, cases) for book, cases in ((self.old, was), (self.new, now)))
        for label in dict.fromkeys((*old, *new)):
            mine, theirs = unequal(old.get(label, []), new.get(label, []))
            for before, after in zip(mine, theirs, strict=False):
                yield from self._case(name, before, after)
            for case in mine[len(theirs) :]:
                yield _change("rule", "-", place_of(name, case), "", case_words(self.old, case), "", case.span)
            for case in theirs[len(mine) :]:
                yield _change("rule", "+", place_of(name, case), "", "", case_words(self.new, case), case.span)

    def _by_label(self, book: b.Book, cases: Sequence[b.Case]) -> dict[str, list[tuple[Any, b.Case]]]:
        found: dict[str, list[tuple[Any, b.Case]]] = {}
        for case in cases:
            label = "" if case.label.startswith("row ") else case.label
            found.setdefault(label, []).append((self._neutral(book, case), case))
        return found

    def _neutral(self, book: b.Book, case: b.Case) -> Any:
        """What a case says, on the products that both books sell."""
        plain = (case.start, case.end, w.neutral(book, beside_tier(case)), w.neutral(book, case.give))
        return self._on_codes(book, case), plain

    def _on_codes(self, book: b.Book, case: b.Case) -> frozenset[str] | None:
        if case.products is None:
            return None
        return frozenset(book.products[index].code for index in case.products) & self.common

    def _case(self, name: str, was: b.Case, now: b.Case) -> Iterator[Change]:
        """What differs between two cases."""
        place = place_of(name, now)
        yield from self._gives(name, place, was, now)
        dates = w.dates_words(was.start, was.end), w.dates_words(now.start, now.end)
        if dates[0] != dates[1]:
            yield _change("rule", "~", place, "dates", *dates, now.span)
        whens = beside_tier(was), beside_tier(now)
        if w.neutral(self.old, whens[0]) != w.neutral(self.new, whens[1]):
            words = w.condition_words(self.old, whens[0]), w.condition_words(self.new, whens[1])
            yield _change("rule", "~", place, "when", *self._apart(whens, *words), now.span)
        ons = [self._on_codes(book, case) for book, case in ((self.old, was), (self.new, now))]
        if ons[0] != ons[1]:
            yield _change("rule", "~", place, "on", *on_words(*ons), now.span)

    def _gives(self, name: str, place: str, was: b.Case, now: b.Case) -> Iterator[Change]:
        old, new = was.give, now.give
        if w.neutral(self.old, old) == w.neutral(self.new, new):
            return
        match old, new:
            case b.Percent(first, of), b.Percent(second, to) if (
                w.neutral(self.old, of) == w.neutral(self.new, to) and first * second > 0
            ):
                said = w.percent(abs(first)), w.give_words(self.new, new).removeprefix("add ")
            case b.GraduatedOff(first_tiers, of, by), b.GraduatedOff(second_tiers, to, of_sum) if w.neutral(
                self.old, (of, by)
            ) == w.neutral(self.new, (to, of_sum)) and self._rows_apart(first_tiers, second_tiers):
                yield from self._tiers(name, first_tiers, second_tiers, w.percent)
                return
            case b.SetPrice(b.Price(_, b.Tiers() as tiers), by), b.SetPrice(
                b.Price(_, b.Tiers() as others), of_sum
            ) if w.neutral(self.old, by) == w.neutral(self.new, of_sum) and self._rows_apart(tiers, others):
                yield from self._tiers(name, tiers, others, lambda value: w.amount(value, self.new.currency))
                return
            case _:
                said = self._apart((old, new), w.give_words(self.old, old), w.give_words(self.new, new))
        yield _change("rule", "~", place, "", *said, now.span)

    def _rows_apart(self, was: b.Tiers, now: b.Tiers) -> bool:
        """Whether two tables differ in their rows only."""
        return bool(w.neutral(self.old, replace(was, rows=())) == w.neutral(self.new, replace(now, rows=())))

    def _apart(self, things: tuple[Any, Any], *said: str) -> tuple[str, str]:
        """Words of two things that differ: in full where our own words do not tell them apart."""
        old, new = said
        return (old, new) if old != new else (w.plain_words(self.old, things[0]), w.plain_words(self.new, things[1]))

    def _tiers(self, name: str, was: b.Tiers, now: b.Tiers, show: Callable[[Fraction], str]) -> Iterator[Change]:
        """Tiers kept within a give, by their bounds."""
        old, new = ({w.tier_name(row): row for row in tiers.rows} for tiers in (was, now))

        def said(row: b.Tier) -> str:
            return show(row.amount) + (f" and {w.amount(row.flat, self.new.currency)} once" if row.flat else "")

        for bound, row in old.items():
            if bound not in new:
                yield _change("rule", "-", f"tier {bound} of {name}", "", said(row), "", row.span)
        for bound, row in new.items():
            if bound not in old:
                yield _change("rule", "+", f"tier {bound} of {name}", "", "", said(row), row.span)
            elif said(old[bound]) != said(row):
                yield _change("rule", "~", f"tier {bound} of {name}", "", said(old[bound]), said(row), row.span)

    # ------------------------------------------------------------ approvals

    def approvals(self) -> Iterator[Change]:
        """Who is asked, and when."""
        was, now = ({approval.name: approval for approval in book.approvals} for book in (self.old, self.new))
        yield from self._come_and_gone("approval", was, now, approval_words)
        for name in (name for name in now if name in was):
            for field in fields(b.Approval):
                before, after = (getattr(one[name], field.name) for one in (was, now))
                if field.name == "cases":
                    old, new = approval_words(self.old, was[name]), approval_words(self.new, now[name])
                    if old != new:
                        yield _change("approval", "~", name, "", old, new, now[name].span)
                elif field.name == "products":
                    ons = [self._reached(book, on) for book, on in ((self.old, before), (self.new, after))]
                    if ons[0] != ons[1]:
                        yield _change("approval", "~", name, "on", *on_words(*ons), now[name].span)
                else:
                    yield from self._field("approval", name, f"Approval.{field.name}", (before, after), now[name].span)

    def denials(self) -> Iterator[Change]:
        """What is refused, and when; rows of one label are paired as cases are."""
        was, now = (_by_name(book.denials) for book in (self.old, self.new))
        for name in dict.fromkeys((*was, *now)):
            yield from self._denial(name, was.get(name, []), now.get(name, []))

    def _denial(self, name: str, was: Sequence[b.Denial], now: Sequence[b.Denial]) -> Iterator[Change]:
        if not was or not now:
            said = denials_words(self.old, was), denials_words(self.new, now)
            yield _change("denial", "+" if now else "-", name, "", *said, (*now, *was)[0].span)
            return
        old, new = (self._rows(book, rows) for book, rows in ((self.old, was), (self.new, now)))
        for place in dict.fromkeys((*old, *new)):
            yield from self._denial_rows(place, *unequal(old.get(place, []), new.get(place, [])))

    def _rows(self, book: b.Book, rows: Sequence[b.Denial]) -> dict[str, list[tuple[Any, b.Denial]]]:
        """A denial's rows by what they are called; those that are only numbered are called as it is."""
        found: dict[str, list[tuple[Any, b.Denial]]] = {}
        for one in rows:
            plain = replace(one, label="") if one.label.startswith("row ") else one
            found.setdefault(place_of(one.name, plain), []).append((w.neutral(book, plain), one))
        return found

    def _denial_rows(self, place: str, was: Sequence[b.Denial], now: Sequence[b.Denial]) -> Iterator[Change]:
        for one, other in zip(was, now, strict=False):
            said = self._apart((one, other), denial_words(self.old, one), denial_words(self.new, other))
            yield _change("denial", "~", place, "", *said, other.span)
        for one in was[len(now) :]:
            yield _change("denial", "-", place, "", denial_words(self.old, one), "", one.span)
        for one in now[len(was) :]:
            yield _change("denial", "+", place, "", "", denial_words(self.new, one), one.span)

    def bundles(self) -> Iterator[Change]:
        """What is configured, and the features that bundles share."""
        was, now = ({bundle.name: bundle for bundle in book.bundles} for book in (self.old, self.new))
        yield from self._come_and_gone("bundle", was, now, lambda _, bundle: bundle_words(bundle))
        for name in (name for name in now if name in was):
            for mark, what, before, after, span in bundle_changes(self.old, self.new, was[name], now[name]):
                yield _change("bundle", mark, name, what, before, after, span)

    def _reached(self, book: b.Book, products: frozenset[int] | None) -> frozenset[str] | None:
        return None if products is None else frozenset(book.products[i].code for i in products) & self.common


def _by_name(denials: Sequence[b.Denial]) -> dict[str, list[b.Denial]]:
    found: dict[str, list[b.Denial]] = {}
    for denial in denials:
        found.setdefault(denial.name, []).append(denial)
    return found


def _change(sort: Sort, mark: Any, name: str, what: str, old: str, new: str, span: Span) -> Change:
    return Change(sort, mark, name, what, old, new, span.file, span.line)
