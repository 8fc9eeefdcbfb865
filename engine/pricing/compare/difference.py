"""What changed between two books, by meaning: what is called the same is compared, wherever and in whatever order it stands.

    facts, products, rules, approvals   by name            tiers   by their bound
    steps                               by name and order  rows    by their key columns (a row without one: by what it says)
    prices and costs                    day by day: a price in two pieces is the price in one

What a rule is on is compared over the products that both books sell: a product that is new, or gone, says so once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any, Literal

from engine.lang import book as b
from engine.pricing.compare import words as w
from engine.pricing.compare.things import approval_words, case_words, fact_words, kind_words, product_words, rule_words
from engine.values.kinds import Kind, millionths

Sort = Literal["book", "fact", "step", "product", "rule", "approval"]
Mark = Literal["+", "-", "~"]
"""Added, removed, changed."""
_TIER = re.compile(r"(?:\A|(?P<row>.*), |.* )(?P<side>from|above) (?P<start>[\d_.]+)\Z")


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
    found = [*both.settings(), *both.facts(), *both.steps(), *both.products(), *both.rules(), *both.approvals()]
    return found


HANDLED = frozenset({"facts", "products", "steps", "rules", "approvals", "tests", "version"})
"""Fields of a book that are compared by themselves, or are not what it means."""
_NOWHERE = b.Span("", 0)


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
        gone, come = ({w.plain_words(book, one) for one in ones} for book, ones in ((self.old, was), (self.new, now)))
        for mark, only in (("-", gone - come), ("+", come - gone)):
            for said in sorted(only):
                yield _change(
                    "book", mark, field, "", said if mark == "-" else "", said if mark == "+" else "", _NOWHERE
                )

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

    def _field(self, sort: Sort, name: str, field: str, values: tuple[Any, Any], span: b.Span) -> Iterator[Change]:
        """One field (`Rule.step`) that is compared as it is."""
        old, new = (w.neutral(book, value, field) for book, value in zip((self.old, self.new), values, strict=True))
        if old != new:
            what = field.partition(".")[2].replace("_", " ")
            before, after = _value_words(values[0], old), _value_words(values[1], new)
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
                if field.name not in ("prices", "costs", "span"):
                    values = getattr(was[code], field.name), getattr(now[code], field.name)
                    yield from self._field("product", code, f"Product.{field.name}", values, now[code].span)

    def _dated(
        self, code: str, what: str, was: Sequence[b.DatedPrice], now: Sequence[b.DatedPrice], span: b.Span
    ) -> Iterator[Change]:
        """The stretches of days on which a price is another."""
        told: list[tuple[int | None, int | None, str, str, b.Span]] = []
        for start, end in _stretches((*was, *now)):
            old, new = _on(was, start), _on(now, start)
            said = [self._price(book, one) for book, one in ((self.old, old), (self.new, new))]
            if said[0] == said[1]:
                continue
            if told and told[-1][1] == start and list(told[-1][2:4]) == said:
                told[-1] = (told[-1][0], end, *told[-1][2:])
            else:
                told.append((start, end, said[0], said[1], new.span if new else old.span if old else span))
        for start, end, before, after, place in told:
            days = "" if start is None and end is None else f" {w.dates_words(start, end)}"
            yield _change("product", "~", code, f"{what}{days}", before, after, place)

    def _price(self, book: b.Book, dated: b.DatedPrice | None) -> str:
        return "none" if dated is None else w.price_words(book, dated.price)

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
            mine, theirs = _unequal(old.get(label, []), new.get(label, []))
            for before, after in zip(mine, theirs, strict=False):
                yield from self._case(name, before, after)
            for case in mine[len(theirs) :]:
                yield _change("rule", "-", _place(name, case), "", case_words(self.old, case), "", case.span)
            for case in theirs[len(mine) :]:
                yield _change("rule", "+", _place(name, case), "", "", case_words(self.new, case), case.span)

    def _by_label(self, book: b.Book, cases: Sequence[b.Case]) -> dict[str, list[tuple[Any, b.Case]]]:
        found: dict[str, list[tuple[Any, b.Case]]] = {}
        for case in cases:
            label = "" if case.label.startswith("row ") else case.label
            found.setdefault(label, []).append((self._neutral(book, case), case))
        return found

    def _neutral(self, book: b.Book, case: b.Case) -> Any:
        """What a case says, on the products that both books sell."""
        plain = (case.start, case.end, w.neutral(book, _beside_tier(case)), w.neutral(book, case.give))
        return self._on_codes(book, case), plain

    def _on_codes(self, book: b.Book, case: b.Case) -> frozenset[str] | None:
        if case.products is None:
            return None
        return frozenset(book.products[index].code for index in case.products) & self.common

    def _case(self, name: str, was: b.Case, now: b.Case) -> Iterator[Change]:
        """What differs between two cases."""
        place = _place(name, now)
        yield from self._gives(name, place, was, now)
        dates = [w.dates_words(case.start, case.end) for case in (was, now)]
        whens = [w.condition_words(book, _beside_tier(case)) for book, case in ((self.old, was), (self.new, now))]
        for what, (before, after) in (("dates", dates), ("when", whens)):
            if before != after:
                yield _change("rule", "~", place, what, before, after, now.span)
        ons = [self._on_codes(book, case) for book, case in ((self.old, was), (self.new, now))]
        if ons[0] != ons[1]:
            yield _change("rule", "~", place, "on", *_ons(*ons), now.span)

    def _gives(self, name: str, place: str, was: b.Case, now: b.Case) -> Iterator[Change]:
        old, new = was.give, now.give
        if w.neutral(self.old, old) == w.neutral(self.new, new):
            return
        match old, new:
            case b.Percent(first, of), b.Percent(second, to) if (
                w.neutral(self.old, of) == w.neutral(self.new, to) and first * second > 0
            ):
                said = w.percent(abs(first)), w.give_words(self.new, new)
            case b.GraduatedOff(first_tiers, of), b.GraduatedOff(second_tiers, to) if w.neutral(
                self.old, of
            ) == w.neutral(self.new, to) and self._rows_apart(first_tiers, second_tiers):
                yield from self._tiers(name, first_tiers, second_tiers, w.percent)
                return
            case b.SetPrice(b.Price(_, b.Tiers() as tiers)), b.SetPrice(b.Price(_, b.Tiers() as others)) if (
                self._rows_apart(tiers, others)
            ):
                yield from self._tiers(name, tiers, others, lambda value: w.amount(value, self.new.currency))
                return
            case _:
                said = w.give_words(self.old, old), w.give_words(self.new, new)
        yield _change("rule", "~", place, "", *said, now.span)

    def _rows_apart(self, was: b.Tiers, now: b.Tiers) -> bool:
        """Whether two tables differ in their rows only."""
        return bool(w.neutral(self.old, replace(was, rows=())) == w.neutral(self.new, replace(now, rows=())))

    def _tiers(self, name: str, was: b.Tiers, now: b.Tiers, show: Callable[[Fraction], str]) -> Iterator[Change]:
        """Tiers kept within a give, by their bounds."""
        old, new = ({w.tier_name(row): row for row in tiers.rows} for tiers in (was, now))

        def said(row: b.Tier) -> str:
            return w.tier_words(self.new, row, show)

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
                        yield _change("approval", "~", name, "on", *_ons(*ons), now[name].span)
                else:
                    yield from self._field("approval", name, f"Approval.{field.name}", (before, after), now[name].span)

    def _reached(self, book: b.Book, products: frozenset[int] | None) -> frozenset[str] | None:
        return None if products is None else frozenset(book.products[i].code for i in products) & self.common


# ---------------------------------------------------------------- days


def _stretches(dated: Sequence[b.DatedPrice]) -> list[tuple[int | None, int | None]]:
    """All days, cut wherever one of these begins or ends."""
    cuts: list[int | None] = [*sorted({day for one in dated for day in (one.start, one.end) if day is not None})]
    return list(zip([None, *cuts], [*cuts, None], strict=True))


def _on(dated: Sequence[b.DatedPrice], start: int | None) -> b.DatedPrice | None:
    """What holds on a stretch that begins on this day (None: from ever)."""
    for one in dated:
        begun = one.start is None or (start is not None and one.start <= start)
        if begun and (one.end is None or start is None or start < one.end):
            return one
    return None


# ---------------------------------------------------------------- cases


def _unequal(
    mine: Sequence[tuple[Any, b.Case]], theirs: Sequence[tuple[Any, b.Case]]
) -> tuple[list[b.Case], list[b.Case]]:
    """The cases of each side that the other has no equal of."""
    left = [neutral for neutral, _ in theirs]
    old = []
    for neutral, case in mine:
        if neutral in left:
            left.remove(neutral)
        else:
            old.append(case)
    new = []
    for neutral, case in theirs:
        if neutral in left:
            left.remove(neutral)
            new.append(case)
    return old, new


def _beside_tier(case: b.Case) -> b.Condition:
    """A case's condition without the bounds of its tier, which its label says: a tier's end is where the next begins."""
    said = _TIER.match(case.label)
    if said is None:
        return case.when
    start = millionths(said["start"]) + (said["side"] == "above")
    parts = case.when.of if isinstance(case.when, b.All) else (case.when,)
    kept = tuple(
        part for part in parts if not (isinstance(part, b.Within) and part.subject.fact is None and part.low == start)
    )
    return kept[0] if len(kept) == 1 else b.All(kept)


def _place(name: str, case: b.Case) -> str:
    """`tier 50 of seats_volume`, `row offer_id 3 of special_offer`, or the rule itself."""
    said = _TIER.match(case.label)
    if said is None:
        label = case.label if case.label.startswith("row ") else f"row {case.label}"
        return f"{label} of {name}" if case.label else name
    row = f" for {said['row']}" if said["row"] else ""
    bound = said["start"] if said["side"] == "from" else f"above {said['start']}"
    return f"tier {bound} of {name}{row}"


def _ons(was: frozenset[str] | None, now: frozenset[str] | None) -> tuple[str, str]:
    """What was taken away, and what came instead."""
    if was is None or now is None:
        return tuple("everything" if on is None else w.names_words(sorted(on)) for on in (was, now))  # type: ignore[return-value]
    return _or_nothing(w.names_words(sorted(was - now))), _or_nothing(w.names_words(sorted(now - was)))


def _value_words(value: Any, neutral: w.Neutral) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return kind_words(value) if isinstance(value, Kind) else _or_nothing(w.said(neutral))


def _or_nothing(said: str) -> str:
    return "nothing" if said in ("", "None") else said


# ---------------------------------------------------------------- things in words


def _change(sort: Sort, mark: Any, name: str, what: str, old: str, new: str, span: b.Span) -> Change:
    return Change(sort, mark, name, what, old, new, span.file, span.line)
