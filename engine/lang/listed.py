"""Completes what is sold, once tables are read: products priced by rules of the step `list`, then those of a percent of others.

A product without a price of its own takes its unit and period from the rules that give it one.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.lang.cases import table_of
from engine.lang.catalog import complete
from engine.lang.draft import Draft, Goods, Table
from engine.lang.parse import parse_cell
from engine.lang.places import Span
from engine.lang.shares import check_cycles, settle_shares
from engine.lang.syntax import PriceClause, Rate, RuleBlock, Word
from engine.lang.targets import Targets


def settle_goods(draft: Draft) -> None:
    """Units, periods and prices in order of every product; then the percents of others, which ask for those."""
    targets = Targets(draft)
    for block in draft.of(RuleBlock):
        if block.step.text == "list" and block.kind == "price" and block.target is not None:
            _list_rule(draft, targets, block)
    goods = list(draft.goods.values())
    for each in goods:
        if not each.shares:
            complete(draft, each)
    for each in goods:
        if each.shares:
            settle_shares(draft, targets, each)
            complete(draft, each)
    check_cycles(draft)


def _list_rule(draft: Draft, targets: Targets, block: RuleBlock) -> None:
    """What a rule of the step `list` says of the products that have no price of their own."""
    table, found = table_of(draft, block)
    reach = targets.reach(block.target, table, False) if found and block.target is not None else None
    if reach is None:
        _excuse(draft)
        return
    products = reach.products
    if reach.of_row is not None and table is not None:
        rows = [reach.of_row(row) for row in range(len(table.sheet.rows))]
        products = None if None in rows else frozenset().union(*(row for row in rows if row is not None))
    for index, goods in enumerate(draft.goods.values()):
        if products is None or index in products:
            goods.listed = True
            if not goods.prices and not goods.shares:
                _say(draft, goods, block, table)


def _excuse(draft: Draft) -> None:
    """A rule of the step `list` was refused: nobody is told that a product has no price."""
    for goods in draft.goods.values():
        goods.listed = True


def _say(draft: Draft, goods: Goods, block: RuleBlock, table: Table | None) -> None:
    """Unit and period of a product by the rates of a rule."""
    for rate in _rates(block, table):
        unit = draft.unit_of.get(rate.per_unit.text) if rate.per_unit is not None else None
        goods.unit = unit if goods.unit is None else goods.unit
        if not goods.periods:
            goods.periods[rate.period or "once"] = rate.span


def _rates(block: RuleBlock, table: Table | None) -> Iterator[Rate]:
    """What a rule's price is per: its clause, its column's declaration, or the first price of its tiers."""
    for clause in (give for give in block.gives if isinstance(give, PriceClause)):
        if clause.rate is not None:
            yield _declared(clause.rate, table)
        elif clause.tiers is not None:
            cells = (parse_cell(cell.text, cell.span) for row in clause.tiers.cells.rows for cell in row[1:2])
            yield from (cell for cell in cells if isinstance(cell, Rate))


def _declared(rate: Rate, table: Table | None) -> Rate:
    """A rate whose amount is a column is per what the column is declared per, where it does not say itself."""
    if not isinstance(rate.amount, Word) or table is None:
        return rate
    column = table.columns.get(rate.amount.text.removeprefix("row."))
    said = column.decl.rate if column is not None else None
    if said is None:
        return rate
    return Rate(rate.amount, None, rate.per_unit or said.per_unit, rate.period or said.period, _span(rate, said))


def _span(rate: Rate, said: Rate) -> Span:
    return rate.span if rate.period is not None else said.span
