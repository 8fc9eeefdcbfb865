"""The verbs of configuration: pick the bundle as it stands for a date, read what is chosen, ask, and say what may be seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from weakref import ref

from engine.configure.asking import Answer, Contradicting, undone_of
from engine.configure.bill import Ready
from engine.configure.catalogue import Item, items_of
from engine.configure.chosen import Choice, clash, literals
from engine.configure.columns import Reasoned
from engine.configure.explain import Contradiction
from engine.configure.model import ModelError
from engine.configure.repair import undone
from engine.configure.solver import Undecided
from engine.configure.variables import Reason
from engine.configure.ways import Given, Way
from engine.configure.weights import Said
from engine.services.configuring.bundled import Bundled, Bundles, Where
from engine.services.configuring.selecting import (
    Chosen,
    Selection,
    choice_of,
    name_of,
    numbers_of,
    on_screen_of,
    parsed,
    read,
    user_choices,
    written,
)
from engine.services.configuring.undoing import BY_WEIGHT, kept_one_by_one, twice, weights
from engine.services.configuring.wholes import Price, Whole, price_of, whole_of
from engine.services.context import Context
from engine.services.pricing.verbs import Pricing
from engine.services.refusal import Refused

Found = TypeVar("Found")
MOST_ALTERNATIVES = 50
MOST_REASONS = 100
MOST_BITS = 1 << 29
"""Of the columns of one call, those that are not sent included."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Choices that contradict each other, and the rules behind."""

    choices: tuple[Choice, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Click:
    """What a click is answered with: `ids`, `states` and `added` of what is different, or of everything where `full`; and where it was
    asked for the price of the proposal."""

    on: Bundled
    state: bytes
    full: bool
    ids: list[int]
    states: bytes
    added: list[int]
    answer: Answer | None
    conflict: Conflict | None
    ready: Ready
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an option is barred; `possible`: it is not."""

    on: Bundled
    possible: bool
    choices: tuple[Choice, ...] = ()
    reasons: tuple[Reason, ...] = ()
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Repaired:
    """The choices to undo, None where that helps nothing; of every option what it would undo, where asked."""

    on: Bundled
    undo: tuple[Choice, ...] | None
    exact: bool
    undone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Completed:
    """Whole configurations, best first."""

    on: Bundled
    ready: Ready
    wholes: tuple[Whole, ...]
    exact: bool
    conflict: Conflict | None


class Configuring:
    """The verbs, over the shelf that pricing has."""

    def __init__(self, pricing: Pricing) -> None:
        self.bundles = Bundles(pricing)

    def model(self, context: Context, where: Where) -> tuple[Bundled, tuple[Item, ...]]:
        """What can be configured."""
        on = self.bundles.find(context, where)
        return on, items_of(on.book, on.asker.made)

    def configure(
        self, context: Context, selection: Selection, previous: bytes = b"", on_screen: Sequence[int] = (), price: bool = False
    ) -> Click:  # fmt: skip
        """The answer to a click, or what is different since the answer with this state."""
        on = self.bundles.find(context, selection.where)
        asked = on_screen_of(on, on_screen)
        user, defaults = read(on, selection.choices)
        numbers = numbers_of(on, user, defaults)
        ready = self.bundles.ready(on, selection.where.total, defaults, numbers)
        answer = self._answer(on, user, ready, asked)
        name = name_of(on, ready, asked)
        if isinstance(answer, Contradicting):
            return Click(on, b"", False, [], b"", [], None, _conflict(context, on, answer.choices), ready)
        state = name + written(user, defaults)
        before = self._before(on, selection.where, previous, name, asked)
        ids, states, added = answer.whole if before is None else answer.since(before)
        proposed = self._proposed(context, on, user, ready, numbers) if price else None
        return Click(on, state, before is None, ids, states, added, answer, None, ready, proposed)

    def _proposed(self, context: Context, on: Bundled, user: tuple[Choice, ...], ready: Ready, said: Said) -> Price:
        """What the proposal costs as a quote."""

        def ask() -> Price:
            context.in_time()
            own = sorted(literals(on.asker.made, user))
            chosen, _ = _bounded(lambda: on.asker.way.best(own, ready.wanted, ready.wished))  # type: ignore[arg-type]
            return price_of(on, ready, [whole_of(on, ready, chosen, said)])[0]

        return _kept(on, (user, id(ready), "price"), ready, ask)

    def _before(self, on: Bundled, where: Where, previous: bytes, name: bytes, asked: Sequence[int]) -> Answer | None:
        """The answer that a state is of; None where it is of another version, or other prices."""
        if previous[: len(name)] != name:
            return None
        user, defaults = parsed(on, previous[len(name) :])
        ready = self.bundles.ready(on, where.total, defaults, numbers_of(on, user, defaults))
        found = self._answer(on, user, ready, asked)
        return found if isinstance(found, Answer) else None

    def _answer(
        self, on: Bundled, user: tuple[Choice, ...], ready: Ready, asked: Sequence[int]
    ) -> Answer | Contradicting:
        key = (user, id(ready), tuple(asked))
        return _kept(on, key, ready, lambda: _bounded(lambda: on.asker.answer(user, ready, asked)))

    def explain(self, context: Context, selection: Selection, option: Chosen) -> Explanation:
        """Why an option cannot be had, or not be left out."""
        on = self.bundles.find(context, selection.where)
        user, _ = read(on, selection.choices)
        wanted = choice_of(on, option, "option")
        way, literal = _asked_with(on, wanted)
        bad = clash((*user, wanted))
        if bad:
            found: tuple[Choice, ...] | None = tuple(one for one in bad if one != wanted)
            reasons, exact = on.asker.reasons(bad)
        else:
            found = None if literal is None else _bounded(lambda: on.asker.conflict(user, literal, way))
            reasons, exact = on.asker.reasons((*found, wanted)) if found is not None else ((), True)
        if found is None:
            return Explanation(on, True)
        return Explanation(on, False, found, _seen(context, reasons), exact and on.asker.way.exact)

    def repair(
        self, context: Context, selection: Selection, option: Chosen | None, by: str, every: bool = False
    ) -> Repaired:
        """What to undo to have an option, or to end a contradiction. Choices about other numbers of the option's range go in any case."""
        on = self.bundles.find(context, selection.where)
        said = [
            (one, choice_of(on, one, f"selection.choices[{i}]"))
            for i, one in enumerate(user_choices(selection.choices))
        ]
        wanted = None if option is None else choice_of(on, option, "option")
        gone = [choice for _, choice in said if wanted is not None and clash((choice, wanted))]
        said = [(one, choice) for one, choice in said if choice not in gone]
        gone += twice(said, by)
        said = [(one, choice) for one, choice in said if choice not in gone]
        own = literals(on.asker.made, [choice for _, choice in said])
        fixed = [literal for literal, choice in own.items() if any(c == choice and one.fixed for one, c in said)]
        weighed = weights([(one, choice) for one, choice in said if choice.literal in own and not one.fixed], by)
        way, literal = _asked_with(on, wanted)
        if any(one != choice.literal for one, choice in own.items()):
            found, exact = _bounded(lambda: kept_one_by_one(way, own, weighed, literal, fixed)), False
        else:
            found, exact = _bounded(lambda: way.repair(weighed, literal, fixed))
        undo = None if found is None else (*gone, *(own[one] for one in found))
        return Repaired(on, undo, exact, _undone_of(on, weighed, by) if every else ())

    def complete(self, context: Context, selection: Selection, cheapest: bool, many: int) -> Completed:
        """Whole configurations with the choices, best first."""
        if not 0 <= many <= MOST_ALTERNATIVES:
            raise Refused(
                "INVALID_ARGUMENT", "TOO_MANY", f"a call completes in 1 to {MOST_ALTERNATIVES} ways", "alternatives"
            )
        on = self.bundles.find(context, selection.where)
        user, defaults = read(on, selection.choices)
        numbers = numbers_of(on, user, defaults)
        ready = self.bundles.ready(on, selection.where.total, defaults, numbers)
        bad = clash(user)
        if bad:
            return Completed(on, ready, (), True, _conflict(context, on, bad))
        own = literals(on.asker.made, user)
        costs = ready.cheap if cheapest else ready.wanted
        try:
            found, exact = _bounded(
                lambda: on.asker.way.several(sorted(own), costs, ready.wished, many or 1)  # type: ignore[arg-type]
            )
        except Contradiction as contradiction:
            bad = tuple(dict.fromkeys(own[literal] for literal in contradiction.choices))
            return Completed(on, ready, (), True, _conflict(context, on, bad))
        context.in_time()
        wholes = [whole_of(on, ready, one.chosen, numbers) for one in found]
        wholes = [replace(one, price=price) for one, price in zip(wholes, price_of(on, ready, wholes), strict=True)]
        return Completed(on, ready, *_in_order(wholes, exact, cheapest), None)

    def validate(
        self, context: Context, where: Where, count: int, ids: Sequence[int], columns: bytes, reasons: int
    ) -> tuple[Bundled, Reasoned]:
        """Which of many configurations keep every rule, and why the first of the others do not."""
        on = self.bundles.find(context, where)
        options, wide = on.asker.count, -(-count // 8)
        if reasons > MOST_REASONS:
            raise Refused("INVALID_ARGUMENT", "TOO_MANY", f"at most {MOST_REASONS} are explained", "reasons_for")
        if wide * options > MOST_BITS // 8:
            most = MOST_BITS // options
            raise Refused(
                "INVALID_ARGUMENT", "TOO_MANY", f"at most {most:,} configurations of this bundle go in a call", "count"
            )
        for i, number in enumerate(ids):
            if number >= options:
                message = f"`{on.asker.made.bundle.name}` has options 0 to {options - 1}, and no {number}"
                raise Refused("INVALID_ARGUMENT", "UNKNOWN_OPTION", message, f"ids[{i}]")
        if len(set(ids)) != len(ids):
            raise Refused("INVALID_ARGUMENT", "OPTION_TWICE", "each option has one column", "ids")
        needed = (len(ids) or options) * wide
        if len(columns) != needed:
            message = f"{len(ids) or options} columns of {count:,} configurations are {needed:,} bytes; these are {len(columns):,}"
            raise Refused("INVALID_ARGUMENT", "INVALID_COLUMNS", message, "columns")
        try:
            found = on.kept.validator.validate(count, ids or range(options), columns, reasons, on.asker.facts)
        except ModelError as error:
            raise Refused("FAILED_PRECONDITION", "NOT_IN_COLUMNS", str(error), "bundle") from error
        return on, replace(found, broken=tuple((i, _seen(context, why)) for i, why in found.broken))


# ---------------------------------------------------------------- answers


def _kept(on: Bundled, key: tuple[tuple[Choice, ...], int, object], ready: Ready, ask: Callable[[], Found]) -> Found:
    """What was answered before, or is now. What it hangs on is not kept by it: that is kept, or made anew, by itself."""
    before = on.kept.answers.get(key)
    if before is not None and before[0]() is ready:
        return before[1]  # type: ignore[no-any-return]
    found = ask()
    on.kept.answers.put(key, (ref(ready), found, len(key[0])))
    return found


def _asked_with(on: Bundled, wanted: Choice | None) -> tuple[Way, int | None]:
    """The way to ask for a choice, and the literal: a number that a sum counts is of several, and the others are so."""
    first, *others = literals(on.asker.made, [] if wanted is None else [wanted]) or [None]
    return Given(on.asker.way, others) if others else on.asker.way, first  # type: ignore[arg-type]


def _bounded(ask: Callable[[], Found]) -> Found:
    """Ask; what cannot be decided within its limit is refused in words.

    Raises:
        Refused: RESOURCE_EXHAUSTED.
    """
    try:
        return ask()
    except Contradiction:
        raise
    except Undecided as cut:
        message = "this bundle is too hard to be answered in time with these choices: choose more of it"
        raise Refused("RESOURCE_EXHAUSTED", "TOO_HARD", message) from cut
    except ModelError as error:
        raise Refused("RESOURCE_EXHAUSTED", "TOO_HARD", str(error)) from error


def _conflict(context: Context, on: Bundled, choices: tuple[Choice, ...]) -> Conflict:
    return Conflict(choices, _seen(context, on.asker.reasons(choices)[0]))


def _seen(context: Context, reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """What a role may see of reasons: without rules, what the book says to whoever meets them."""
    if context.may("see rules"):
        return tuple(reasons)
    plain = (replace(one, text="", span=replace(one.span, file="", line=0)) for one in reasons if one.because)
    return tuple(dict.fromkeys(plain))


def _in_order(wholes: list[Whole], exact: bool, cheapest: bool) -> tuple[tuple[Whole, ...], bool]:
    """The cheapest first by what they cost; where that is not what was compared, no other is proven to be dearer."""
    if not cheapest or not any(one.price is not None and one.price.differs for one in wholes):
        return tuple(wholes), exact
    return tuple(sorted(wholes, key=lambda one: one.price.amount if one.price is not None else one.amount)), False


def _undone_of(on: Bundled, weights: Mapping[int, int], by: str) -> tuple[int, ...]:
    # A number that a sum counts is of several literals, and weighs as one: a pass cannot say so.
    counted = any(option.digit for option in on.asker.made.options)
    found = None if counted else undone_of(on.asker, weights)
    if found is None:
        message = "this bundle is too hard to say so of every option: ask for one"
        raise Refused("FAILED_PRECONDITION", "TOO_HARD", message, "every_option")
    return tuple(one if one < 0 or by == BY_WEIGHT or not weights else undone(one, weights) for one in found)
