"""A bundle of a book as a model: an option for everything that can be chosen, each rule with where and why it was written.

    part, attribute -> options          plan=pro     seat     seat=12     seat=100..5000     desk.colour=red
    rules           -> clauses, groups, sums, each of which knows the rule of the book that it is of

Wide quantities are cut where a rule names a number: what no rule tells apart is one option. A bundle inside is there as often as it is
offered, its options behind its path; a feature of an outer bundle is the same one inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from math import ceil, floor, lcm

import numpy as np

from engine.configure.bounds import Bounds, bounds_of
from engine.configure.digits import literals_of_number, spell
from engine.configure.explain import rules_behind
from engine.configure.facts import AskedFact, facts_of, literals_given, not_given
from engine.configure.model import MOST_COST_MICROS, Clause, Group, Model, ModelError, Rule
from engine.configure.totals import Counted, Piece, by_numbers
from engine.configure.variables import (
    Reason,
    Variable,
    cell_of,
    column_of,
    conditions_of,
    counts_in,
    default_literals,
    default_numbers,
    ends_of,
    freed_sum,
    literals_of,
    tells_of_none,
)
from engine.configure.wording import Clauses, TooFine, clauses_of, combinations
from engine.lang import configurable as c
from engine.lang.book import Book
from engine.values.kinds import Value, decimal

TOLD_APART = 200
"""Numbers of which each is an option of its own."""


@dataclass(frozen=True, slots=True)
class Option:
    """What can be chosen: a value of the part or attribute at `path`, or its quantity from `low` to `high` (ticks).

    `of_bundle`: it stands in the bundle itself, not in one inside, nor in a feature. A `wish` is none: it is so while a preference is not met.
    Nor is what a `fact` is: that is given (`Configured.facts`); nor a `digit` of a wide number (`configure.digits`). All these are `hidden`,
    and come after the others.
    """

    name: str
    path: str
    value: str = ""
    low: int | None = None
    high: int | None = None
    of_bundle: bool = True
    wish: bool = False
    fact: bool = False
    digit: bool = False

    @property
    def hidden(self) -> bool:
        """Whether it is nobody's choice."""
        return self.wish or self.fact or self.digit


@dataclass(frozen=True, slots=True)
class Line:
    """What an option brings into a quote: so much of a product, in ticks; None: `times` the quantity that is asked for.

    As often as the bundles at the paths of `within` are there, whose numbers are chosen too: the quantity times each of them.
    """

    option: int
    code: str
    path: str
    quantity: int | None
    times: Fraction = Fraction(1)
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Literals that hold unless someone says otherwise: a default, or a preference of the book."""

    literals: tuple[int, ...]
    reason: Reason
    is_default: bool
    of_bundle: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What is said, hidden or disabled while each of the clauses of `when` has a literal that holds."""

    how: str
    when: Clauses
    options: tuple[int, ...]
    reason: Reason


@dataclass(frozen=True)
class Configured:
    """A bundle with its model. `reason_of` says of each rule of the model which of the `reasons` it is of.

    `facts` are those that its rules look at: the caller gives them, as `literals_of_facts`, beside the user's choices.
    """

    bundle: c.Bundle
    model: Model
    options: tuple[Option, ...]
    reasons: tuple[Reason, ...]
    reason_of: tuple[int, ...]
    wanted: tuple[Wanted, ...]
    said: tuple[Said, ...]
    lines: tuple[Line, ...]
    scope: Mapping[str, Variable] = field(repr=False)
    facts: tuple[AskedFact, ...] = ()

    def literals_of_facts(self, given: Mapping[str, Value]) -> tuple[int, ...]:
        """What is chosen by facts, by their paths and in ticks as the book checks them; those no rule looks at may be among them.

        `quote.date`, `quote.role` and `quote.currency` are given like the others. An optional fact that is missing is not known.

        Raises:
            ModelError: a fact can have no such value.
        """
        return literals_given(self.facts, given)

    def facts_to_ask(self, given: Mapping[str, Value]) -> tuple[AskedFact, ...]:
        """Required facts that are missing: each answer holds for some value of theirs, until they are given."""
        return not_given(self.facts, given)

    def literals_of_number(self, path: str, tick: int) -> tuple[int, ...]:
        """What is chosen by a number at a path: its range, and the digits where a sum tells it exactly; () where it can be no such."""
        return literals_of_number(self.scope[path], tick)

    def quantity(self, line: Line, chosen: Sequence[bool] | np.ndarray, numbers: Mapping[str, int]) -> int:
        """How much of a product a line is, in ticks, among options `chosen`; of a range the number that was said of its path, or the first."""
        known = line.quantity
        if known is None:
            known = int(line.times * self.number(line.path, chosen, numbers))
        for path in line.within:
            known = known * self.number(path, chosen, numbers) // c.ONE
        return known

    def number(self, path: str, chosen: Sequence[bool] | np.ndarray, numbers: Mapping[str, int]) -> int:
        """The number at a path among options `chosen`: as it was said, as a sum counts it, or the first of its range; 0 of what is not there."""
        variable = self.scope[path]
        if path in numbers:
            return numbers[path]
        low = next((low for low, _, option in variable.amounts if chosen[option]), 0)
        if low and variable.digits and variable.numbers is not None:
            return variable.numbers.low + sum(step for step, option in variable.digits if chosen[option])
        return low

    def given(self, holds: c.Holds, positive: bool = True, why: str = "chosen") -> Configured:
        """The same with a condition that holds too, or does not: its options must be `named` to `configured`."""
        reason = Reason(why, self.bundle.span)
        clauses = clauses_of(holds, lambda atom: literals_of(self.scope, atom), positive, self.bundle.span)
        rules = tuple(Clause(tuple(sorted(clause)), why) for clause in clauses)
        model = Model(self.model.name, self.model.options, self.model.rules + rules)
        reason_of = self.reason_of + (len(self.reasons),) * len(rules)
        return replace(self, model=model, reasons=(*self.reasons, reason), reason_of=reason_of)

    @cached_property
    def bounds(self) -> Bounds:
        """The model's bounds, numbered by the book's rules: what counts as one reason is left out as one."""
        found = bounds_of(self.model)
        return replace(found, rules=np.array(self.reason_of, np.int32)[found.rules])

    @cached_property
    def shown(self) -> int:
        """How many options callers know: what is hidden comes after them."""
        return next((n for n, option in enumerate(self.options) if option.hidden), len(self.options))

    def behind(self, literals: Iterable[int] = ()) -> tuple[Reason, ...] | None:
        """A minimal set of the book's own rules that leave no configuration with all the literals; None where they leave one."""
        found = rules_behind(self.model, literals, self.bounds)
        return None if found is None else tuple(self.reasons[number] for number in found)


def configured(book: Book, name: str, named: tuple[c.Holds, ...] = ()) -> Configured:
    """The model of a bundle. `named` are conditions of the caller's: what numbers they tell apart, its options do.

    Raises:
        ModelError: the book has no such bundle, or a rule of it comes to more alternatives than are kept.
    """
    bundles = {bundle.name: bundle for bundle in book.bundles}
    bundle = bundles.get(name)
    if bundle is None or bundle.shared:
        known = ", ".join(b.name for b in book.bundles if not b.shared) or "none"
        raise ModelError(f"the book has no bundle {name!r}; it has {known}")
    return _Maker(book, bundles).made(bundle, named)


# ---------------------------------------------------------------- making


@dataclass
class _Instance:
    """A bundle where it stands: behind a path, under an option; `scope` are the variables that its rules name.

    It is there `times` as often as each number of `within` says.
    """

    bundle: c.Bundle
    under: int | None
    scope: dict[str, Variable]
    outermost: bool
    times: Fraction
    within: tuple[Variable, ...] = ()
    defaults: list[tuple[c.Part | c.Attribute, str]] = field(default_factory=list)


class _Maker:
    """Makes one model. Options and rules are numbered as they are made."""

    def __init__(self, book: Book, bundles: dict[str, c.Bundle]) -> None:
        self.book, self.bundles = book, bundles
        self.goods = {goods.code: dict(goods.attributes) for goods in book.products}
        self.options: list[Option] = []
        self.rules: list[Rule] = []
        self.reasons: dict[Reason, int] = {}
        self.reason_of: list[int] = []
        self.instances: list[_Instance] = []
        self.variables: list[Variable] = []
        self.pieces: list[Piece] = []

    def made(self, bundle: c.Bundle, named: tuple[c.Holds, ...]) -> Configured:
        whole = self._stand(bundle, "", None, {}, Fraction(1), True)
        facts = facts_of(self.book, (each.bundle for each in self.instances), named, bundle.span)
        for instance in self.instances:
            instance.scope |= {fact.path: fact for fact in facts}
        self._cut(whole, named)
        self._exact()
        for variable in self.variables:
            self._count(variable)
        asked = []
        for fact in facts:
            made, just_one = fact.make(self._option)
            asked.append(made)
            self._add(just_one, fact.text)
        for variable in self.variables:
            for clause in spell(variable, self._option) if variable.exact else ():
                self._add(clause, variable.text)
        for instance in self.instances:
            for rule in instance.bundle.rules:
                self._rule(instance, rule)
        wanted = tuple(self._wanted())
        said = tuple(self._said())
        return Configured(
            bundle, Model(bundle.name, tuple(o.name for o in self.options), tuple(self.rules)), tuple(self.options),
            tuple(self.reasons), tuple(self.reason_of), wanted, said, tuple(self._lines()), whole.scope, tuple(asked),
        )  # fmt: skip

    def _option(self, name: str, path: str, **more: object) -> int:
        self.options.append(Option(name, path, **more))  # type: ignore[arg-type]
        return len(self.options) - 1

    def _add(self, rule: Rule, reason: Reason) -> None:
        self.rules.append(rule)
        self.reason_of.append(self.reasons.setdefault(reason, len(self.reasons)))

    # ------------------------------------------------------------ what stands where

    def _stand(
        self,
        bundle: c.Bundle,
        prefix: str,
        under: int | None,
        outer: dict[str, _Instance],
        times: Fraction,
        outermost: bool,
        within: tuple[Variable, ...] = (),
    ) -> _Instance:
        """A bundle behind a prefix: its variables, and those of what is inside."""
        instance = _Instance(bundle, under, {}, outermost, times, within)
        self.instances.append(instance)
        shared = dict(outer)
        for name in bundle.features:
            if name not in shared:
                shared[name] = self._stand(self.bundles[name], prefix, under, shared, times, False, within)
            instance.scope |= shared[name].scope
        for attribute in bundle.attributes:
            instance.scope[attribute.name] = self._attribute(attribute, prefix, under, outermost)
            instance.defaults.append((attribute, attribute.name))
        for part in bundle.parts:
            self._part(instance, part, prefix, shared, times)
            instance.defaults.append((part, part.name))
        return instance

    def _attribute(self, attribute: c.Attribute, prefix: str, under: int | None, own: bool) -> Variable:
        path = prefix + attribute.name
        reason = Reason(attribute.text, attribute.span, is_rule=False)
        made = Variable(path, reason, under, numbers=attribute.numbers, of_bundle=own)
        self.variables.append(made)
        for value in attribute.values:
            made.values[value] = self._option(f"{path}={value}", path, value=value, of_bundle=own)
        if made.values:
            low = 0 if attribute.asked else 1
            self._add(Group(tuple(made.values.values()), low, 1, under), reason)
        return made

    def _part(
        self, instance: _Instance, part: c.Part, prefix: str, shared: dict[str, _Instance], times: Fraction
    ) -> None:
        path, own, under = prefix + part.name, instance.outermost, instance.under
        reason = Reason(part.text, part.span, is_rule=False)
        whole = Variable(path, reason, under, of_bundle=own)
        instance.scope[part.name] = whole
        self.variables.append(whole)
        for member in part.members:
            name = path if part.single else f"{path}={member.code}"
            whole.values[member.code] = self._option(name, path, value=member.code, of_bundle=own)
        if part.low == 0 and part.high == 1 and not part.single:
            whole.none = self._option(f"{path}={c.NONE}", path, value=c.NONE, of_bundle=own)
        members = tuple(whole.values.values()) + (() if whole.none is None else (whole.none,))
        low = part.low if whole.none is None else 1
        self._add(Group(members, low, part.high, under), reason)
        if part.single and part.low == 0:
            whole.absent = 2 * whole.values[part.name] + 1
        for member in part.members:
            self._member(instance, part, whole, member, prefix, shared, times)

    def _member(
        self, instance: _Instance, part: c.Part, whole: Variable, member: c.Member, prefix: str,
        shared: dict[str, _Instance], times: Fraction,
    ) -> None:  # fmt: skip
        """One thing that a part offers: its quantity, and what is inside."""
        option, local = whole.values[member.code], part.name if part.single else f"{part.name}.{member.code}"
        counted = (
            whole
            if part.single
            else Variable(prefix + local, whole.text, option, {member.code: option}, of_bundle=whole.of_bundle)
        )
        counted.numbers = part.each
        if counted is not whole:
            counted.absent = 2 * option + 1
            instance.scope[local] = counted
            self.variables.append(counted)
        if not member.bundle:
            self.pieces.append(Piece(prefix + local, member.code, times, counted, instance.within))
            return
        fixed = part.each.count == 1
        often = times * Fraction(part.each.low, c.ONE) if fixed else times
        within = instance.within if fixed else (*instance.within, counted)
        inner = self._stand(self.bundles[member.code], f"{prefix}{local}.", option, shared, often, False, within)
        instance.scope |= {f"{local}.{path}": variable for path, variable in inner.scope.items()}

    # ------------------------------------------------------------ numbers

    def _cut(self, whole: _Instance, named: tuple[c.Holds, ...]) -> None:
        """Where rules, defaults and the caller tell numbers apart."""
        for counts in counts_in(named):
            whole.scope[counts.path].cuts |= ends_of(whole.scope[counts.path].numbers, counts.low, counts.high)
        for instance in self.instances:
            for counts in counts_in(conditions_of(instance.bundle)):
                variable = instance.scope[counts.path]
                variable.cuts |= ends_of(variable.numbers, counts.low, counts.high)
            for thing, local in instance.defaults:
                for path, tick in default_numbers(thing, local):
                    instance.scope[path].cuts |= ends_of(instance.scope[path].numbers, tick, tick)

    def _exact(self) -> None:
        """Which wide numbers sums count."""
        for instance in self.instances:
            terms = (
                term for rule in instance.bundle.rules if isinstance(rule.asks, c.Total) for term in rule.asks.terms
            )
            counted = self._counted(instance)
            for variable in (variable for term in terms for variable in counted.variables(term)):
                variable.exact = variable.numbers is not None and variable.numbers.count > TOLD_APART

    def _count(self, variable: Variable) -> None:
        """The options of a number; of a quantity that is always the same, the thing itself."""
        numbers = variable.numbers
        if numbers is None:
            return
        present = variable.present
        if numbers.count == 1 and variable.values:
            variable.amounts = [(numbers.low, numbers.high, next(iter(variable.values.values())))]
            return
        wide = numbers.count > TOLD_APART
        starts = sorted({numbers.low, *variable.cuts}) if wide else range(numbers.low, numbers.high + 1, numbers.step)
        for low, after in zip(starts, [*starts[1:], numbers.high + numbers.step], strict=True):
            high = after - numbers.step
            said = decimal(low) if low == high else f"{decimal(low)}..{decimal(high)}"
            made = self._option(
                f"{variable.path}={said}", variable.path, low=low, high=high, of_bundle=variable.of_bundle
            )
            variable.amounts.append((low, high, made))
        self._add(Group(tuple(option for *_, option in variable.amounts), 1, 1, present), variable.text)

    # ------------------------------------------------------------ rules

    def _clauses(self, instance: _Instance, holds: c.Holds, reason: Reason, positive: bool = True) -> Clauses:
        return clauses_of(holds, lambda atom: literals_of(instance.scope, atom), positive, reason.span)

    def _free(self, instance: _Instance) -> frozenset[int]:
        """What holds where the bundle of a rule is not there."""
        return frozenset() if instance.under is None else frozenset((2 * instance.under + 1,))

    def _rule(self, instance: _Instance, rule: c.BundleRule) -> None:
        reason, free = Reason(rule.text, rule.span, rule.because), self._free(instance)
        match rule.asks:
            case c.Must(holds):
                for clause in self._clauses(instance, holds, reason):
                    self._add(Clause(tuple(sorted(clause | free)), reason.text), reason)
            case c.HowMany() as many:
                self._how_many(instance, many, reason)
            case c.Total() as total:
                self._total(instance, total, reason)
            case c.Allowed() as table:
                self._allowed(instance, table, reason)

    def _how_many(self, instance: _Instance, many: c.HowMany, reason: Reason) -> None:
        literals = [self._one_literal(instance, holds) for holds in many.of]
        if (
            all(len(each) == 1 and not each[0] & 1 for each in literals)
            and not self._free(instance)
            and many.when == c.Every(())
        ):
            members = tuple(dict.fromkeys(each[0] >> 1 for each in literals))
            if len(members) == len(literals):
                self._add(Group(members, many.low, many.high), reason)
                return
        terms = [(literal, Fraction(1)) for each in literals for literal in each]
        self._sum(instance, terms, (Fraction(many.low), Fraction(many.high)), many.when, reason)

    def _one_literal(self, instance: _Instance, holds: c.Holds) -> list[int]:
        """The literals of what is counted: exclusive ones, or one for all of them."""
        assert isinstance(holds, c.Has)
        return literals_of(instance.scope, holds)

    def _counted(self, instance: _Instance) -> Counted:
        return Counted(instance.scope, instance.times, instance.within, self.pieces, self.goods)

    def _total(self, instance: _Instance, total: c.Total, reason: Reason) -> None:
        """A sum; where numbers of bundles inside are chosen too, one for each combination of them, freed by all others."""
        counted = self._counted(instance)
        weights = [weight for term in total.terms for weight in counted.weights(term)]
        for weighed, others in by_numbers(weights):
            self._sum(instance, weighed, (total.low, total.high), total.when, reason, others)

    def _sum(
        self, instance: _Instance, terms: Sequence[tuple[int | None, Fraction]], ends: tuple[Fraction | None, Fraction | None],
        when: c.Holds, reason: Reason, others: frozenset[int] = frozenset(),
    ) -> None:  # fmt: skip
        """The bounds of a sum; where it only holds under a condition, what makes that fail, or one of `others`, frees it."""
        scale = lcm(*(weight.denominator for _, weight in terms), 1)
        always = sum((weight for literal, weight in terms if literal is None), Fraction(0))
        ends = (None if ends[0] is None else ends[0] - always, None if ends[1] is None else ends[1] - always)
        weighed: dict[int, int] = {}
        for literal, weight in terms:
            if literal is None:
                continue
            weighed[literal >> 1] = weighed.get(literal >> 1, 0) + int(weight * scale)
        least = sum(min(weight, 0) for weight in weighed.values())
        most = sum(max(weight, 0) for weight in weighed.values())
        low, high = (None if end is None else end * scale for end in ends)
        if 4 * (most - least + max(abs(end * scale) for end in ends if end is not None)) > MOST_COST_MICROS:
            raise TooFine(reason.span)
        for clause in self._clauses(instance, when, reason, positive=False):
            freed = clause | self._free(instance) | others
            if high is not None and floor(high) < most:
                self._add(freed_sum(weighed, None, floor(high), freed, most - floor(high)), reason)
            if low is not None and ceil(low) > least:
                self._add(freed_sum(weighed, ceil(low), None, freed, ceil(low) - least), reason)

    def _allowed(self, instance: _Instance, table: c.Allowed, reason: Reason) -> None:
        free = self._free(instance)
        columns = [column_of(instance.scope[path], instance.under) for path in table.columns]
        told = [tells_of_none(instance.scope, table, at, column) for at, column in enumerate(columns)]
        rows = [
            tuple(
                frozenset(column.literals) if cell is None else cell_of(instance.scope, cell, column, not says_none)
                for cell, column, says_none in zip(row, columns, told, strict=True)
            )
            for row in table.rows
        ]
        for literals in combinations([column.literals for column in columns], rows, reason.span):
            clause = literals | free
            if not any(literal ^ 1 in clause for literal in clause):
                self._add(Clause(tuple(sorted(clause)), reason.text), reason)

    # ------------------------------------------------------------ defaults, preferences, what is said

    def _wanted(self) -> Iterator[Wanted]:
        for instance in self.instances:
            for thing, local in instance.defaults:
                literals = tuple(default_literals(instance.scope, thing, local))
                if literals:
                    span = thing.default_span or thing.span if isinstance(thing, c.Part) else thing.span
                    yield Wanted(literals, Reason(thing.text, span), True, instance.outermost)
            for said in instance.bundle.preferences:
                yield self._preference(instance, said)

    def _preference(self, instance: _Instance, said: c.Preference) -> Wanted:
        """The literal that is wanted; of more than that, the opposite of an option that is chosen where it is not met."""
        reason = Reason(said.text, said.span, said.because)
        met = c.Some((c.Lacks(said.when), said.holds))
        clauses = [clause | self._free(instance) for clause in self._clauses(instance, met, reason)]
        if len(clauses) == 1 and len(clauses[0]) == 1:
            return Wanted(tuple(clauses[0]), reason, False, instance.outermost)
        missed = self._option(f"not met: {said.text} #{len(self.options)}", "", of_bundle=False, wish=True)
        for clause in clauses:
            self._add(Clause(tuple(sorted(clause | {2 * missed})), reason.text), reason)
        for clause in self._clauses(instance, met, reason, positive=False):
            self._add(Clause(tuple(sorted(clause | {2 * missed + 1})), reason.text), reason)
        for literal in self._free(instance):
            self._add(Clause((literal ^ 1, 2 * missed + 1), reason.text), reason)
        return Wanted((2 * missed + 1,), reason, False, instance.outermost)

    def _said(self) -> Iterator[Said]:
        for instance in self.instances:
            there = () if instance.under is None else (frozenset((2 * instance.under,)),)
            for message in instance.bundle.messages:
                reason = Reason(message.says, message.span)
                yield Said(message.severity, (*self._clauses(instance, message.when, reason), *there), (), reason)
            for shown in instance.bundle.shown:
                reason = Reason(shown.because or "", shown.span, shown.because)
                options = tuple(literal >> 1 for has in shown.of for literal in literals_of(instance.scope, has))
                yield Said(shown.how, (*self._clauses(instance, shown.when, reason), *there), options, reason)

    def _lines(self) -> Iterator[Line]:
        for piece in self.pieces:
            for low, high, option in piece.variable.amounts:
                quantity = int(piece.times * low) if low == high else None
                within = tuple(factor.path for factor in piece.within)
                yield Line(option, piece.code, piece.path, quantity, piece.times, within)


__all__ = ["Configured", "Line", "Option", "Reason", "Said", "Wanted", "configured"]
