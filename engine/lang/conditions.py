"""Turns what an author wrote after `when` into `book.Condition`, names settled and literals in ticks.

An expression is compiled once a rule. What does not look at a row becomes a Condition at once; what does becomes a
function of the row's number, so a rule over 20,000 rows runs 20,000 small functions and no checks:

    row.audience is "Reseller" and customer.kind is reseller
        ->  lambda row: NEVER when the cell is another word, else Is(customer.kind, {reseller})

Comparisons of row columns and literals are settled here. An empty optional cell ends a range openly; in any other
comparison it makes it false.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from engine.lang import words
from engine.lang.book import ALWAYS, Is, Known, Within
from engine.lang.draft import Column, Draft, Look, Table
from engine.lang.folds import compare_fold, line_subject, of_products
from engine.lang.measures import times
from engine.lang.names import MEASURES
from engine.lang.parts import (
    FLIP,
    NEVER,
    Part,
    Side,
    among,
    compared,
    converted,
    equal,
    every,
    inside,
    joined,
    reader,
    settled,
    some,
    tick_of,
    turned_over,
    within,
)
from engine.lang.places import Span
from engine.lang.syntax import Compare, Expr, FoldRef, Lit, Operand, Rate, Word
from engine.lang.types import literal, shown
from engine.values.kinds import Kind, Value

MAX_NODES = 2_000
MAX_DEPTH = 60

ALIKE = {"percent": "share", "fraction": "share", "quantity": "count", "number": "count"}
"""Kinds whose ticks mean the same."""

# ---------------------------------------------------------------- compiling


class Compiler:
    """Compiles the conditions of one rule. `units` are those its products are counted in, for `50 seats`; `also` are names known
    to the caller, for the nearest one. `step` is the rule's, for sums over lines (None: there can be none); `bare`: inside the
    condition of such a sum, where a line's own facts stand without `line`.
    """

    def __init__(
        self,
        draft: Draft,
        table: Table | None = None,
        units: frozenset[int] = frozenset(),
        also: tuple[str, ...] = (),
        step: int | None = None,
        bare: bool = False,
    ) -> None:
        self.draft, self.table, self.units, self.also = draft, table, units, also
        self.said, self.step, self.bare = draft.report.add, step, bare
        self._nodes = 0
        self._known: frozenset[str] = frozenset()
        self.asked: set[str] = set()  # the row's columns that the rule looks at

    def compile(self, expr: Expr) -> Part | None:
        """The condition, or None when something in it is wrong (and said)."""
        self._known = frozenset(_known_paths(expr, MAX_DEPTH))
        self._nodes = 0
        return self._expr(expr, 0, False)

    def _expr(self, expr: Expr, depth: int, negated: bool) -> Part | None:
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            if self._nodes <= MAX_NODES + 1:
                self.said(words.condition_size(expr.span))
            return None
        if isinstance(expr, Compare):
            return self._compare(expr, negated)
        inner = negated != (expr.word == "not")
        parts = [self._expr(part, depth + 1, inner) for part in expr.parts]
        good = [part for part in parts if part is not None]
        if len(good) < len(parts):
            return None
        if expr.word == "not":
            return turned_over(good[0])
        return joined(every if expr.word == "and" else some, good)

    def within_lines(self) -> Compiler:
        """A compiler for the condition on lines of a sum."""
        return Compiler(self.draft, None, self.units, self.also, bare=True)

    # ------------------------------------------------------------ one comparison

    def _compare(self, compare: Compare, negated: bool) -> Part | None:
        if isinstance(compare.subject, FoldRef):
            return compare_fold(self, compare)
        if self.bare and compare.subject.text in ("family", "product"):
            return of_products(self, compare, compare.subject.text == "family")
        compare = self._turned(compare)
        assert not isinstance(compare.subject, FoldRef)
        subject = self._subject(compare.subject)
        if subject is None:
            return None
        relation = compare.relation
        asked = relation in ("known", "not known")
        if not asked:
            self._doubt(subject, compare, negated)
        part = self._is_known(subject, compare) if asked else self._values(subject, compare)
        negative = relation in ("is not", "not in", "not range", "not known")
        return turned_over(part) if negative and part is not None else part

    def _turned(self, compare: Compare) -> Compare:
        """`row.least <= line.quantity` and `10 <= line.quantity` with the fact first."""
        if len(compare.values) != 1 or compare.relation not in FLIP or not isinstance(compare.values[0], Word):
            return compare
        right = compare.values[0]
        assert not isinstance(compare.subject, FoldRef)
        left_moves = isinstance(compare.subject, Word) and compare.subject.text in self.draft.looks
        if left_moves or (right.text not in self.draft.looks and not right.text.startswith("row.")):
            return compare
        if right.text.startswith("row.") and not isinstance(compare.subject, Lit):
            return compare
        return Compare(right, FLIP[compare.relation], (compare.subject,), compare.span)  # type: ignore[arg-type]

    def _subject(self, operand: Operand) -> Look | Column | None:
        """What is looked at: a fact or a row's column."""
        if isinstance(operand, Lit):
            self.said(words.incomparable(shown(operand), operand.kind, "this", "literal", operand.span))
            return None
        if operand.text.startswith("row."):
            return self.column(operand)
        if self.bare:
            return line_subject(self, operand)
        look = self.draft.looks.get(operand.text)
        if look is None and operand.text in MEASURES:
            self.said(words.figure_in_rule(operand.text, operand.span))
        elif look is None:
            self.draft.unknown(
                "fact",
                operand.text,
                operand.span,
                [*(name for name in self.draft.looks if " " not in name), *self._columns(), *self.also],
            )
        return look

    def _columns(self) -> Iterator[str]:
        return (f"row.{name}" for name in self.table.columns) if self.table else iter(())

    def column(self, word: Word) -> Column | None:
        """`row.discount`: the column, or None (and said)."""
        if self.table is None:
            self.said(words.row_outside(word.text, word.span))
            return None
        name = word.text.removeprefix("row.")
        self.asked.add(name)
        column = self.table.columns.get(name)
        if column is None and name not in self.table.declared:
            near = self.draft.report.near(name, self.table.columns)
            self.said(words.no_column(name, f"table `{self.table.name}`", word.span, near))
        return column

    def _is_known(self, subject: Look | Column, compare: Compare) -> Part:
        if isinstance(subject, Column):
            values = subject.values
            return lambda row: NEVER if values[row] is None else ALWAYS
        if not subject.optional and subject.subject.name != "line.group":
            self.said(words.always_known(subject.subject.name, compare.span))
            return ALWAYS
        return Known(subject.subject)

    def _doubt(self, subject: Look | Column, compare: Compare, negated: bool) -> None:
        """A `not` over an optional fact also holds while it is unknown: say so, unless it is asked."""
        negative = compare.relation in ("is not", "not in", "not range")
        if (
            isinstance(subject, Look)
            and subject.optional
            and negative != negated
            and subject.subject.name not in self._known
        ):
            self.said(words.maybe_unknown(subject.subject.name, compare.span))

    # ------------------------------------------------------------ values

    def _values(self, subject: Look | Column, compare: Compare) -> Part | None:
        assert not isinstance(compare.subject, FoldRef)
        relation, name = compare.relation, shown(compare.subject)
        ordered = subject.kind.ordered and not (isinstance(subject, Column) and subject.product)
        if not ordered and relation not in ("is", "is not", "in", "not in", "="):
            self.said(words.no_order(name, relation.removeprefix("not ").replace("range", "to"), compare.span))
            return None
        sides = [
            self._side(subject, value, name, relation, at == 1)
            for at, value in enumerate(compare.values)
            if not isinstance(value, Rate)
        ]
        good = [side for side in sides if side is not None]
        if len(good) < len(sides):
            return None
        if relation in ("range", "not range"):
            return self._range(subject, good[0], good[1], compare.span)
        if relation in ("<", "<=", ">", ">="):
            return compared(subject, relation, good[0])
        return equal(subject, good) if ordered else among(subject, good)

    def _side(
        self, subject: Look | Column, operand: Operand, name: str, relation: str, upper: bool = False
    ) -> Side | None:
        """The value on the right: a literal in ticks, or a row's column of a kind that compares."""
        if isinstance(operand, Word) and operand.text.startswith("row."):
            column = self.column(operand)
            return column if column is not None and self._alike(subject, column, name, operand) else None
        if isinstance(operand, Word) and operand.text in self.draft.looks:
            self.said(words.two_facts(name, operand.text, operand.span))
            return None
        if isinstance(subject, Column) and subject.product:
            return self._product(operand)
        factor = self._factor(subject, operand)
        if factor is None:
            return None
        value = literal(self.draft, _boundless(subject.kind), operand, name)
        return value if factor == 1 or value is None else converted(relation, int(value) * factor, upper)

    def _product(self, operand: Operand) -> Value | None:
        index = self.draft.number.get(operand.text)
        if index is None:
            self.draft.unknown("product", operand.text, operand.span, self.draft.number)
        return index

    def _factor(self, subject: Look | Column, operand: Operand) -> Fraction | None:
        """How many of the products' unit the unit of a quantity is: `line.quantity >= 50 seats` is for products counted in seats,
        or in boxes of them."""
        if not (isinstance(subject, Look) and subject.subject.name == "line.quantity"):
            return Fraction(1)
        if not (isinstance(operand, Lit) and operand.kind == "quantity" and operand.unit in self.draft.unit_of):
            return Fraction(1)
        said, units = self.draft.unit_of[operand.unit], self.draft.units
        found = {unit: times(units, said, unit) for unit in sorted(self.units)}
        others = [units[unit].plural for unit, factor in found.items() if factor is None]
        if others:
            self.said(words.wrong_count(shown(operand), units[said].plural, others, operand.span))
            return None
        factors = {factor for factor in found.values() if factor is not None}
        if len(factors) > 1:
            self.said(words.several_units(shown(operand), [units[unit].plural for unit in found], operand.span))
            return None
        return factors.pop() if factors else Fraction(1)

    def _alike(self, subject: Look | Column, column: Column, name: str, operand: Word) -> bool:
        """Whether a column's kind compares with the subject's; an enum's column of text holds its names."""
        mine = "product" if isinstance(subject, Column) and subject.product else subject.kind.name
        other = "product" if column.product else column.kind.name
        if {mine, other} == {"enum", "text"} or (mine == other == "enum"):
            return isinstance(subject, Column) or fits_words(self.draft, subject.kind, column, name)
        if ALIKE.get(mine, mine) == ALIKE.get(other, other):
            return True
        self.said(words.incomparable(name, mine, operand.text, other, operand.span))
        return False

    def _range(self, subject: Look | Column, low: Side, high: Side, span: Span) -> Part | None:
        if isinstance(low, int) and isinstance(high, int) and low > high:
            self.said(words.range_reversed(span))
            return None
        lows, highs = reader(low), reader(high)
        if isinstance(subject, Column):
            mine = reader(subject)
            return lambda row: settled(inside(mine(row), lows(row), highs(row)))
        look = subject.subject
        if isinstance(low, Column) or isinstance(high, Column):
            return lambda row: within(look, tick_of(lows(row)), tick_of(highs(row)))
        return within(look, tick_of(low), tick_of(high))


def fits_words(draft: Draft, kind: Kind, column: Column, name: str) -> bool:
    """Whether every word of a column is one of an enum's values; says which cell is not."""
    if kind.name != "enum":
        return True
    allowed, good = set(kind.values), True
    for row, value in enumerate(column.values):
        if value is not None and value not in allowed:
            allowed.add(str(value))  # said once
            good = False
            span = column.cell_span(row)
            draft.report.add(words.no_such_value(name, str(value), span, draft.report.near(str(value), kind.values)))
    return good


def _boundless(kind: Kind) -> Kind:
    """A condition may ask beyond a fact's bounds: that it can never hold is a doubt, not a mistake."""
    return kind if kind.low is None and kind.high is None else Kind(kind.name, kind.values, kind.unit)


def _known_paths(expr: Expr, depth: int) -> Iterator[str]:
    if isinstance(expr, Compare):
        if expr.relation in ("known", "not known") and isinstance(expr.subject, Word):
            yield expr.subject.text
    elif depth:
        for part in expr.parts:
            yield from _known_paths(part, depth - 1)


def key_condition(draft: Draft, look: Look, column: Column, name: str) -> Part | None:
    """A `key` column named like a fact must equal it; an empty or `*` cell takes any value."""
    mine, other = look.kind.name, column.kind.name
    alike = ALIKE.get(mine, mine) == ALIKE.get(other, other)
    if not alike and {mine, other} != {"enum", "text"}:
        draft.report.add(words.incomparable(name, mine, f"row.{name}", other, column.decl.span))
        return None
    if not fits_words(draft, look.kind, column, name):
        return None
    values, subject = column.values, look.subject
    if look.kind.ordered:
        return lambda row: (
            ALWAYS if values[row] is None else Within(subject, int(values[row] or 0), int(values[row] or 0))
        )
    made = {value: ALWAYS if value is None else Is(subject, frozenset((str(value),))) for value in set(values)}
    return lambda row: made[values[row]]
