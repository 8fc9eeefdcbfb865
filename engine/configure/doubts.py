"""What is wrong with a bundle that only a search finds: it can never be satisfied, an option never be chosen, a default never hold.

Each is said with a minimal set of the book's own rules that make it so. Searches are bounded by conflicts, so that a hard bundle is
told and not waited for; no circuit is made for it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.configure.configured import Configured, Option, Wanted
from engine.configure.domains import EXCLUDED, FORCED
from engine.configure.explain import Contradiction, minimal
from engine.configure.of_book import configured
from engine.configure.screen import Answer, Screen, on_screen
from engine.configure.solver import Undecided, satisfy
from engine.configure.variables import Reason
from engine.configure.wording import Tangled, TooFine
from engine.lang import words
from engine.lang.book import Book
from engine.lang.configurable import NONE
from engine.lang.diagnostics import Diagnostic
from engine.lang.places import Span
from engine.values.kinds import decimal

MOST_CONFLICTS = 2_000
"""What one search may take."""
MOST_WORK = 16_000_000
"""Options asked, times all there are: about two seconds."""
MOST_TOLD = 20
"""Options of a bundle that are told of."""


def find_impossible(book: Book) -> tuple[Diagnostic, ...]:
    """Everything that a search finds in the bundles of a book."""
    return tuple(found for bundle in book.bundles if not bundle.shared for found in _of_bundle(book, bundle.name))


def _of_bundle(book: Book, name: str) -> Iterator[Diagnostic]:
    try:
        made = configured(book, name)
    except Tangled as tangled:
        yield words.too_tangled(tangled.span, tangled.most)
        return
    except TooFine as fine:
        yield words.sum_too_fine(fine.span)
        return
    try:
        own = [number for number, option in enumerate(made.options) if option.of_bundle]
        facts = [option for fact in made.facts for option in fact.words.values() if fact.kind.name == "enum"]
        asked = [*facts, *own][: MOST_WORK // len(made.options)]
        answer = on_screen(Screen(made.model, made.bounds), (), asked, MOST_CONFLICTS)
        yield from _facts(made, answer)
        yield from _never(made, answer)
        yield from _defaults(made, answer)
        if answer.unproven[own].any():
            first = next(made.options[number].name for number in own if answer.unproven[number])
            yield words.unproven(name, f"`{first}`", made.bundle.span)
    except Contradiction:
        yield words.never_satisfied(name, _behind(made, ()), made.bundle.span)
    except Undecided:
        yield words.unproven(name, "all of it", made.bundle.span)


def _behind(made: Configured, literals: tuple[int, ...]) -> list[str]:
    """The rules that together bar some literals, in the book's words; parts and attributes last."""
    return [_said(reason) for reason in sorted(made.behind(literals) or (), key=lambda reason: not reason.is_rule)]


def _said(reason: Reason) -> str:
    return f"`{reason.plain}` ({reason.span.file}:{reason.span.line})" + (
        f', "{reason.because}"' if reason.because else ""
    )


def _facts(made: Configured, answer: Answer) -> Iterator[Diagnostic]:
    """Values of facts that leave no configuration. Ranges and texts are left alone: who names one may mean just that."""
    for fact in made.facts:
        for word, option in fact.words.items() if fact.kind.name == "enum" else ():
            if answer.states[option] == EXCLUDED:
                span = made.scope[fact.path].text.span
                yield words.fact_refused(made.bundle.name, fact.path, word, _behind(made, (2 * option,)), span)


# ---------------------------------------------------------------- options


def _never(made: Configured, answer: Answer) -> Iterator[Diagnostic]:
    """Options that no configuration has, and things that may be left out and never are."""
    barred = [n for n, option in enumerate(made.options) if option.of_bundle and answer.states[n] == EXCLUDED]
    gone = {made.options[number].name for number in barred}
    told = 0
    for number in barred:
        option = made.options[number]
        if option.low is None and option.value != NONE and told < MOST_TOLD:
            told += 1
            yield words.never_chosen(option.name, _behind(made, (2 * number,)), _place(made, option))
        elif option.value == NONE:
            yield words.never_left_out(option.path, _behind(made, (2 * number,)), _place(made, option))
    yield from _numbers(
        made, [n for n in barred if made.options[n].low is not None and not _belongs_to(made.options[n], gone)]
    )
    for number, option in enumerate(made.options):
        part = next((p for p in made.bundle.parts if p.single and p.name == option.name), None)
        if part is not None and part.low == 0 and answer.states[number] == FORCED:
            yield words.never_left_out(option.path, _behind(made, (2 * number + 1,)), part.span)


def _belongs_to(option: Option, gone: set[str]) -> bool:
    """Whether what it counts is barred itself."""
    whole, _, code = option.path.rpartition(".")
    return option.path in gone or f"{whole}={code}" in gone


def _numbers(made: Configured, barred: list[int]) -> Iterator[Diagnostic]:
    """Numbers of one attribute or quantity that can never be, as ranges."""
    runs: list[list[int]] = []
    for number in barred:
        before = runs[-1][-1] if runs else None
        follows = before == number - 1 and made.options[before].path == made.options[number].path
        runs[-1].append(number) if follows else runs.append([number])
    for run in runs[:MOST_TOLD]:
        first, last = made.options[run[0]], made.options[run[-1]]
        said = decimal(first.low or 0) + (
            f" to {decimal(last.high or 0)}" if (first.low, last.high) != (first.low, first.low) else ""
        )
        edge = run[0] if run[0] == 0 or made.options[run[0] - 1].path != first.path else run[-1]
        yield words.never_counts(first.path, said, _behind(made, (2 * edge,)), _place(made, first))


def _place(made: Configured, option: Option) -> Span:
    """Where an option of the bundle itself is written."""
    for part in made.bundle.parts:
        if option.path == part.name or option.path.startswith(part.name + "."):
            code = option.value or option.path.removeprefix(part.name + ".")
            return next((m.span for m in part.members if m.code == code and not part.single), part.span)
    return next((a.span for a in made.bundle.attributes if a.name == option.path), made.bundle.span)


# ---------------------------------------------------------------- defaults


def _defaults(made: Configured, answer: Answer) -> Iterator[Diagnostic]:
    """Defaults of the bundle itself that cannot all hold: each set that breaks a rule is said of the last written in it."""
    wanted = [one for one in made.wanted if one.is_default and one.of_bundle and not _is_barred(one, answer)]
    while True:
        literals = [literal for one in wanted for literal in one.literals]
        if satisfy(made.bounds, literals, most_conflicts=MOST_CONFLICTS).chosen is not None:
            return
        clash = minimal(
            lambda some: satisfy(made.bounds, some, most_conflicts=MOST_CONFLICTS).chosen is not None, [], literals
        )
        guilty = [one for one in wanted if set(one.literals) & set(clash)]
        last = max(guilty, key=lambda one: (one.reason.span.line, one.reason.span.column))
        others = [_named(one) for one in guilty if one is not last]
        yield words.default_breaks(_named(last), others, _behind(made, tuple(clash)), last.reason.span)
        wanted.remove(last)


def _is_barred(wanted: Wanted, answer: Answer) -> bool:
    """Whether one of its options was told of already."""
    bad = np.array(
        [answer.states[literal >> 1] == (FORCED if literal & 1 else EXCLUDED) for literal in wanted.literals]
    )
    return bool(bad.any())


def _named(wanted: Wanted) -> str:
    return wanted.reason.text.partition(" default ")[2] or wanted.reason.text
