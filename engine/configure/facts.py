"""Facts of the customer and the quote as variables of a model: cut where rules name a value, given by the caller, never chosen.

customer.segment=startup    a value             customer.country is another      no value that a rule names
quote.term>=36 months       a stretch           customer.account is not known    of an optional fact alone
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.configure.model import Group, ModelError, Rule
from engine.configure.variables import Reason, Variable
from engine.lang import configurable as c
from engine.lang.book import Book, Fact
from engine.lang.places import Span
from engine.values.kinds import MAX_TICKS, Kind, Value

ANOTHER = ""
"""Stands for all texts that no rule names; no text is empty."""
Make = Callable[..., int]
"""Makes an option, by name and path."""


@dataclass(frozen=True, slots=True)
class AskedFact:
    """A fact that rules look at. Exactly one of `options` is so: a word's (`ANOTHER`: all others), a stretch's, or `unknown`.

    Ends of a stretch are ticks of the fact's kind, both inside.
    """

    path: str
    kind: Kind
    optional: bool
    words: Mapping[str, int]
    stretches: tuple[tuple[int, int, int], ...]
    unknown: int | None

    @property
    def options(self) -> tuple[int, ...]:
        """All of its options."""
        known = (*self.words.values(), *(option for *_, option in self.stretches))
        return known if self.unknown is None else (*known, self.unknown)

    def option(self, value: Value | None) -> int | None:
        """The option of a value; None: the fact is not given, and is no optional one.

        Raises:
            ModelError: it can have no such value.
        """
        if value is None:
            return self.unknown
        found = self.words.get(str(value), self.words.get(ANOTHER))
        if isinstance(value, int):
            found = next((option for low, high, option in self.stretches if low <= value <= high), None)
        if found is None:
            raise ModelError(f"{self.path} can never be {self.kind.show(value)}; give it as its book declares it")
        return found


def literals_given(facts: Iterable[AskedFact], given: Mapping[str, Value]) -> tuple[int, ...]:
    """What facts, by path, say of a model. An optional one that is not given is not known; a required one is left open."""
    options = (fact.option(given.get(fact.path)) for fact in facts)
    return tuple(2 * option for option in options if option is not None)


def of_every_quote(currency: str, day: int, given: Mapping[str, Value]) -> dict[str, Value]:
    """The facts of a quote, with those that it has whoever asks: its currency, unless it says another, and its day."""
    return {"quote.currency": currency, "quote.date": day, **given}


def not_given(facts: Iterable[AskedFact], given: Mapping[str, Value]) -> tuple[AskedFact, ...]:
    """The facts that must be asked for: required ones that nobody gave."""
    return tuple(fact for fact in facts if not fact.optional and fact.path not in given)


# ---------------------------------------------------------------- making


def facts_of(book: Book, bundles: Iterable[c.Bundle], named: tuple[c.Holds, ...], span: Span) -> list[FactVariable]:
    """The facts that bundles or the caller look at, without options yet, in the book's order."""
    said = [*named, *(each for b in bundles for each in (b.rules, b.preferences, b.messages, b.shown))]
    words: dict[str, set[str]] = {}
    for atom in c.atoms_in(tuple(said)):
        if c.is_fact(atom.path):
            words.setdefault(atom.path, set()).update(atom.values if isinstance(atom, c.Has) else ())
    for path in _columns(said):
        words.setdefault(path, set())
    declared = {fact.path: fact for fact in (*book.facts, *_always_there(span))}
    return [FactVariable(fact, words[path], {}) for path, fact in declared.items() if path in words]


def _columns(said: Iterable[object]) -> Iterator[str]:
    """Facts that head a column of a table."""
    rules = (rule for each in said if isinstance(each, tuple) for rule in each if isinstance(rule, c.BundleRule))
    return (p for rule in rules if isinstance(rule.asks, c.Allowed) for p in rule.asks.columns if c.is_fact(p))


def _always_there(span: Span) -> tuple[Fact, ...]:
    kinds: tuple[tuple[str, Kind, bool], ...] = (
        ("quote.date", Kind("date"), False), ("quote.role", Kind("text"), True), ("quote.currency", Kind("text"), False),
    )  # fmt: skip
    return tuple(Fact(path, kind, optional, "request", span) for path, kind, optional in kinds)


class FactVariable(Variable):
    """The variable of a fact, and the words that rules name."""

    def __init__(self, fact: Fact, named: set[str], values: dict[str, int]) -> None:
        super().__init__(fact.path, Reason(fact.path, fact.span, is_rule=False), None, values, of_bundle=False)
        self.fact, self.named = fact, named
        kind = fact.kind
        if kind.ordered:
            low, high = (-MAX_TICKS if kind.low is None else kind.low), (MAX_TICKS if kind.high is None else kind.high)
            self.numbers = c.Numbers(low, high, 1)

    def make(self, option: Make) -> tuple[AskedFact, Rule]:
        """The options, now that it is known where it is cut, and that one of them is so."""
        path, kind = self.path, self.fact.kind
        for word in kind.values if kind.name == "enum" else sorted(self.named):
            self.values[word] = option(f"{path}={word}", path, value=word, of_bundle=False, fact=True)
        if kind.name == "text":
            self.values[ANOTHER] = option(f"{path} is another", path, of_bundle=False, fact=True)
        for low, high in self._stretches():
            made = option(path + _said(kind, low, high), path, low=low, high=high, of_bundle=False, fact=True)
            self.amounts.append((low, high, made))
        if self.fact.optional:
            self.none = option(f"{path} is not known", path, of_bundle=False, fact=True)
        asked = AskedFact(path, kind, self.fact.optional, dict(self.values), tuple(self.amounts), self.none)
        return asked, Group(asked.options, 1, 1)

    def _stretches(self) -> Iterator[tuple[int, int]]:
        if self.numbers is None:
            return
        starts = sorted({self.numbers.low, *self.cuts})
        yield from zip(starts, [*(start - 1 for start in starts[1:]), self.numbers.high], strict=True)


def _said(kind: Kind, low: int, high: int) -> str:
    """`=36 months`, `>=36 months`, `<36 months`, `=12 months..<36 months`."""
    if low == high:
        return f"={kind.show(low)}"
    first = low == (-MAX_TICKS if kind.low is None else kind.low)
    last = high == (MAX_TICKS if kind.high is None else kind.high)
    if first and last:
        return " is known"
    if first:
        return f"<{kind.show(high + 1)}"
    return f">={kind.show(low)}" if last else f"={kind.show(low)}..<{kind.show(high + 1)}"
