"""Settles the rules of a bundle: what is required, forbidden, counted, summed, allowed, preferred, said and shown."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Any, cast

from engine.lang import words
from engine.lang.allowed import allowed
from engine.lang.budgets import PRICE, bound_of, period_fits, prices_summed
from engine.lang.configurable import (
    ONE,
    Allowed,
    Bundle,
    BundleRule,
    ConfigurationTest,
    Every,
    Expectation,
    Has,
    Holds,
    HowMany,
    Lacks,
    Message,
    Must,
    Preference,
    Shown,
    Some,
    Term,
    Total,
    atoms_in,
    is_fact,
)
from engine.lang.draft import Draft, Goods
from engine.lang.looking import NUMBER, settled
from engine.lang.places import Span
from engine.lang.scopes import Scope
from engine.lang.syntax import Choice, ConfigureBlock, Expected, Summand, Word
from engine.lang.types import money, parse

MOST_QUANTITIES = 200
"""Numbers of bundles, in all combinations, that a sum of what is inside multiplies by."""
MOST_SUMMED = 1_000_000
"""Quantities of one thing that a sum tells apart."""
QUANTITY = "quantity"
GRAIN = Fraction(1, 10**30)
"""All sums are a multiple of more: a tick of an attribute, or a price per so many, times a tick of a quantity."""


def settle_choices(draft: Draft, bundle: Bundle, said: Sequence[Choice]) -> dict[str, Any]:
    """The rules, preferences, messages and what is shown, as fields of the bundle."""
    scope = Scope.of(draft, bundle)
    found: dict[str, list[object]] = {"rules": [], "preferences": [], "messages": [], "shown": []}
    for choice in said:
        made = _made(scope, choice)
        if made is not None:
            found[_FIELD.get(type(made), "rules")].append(made)
    return {name: tuple(each) for name, each in found.items()}


def settle_configurations(draft: Draft) -> None:
    """Every `configure` block."""
    known = {name: at for at, (name, bundle) in enumerate(draft.bundles.items()) if not bundle.shared}
    for block in draft.of(ConfigureBlock):
        if draft.find("bundle", block.bundle, known) is None or not draft.declare("test", block.name, block.span):
            continue
        scope = Scope.of(draft, draft.bundles[block.bundle.text])
        said = [(line, [settled(scope, wish) for wish in line.wishes]) for line in block.lines]
        if any(wish is None for _, wishes in said for wish in wishes):
            continue
        given, chosen = (
            tuple(wish for line, wishes in said if line.kind == kind for wish in wishes if wish is not None)
            for kind in ("given", "choose")
        )
        for line, wishes in said:
            _is_of_kind(draft, line, wishes)
        expect = [
            Expectation(line.kind, Every(tuple(wishes)), line.because, line.span, line.text)  # type: ignore[arg-type]
            for line, wishes in said
            if line.kind not in ("given", "choose")
        ]
        if not expect:
            draft.report.add(
                words.test_needs("line `expect`, `allow`, `refuse` or `complete`", block.span, "`expect PART is VALUE`")
            )
        draft.configurations.append(
            ConfigurationTest(block.bundle.text, block.name, Every(given), Every(chosen), tuple(expect), block.span)
        )


def _is_of_kind(draft: Draft, line: Expected, wishes: Sequence[Holds | None]) -> None:
    """`given` says facts alone, `choose` none."""
    for path in dict.fromkeys(atom.path for wish in wishes for atom in atoms_in((wish,))):
        if line.kind in ("given", "choose") and is_fact(path) != (line.kind == "given"):
            draft.report.add(words.given_and_chosen(path, is_fact(path), line.span))


_FIELD: dict[type, str] = {Preference: "preferences", Message: "messages", Shown: "shown"}


def _made(scope: Scope, said: Choice) -> BundleRule | Preference | Message | Shown | None:
    when = settled(scope, said.when)
    wishes = [settled(scope, wish) for wish in said.wishes]
    good = tuple(wish for wish in wishes if wish is not None)
    if when is None or len(good) < len(wishes):
        return None
    asks: Must | HowMany | Total | Allowed | None
    match said.kind:
        case "prefer":
            return Preference(Every(good), when, said.span, said.text, said.because)
        case "warn" | "note":
            return Message("warning" if said.kind == "warn" else "note", said.says, when, said.span)
        case "hide" | "disable":
            named = _options(scope, good, said)
            return None if named is None else Shown(said.kind, named, when, said.span, said.because)
        case "choose":
            asks = _how_many(scope, said, good, when)
        case "sum":
            asks = _total(scope, said, when)
        case "allowed":
            asks = allowed(scope, said)
        case _:
            asks = Must(_must(said.kind, good, when))
    return None if asks is None else BundleRule(asks, said.span, said.text, said.because, said.kind == "narrows")


def _must(kind: str, wishes: tuple[Holds, ...], when: Holds) -> Holds:
    """What has to hold."""
    if kind in ("implies", "narrows"):
        return Some((Lacks(wishes[0]), wishes[1]))
    if kind == "equivalent":
        one, other = wishes
        return Every((Some((Lacks(one), other)), Some((Lacks(other), one))))
    wished = Every(wishes) if kind == "require" else Lacks(Some(wishes))
    return wished if when == Every(()) else Some((Lacks(when), wished))


def _options(scope: Scope, wishes: tuple[Holds, ...], said: Choice) -> tuple[Has, ...] | None:
    """Wishes that are names of what can be chosen."""
    odd = next((at for at, wish in enumerate(wishes) if not isinstance(wish, Has) or is_fact(wish.path)), None)
    if odd is not None:
        scope.draft.report.add(words.wants_option(said.wishes[odd].span, f"`{said.text.split()[0]}`"))
        return None
    return cast("tuple[Has, ...]", wishes)


def _how_many(scope: Scope, said: Choice, wishes: tuple[Holds, ...], when: Holds) -> HowMany | None:
    named = _options(scope, wishes, said)
    count = len(wishes)
    ends = _ends(said.many, count)
    if ends is None:
        text = " to ".join(dict.fromkeys(word.text for word in said.many if word))
        scope.draft.report.add(words.how_many(text, count, next(word.span for word in said.many if word)))
    return None if named is None or ends is None else HowMany(wishes, *ends, when)


def _ends(many: tuple[Word | None, Word | None], count: int) -> tuple[int, int] | None:
    if any(word is not None and not word.text.isdecimal() for word in many):
        return None
    low = int(many[0].text) if many[0] else 0
    high = int(many[1].text) if many[1] else count
    return (low, high) if 0 <= low <= high and low <= count and (many[0] or high <= count) else None


# ---------------------------------------------------------------- sums


def _total(scope: Scope, said: Choice, when: Holds) -> Total | None:
    """`sum of watts of gpu, cpu <= sum of supply of psu`: all terms on one side, and a bound."""
    assert said.sums is not None
    first, other = said.sums
    if not bound_of(scope.draft, first, other):
        return None
    left = _term(scope, first, 1)
    if other.amount is not None:
        amount = money(scope.draft, other.amount, "a sum")
        if left is None or amount is None or not _multiplied(scope, (left,), said.span):
            return None
        return _bounded(said, (left,), amount / ONE, when)
    if other.kind == "number":
        bound = parse(scope.draft, NUMBER, other.what.text, other.what.span)
        if left is None or bound is None or not _multiplied(scope, (left,), said.span):
            return None
        return _bounded(said, (left,), Fraction(int(bound), ONE), when)
    right = _term(scope, other, -1)
    if left is None or right is None or not _multiplied(scope, (left, right), said.span):
        return None
    return _bounded(said, (left, right), Fraction(0), when)


def _bounded(said: Choice, terms: tuple[Term, ...], bound: Fraction, when: Holds) -> Total:
    low, high = {
        "<=": (None, bound), "<": (None, bound - GRAIN), ">=": (bound, None), ">": (bound + GRAIN, None), "=": (bound, bound),
    }[said.relation]  # fmt: skip
    return Total(terms, low, high, when)


def _term(scope: Scope, said: Summand, weight: int) -> Term | None:
    if said.kind == "name":
        return _number(scope, said, weight)
    name = said.what.text
    if not period_fits(scope.draft, said) or (name not in (QUANTITY, PRICE) and not _is_summed(scope.draft, said.what)):
        return None
    found = [scope.find(word) for word in said.of]
    if any(thing is None for thing in found):
        return None
    paths: list[str] = []
    for thing, word in zip(found, said.of, strict=True):
        if thing is None or thing.part is None:
            scope.draft.report.add(words.wants_option(word.span, "`sum of`"))
            return None
        paths.append(thing.path)
    below, each = tuple(paths), None
    if name == PRICE:
        each = prices_summed(scope.draft, said, ((t.path, goods) for t, goods in scope.counted(below)))
        if each is None:
            return None
    return (
        Term(weight, name, below, "", each or ())
        if _countable(scope, name, below, dict(each or ()), said.span)
        else None
    )


def _is_summed(draft: Draft, word: Word) -> bool:
    known = sorted(
        {n for goods in draft.goods.values() for n, value in goods.attributes.items() if isinstance(value, int)}
    )
    if word.text not in known:
        draft.report.add(words.no_such_attribute(word.text, draft.report.near(word.text, known), word.span))
    return word.text in known


def _countable(scope: Scope, name: str, below: tuple[str, ...], each: dict[str, Fraction], span: Span) -> bool:
    """Something there has the attribute, and nothing that has it comes in too many quantities."""
    having = [(thing, goods) for thing, goods in scope.counted(below) if _brings(name, each, goods)]
    if not having:
        scope.draft.report.add(words.sums_nothing(name, span))
    for thing, _ in having:
        if thing.numbers is not None and thing.numbers.count > MOST_SUMMED:
            scope.draft.report.add(words.counts_too_many(thing.path, thing.numbers.count, MOST_SUMMED, span))
            return False
    return bool(having)


def _multiplied(scope: Scope, terms: tuple[Term, ...], span: Span) -> bool:
    """What is inside bundles whose numbers are chosen counts so often: each combination of these numbers is a sum by itself."""
    around = {
        each.path: each.numbers.count
        for term in terms
        if not term.path
        for thing, goods in scope.counted(term.of)
        if _brings(term.what, dict(term.each), goods)
        for each in scope.repeated(thing)
        if each.numbers is not None
    }
    count = prod(around.values())
    if count > MOST_QUANTITIES:
        scope.draft.report.add(words.multiplied_too_often(around, count, MOST_QUANTITIES, span))
    return count <= MOST_QUANTITIES


def _brings(name: str, each: dict[str, Fraction], goods: Goods) -> bool:
    """Whether a product brings something into a sum."""
    return name == QUANTITY or goods.code in each or (name != PRICE and isinstance(goods.attributes.get(name), int))


def _number(scope: Scope, said: Summand, weight: int) -> Term | None:
    """`<= shelves`: an attribute or a quantity."""
    thing = scope.find(said.what)
    if thing is None:
        return None
    if thing.numbers is None:
        scope.draft.report.add(words.no_number(thing.path, said.span))
        return None
    if thing.numbers.count > MOST_SUMMED:
        scope.draft.report.add(words.counts_too_many(thing.path, thing.numbers.count, MOST_SUMMED, said.span))
        return None
    return Term(weight, "", (), thing.path)
