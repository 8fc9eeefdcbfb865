"""What a rule works on: `on seat, support`, `on family crm`, `on group a`, `on everything`, `on row.sku`, `on t.sku`.

Sets of products are made once per target and shared by all cases, so 20,000 rules on one family hold one set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from engine.lang import words
from engine.lang.book import ALWAYS, Condition, Is
from engine.lang.draft import STANDARD, Column, Draft, Table
from engine.lang.places import Span
from engine.lang.syntax import Target, Word
from engine.values.kinds import Value

Products = frozenset[int] | None
"""Product indexes; None is every product of the book."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The products a rule reaches (`of_row` when each row says them), and a condition that a group adds; `part`: it is one of
    several parts of a rule's reach."""

    products: Products
    when: Condition = ALWAYS
    of_row: Callable[[int], Products] | None = None
    part: bool = False
    on_quote: bool = False  # the lines are taken together


@dataclass(slots=True)
class Targets:
    """Settles targets. `discounts` leaves out what is never discounted."""

    draft: Draft
    _sets: dict[tuple[str, ...], Products] = field(default_factory=dict)
    _joins: dict[tuple[int, int, bool], Callable[[int], frozenset[int]]] = field(default_factory=dict)
    _families: dict[int, frozenset[int]] | None = None
    _open: frozenset[int] | None = None

    @property
    def open(self) -> frozenset[int]:
        """The products that may be discounted."""
        if self._open is None:
            goods = self.draft.goods.values()
            self._open = frozenset(i for i, g in enumerate(goods) if not g.never_discounted)
        return self._open

    def everything(self, discounts: bool) -> Products:
        """None, unless some product is never discounted."""
        return self.open if discounts and len(self.open) < len(self.draft.codes) else None

    def reach(self, target: Target, table: Table | None, discounts: bool) -> Reach | None:
        """What a target means, or None when a name in it is wrong (and said)."""
        if target.quote:
            lines = self.reach(replace(target, quote=False), table, discounts)
            return None if lines is None else replace(lines, on_quote=True)
        if target.kind == "everything":
            return Reach(self.everything(discounts))
        if target.kind == "group":
            return self._group(target, discounts)
        if target.kind == "class":
            return self._classes(target)
        if target.kind == "column":
            return self._column(target.names[0], table, discounts)
        return self._named(target, discounts)

    def _group(self, target: Target, discounts: bool) -> Reach | None:
        if any(self.draft.find("group", word, self.draft.groups) is None for word in target.names):
            return None
        subject = self.draft.looks["line.group"].subject
        return Reach(self.everything(discounts), Is(subject, frozenset(word.text for word in target.names)))

    def _classes(self, target: Target) -> Reach | None:
        """What is `taxed as` one of these."""
        key = ("class", *(word.text for word in target.names))
        classes = {goods.tax_class for goods in self.draft.goods.values()}
        missing = [word for word in target.names if word.text not in classes and word.text != STANDARD]
        for word in missing:
            near = self.draft.report.near(word.text, sorted(classes | {STANDARD}))
            self.draft.report.add(words.no_class(word.text, word.span, near))
        if key not in self._sets:
            named = {word.text for word in target.names}
            self._sets[key] = frozenset(i for i, g in enumerate(self.draft.goods.values()) if g.tax_class in named)
        return None if missing else Reach(self._sets[key])

    def _named(self, target: Target, discounts: bool) -> Reach | None:
        key = (target.kind, str(discounts), *(word.text for word in target.names))
        if key in self._sets:
            return Reach(self._sets[key])
        family = target.kind == "family"
        found = [self._family(word) if family else self._product(word) for word in target.names]
        good = [products for products in found if products is not None]
        if len(good) < len(found):
            return None
        products = frozenset().union(*good)
        self._sets[key] = products & self.open if discounts else products
        return Reach(self._sets[key])

    def _product(self, word: Word) -> frozenset[int] | None:
        index = self.draft.number.get(word.text)
        if index is not None:
            return frozenset((index,))
        if word.text in self.draft.families:
            self.draft.report.add(words.is_family(word.text, word.span))
        elif word.text == "quote":
            self.draft.report.add(words.is_quote(word.span))
        else:
            self.draft.unknown("product", word.text, word.span, self.draft.number)
        return None

    def _family(self, word: Word) -> frozenset[int] | None:
        index = self.draft.find("family", word, self.draft.families)
        return None if index is None else self.family(index)

    def family(self, index: int) -> frozenset[int]:
        """The products of a family."""
        if self._families is None:
            members: dict[int, list[int]] = {}
            for number, goods in enumerate(self.draft.goods.values()):
                for each in goods.families:
                    members.setdefault(each, []).append(number)
            self._families = {each: frozenset(numbers) for each, numbers in members.items()}
        return self._families.get(index, frozenset())

    # ------------------------------------------------------------ columns

    def _column(self, word: Word, table: Table | None, discounts: bool) -> Reach | None:
        """`row.sku` is the row's own product; `offer_products.sku` those of the rows joined to it."""
        if table is None:
            self.draft.report.add(words.row_outside(word.text, word.span))
            return None
        name, _, column_name = word.text.rpartition(".")
        other = table if name in ("row", table.name) else self.draft.tables.get(name)
        if other is None:
            if not any(what == "table" and known == name for what, known in self.draft.places):
                self.draft.unknown("table", name, word.span, [*self.draft.tables, "row"])
            return None
        column = other.columns.get(column_name)
        if column is None or not column.product:
            self._no_products(other, column, column_name, word.span)
            return None
        if other is table:
            return Reach(None, of_row=self._own(column, discounts))
        join = next((c for c in other.columns.values() if c.join and c.join in table.columns.values()), None)
        if join is None or join.join is None:
            self.draft.report.add(words.no_join(other.name, table.name, word.span))
            return None
        return Reach(None, of_row=self._joined(column, join, join.join, discounts))

    def _no_products(self, table: Table, column: Column | None, name: str, span: Span) -> None:
        if column is not None:
            self.draft.report.add(words.column_use(name, "holds no products", span, f"declare it `{name}: product`"))
        elif name not in table.declared:
            near = self.draft.report.near(name, table.columns)
            self.draft.report.add(words.no_column(name, f"table `{table.name}`", span, near))

    def _own(self, column: Column, discounts: bool) -> Callable[[int], Products]:
        """A `*` in a key column is every product."""
        made: dict[Value | None, Products] = {}
        for value in set(column.values) - {None}:
            one = frozenset((int(value or 0),))
            made[value] = one & self.open if discounts else one
        made[None] = self.everything(discounts) if column.decl.key else frozenset()
        return lambda row: made[column.values[row]]

    def _joined(self, column: Column, join: Column, key: Column, discounts: bool) -> Callable[[int], frozenset[int]]:
        place = (id(column), id(join), discounts)
        if place not in self._joins:
            members: dict[Value | None, set[int]] = {}
            for value, product in zip(join.values, column.values, strict=True):
                if value is not None and product is not None and (not discounts or product in self.open):
                    members.setdefault(value, set()).add(int(product))
            made = {value: frozenset(products) for value, products in members.items()}
            self._joins[place] = lambda row: made.get(key.values[row], frozenset())
        return self._joins[place]
