"""Runs the `configure` tests of a book: whether what is expected holds in every configuration left, in some, or in none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.configure.completions import Completions
from engine.configure.configured import Configured
from engine.configure.of_book import configured
from engine.configure.solver import satisfy
from engine.lang import configurable as c
from engine.lang.book import Book
from engine.lang.configurable import ConfigurationTest, Expectation


@dataclass(frozen=True, slots=True)
class Unmet:
    """An expectation that does not hold, and what is so instead."""

    test: ConfigurationTest
    expectation: Expectation
    got: str


def unmet(book: Book, test: ConfigurationTest) -> Iterator[Unmet]:
    """The expectations of a test that do not hold."""
    named = (test.given, test.chosen, *(each.holds for each in test.expect))
    made = configured(book, test.bundle, named)
    made = made.given(_missing(made, test)).given(test.given).given(test.chosen)
    completions = Completions(made)
    for expectation in test.expect:
        got = _got(made, expectation, completions)
        if got:
            yield Unmet(test, expectation, got)


def _missing(made: Configured, test: ConfigurationTest) -> c.Holds:
    """Optional facts of which the test says nothing are not known; required ones may be anything."""
    given = {atom.path for atom in c.atoms_in((test.given,))}
    return c.Every(tuple(c.Lacks(c.Known(f.path)) for f in made.facts if f.optional and f.path not in given))


def _got(made: Configured, said: Expectation, completions: Completions) -> str:
    """What is so instead; "" where it holds."""
    if not _possible(made):
        return f"nothing can be chosen so: {_rules(made)}"
    if said.kind == "complete":
        return completions.unlike(said.holds)
    asked = made.given(said.holds, said.kind != "expect", "expected")
    possible = _possible(asked)
    if said.kind == "allow":
        return "" if possible else f"refused: {_rules(asked)}"
    if possible:
        return "possible" if said.kind == "refuse" else "not always so"
    return "" if said.because is None or _bars(asked, said.because) else f"refused: {_rules(asked)}"


def _bars(made: Configured, because: str) -> bool:
    """Whether rules of a reason have a part in it: with every other rule left out that can be, they cannot be."""
    own = {number for number, reason in enumerate(made.reasons) if reason.because == because}
    kept = set(range(len(made.reasons)))
    for number in sorted(kept - own):
        if made.reasons[number].is_rule and _refuse(made, kept - {number}):
            kept.remove(number)
    return bool(own) and not _refuse(made, kept - own)


def _refuse(made: Configured, reasons: set[int]) -> bool:
    """Whether rules of these reasons alone leave nothing."""
    numbers = [number for number, rule in enumerate(made.bounds.rules.tolist()) if rule in reasons]
    return satisfy(made.bounds.only(numbers)).chosen is None


def _possible(made: Configured) -> bool:
    return satisfy(made.bounds).chosen is not None


def _rules(made: Configured) -> str:
    """The book's rules that bar it."""
    return "; ".join(
        reason.plain for reason in made.behind() or () if reason.is_rule and reason.span != made.bundle.span
    )
