"""Bundles in tests: which is meant, what is chosen in it, and what its totals and lines must come to.

bundle suite 2 as desk_a          expect desk_a.once = 1_998.00 EUR
choose cpu is cpu_r9              expect desk_a.cpu.net = 640.00 EUR
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from engine.lang import words
from engine.lang.book import Expectation, TestBundle
from engine.lang.configurable import NONE, Counts, Every, Has, Holds, Lacks
from engine.lang.draft import Draft
from engine.lang.expect import FIGURES, TOTALS, What, expected_amount, own_totals
from engine.lang.looking import settled
from engine.lang.scopes import Scope
from engine.lang.syntax import Expect, GivenFact, TestBlock, TestBundleDecl
from engine.values.kinds import Value, decimal

MOST = 1_000_000
Facts = Callable[[Sequence[GivenFact]], tuple[tuple[str, Value], ...]]


def settle_test_bundles(draft: Draft, block: TestBlock, facts: Facts) -> list[TestBundle | None]:
    """The bundles of a test; None for one that is wrong (and said)."""
    taken = {line.product.text: line.product.span for line in block.lines}
    found = []
    for said in block.bundles:
        first = taken.setdefault(said.name.text, said.name.span)
        if first is not said.name.span:
            draft.report.add(words.named_in_test(said.name.text, first, said.name.span))
        found.append(_bundle(draft, said, facts) if first is said.name.span else None)
    return found


def _bundle(draft: Draft, said: TestBundleDecl, facts: Facts) -> TestBundle | None:
    bundle = draft.bundles.get(said.bundle.text)
    if bundle is None or bundle.shared:
        if ("bundle", said.bundle.text) not in draft.places or bundle is not None:
            known = [name for name, one in draft.bundles.items() if not one.shared]
            draft.unknown("bundle", said.bundle.text, said.bundle.span, known)
        return None
    count = said.count.text.replace("_", "") if said.count else "1"
    if not count.isdecimal() or not 0 < int(count[:9]) <= MOST or len(count) > 9:
        draft.report.add(words.how_many_bundles(count, said.count.span if said.count else said.span))
        return None
    group = said.group
    if group is not None and draft.find("group", group, draft.groups) is None:
        return None
    scope = Scope.of(draft, bundle)
    choices: list[str] = []
    for wish in said.wishes:
        holds = settled(scope, wish)
        names = None if holds is None else list(_names(scope, holds))
        if names is None or None in names:
            if holds is not None:
                draft.report.add(words.choose_one(wish.span))
            return None
        choices += [name for name in names if name is not None]
    return TestBundle(
        said.name.text, bundle.name, int(count), tuple(choices), group.text if group else None, facts(said.facts), said.span
    )  # fmt: skip


def _names(scope: Scope, holds: Holds) -> Iterator[str | None]:
    """The options that a wish names; None for what names none."""
    match holds:
        case Every(of):
            for each in of:
                yield from _names(scope, each)
        case Has(path, values) if len(values) == 1:
            thing = scope.things[path]
            yield path if thing.single else f"{path}={next(iter(values))}"
        case Counts(path, low, high) if low is not None and low == high:
            yield f"{path}={decimal(low)}"
        case Lacks(Has(path, values)) if values == frozenset(scope.things[path].values):
            yield f"{path}={NONE}"
        case _:
            yield None


# ---------------------------------------------------------------- what is expected


def named_in(block: TestBlock, said: Expect) -> TestBundleDecl | None:
    """The bundle of a test that an expectation is about."""
    owner = said.what.text.partition(".")[0]
    return next((bundle for bundle in block.bundles if bundle.name.text == owner), None)


def of_bundle(draft: Draft, said: Expect, named: TestBundleDecl) -> Expectation | None:
    """`desk_a.once`: a total of the bundle; `desk_a.cpu.net`: a figure of the line at a path in it."""
    bundle = draft.bundles.get(named.bundle.text)
    _, _, figure = said.what.text.partition(".")
    path, _, last = figure.rpartition(".")
    if bundle is None or bundle.shared:
        return None
    if figure in TOTALS or figure in own_totals(draft):
        about = What(None, period=figure.removeprefix("per_").replace("_", " ") if "per_" in figure else None)
    else:
        things = Scope.of(draft, bundle).things
        thing = things.get(path)
        codes = [code for code in thing.values if code in draft.goods] if thing and not thing.attribute else []
        if not codes or last not in FIGURES:
            sold = [name for name, one in things.items() if not one.attribute and set(one.values) & set(draft.goods)]
            known = [*TOTALS, *(f"{name}.{each}" for name in sold for each in ("net", "unit", "list"))]
            near = draft.report.near(figure, known)
            draft.report.add(words.no_bundle_figure(said.what.text, named.name.text, near, said.what.span))
            return None
        about = What(draft.goods[codes[0]], last == "unit")
    amount = said.rate if said.rate is not None else said.values[0] if len(said.values) == 1 else None
    micros = expected_amount(draft, amount, about, said.what.text, said.span)
    return None if micros is None else Expectation(f"{named.name.text}: {figure}", micros, said.span)
