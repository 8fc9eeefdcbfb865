"""What a tax rule charges: a percent of the net amount and the category it is reported in, or a row's columns of them.

Categories are those of EN 16931 (BT-151, codes of UNCL5305). S charges more than 0%; the others charge nothing, each for
its own reason, so a rate of 0% says which it is.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from engine.lang import words
from engine.lang.amounts import Amounts
from engine.lang.book import Charge
from engine.lang.draft import Column, Draft
from engine.lang.places import Span
from engine.lang.syntax import ChargeClause, RuleBlock, Word

CATEGORIES = {
    "S": "standard or reduced rate", "Z": "zero rated", "E": "exempt", "AE": "reverse charge", "K": "within the EU",
    "G": "export", "O": "outside of tax", "L": "Canary Islands", "M": "Ceuta and Melilla",
}  # fmt: skip
CHARGING = ("S", "L", "M")
"""Categories with a rate; that of L and M may be 0%."""
Part = Charge | Callable[[int], Charge | None]


def charge_of(draft: Draft, block: RuleBlock, amounts: Amounts) -> Part | None:
    """What a tax rule charges, or a function of the row; None (and said) when something is wrong."""
    clause = next((one for one in block.gives if isinstance(one, ChargeClause)), None)
    for extra in block.gives:
        if extra is not clause:
            draft.report.add(words.wrong_give("tax rule", "`charge 21%` and `category S`", extra.span))
            return None
    if clause is None or clause.amount is None:
        what = f"`{block.name.text}` does not say what it charges"
        draft.report.add(words.missing_clause(what, block.name.span, "add: charge 21%"))
        return None
    number, is_money = amounts.amount(clause.amount, 1)
    category = _category(amounts, clause.category)
    if number is None or category is None:
        return None
    if is_money:
        draft.report.add(words.wrong_give("tax rule", "a percent: charge 21%", clause.span))
        return None
    if not callable(number) and isinstance(category, str):
        place = clause.category.span if clause.category else clause.span
        return _charge(draft, number, category, place)
    table, row_span = amounts.compiler.table, clause.span
    assert table is not None
    rates, column = number, category

    def of_row(row: int) -> Charge | None:
        rate = rates(row) if callable(rates) else rates
        code = column if isinstance(column, str) else str(column.values[row] or "")
        place = table.sheet.row_span(row) if table else row_span
        return None if rate is None else _charge(draft, rate, code, place)

    return of_row


def _category(amounts: Amounts, word: Word | None) -> str | Column | None:
    """A category, "" where none is said, or the column of it."""
    if word is None:
        return ""
    if "." not in word.text:
        return word.text
    return amounts.compiler.column(word)


def _charge(draft: Draft, rate: Fraction, category: str, span: Span) -> Charge | None:
    """A charge whose rate and category go together; without a category one above 0% is S."""
    said = category or ("S" if rate else "")
    if not said:
        draft.report.add(words.tax_nothing(span, CATEGORIES))
        return None
    if said not in CATEGORIES:
        draft.report.add(words.tax_category(said, span, CATEGORIES))
        return None
    if (said == "S" and not rate) or (said not in CHARGING and rate):
        draft.report.add(words.tax_rate(said, CATEGORIES[said], bool(rate), span))
        return None
    return Charge(rate, said)
