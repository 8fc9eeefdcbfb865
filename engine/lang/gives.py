"""What a rule gives: percents of a base, amounts, set prices, floors and tiers, checked against kind, step and products.

A rule's kind says which clause it takes; the way its step combines says which gives can stand together. Each clause
becomes `Offer`s: a give for every row (or a function of the row), the condition a tier adds, and a label.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from engine.lang import words
from engine.lang.book import (
    ALWAYS,
    Amount,
    AtLeast,
    Base,
    Condition,
    Give,
    GraduatedOff,
    Percent,
    Price,
    RuleKind,
    SetPrice,
    Span,
    Tiers,
    Within,
)  # fmt: skip
from engine.lang.conditions import Compiler
from engine.lang.draft import Column, Draft
from engine.lang.prices import plain, tier_head, tiers
from engine.lang.syntax import (
    AtLeastClause,
    BaseRef,
    GiveClause,
    Operand,
    PriceClause,
    Rate,
    RuleBlock,
    TierTable,
    Word,
)  # fmt: skip
from engine.lang.targets import Products
from engine.lang.types import money, per_count, percent, rate_micros, shown
from engine.values.kinds import MICROS

GivePart = Give | Callable[[int], Give | None]
Number = Fraction | Callable[[int], Fraction | None]
RUNNING = Base("running")
WANTS: dict[str, str] = {
    "discount": "`give 10% off list`, or tiers with a column `off`",
    "surcharge": "`add 5% of list` or `add 3 EUR`",
    "price": "`price 42.00 EUR per seat`, or tiers with a column `price`",
    "floor": "`at least 20% margin`, `at least 70% of list` or `at least 30 EUR`",
}
MOST_OF = {"margin": 1, "of_list": 1, "markup": 10}


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing a rule gives; a tier adds its condition, label and place."""

    give: GivePart
    when: Condition = ALWAYS
    label: str = ""
    span: Span | None = None


@dataclass(slots=True)
class Giver:
    """Reads the gives of one rule. `products` are those it may reach, for units and periods."""

    draft: Draft
    block: RuleBlock
    kind: RuleKind
    step: int
    products: Products
    compiler: Compiler
    units: frozenset[int]
    periods: frozenset[str]

    def offers(self) -> list[Offer] | None:
        """All it gives, or None when something is wrong (and said)."""
        block = self.block
        if block.base is not None and not self._base_counts(block.base):
            return None
        if block.tiers is not None:
            for extra in block.gives:
                self.draft.report.add(words.one_give(extra.span))
            return self._tiers(block.tiers)
        if not block.gives:
            what = f"`{block.name.text}` gives nothing"
            self.draft.report.add(words.missing_clause(what, block.name.span, f"add {WANTS[self.kind]}"))
            return None
        if self.kind != "floor":
            for extra in block.gives[1:]:
                self.draft.report.add(words.one_give(extra.span))
        made = [self._one(clause) for clause in block.gives]
        good = [offer for offer in made if offer is not None]
        return good if len(good) == len(made) else None

    def _base_counts(self, base: BaseRef) -> bool:
        """Whether a line `off BASE` has a tier table to say it of, one that does not say it itself."""
        tiers, reason = self.block.tiers, ""
        if tiers is None or self.kind != "discount":
            reason = "it belongs below a table of tiers with a column `off`"
        elif any(cell.text.startswith("off ") for cell in tiers.cells.head):
            reason = "the table's own column says what it is off"
        if reason:
            self.draft.report.add(words.idle_base("off ...", base.span, reason))
        return not reason

    def _one(self, clause: GiveClause | AtLeastClause | PriceClause) -> Offer | None:
        fits = {
            "discount": isinstance(clause, GiveClause) and clause.verb == "give",
            "surcharge": isinstance(clause, GiveClause) and clause.verb == "add",
            "price": isinstance(clause, PriceClause),
            "floor": isinstance(clause, AtLeastClause),
        }
        if not fits[self.kind]:
            self.draft.report.add(words.wrong_give(self.kind, WANTS[self.kind], clause.span))
            return None
        if isinstance(clause, GiveClause):
            return self._give(clause)
        return self._floor(clause) if isinstance(clause, AtLeastClause) else self._price(clause)

    # ------------------------------------------------------------ give and add

    def _give(self, clause: GiveClause) -> Offer | None:
        sign = -1 if clause.verb == "give" else 1
        of = self.base(clause.base)
        number, is_money = self._amount(clause.amount, 1 if sign < 0 else 10)
        if number is None or of is None or not self._combines(is_money, of, clause.span):
            return None
        if not is_money and clause.verb == "add" and clause.base is None:
            self.draft.report.add(words.percent_of(clause.span))
            return None
        if is_money and clause.verb == "add" and clause.base is not None:
            self.draft.report.add(words.amount_of(shown(clause.amount), clause.span))
            return None
        if is_money:
            return Offer(_with(number, lambda value: Amount(sign * value)))
        return Offer(_with(number, lambda value: Percent(sign * value, of)))

    def _combines(self, is_money: bool, of: Base, span: Span) -> bool:
        step = self.draft.step_list[self.step]
        if step.combine != "compounding":
            return True
        if is_money:
            self.draft.report.add(words.compounding_amount(step.name, span))
        elif of.kind != "running":
            self.draft.report.add(words.compounding_base(step.name, span))
        return not is_money and of.kind == "running"

    def _amount(self, operand: Operand, most: int) -> tuple[Number | None, bool]:
        """A percent or an amount of money, and whether it is money; a row's column gives one a row."""
        if isinstance(operand, Word) and operand.text.startswith("row."):
            number, is_money = self._column(operand, most)
            column = self.compiler.column(operand) if number is not None else None
            fits = column is None or column.decl.rate is None or self._counted_alike(column.decl.rate)
            return number if fits else None, is_money
        is_money = not isinstance(operand, Word) and operand.kind == "money"
        return (money(self.draft, operand, "") if is_money else percent(self.draft, operand, most)), is_money

    def _counted_alike(self, rate: Rate) -> bool:
        """Whether what a column's amounts are declared per is what the products are counted and charged in."""
        if rate.per_unit is not None:
            unit = self.draft.find("unit", rate.per_unit, self.draft.unit_of)
            if unit is None or not self._unit_fits(unit, rate.per_unit.text, rate.per_unit.span):
                return False
        return rate.period is None or self._period_fits(rate)

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

    def base(self, ref: BaseRef | None) -> Base | None:
        """What a percent is of; nothing said is the running price."""
        if ref is None or ref.kind != "after":
            return RUNNING if ref is None else Base(ref.kind)
        return self._after(ref.step) if ref.step else None

    def _after(self, word: Word) -> Base | None:
        step = self.draft.find("step", word, self.draft.steps)
        if step is None:
            return None
        if step >= self.step:
            self.draft.report.add(words.not_earlier(word.text, self.draft.step_list[self.step].name, word.span))
            return None
        return Base("after", step)

    # ------------------------------------------------------------ floors and set prices

    def _floor(self, clause: AtLeastClause) -> Offer | None:
        if clause.of == "amount":
            number, is_money = self._amount(clause.amount, 1)
            if number is not None and not is_money:
                self.draft.report.add(
                    words.wrong_give("floor", "what the percent is of: margin, markup or of list", clause.span)
                )
                return None
            return None if number is None else Offer(_with(number, lambda value: AtLeast("amount", value)))
        number, is_money = self._amount(clause.amount, MOST_OF[clause.of])
        if number is None:
            return None
        if is_money:
            self.draft.report.add(
                words.wrong_give("floor", f"a percent before `{clause.of.replace('_', ' ')}`", clause.span)
            )
            return None
        if clause.of == "margin" and number == 1:
            self.draft.report.add(words.whole_margin(clause.span))
            return None
        if clause.of != "of_list":
            self._costs(clause)
        return Offer(_with(number, lambda value: AtLeast(clause.of, value)))

    def _costs(self, clause: AtLeastClause) -> None:
        """A floor by margin or markup needs a cost on every product it reaches."""
        goods = list(self.draft.goods.values())
        reached = range(len(goods)) if self.products is None else sorted(self.products)
        without = [goods[index].code for index in reached if not goods[index].costs and not goods[index].broken]
        if without:
            self.draft.report.add(words.no_cost(without[0], clause.of, clause.span, len(without) - 1))

    def _price(self, clause: PriceClause) -> Offer | None:
        if not self._may_set(clause.span):
            return None
        if clause.dates is not None:
            self.draft.report.add(words.wrong_give("price", "the dates on a line of their own", clause.dates.span))
        if clause.tiers is not None:
            offers = self._tiers(clause.tiers)
            return offers[0] if offers else None
        if clause.rate is None or not self._rate_fits(clause.rate):
            return None
        number = self._rate(clause.rate)
        return None if number is None else Offer(_with(number, lambda value: SetPrice(Price(value))))

    def _may_set(self, span: Span) -> bool:
        step = self.draft.step_list[self.step]
        if step.combine in ("one only", "best of"):
            return True
        self.draft.report.add(words.price_adds(step.name, step.combine, span))
        return False

    def _rate(self, rate: Rate) -> Number | None:
        if not isinstance(rate.amount, Word):
            return rate_micros(self.draft, rate, "price")
        column = self.compiler.column(rate.amount)
        if column is not None and column.kind.name != "money":
            fix = f"declare it `{column.name}: money per unit`"
            self.draft.report.add(words.column_use(column.name, "is not money", rate.amount.span, fix))
            return None
        number, _ = self._column(rate.amount, 1)
        declared = column.decl.rate if column is not None else None
        if column is None or number is None or (declared is not None and not self._declared_fits(declared, rate)):
            return None
        count = per_count(self.draft, rate)
        if declared is not None and declared.per_count is not None:
            if rate.per_unit is None or rate.per_count == declared.per_count:
                return number
            told = words.counts_differ(column.name, declared.per_count, rate.per_count or "1", rate.span)
            self.draft.report.add(told)
            return None
        return None if count is None else _divided(number, count)

    def _declared_fits(self, declared: Rate, said: Rate) -> bool:
        """What a column is declared per, where the clause does not say more."""
        period = declared.period or said.period
        return self._rate_fits(Rate(declared.amount, None, declared.per_unit, period, declared.span))

    def _rate_fits(self, rate: Rate) -> bool:
        """A set price is per the unit and period of the products it is for."""
        if isinstance(rate.amount, Word) and rate.per_unit is None and rate.period is None:
            return True  # the column's own declaration says
        if rate.per_unit is not None:
            unit = self.draft.find("unit", rate.per_unit, self.draft.unit_of)
            if unit is None or not self._unit_fits(unit, rate.per_unit.text, rate.per_unit.span):
                return False
        return self._period_fits(rate)

    def _unit_fits(self, unit: int, said: str, span: Span) -> bool:
        other = next((each for each in sorted(self.units) if each != unit), None)
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

    # ------------------------------------------------------------ tiers

    def _tiers(self, table: TierTable) -> list[Offer] | None:
        if self.kind not in ("discount", "price"):
            self.draft.report.add(words.wrong_give(self.kind, WANTS[self.kind], table.span))
            return None
        value: Literal["price", "off"] = "price" if self.kind == "price" else "off"
        head = tier_head(self.draft, table.cells, value)
        if head is None or (self.kind == "price" and not self._may_set(table.span)):
            return None
        place = table.cells.head[0]
        if head.unit is not None and not self._unit_fits(head.unit, self.draft.units[head.unit].name, place.span):
            return None
        if head.inclusive and (decimal := [u for u in sorted(self.units) if self.draft.units[u].decimals]):
            self.draft.report.add(words.from_decimal(self.draft.units[decimal[0]].plural, place.span))
            return None
        of = self._head_base(head.base) if head.base else self.base(self.block.base)
        made = tiers(self.draft, table, head, value, self._tier_rate)
        if made is None or of is None or not self._combines(False, of, table.span):
            return None
        if value == "price":
            return [Offer(SetPrice(Price(Fraction(0), made)))]
        if table.mode == "graduated":
            return [Offer(GraduatedOff(made, of))]
        return self._all_units(made, of, place.text)

    def _tier_rate(self, rate: Rate) -> Fraction | None:
        return rate_micros(self.draft, rate, "price") if self._rate_fits(rate) else None

    def _head_base(self, word: Word) -> Base | None:
        """The base in a column's name: `off list`, `off running price`, `off after volume`."""
        if word.text in ("list", "running price"):
            return Base("list" if word.text == "list" else "running")
        if word.text.startswith("after "):
            return self._after(Word(word.text.removeprefix("after ").strip(), word.span))
        self.draft.report.add(
            words.tier_head(f"off {word.text}", word.span, "`off list`, `off running price` or `off after STEP`")
        )
        return None

    def _all_units(self, made: Tiers, of: Base, measure: str) -> list[Offer]:
        """A case a tier: the line's quantity is within it."""
        quantity = self.draft.looks["line.quantity"].subject
        lows = [row.start if row.inclusive else row.start + 1 for row in made.rows]
        offers = []
        for row, low, following in zip(made.rows, lows, [*lows[1:], None], strict=True):
            high = None if following is None else following - 1
            label = f"{measure} {plain(row.start)}"
            offers.append(Offer(Percent(-row.amount, of), Within(quantity, low, high), label, row.span))
        return offers


def _divided(number: Number, count: int) -> Number:
    """A number for each of `count`; an empty cell stays empty."""
    if not callable(number):
        return number / count
    of_row = number
    return lambda row: None if (value := of_row(row)) is None else value / count


def _with(number: Number, make: Callable[[Fraction], Give]) -> GivePart:
    """A give of a fixed number, or of each row's; an empty cell gives nothing."""
    if not callable(number):
        return make(number)
    made: dict[Fraction, Give] = {}

    def of_row(row: int) -> Give | None:
        value = number(row)
        if value is None:
            return None
        if value not in made:
            made[value] = make(value)
        return made[value]

    return of_row
