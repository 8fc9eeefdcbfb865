"""Conditions of a bundle's rules: what is chosen, what an attribute is, how many there are; settled into `configurable.Holds`.

sso, sso is chosen, gpu is none         things chosen         cpu.socket is am5          what a chosen product has
colour is red, plan in basic, pro       values                cpu.socket is board.socket the same of two
seat >= 100, shelves in 2 to 4          numbers
customer.segment is enterprise          facts             (`factual`)
"""

from __future__ import annotations

from typing import cast

from engine.lang import words
from engine.lang.configurable import CHOSEN, NONE, Alike, Counts, Every, Has, Holds, Lacks, Numbers, Some
from engine.lang.draft import Goods
from engine.lang.factual import asked_of, on_fact
from engine.lang.places import Span
from engine.lang.scopes import Scope, Thing
from engine.lang.syntax import Combined, Compare, Expr, Lit, Operand, Word
from engine.lang.types import parse, shown
from engine.values.kinds import FLAG, Kind, decimal

NUMBER = Kind("number")
ALWAYS = Every(())
FLIPPED = {"is not": "is", "not in": "in", "not range": "range", "not known": "known"}


def settled(scope: Scope, expr: Expr | None) -> Holds | None:
    """The condition; None where something in it is wrong (and said). No expression always holds."""
    return ALWAYS if expr is None else _settled(scope, expr, False, asked_of(expr))


def _settled(scope: Scope, expr: Expr, negated: bool, asked: frozenset[str]) -> Holds | None:
    if isinstance(expr, Combined):
        parts = [_settled(scope, part, negated != (expr.word == "not"), asked) for part in expr.parts]
        good = tuple(part for part in parts if part is not None)
        if len(good) < len(parts):
            return None
        return Lacks(good[0]) if expr.word == "not" else Every(good) if expr.word == "and" else Some(good)
    if expr.relation in FLIPPED:
        turned = Compare(expr.subject, FLIPPED[expr.relation], expr.values, expr.span)  # type: ignore[arg-type]
        found = _compared(scope, turned, not negated, asked)
        return None if found is None else Lacks(found)
    return _compared(scope, expr, negated, asked)


def _compared(scope: Scope, expr: Compare, negated: bool, asked: frozenset[str]) -> Holds | None:
    subject = cast(Word, expr.subject)
    look = scope.fact(subject.text)
    if look is not None:
        return on_fact(scope.draft, expr, look, negated, asked)
    owned = scope.attribute_of(subject.text)
    if owned is not None:
        return _of_products(scope, expr, *owned)
    thing = scope.find(subject)
    if thing is None:
        return None
    if expr.relation == "known":
        return _chosen(scope, thing, expr.span)
    values = cast("tuple[Operand, ...]", expr.values)
    if expr.relation in ("is", "in"):
        found = [_value(scope, thing, value) for value in values]
        good = tuple(each for each in found if each is not None)
        return None if len(good) < len(found) else good[0] if len(good) == 1 else Some(good)
    return _ordered(scope, thing, expr.relation, values)


def _chosen(scope: Scope, thing: Thing, span: Span) -> Holds | None:
    """`sso` alone: it is chosen; of a question: it was answered; of a yes or no: it is yes."""
    attribute = thing.attribute
    if attribute is None or attribute.asked:
        return Has(thing.of, frozenset(thing.values))
    if set(attribute.values) == set(FLAG):
        return Has(thing.path, frozenset(("yes",)))
    scope.draft.report.add(words.which_value(thing.path, attribute.values or _example(attribute.numbers), span))
    return None


def _example(numbers: Numbers | None) -> list[str]:
    return [decimal(tick) for tick in (numbers.low, numbers.high)] if numbers else []


def _value(scope: Scope, thing: Thing, value: Operand) -> Holds | None:
    """`thing is value`."""
    said = shown(value)
    if isinstance(value, Lit) and value.kind == "number" and thing.numbers is not None:
        tick = parse(scope.draft, NUMBER, value.text, value.span)
        if tick is not None and not (thing.numbers.has(int(tick)) or (tick == 0 and thing.part is not None)):
            scope.draft.report.add(words.no_value(thing.path, said, _may_be(thing), None, value.span))
            return None
        return None if tick is None else Counts(thing.path, int(tick), int(tick))
    word = value.text
    if word == CHOSEN and thing.attribute is None:
        return Has(thing.of, frozenset(thing.values))
    if word == NONE and (thing.attribute is None or thing.attribute.asked):
        return Lacks(Has(thing.of, frozenset(thing.values)))
    if word not in thing.values or (isinstance(value, Lit) and value.kind != "text"):
        near = scope.draft.report.near(word, thing.values) if thing.values else None
        scope.draft.report.add(words.no_value(thing.path, said, _may_be(thing), near, value.span))
        return None
    return Has(thing.of, frozenset((word,)))


def _may_be(thing: Thing) -> str:
    return words.listed(thing.values) if thing.numbers is None else str(thing.numbers)


def _ordered(scope: Scope, thing: Thing, relation: str, values: tuple[Operand, ...]) -> Holds | None:
    """`seat >= 100`, `seat in 5 to 10`."""
    if thing.numbers is None:
        scope.draft.report.add(words.no_number(thing.path, values[0].span))
        return None
    ticks = _ticks(scope, thing.path, values)
    return None if ticks is None else Counts(thing.path, *_bounds(relation, ticks))


def _ticks(scope: Scope, name: str, values: tuple[Operand, ...]) -> list[int] | None:
    found: list[int] = []
    for value in values:
        if not isinstance(value, Lit) or value.kind != "number":
            scope.draft.report.add(words.no_value(name, shown(value), "a number", None, value.span))
            return None
        tick = parse(scope.draft, NUMBER, value.text, value.span)
        if tick is None:
            return None
        found.append(int(tick))
    if len(found) == 2 and found[0] > found[1]:
        scope.draft.report.add(words.range_reversed(values[0].span))
        return None
    return found


def _bounds(relation: str, ticks: list[int]) -> tuple[int | None, int | None]:
    first, last = ticks[0], ticks[-1]
    return {
        "range": (first, last), "=": (first, first), ">=": (first, None), ">": (first + 1, None), "<=": (None, last), "<": (None, last - 1),
    }[relation]  # fmt: skip


# ---------------------------------------------------------------- what chosen products have


def _of_products(scope: Scope, expr: Compare, thing: Thing, name: str) -> Holds | None:
    """`cpu.socket is am5`, `psu.supply >= 650`, `cpu.socket is board.socket`: the products of which that is true."""
    goods = scope.goods(thing)
    values = cast("tuple[Operand, ...]", expr.values)
    if expr.relation == "known":
        return Has(thing.of, frozenset(code for code, each in goods if name in each.attributes))
    if expr.relation not in ("is", "in"):
        ticks = _ticks(scope, f"{thing.path}.{name}", values)
        if ticks is None:
            return None
        low, high = _bounds(expr.relation, ticks)
        return Has(thing.of, frozenset(code for code, each in goods if _within(each, name, low, high)))
    found = [_equal(scope, thing, name, value) for value in values]
    good = tuple(each for each in found if each is not None)
    return None if len(good) < len(found) else good[0] if len(good) == 1 else Some(good)


def _within(goods: Goods, name: str, low: int | None, high: int | None) -> bool:
    value = goods.attributes.get(name)
    return isinstance(value, int) and (low is None or low <= value) and (high is None or value <= high)


def _equal(scope: Scope, thing: Thing, name: str, value: Operand) -> Holds | None:
    goods = scope.goods(thing)
    known = {each.attributes[name] for _, each in goods if name in each.attributes}
    other = scope.attribute_of(value.text) if isinstance(value, Word) else None
    if other is not None:
        return _same(scope, thing, name, *other, value.span)
    tick = (
        parse(scope.draft, NUMBER, value.text, value.span)
        if isinstance(value, Lit) and value.kind == "number"
        else None
    )
    wanted = value.text if tick is None else tick
    if wanted not in known:
        texts = [each if isinstance(each, str) else decimal(each) for each in sorted(known, key=str)]
        near = scope.draft.report.near(value.text, texts)
        scope.draft.report.add(
            words.no_value(f"{thing.path}.{name}", shown(value), words.listed(texts), near, value.span)
        )
        return None
    return Has(thing.of, frozenset(code for code, each in goods if each.attributes.get(name) == wanted))


def _same(scope: Scope, thing: Thing, name: str, other: Thing, its: str, span: Span) -> Holds | None:
    """For each value that both may have: this one's products of it, and the other's."""
    mine, theirs = _by_value(scope, thing, name), _by_value(scope, other, its)
    pairs = [
        (Has(thing.of, mine[value]), Has(other.of, theirs[value])) for value in sorted(mine, key=str) if value in theirs
    ]
    if not pairs:
        scope.draft.report.add(words.shares_none(span))
        return None
    if all(each.one for each in (thing, other)):
        return Alike(tuple(one for one, _ in pairs), tuple(other for _, other in pairs))
    return Some(tuple(Every(pair) for pair in pairs))


def _by_value(scope: Scope, thing: Thing, name: str) -> dict[str | int, frozenset[str]]:
    found: dict[str | int, list[str]] = {}
    for code, goods in scope.goods(thing):
        if name in goods.attributes:
            found.setdefault(goods.attributes[name], []).append(code)
    return {value: frozenset(codes) for value, codes in found.items()}
