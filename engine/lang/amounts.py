"""The figures a rule gives: percents, amounts, prices, or a row's column of them, checked against the rule's products.

A figure that a row says is a function of the row's number; everything about it is checked once, when the rule is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from engine.lang import words
from engine.lang.charges import charge, held, package_of
from engine.lang.conditions import Compiler
from engine.lang.draft import Column, Draft
from engine.lang.measures import times
from engine.lang.places import Span
from engine.lang.syntax import Operand, Rate, Word
from engine.lang.targets import Products
from engine.lang.types import money, per_count, percent
from engine.values.kinds import MICROS

Number = Fraction | Callable[[int], Fraction | None]
"""A figure, or one a row; an empty cell gives none."""


@dataclass(slots=True)
class Amounts:
    """Reads the figures of one rule. `products` are those it may reach; `units` and `periods` are theirs."""

    draft: Draft
    compiler: Compiler
    products: Products
    units: frozenset[int]
    periods: frozenset[str]

    def amount(self, operand: Operand | Rate, most: int) -> tuple[Number | None, bool]:
        """A percent or an amount of money (`3 EUR`, `3 EUR per seat`), and whether it is money; a row's column gives one a row."""
        if isinstance(operand, Rate):
            return self._of_rate(operand), True
        if isinstance(operand, Word) and operand.text.startswith("row."):
            number, is_money = self._column(operand, most)
            column = self.compiler.column(operand) if number is not None else None
            fits = column is None or column.decl.rate is None or self._counted_alike(column.decl.rate)
            return number if fits else None, is_money
        is_money = not isinstance(operand, Word) and operand.kind == "money"
        return (money(self.draft, operand, "") if is_money else percent(self.draft, operand, most)), is_money

    def _of_rate(self, rate: Rate) -> Fraction | None:
        """`3 EUR per seat`, for one unit of the products."""
        if rate.started:
            self.draft.report.add(words.started_here("an amount to add or to take off", rate.span))
            return None
        charged = charge(self.draft, rate, self.unit_of(rate.per_unit)) if self.rate_fits(rate) else None
        return None if charged is None else charged.amount

    def _counted_alike(self, rate: Rate) -> bool:
        """Whether what a column's amounts are declared per is what the products are counted and charged in."""
        if rate.started:
            self.draft.report.add(words.started_here("an amount to add or to take off", rate.span))
            return False
        return self._per_fits(rate.per_unit, True) and (rate.period is None or self._period_fits(rate))

    def _per_fits(self, said: Word | None, exactly: bool = False) -> bool:
        unit = None if said is None else self.draft.find("unit", said, self.draft.unit_of)
        return said is None or (unit is not None and self.unit_fits(unit, said.text, said.span, exactly))

    def _column(self, word: Word, most: int) -> tuple[Number | None, bool]:
        column = self.compiler.column(word)
        if column is None:
            return None, False
        is_money = column.kind.name == "money"
        if not is_money and column.kind.name not in ("percent", "fraction"):
            fix = f"declare it `{column.name}: percent` (15%), `fraction` (0.15) or `money`"
            self.draft.report.add(words.column_use(column.name, f"is {words.a(column.kind.name)}", word.span, fix))
            return None, False
        if not self._in_bounds(column, None if is_money else most * MICROS):
            return None, is_money
        count = per_count(self.draft, column.decl.rate) if column.decl.rate else 1
        unit = (count or 1) if is_money else MICROS
        values = column.values
        return (lambda row: None if values[row] is None else Fraction(int(values[row] or 0), unit)), is_money

    def _in_bounds(self, column: Column, most: int | None) -> bool:
        """No cell below 0 or above the whole; says which cell is."""
        ticks = {int(v) for v in column.values if v is not None}
        wrong = {v for v in ticks if v < 0 or (most is not None and v > most)}
        good = not wrong
        for row, value in enumerate(column.values):
            if isinstance(value, int) and value in wrong:
                wrong.discard(value)  # said once
                shown, span = column.kind.show(value), column.cell_span(row)
                over = words.over_whole(shown, span, (most or MICROS) // MICROS)
                self.draft.report.add(words.negative(shown, span) if value < 0 else over)
        return good

    def rate(self, rate: Rate) -> Number | None:
        """A set price in micros per unit, or per started package; a row's column may say itself what it is per, or the clause does."""
        if not isinstance(rate.amount, Word):
            charged = charge(self.draft, rate, self.unit_of(rate.per_unit))
            return None if charged is None else charged.amount
        column = self.compiler.column(rate.amount)
        if column is not None and column.kind.name != "money":
            fix = f"declare it `{column.name}: money per unit`"
            self.draft.report.add(words.column_use(column.name, "is not money", rate.amount.span, fix))
            return None
        number, _ = self._column(rate.amount, 1)
        declared = column.decl.rate if column is not None else None
        if column is None or number is None or (declared is not None and not self._declared_fits(declared, rate)):
            return None
        if declared is not None and declared.started:
            self.draft.report.add(words.started_here("a column, before its rule says so,", declared.span))
            return None
        count = 1 if rate.started else per_count(self.draft, rate)
        factor = Fraction(1) if rate.started else self._held(rate if declared is None else declared)
        if declared is not None and declared.per_count is not None:
            if rate.per_unit is None or rate.per_count == declared.per_count:
                return _multiplied(number, factor)
            told = words.counts_differ(column.name, declared.per_count, rate.per_count or "1", rate.span)
            self.draft.report.add(told)
            return None
        return None if count is None else _multiplied(number, factor / count)

    def package(self, rate: Rate) -> Fraction | None:
        """The package of `per started 10 calls`, in ticks of the products' unit; 0 where it is per unit."""
        if not rate.started:
            return Fraction(0)
        ticks = package_of(self.draft, rate)
        return None if ticks is None else ticks / self._held(rate)

    def unit_of(self, said: Word | None) -> int | None:
        """The one unit that the products are counted in, of the kind of what is said; None where it is not known, or several."""
        index = None if said is None else self.draft.unit_of.get(said.text)
        alike = [u for u in self.units if index is None or times(self.draft.units, u, index) is not None]
        return alike[0] if len(alike) == 1 else None

    def _held(self, rate: Rate) -> Fraction:
        """How many of the unit that a rate is per, one of the products' holds."""
        return held(self.draft, rate.per_unit, self.unit_of(rate.per_unit))

    def _declared_fits(self, declared: Rate, said: Rate) -> bool:
        """What a column is declared per, where the clause does not say more."""
        period = declared.period or said.period
        return self.rate_fits(Rate(declared.amount, None, declared.per_unit, period, declared.span))

    def rate_fits(self, rate: Rate) -> bool:
        """A set price is per the unit and period of the products it is for."""
        if isinstance(rate.amount, Word) and rate.per_unit is None and rate.period is None:
            return True  # the column's own declaration says
        return self._per_fits(rate.per_unit) and self._period_fits(rate)

    def unit_fits(self, unit: int, said: str, span: Span, exactly: bool = False) -> bool:
        """Whether every product is counted in this unit, or (unless `exactly`) in one of its kind; says which is not."""
        units = self.draft.units
        fits = {each for each in self.units if each == unit or (not exactly and times(units, each, unit) is not None)}
        other = next((each for each in sorted(self.units) if each not in fits), None)
        if other is None:
            return True
        code = self._example(lambda goods: goods.unit == other)
        self.draft.report.add(words.wrong_unit(said, code, self.draft.units[other].name, span))
        return False

    def _period_fits(self, rate: Rate) -> bool:
        said = rate.period or "once"
        wrong = next((p for p in sorted(self.periods) if p != said and not (p == "use" and said == "once")), None)
        if wrong is None:
            return True
        code = self._example(lambda goods: goods.period == wrong)
        self.draft.report.add(words.wrong_period(said, code, wrong, rate.span))
        return False

    def _example(self, holds: Callable[..., bool]) -> str:
        goods = list(self.draft.goods.values())
        reached = range(len(goods)) if self.products is None else sorted(self.products)
        return next((goods[index].code for index in reached if holds(goods[index])), "a product")


def _multiplied(number: Number, factor: Fraction) -> Number:
    """A number so many times; an empty cell stays empty."""
    if not callable(number):
        return number * factor
    of_row = number
    return lambda row: None if (value := of_row(row)) is None else value * factor
