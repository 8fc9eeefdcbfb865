"""Settles denials: what is not sold so, and the reason that is given; a denial for every row of a table, where one is named."""

from __future__ import annotations

from collections.abc import Iterator

from engine.lang import words
from engine.lang.book import Denial
from engine.lang.cases import Days, find_unbound, keys_of, meet, table_of
from engine.lang.conditions import Compiler
from engine.lang.draft import Draft, Table
from engine.lang.parts import NEVER, Part, at, every, joined
from engine.lang.syntax import DenyBlock
from engine.lang.targets import Reach, Targets
from engine.lang.types import days


def settle_denials(draft: Draft) -> None:
    """Every `deny` block of the book."""
    targets = Targets(draft)
    for block in draft.of(DenyBlock):
        if draft.declare("denial", block.name.text, block.name.span):
            draft.denials.extend(_denials(draft, targets, block))


def _denials(draft: Draft, targets: Targets, block: DenyBlock) -> list[Denial]:
    table, good = table_of(draft, block)
    if not good:
        return []
    if block.when is None and table is None:
        draft.report.add(words.deny_when(block.name.text, block.span))
        return []
    reach = targets.reach(block.target, table, False) if block.target else Reach(None)
    dates = days(draft, block.dates)
    when = _when(draft, block, table, reach) if reach else None
    if reach is None or dates is None or when is None:
        return []
    if table is None:
        return [Denial(block.name.text, reach.products, *dates, at(when, 0), block.name.span, block.because)]
    return list(_rows(draft, block, table, reach, dates, when))


def _when(draft: Draft, block: DenyBlock, table: Table | None, reach: Reach) -> Part | None:
    """The target's group, the row's keys and what the author wrote, all of them."""
    compiler = Compiler(draft, table, step=len(draft.step_list))
    parts: list[Part | None] = [reach.when, *(keys_of(draft, table) if table else ())]
    if block.when is not None:
        parts.append(compiler.compile(block.when))
    good = [part for part in parts if part is not None]
    if len(good) < len(parts):
        return None
    if table is not None:
        find_unbound(draft, compiler, table, block.name.text)
    return joined(every, good)


def _rows(draft: Draft, block: DenyBlock, table: Table, reach: Reach, dates: Days, when: Part) -> Iterator[Denial]:
    """A denial a row: none where its condition is settled as false, or it reaches no product."""
    bare = []
    for row in range(len(table.sheet.rows)):
        part, products = at(when, row), reach.of_row(row) if reach.of_row else reach.products
        limits = meet(dates, table.dates[row]) if table.dates else dates
        if products is not None and not products:
            bare.append(row)
        elif part != NEVER and limits is not None:
            yield Denial(block.name.text, products, *limits, part, block.name.span, block.because, table.label(row))
    if bare:
        told = words.rows_never(block.name.text, table.label(bare[0]), len(bare) - 1, table.sheet.row_span(bare[0]))
        draft.report.add(told)
