"""Settles sums over lines: `goods at list`, `sum of net where (family is crm)`, `quantity of family crm`, `any line has (...)`.

A sum becomes a `Subject` of its own, so that a condition over it is one like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.lang import words
from engine.lang.book import Condition, Fold, Is, Period, Subject
from engine.lang.counted import PRODUCT, counted_by, of_one_kind
from engine.lang.draft import Draft, Look
from engine.lang.parts import Part, compared, converted, turned_over
from engine.lang.syntax import BaseRef, Compare, Expr, FoldRef, Lit, Operand, Rate, Target, Word
from engine.lang.types import literal, shown
from engine.values.kinds import Kind

if TYPE_CHECKING:
    from engine.lang.conditions import Compiler

KINDS = {"goods": "money", "net": "money", "list": "money", "quantity": "quantity", "lines": "number"}


def compare_fold(compiler: Compiler, compare: Compare) -> Part | None:
    """`goods at list >= 100 EUR`."""
    ref, value = compare.subject, compare.values[0]
    assert isinstance(ref, FoldRef)
    rate = value if isinstance(value, Rate) else None
    operand = rate.amount if rate else value
    assert not isinstance(operand, Rate)
    unit = operand.unit if isinstance(operand, Lit) and operand.kind == "quantity" else None
    said = compiler.draft.unit_of.get(unit or "")
    subject = fold_subject(compiler, ref, rate.period if rate else None, said)
    if subject is None:
        return None
    kind = kind_of(compiler.draft, ref)
    if rate is not None and (kind.name != "money" or rate.per_unit is not None):
        compiler.said(words.wrong_kind(f"`{ref.text}`", kind.name, _text(rate), rate.span))
        return None
    tick = literal(compiler.draft, kind, operand, ref.text)
    if tick is None or subject.fold is None:
        return None
    factor = counted_by(compiler.draft, subject.fold, said)
    if factor != 1:
        tick = converted(compare.relation, int(tick) * factor, False)
    return compared(Look(subject, kind, False), compare.relation, tick)


def _text(rate: Rate) -> str:
    return shown(rate.amount) + (f" per {rate.per_unit.text}" if rate.per_unit else "")


def kind_of(draft: Draft, ref: FoldRef) -> Kind:
    """What kind of figure a sum is."""
    name = KINDS[ref.what]
    return Kind(name, unit=draft.currency if name == "money" else None)  # type: ignore[arg-type]


def fold_subject(
    compiler: Compiler, ref: FoldRef, period: Period | None = None, unit: int | None = None
) -> Subject | None:
    """The subject of a sum; amounts are of one period, quantities of one kind: the one said, or that of the products counted."""
    draft = compiler.draft
    if compiler.step is None:
        compiler.said(words.fold_place(ref.text, ref.span))
        return None
    where = _where(compiler, ref.where) if ref.where is not None else None
    at = _moment(compiler, ref)
    products, good = _products(draft, ref)
    plus = _plus(draft, ref.plus)
    if (ref.where is not None and where is None) or at == MISPLACED or not good or plus == MISPLACED:
        return None
    counted = range(len(draft.codes)) if products is None else sorted(products)
    if KINDS[ref.what] == "money":
        charged = _period(compiler, ref, period, {draft.goods[draft.codes[i]].period for i in counted})
        if charged is None:
            return None
        period = charged
    what = {"goods": "amount", "net": "amount", "list": "amount"}.get(ref.what, ref.what)
    same_group = ref.among is not None and ref.among.kind == "group"
    said: Fold | None = Fold(what, products, where, at, period, same_group, plus, ref.own)  # type: ignore[arg-type]
    fold = of_one_kind(draft, ref, said, unit) if what == "quantity" and said is not None else said
    if fold is None:
        return None
    name = ref.text + (f" per {period}" if period not in (None, "once") else "")
    if unit is not None and fold.products != products:
        name += f" in {draft.units[unit].plural}"
    return _named(draft, name, fold, kind_of(draft, ref))


def _named(draft: Draft, name: str, fold: Fold, kind: Kind) -> Subject:
    """The sum as a subject; two that read alike and are not one get different names."""
    number, known = 1, name
    while known in draft.looks and draft.looks[known].subject.fold != fold:
        number += 1
        known = f"{name} ({number})"
    subject = Subject(known, None, True, fold)
    draft.looks.setdefault(known, Look(subject, kind, False))
    return subject


MISPLACED = -1
"""Stands for what was wrong, and said."""


def _moment(compiler: Compiler, ref: FoldRef) -> int | None:
    """The step after which an amount is taken; None: as the step begins."""
    if ref.what == "list":
        return 0
    return moment_of(compiler, ref.moment) if ref.moment is not None else None


def moment_of(compiler: Compiler, moment: BaseRef) -> int:
    """The number of a step that comes before the rule's own."""
    if moment.step is None:
        return 0
    draft, own = compiler.draft, compiler.step
    step = draft.find("step", moment.step, draft.steps)
    if step is None or own is None:
        return MISPLACED
    if step >= own:
        name = draft.step_list[own].name if own < len(draft.step_list) else "this"
        compiler.said(words.not_earlier(moment.step.text, name, moment.step.span))
        return MISPLACED
    return step


def _products(draft: Draft, ref: FoldRef) -> tuple[frozenset[int] | None, bool]:
    """The products whose lines are counted (None: all), and whether their names are known; what is shipped is no goods."""
    goods = list(draft.goods.values())
    every = None
    if ref.what == "goods" and any(g.shipping for g in goods):
        every = frozenset(i for i, g in enumerate(goods) if not g.shipping)
    if ref.among is None or ref.among.kind in ("everything", "group"):
        return every, True
    found = among(draft, ref.among)
    return (found if found is None or every is None else found & every), found is not None


def among(draft: Draft, target: Target) -> frozenset[int] | None:
    """The products that `family crm` or `seat or support` names, None (and said) where a name is not known."""
    family = target.kind == "family"
    index = draft.families if family else draft.number
    found = [draft.find("family" if family else "product", word, index) for word in target.names]
    if None in found:
        return None
    if not family:
        return frozenset(number for number in found if number is not None)
    return frozenset(i for i, goods in enumerate(draft.goods.values()) if set(goods.families) & set(found))


def _plus(draft: Draft, word: Word | None) -> int | None:
    """The fact that is added: a number, a quantity or money."""
    if word is None:
        return None
    if word.text not in draft.facts:
        draft.unknown("fact", word.text, word.span, draft.facts)
        return MISPLACED
    kind = draft.facts[word.text].kind
    if kind.name not in ("number", "quantity", "money"):
        draft.report.add(words.wrong_kind(f"`{word.text}`", "a number", kind.name, word.span))
        return MISPLACED
    return list(draft.facts).index(word.text)


def _period(compiler: Compiler, ref: FoldRef, said: Period | None, periods: set[str]) -> Period | None:
    """How often what is counted is charged; only amounts of one period are added."""
    if said is not None:
        return said
    if len(periods) == 1:
        return next(iter(periods))
    if not periods or "once" in periods:
        return "once"
    compiler.said(words.fold_period(ref.text, sorted(periods), ref.span))
    return None


# ---------------------------------------------------------------- conditions on the lines counted


def _where(compiler: Compiler, expr: Expr) -> Condition | None:
    inner = compiler.within_lines()
    part = inner.compile(expr)
    return None if part is None or callable(part) else part


def line_subject(compiler: Compiler, operand: Operand) -> Look | None:
    """A bare name inside `where (...)`: a fact of the line, its quantity or its group."""
    looks = compiler.draft.looks
    path = operand.text if "." in operand.text else f"line.{operand.text}"
    look = None if operand.text.startswith("line.") else looks.get(path)
    if look is None:
        known = [path.removeprefix("line.") for path in looks if path.startswith("line.")]
        compiler.draft.unknown("fact of a line", operand.text, operand.span, ["family", "product", *known])
    return look


def of_products(compiler: Compiler, compare: Compare, family: bool) -> Part | None:
    """`family is crm`, `product in seat, support`."""
    negative = compare.relation in ("is not", "not in")
    if not negative and compare.relation not in ("is", "in", "="):
        compiler.said(words.no_order("family" if family else "product", compare.relation, compare.span))
        return None
    named = [Word(v.text, v.span) for v in compare.values if isinstance(v, Word | Lit)]
    products = among(compiler.draft, Target("family" if family else "products", tuple(named), compare.span))
    if products is None:
        return None
    part: Condition = Is(PRODUCT, frozenset(compiler.draft.codes[index] for index in products))
    return turned_over(part) if negative else part
