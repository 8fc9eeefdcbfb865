"""Settles approvals: figures of the priced quote (`quote.discount > 15%`) apart from conditions on what was asked.

Figures stand alone or joined by `and`, so a case is a list of figures and one condition; `or` is another `when` line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from engine.lang import words
from engine.lang.book import Approval, ApprovalCase, Condition, Figure
from engine.lang.conditions import Compiler
from engine.lang.draft import Draft
from engine.lang.measures import share_kinds
from engine.lang.names import MEASURES
from engine.lang.parts import FLIP, OPPOSITE, every
from engine.lang.syntax import ApprovalBlock, Combined, Compare, Expr, Lit, Needs, Word
from engine.lang.targets import Reach, Targets
from engine.lang.types import literal
from engine.values.kinds import MICROS, Kind

RELATIONS = {"<": "<", "<=": "<=", "=": "=", ">=": ">=", ">": ">", "is": "="}
MAX_DEPTH = 60


def settle_approvals(draft: Draft) -> None:
    """Every approval of the book."""
    targets = Targets(draft)
    for block in draft.of(ApprovalBlock):
        if draft.declare("approval", block.name.text, block.name.span):
            approval = _approval(draft, targets, block)
            if approval is not None:
                draft.approvals.append(approval)


def _approval(draft: Draft, targets: Targets, block: ApprovalBlock) -> Approval | None:
    reach = targets.reach(block.target, None, False) if block.target else Reach(None)
    if not block.needs:
        what = f"`{block.name.text}` never asks anyone"
        draft.report.add(words.missing_clause(what, block.name.span, "add: when quote.discount > 15% needs deal_desk"))
        return None
    cases = [_case(draft, needs, reach) for needs in block.needs] if reach else []
    good = [case for case in cases if case is not None]
    if reach is None or len(good) < len(cases):
        return None
    return Approval(block.name.text, tuple(good), block.name.span, reach.products, block.because)


@dataclass(slots=True)
class _Split:
    """An `and` taken apart: figures settled, the rest as conditions."""

    draft: Draft
    compiler: Compiler
    figures: list[Figure] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    good: bool = True

    def take(self, expr: Expr, depth: int = 0) -> None:
        """Sort one part of the `when`."""
        if isinstance(expr, Combined) and expr.word == "and" and depth < MAX_DEPTH:
            for part in expr.parts:
                self.take(part, depth + 1)
        elif (compare := _figure_of(expr)) is not None:
            self._figure(compare)
        elif (word := _hidden(expr, MAX_DEPTH)) is not None:
            self.draft.report.add(words.figure_place(word.text, word.span))
            self.good = False
        else:
            condition = self.compiler.compile(expr)
            if condition is None or callable(condition):
                self.good = False
            else:
                self.conditions.append(condition)

    def _figure(self, compare: Compare) -> None:
        word = compare.subject
        kind = (
            Kind("percent")
            if word.text.endswith((".discount", ".granted", ".margin"))
            else Kind("money", unit=self.draft.currency)
        )
        if compare.relation not in RELATIONS or len(compare.values) != 1:
            self.draft.report.add(words.figure_relation(word.text, compare.span))
            self.good = False
            return
        ticks = literal(self.draft, kind, compare.values[0], word.text)  # type: ignore[arg-type]
        if ticks is None:
            self.good = False
            return
        value = Fraction(int(ticks), MICROS) if kind.name == "percent" else Fraction(int(ticks))
        self.figures.append(Figure(word.text, RELATIONS[compare.relation], value))  # type: ignore[arg-type]


def _figure_of(expr: Expr) -> Compare | None:
    """A comparison of a figure, its figure first; `not quote.discount > 15%` is turned about."""
    if isinstance(expr, Combined):
        inner = _figure_of(expr.parts[0]) if expr.word == "not" and len(expr.parts) == 1 else None
        if inner is None or inner.relation not in OPPOSITE:
            return None
        return Compare(inner.subject, OPPOSITE[inner.relation], inner.values, expr.span)  # type: ignore[arg-type]
    if isinstance(expr.subject, Word) and expr.subject.text in MEASURES:
        return expr
    value = expr.values[0] if len(expr.values) == 1 else None
    if isinstance(value, Word) and value.text in MEASURES and isinstance(expr.subject, Lit) and expr.relation in FLIP:
        return Compare(value, FLIP[expr.relation], (expr.subject,), expr.span)  # type: ignore[arg-type]
    return None


def _hidden(expr: Expr, depth: int) -> Word | None:
    """A figure under `or` or a deep `not`."""
    if isinstance(expr, Compare):
        compare = _figure_of(expr)
        return compare.subject if compare is not None and isinstance(compare.subject, Word) else None
    found = (_hidden(part, depth - 1) for part in expr.parts) if depth else iter(())
    return next((word for word in found if word is not None), None)


def _units(draft: Draft, reach: Reach) -> frozenset[int]:
    """The units its products are counted in, where the book has units of a kind to convert between."""
    if not share_kinds(draft.units, range(len(draft.units))):
        return frozenset()
    goods = list(draft.goods.values())
    reached = range(len(goods)) if reach.products is None else reach.products
    return frozenset(unit for index in reached if (unit := goods[index].unit) is not None)


def _case(draft: Draft, needs: Needs, reach: Reach) -> ApprovalCase | None:
    split = _Split(draft, Compiler(draft, units=_units(draft, reach), also=MEASURES))
    split.take(needs.when)
    if not needs.stages or not all(needs.stages):
        draft.report.add(words.needs_nobody(needs.span))
        return None
    for word in (word for stage in needs.stages for word in stage):
        if word.text in ("then", "and", "or"):
            draft.report.add(words.reserved("approver", word.text, word.span))
    if not split.good:
        return None
    stages = tuple(tuple(dict.fromkeys(word.text for word in stage)) for stage in needs.stages)
    return ApprovalCase(tuple(split.figures), every([reach.when, *split.conditions]), stages, needs.span)
