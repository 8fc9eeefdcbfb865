"""What a sum of quantities counts: lines of one kind of unit. Hours and pieces are never added: which are meant is said by a
condition on the products, by the products themselves, or by the unit that the sum is compared in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from engine.lang import words
from engine.lang.book import All, Any, Condition, Fold, Is, Not, Subject
from engine.lang.draft import Draft
from engine.lang.measures import root, share_kinds, times
from engine.lang.syntax import FoldRef

PRODUCT = Subject("line.product")
"""What product a line is of, by its code; only a sum's own condition asks it."""


def of_one_kind(draft: Draft, ref: FoldRef, fold: Fold, unit: int | None) -> Fold | None:
    """A sum of quantities over lines of one kind: that of the unit it is compared in, where one is said. None (and said) where
    it would add several kinds, or count nothing of that unit."""
    among = countable(draft, fold)
    units = _units(draft, among)
    kinds = {root(draft.units, each) for each in units}
    if unit is not None and kinds and root(draft.units, unit) not in kinds:
        draft.report.add(words.counts_no_such(ref.text, draft.units[unit].plural, _plurals(draft, units), ref.span))
        return None
    if len(kinds) > 1 and not ref.own:
        if unit is None:
            draft.report.add(words.counts_kinds(ref.text, _plurals(draft, kinds), ref.span))
            return None
        goods = list(draft.goods.values())
        among = frozenset(i for i in among if times(draft.units, goods[i].unit or 0, unit) is not None)
        fold = replace(fold, products=among)
    return replace(fold, in_roots=share_kinds(draft.units, _units(draft, among)))


def counted_by(draft: Draft, fold: Fold, unit: int | None) -> Fraction:
    """How much of what a sum counts one of a unit is; 1 where nothing of its kind is counted."""
    if unit is None or fold.what != "quantity":
        return Fraction(1)
    if fold.in_roots:
        return draft.units[unit].size
    used = _units(draft, countable(draft, fold))
    alike = {factor for own in used if (factor := times(draft.units, unit, own)) is not None}
    return alike.pop() if len(alike) == 1 else Fraction(1)


def countable(draft: Draft, fold: Fold) -> frozenset[int]:
    """The products whose lines a sum can count, by its own and by its condition."""
    among = range(len(draft.codes)) if fold.products is None else fold.products
    where = fold.where
    return frozenset(among if where is None else (i for i in among if _may(where, draft.codes[i])[0]))


def _may(when: Condition, code: str) -> tuple[bool, bool]:
    """Whether a condition can hold for lines of a product, and whether it can fail."""
    match when:
        case Is(subject, values) if subject == PRODUCT:
            return code in values, code not in values
        case Not(of):
            holds, fails = _may(of, code)
            return fails, holds
        case All(parts):
            return all(_may(part, code)[0] for part in parts), any(_may(part, code)[1] for part in parts)
        case Any(parts):
            return any(_may(part, code)[0] for part in parts), all(_may(part, code)[1] for part in parts)
        case _:
            return True, True


def _units(draft: Draft, products: Iterable[int]) -> frozenset[int]:
    goods = list(draft.goods.values())
    return frozenset(unit for index in products if (unit := goods[index].unit) is not None)


def _plurals(draft: Draft, units: Iterable[int]) -> list[str]:
    return [draft.units[unit].plural for unit in sorted(units)]
