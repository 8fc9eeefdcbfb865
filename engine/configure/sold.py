"""Bundles of a book's tests become lines: what is chosen, and the defaults for the rest; one that cannot be so is a mistake of the test."""

from __future__ import annotations

from dataclasses import replace

from engine.configure.configured import Configured
from engine.configure.facts import of_every_quote
from engine.configure.model import ModelError
from engine.configure.of_book import configured
from engine.configure.placing import Misplaced, Placed, place
from engine.lang import words
from engine.lang.book import Book, BookTest, TestBundle, TestLine
from engine.lang.diagnostics import Diagnostic


def with_bundles_sold(book: Book) -> tuple[Book, tuple[Diagnostic, ...]]:
    """The book with the lines of its tests' bundles; and the mistakes in these."""
    if not any(test.bundles for test in book.tests):
        return book, ()
    made: dict[str, Configured] = {}
    wrong: list[Diagnostic] = []
    tests = tuple(_sold(book, test, made, wrong) for test in book.tests)
    return replace(book, tests=tests), tuple(wrong)


def _sold(book: Book, test: BookTest, made: dict[str, Configured], wrong: list[Diagnostic]) -> BookTest:
    lines = list(test.lines)
    facts = of_every_quote(book.currency, test.on, dict(test.facts))
    for bundle in test.bundles:
        try:
            if bundle.bundle not in made:
                made[bundle.bundle] = configured(book, bundle.bundle)
            placed = place(made[bundle.bundle], bundle.choices, True, facts)
        except Misplaced as error:
            rules = [f"{reason.span.file}:{reason.span.line}" for reason in error.reasons]
            wrong.append(words.never_sold(bundle.name, error.message, rules, bundle.span))
        except ModelError as error:
            wrong.append(words.never_sold(bundle.name, str(error), [], bundle.span))
        else:
            lines += _lines(bundle, placed)
    return replace(test, lines=tuple(lines))


def _lines(bundle: TestBundle, placed: Placed) -> list[TestLine]:
    return [
        TestLine(
            thing.product, thing.quantity * bundle.count, bundle.group, bundle.facts, (bundle.name, thing.path)
        )
        for thing in placed.things
    ]  # fmt: skip
