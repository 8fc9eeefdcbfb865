"""What a rule gives: percents of a base, amounts, set prices, floors and tiers, checked against kind, step and products.

A rule's kind says which clause it takes; the way its step combines says which gives can stand together. Each clause
becomes `Offer`s: a give for every row (or a function of the row), the condition a tier adds, and a label.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from engine.lang import across, words
from engine.lang.amounts import Amounts, Number
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
    Subject,
    Tier,
    Within,
)
from engine.lang.charges import Charge, charge
from engine.lang.draft import Draft
from engine.lang.folds import fold_subject
from engine.lang.measures import first_ticks, times
from engine.lang.methods import Priced, table_head, table_rows, whole_units, with_free
from engine.lang.places import Span
from engine.lang.prices import GOODS, MOST_OVER, QUANTITY, TierHead, tier_head, tiers
from engine.lang.summed import reached, scale_of, summed_prices
from engine.lang.syntax import (
    AtLeastClause,
    BaseRef,
    ChargeClause,
    CheapestClause,
    Clause,
    FoldRef,
    GiveClause,
    HandClause,
    Lit,
    OfferClauses,
    Operand,
    PriceClause,
    Rate,
    RuleBlock,
    TierTable,
    UnitsClause,
    Word,
)  # fmt: skip
from engine.lang.taxes import charge_of
from engine.lang.types import history_days, shown

GivePart = Give | None | Callable[[int], Give | None]
RUNNING = Base("running")
WANTS: dict[str, str] = {
    "discount": "`give 10% off list`, or tiers with a column `off`",
    "surcharge": "`add 5% of list` or `add 3 EUR`",
    "price": "`price 42.00 EUR per seat`, or tiers with a column `price`",
    "tax": "`charge 21%`",
    "offer": "`buy 2 of family mugs` and `get 1 of family mugs, cheapest first`",
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
    """Reads the gives of one rule."""

    draft: Draft
    block: RuleBlock
    kind: RuleKind
    step: int
    amounts: Amounts
    on_quote: bool = False

    def offers(self) -> list[Offer] | None:
        """All it gives, or None when something is wrong (and said)."""
        block = self.block
        if self.kind == "tax":
            charge = charge_of(self.draft, block, self.amounts)
            return None if charge is None else [Offer(charge)]
        if block.base is not None and not self._base_counts(block.base):
            return None
        if self._idle_terms():
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
        tabled = [clause.tiers for clause in block.gives if isinstance(clause, PriceClause) and clause.tiers]
        if self.kind == "price" and tabled and not self.on_quote:
            return self._tiers(tabled[0])
        made = [self._one(clause) for clause in block.gives]
        good = [offer for offer in made if offer is not None]
        return good if len(good) == len(made) else None

    def _idle_terms(self) -> bool:
        """Whether something is free, or over a block, where no price is set by units or by blocks; says so."""
        tables = [clause.tiers for clause in self.block.gives if isinstance(clause, PriceClause)]
        blocks = any(table is not None and table.mode == "block" for table in tables)
        idle = [t for t in self.block.terms if self.kind != "price" or (t.kind == "overage" and not blocks)]
        for term in idle:
            if isinstance(term.amount, Rate):
                self.draft.report.add(words.overage_of_nothing(term.span))
            else:
                reason, fix = f"{words.a(self.kind)} sets no price", "write it beside a price"
                self.draft.report.add(words.free_of_nothing(shown(term.amount), reason, fix, term.span))
        return bool(idle)

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

    def _one(self, clause: Clause | AtLeastClause | PriceClause | ChargeClause) -> Offer | None:
        fits = {
            "discount": isinstance(clause, UnitsClause | CheapestClause | HandClause)
            or (isinstance(clause, GiveClause) and clause.verb == "give"),
            "surcharge": isinstance(clause, GiveClause) and clause.verb == "add",
            "price": isinstance(clause, PriceClause),
            "offer": isinstance(clause, OfferClauses),
            "floor": isinstance(clause, AtLeastClause),
        }
        if not fits[self.kind] or isinstance(clause, ChargeClause):
            self.draft.report.add(words.wrong_give(self.kind, WANTS[self.kind], clause.span))
            return None
        if self.on_quote or isinstance(clause, UnitsClause | CheapestClause | OfferClauses | HandClause):
            return self._over(clause)
        if isinstance(clause, GiveClause):
            return self._give(clause)
        return self._floor(clause) if isinstance(clause, AtLeastClause) else self._price(clause)

    def _over(self, clause: Clause | AtLeastClause | PriceClause) -> Offer | None:
        """What is given over several lines, or to some units."""
        if isinstance(clause, HandClause):
            give: Give | None = across.by_hand(self, clause)
        elif isinstance(clause, UnitsClause):
            give = across.units_off(self, clause)
        elif not across.combines(self, clause.span):
            return None
        elif isinstance(clause, CheapestClause):
            give = across.cheapest(self, clause, self.amounts.products)
        elif isinstance(clause, OfferClauses):
            give = across.offer(self, clause, self.amounts.products)
        elif isinstance(clause, GiveClause | PriceClause):
            give = across.on_quote(self, clause)
        else:
            self.draft.report.add(words.wrong_give(self.kind, WANTS["discount"], clause.span))
            return None
        return None if give is None else Offer(give)

    # ------------------------------------------------------------ give and add

    def _give(self, clause: GiveClause) -> Offer | None:
        """`give` or `add`. The base of a percent counts; that of an amount is checked and changes nothing, for an amount comes
        off each unit: `off list` is accepted since `give` always ends in a base, and a warning would have no better text to offer.
        """
        if clause.over is not None:
            if clause.over.each:
                if not self._tax_counts(clause, True):
                    return None
                line = across.each_line(self, clause)
                return None if line is None else Offer(line)
            self.draft.report.add(words.over_one_line("spread, remainder or at most", clause.over.span))
            return None
        sign = -1 if clause.verb == "give" else 1
        of = self.base(clause.base, sign)
        number, is_money = self.amounts.amount(clause.amount, 1 if sign < 0 else 10)
        if number is None or of is None or not self._combines(is_money, of, clause.span):
            return None
        if not is_money and clause.verb == "add" and clause.base is None:
            self.draft.report.add(words.percent_of(clause.span))
            return None
        if is_money and clause.verb == "add" and clause.base is not None:
            self.draft.report.add(words.amount_of(across.said(clause.amount), clause.span))
            return None
        if not self._tax_counts(clause, is_money):
            return None
        if is_money:
            return Offer(_with(number, lambda value: Amount(sign * value, clause.tax)))
        return Offer(_with(number, lambda value: Percent(sign * value, of)))

    def _tax_counts(self, clause: GiveClause, is_money: bool) -> bool:
        """Whether `including tax` (or `excluding`) says something: of an amount, in a book whose prices are the other way."""
        if clause.tax is None:
            return True
        told = None
        if not is_money:
            told = words.tax_of_percent(clause.tax, clause.span)
        elif not any(block.kind == "tax" for block in self.draft.of(RuleBlock)):
            told = words.no_tax_rules(clause.tax, clause.span)
        elif self.draft.include_tax == (clause.tax == "including"):
            told = words.tax_as_book(clause.tax, clause.span)
        if told is not None:
            self.draft.report.add(told)
        return told is None

    def _combines(self, is_money: bool, of: Base, span: Span) -> bool:
        step = self.draft.step_list[self.step]
        if step.combine != "compounding":
            return True
        if is_money:
            self.draft.report.add(words.compounding_amount(step.name, span))
        elif of.kind != "running":
            self.draft.report.add(words.compounding_base(step.name, span))
        return not is_money and of.kind == "running"

    def base(self, ref: BaseRef | None, sign: int = -1) -> Base | None:
        """What a percent is of; nothing said is the running price."""
        if ref is not None and ref.kind in ("cost", "lowest") and self.on_quote:
            self.draft.report.add(words.of_a_unit(ref.span))
            return None
        if ref is not None and ref.kind == "cost":
            return self._of_cost(ref.span, sign)
        if ref is not None and ref.days is not None:
            days = history_days(self.draft, ref.days)
            return None if days is None else Base("lowest", days=days)
        if ref is None or ref.kind != "after":
            return RUNNING if ref is None else Base(ref.kind)
        return self._after(ref.step) if ref.step else None

    def _of_cost(self, span: Span, sign: int) -> Base | None:
        """The dated cost: something can be added of it, nothing is given off it."""
        if sign < 0:
            self.draft.report.add(words.off_cost(span))
            return None
        return Base("cost") if self._over_costs(span) else None

    def _over_costs(self, span: Span) -> bool:
        """Whether every product that the rule reaches has a cost; says which has not."""
        without = self._without_cost()
        if without:
            self.draft.report.add(words.over_no_cost(without[0], span, len(without) - 1))
        return not without

    def _without_cost(self) -> list[str]:
        goods = list(self.draft.goods.values())
        reached = range(len(goods)) if self.amounts.products is None else sorted(self.amounts.products)
        return [goods[index].code for index in reached if not goods[index].costs and not goods[index].broken]

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
        if clause.of in ("amount", "below_list"):
            number, is_money = self.amounts.amount(clause.amount, 1)
            if number is not None and not is_money:
                of = "an amount before `below list`" if clause.of == "below_list" else ""
                wants = of or "what the percent is of: margin, markup or of list"
                self.draft.report.add(words.wrong_give("floor", wants, clause.span))
                return None
            return None if number is None else Offer(_with(number, lambda value: AtLeast(clause.of, value)))
        number, is_money = self.amounts.amount(clause.amount, MOST_OF[clause.of])
        if number is None:
            return None
        if is_money:
            self.draft.report.add(
                words.wrong_give("floor", f"a percent before `{clause.of.replace('_', ' ')}`", clause.span)
            )
            return None
        if clause.of == "margin" and self._reaches_one(number):
            self.draft.report.add(words.whole_margin(clause.span))
            return None
        if clause.of != "of_list":
            self._costs(clause)
        return Offer(_with(number, lambda value: AtLeast(clause.of, value)))

    def _reaches_one(self, number: Number) -> bool:
        table = self.amounts.compiler.table
        if not callable(number) or table is None:
            return number == 1
        return any(number(row) == 1 for row in range(len(table.sheet.rows)))

    def _costs(self, clause: AtLeastClause) -> None:
        """A floor by margin or markup needs a cost on every product it reaches."""
        without = self._without_cost()
        if without:
            self.draft.report.add(words.no_cost(without[0], clause.of, clause.span, len(without) - 1))

    def _price(self, clause: PriceClause) -> Offer | None:
        if not self._may_set(clause.span):
            return None
        if clause.dates is not None:
            self.draft.report.add(words.wrong_give("price", "the dates on a line of their own", clause.dates.span))
        if clause.markup is not None:
            return self._price_over(clause.markup, clause.span)
        if clause.rate is None or not self.amounts.rate_fits(clause.rate):
            return None
        number, package = self.amounts.rate(clause.rate), self.amounts.package(clause.rate)
        if number is None or package is None:
            return None
        return Offer(_with(number, lambda value: self._set(Charge(value, package).price(clause.span), clause.span)))

    def price_of(self, tier: Tier) -> Price:
        """The price of every unit, where a tier's holds for all of them."""
        return Charge(tier.amount, tier.package).price(tier.span)

    def _set(self, price: Price, span: Span) -> SetPrice | None:
        """A set price with what is free of it; None (and said) where that makes no sense."""
        free = with_free(self.draft, price, self.priced(), span)
        return None if free is None else SetPrice(free)

    def priced(self) -> Priced:
        """What a table of the rule is the price of."""
        return Priced(
            self.tier_rate, self.amounts.unit_of(None), f"the products of {self.block.name.text}", self.block.terms
        )

    def _price_over(self, markup: Operand, span: Span) -> Offer | None:
        """`price cost plus 25%`."""
        number, is_money = self.amounts.amount(markup, MOST_OVER)
        if is_money:
            self.draft.report.add(words.wrong_give("price", "a percent: price cost plus 25%", span))
        if number is None or is_money or not self._over_costs(span):
            return None
        return Offer(_with(number, lambda value: SetPrice(Price(Fraction(0), markup=value))))

    def _may_set(self, span: Span) -> bool:
        step = self.draft.step_list[self.step]
        if self.step > self.draft.steps.get("net", self.step):
            self.draft.report.add(words.price_below_net(step.name, span))
            return False
        if step.combine in ("one only", "best of", "list"):
            return True
        self.draft.report.add(words.price_adds(step.name, step.combine, span))
        return False

    # ------------------------------------------------------------ tiers

    def _tiers(self, table: TierTable) -> list[Offer] | None:
        if self.kind not in ("discount", "price"):
            self.draft.report.add(words.wrong_give(self.kind, WANTS[self.kind], table.span))
            return None
        value: Literal["price", "off"] = "price" if self.kind == "price" else "off"
        fold = table.by if isinstance(table.by, FoldRef) else None
        if value == "price" and not self._may_set(table.span):
            return None
        if value == "price" and fold is not None:
            prices = summed_prices(self, table, fold)
            return None if prices is None else [Offer(*one) for one in prices]
        amounts = fold is not None and fold.what == "goods"
        head = (
            table_head(self.draft, table)
            if value == "price"
            else tier_head(self.draft, table.cells, value, GOODS if amounts else QUANTITY)
        )
        if head is None:
            return None
        place = table.cells.head[0]
        own = fold is None or table.mode == "graduated"  # else the unit is of what the sum counts
        if (
            head.unit is not None
            and own
            and not self.amounts.unit_fits(head.unit, self.draft.units[head.unit].name, place.span)
        ):
            return None
        if value == "price":
            return self._price_table(table, head)
        units: list[int | None] = [*sorted(self.amounts.units)] or [None]
        if (
            head.inclusive
            and not head.money
            and not all(whole_units(self.draft, head, u, table.mode, place.span) for u in units)
        ):
            return None
        of = self._head_base(head.base) if head.base else self.base(self.block.base)
        made = tiers(self.draft, table, head, value)
        if made is None or of is None or not self._combines(False, of, table.span):
            return None
        by = None if fold is None else fold_subject(self.amounts.compiler, fold, unit=head.unit)
        if fold is not None and by is None:
            return None
        if amounts and table.mode == "graduated":
            self.draft.report.add(words.graduated_amount(table.span))
            return None
        if table.mode == "graduated":
            return [Offer(GraduatedOff(replace(made, scale=self._scale(head)), of, by))]
        scale = self._scale(head) if by is None else scale_of(self.draft, by, head)
        found = reached(self.draft, made, head, place.text, by or self._quantity(), scale)
        return [Offer(Percent(-one.tier.amount, of), one.when, one.label, one.tier.span) for one in found]

    def _quantity(self) -> Subject:
        return self.draft.looks["line.quantity"].subject

    def _scale(self, head: TierHead) -> Fraction:
        """How many of what a table measures one unit of the products is."""
        own = [u for u in self.amounts.units if head.unit is not None and times(self.draft.units, u, head.unit)]
        factor = times(self.draft.units, own[0], head.unit) if len(own) == 1 and head.unit is not None else None
        return factor or Fraction(1)

    def _price_table(self, table: TierTable, head: TierHead) -> list[Offer] | None:
        """A rule whose price is a table; one of blocks does not act below the first."""
        rows = table_rows(self.draft, table, head, self.priced())
        give = None if rows is None else self._set(Price(Fraction(0), rows), table.span)
        if rows is None or give is None:
            return None
        if rows.mode != "block":
            return [Offer(give)]
        low = first_ticks(rows, rows.rows[0])
        return [Offer(give, Within(self._quantity(), low, None))]

    def tier_rate(self, rate: Rate, measure: int | None) -> Charge | None:
        """What a rate of a table charges for a unit of what is measured (None: a unit of the products)."""
        if not self.amounts.rate_fits(rate):
            return None
        return charge(self.draft, rate, self.amounts.unit_of(rate.per_unit) if measure is None else measure)

    def _head_base(self, word: Word) -> Base | None:
        """The base in a column's name: `off list`, `off running price`, `off after volume`."""
        if word.text in ("list", "running price"):
            return Base("list" if word.text == "list" else "running")
        if word.text.startswith("after "):
            return self._after(Word(word.text.removeprefix("after ").strip(), word.span))
        if word.text == "cost":
            return self._of_cost(word.span, -1)
        if past := re.fullmatch(r"lowest price of (\S+) (\w+)", word.text):
            return self.base(BaseRef("lowest", None, word.span, Lit("duration", past[1], past[2], word.span)))
        self.draft.report.add(
            words.tier_head(f"off {word.text}", word.span, "`off list`, `off running price` or `off after STEP`")
        )
        return None


def _with(number: Number, make: Callable[[Fraction], Give | None]) -> GivePart:
    """A give of a fixed number, or of each row's; an empty cell gives nothing."""
    if not callable(number):
        return make(number)
    made: dict[Fraction, Give | None] = {}

    def of_row(row: int) -> Give | None:
        value = number(row)
        if value is None:
            return None
        if value not in made:
            made[value] = make(value)
        return made[value]

    return of_row
