"""The rows of an option's table: groups, bundles, lines, and below a line how its price came about and what it comes to over time.

    {"kind": "line", "cells": [title ..., quantity, price, rate, amount], "below": [...]}

A figure is [text, tail]: the tail is the decimals that it lacks beside its column's longest; it takes room and is not shown, so that
decimal points stand under each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.lang.book import TOTAL_OF
from engine.paper.numbers import Numbers
from engine.paper.plain import breakable, one_line
from engine.paper.sheet import Bundle, Group, Line, Option, Segment, Step, Total
from engine.values.kinds import MICROS

Row = dict[str, Any]
NARROW = 12
"""A word in the column of quantities may break beyond so many letters."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Makes rows as a language writes them."""

    numbers: Numbers

    def of(self, option: Option) -> list[Row]:
        """All rows of an option."""
        return [row for group in option.groups for row in self._group(group)]

    def _group(self, group: Group) -> Iterator[Row]:
        if group.title:
            yield {"kind": "group", "title": one_line(group.title)}
        for line in group.lines:
            yield self._line(line, 0)
        for bundle in group.bundles:
            yield from self._bundle(bundle)
        if group.title:
            yield from self._sums(group.title, group.totals, 0)

    def _bundle(self, bundle: Bundle) -> Iterator[Row]:
        title = one_line(bundle.title)
        many = "" if bundle.count == 1 else f"{self.numbers.number(bundle.count * MICROS)} × "
        choices = ", ".join(
            f"{one_line(name)}{self.numbers.words.colon}{self._answer(value)}" for name, value in bundle.choices
        )
        yield {"kind": "bundle", "title": many + title, "note": choices}
        for line in bundle.lines:
            yield self._line(line, 1)
        yield from self._sums(title, bundle.totals, 1)

    def _answer(self, value: str) -> str:
        words = self.numbers.words
        return {"yes": words.yes, "no": words.no}.get(value, one_line(value))

    def _sums(self, title: str, totals: Iterable[Total], indent: int) -> Iterator[Row]:
        words, numbers = self.numbers.words, self.numbers
        for at, total in enumerate(totals):
            label = words.total_of.format(title=title) if not at else ""
            yield {
                "kind": "sum", "title": label, "indent": indent, "period": self._total_period(total.name),
                "amount": numbers.amount(total.net),
            }  # fmt: skip

    def _total_period(self, name: str) -> str:
        words = self.numbers.words
        period = next((period for period, total in TOTAL_OF.items() if total == name), name)
        return words.periods.get(period) or total_name(self.numbers, name)

    # ------------------------------------------------------------ a line

    def _line(self, line: Line, indent: int) -> Row:
        numbers = self.numbers
        prices = [] if line.unit_price is None else [line.unit_price]
        many = numbers.many_for(*prices, *(step.after for step in line.steps if not step.whole))
        return {
            "kind": "line",
            "indent": indent,
            "part": one_line(line.part) + numbers.words.colon if line.part else "",
            "title": one_line(line.title),
            "quantity": self._quantity(line),
            "price": "".join(numbers.amount(price * many) for price in prices),
            "rate": "" if line.rate is None else numbers.percent(line.rate),
            "amount": "" if line.amount is None else numbers.amount(line.amount),
            "period": self.period(line.period),
            "below": [*self._details(line, many), *self._steps(line.steps, many), *self._over(line)],
        }

    def _quantity(self, line: Line) -> str:
        unit, units = (breakable(one_line(text), NARROW) for text in (line.unit, line.units))
        return "" if line.quantity is None else self.numbers.quantity(line.quantity, unit, units)

    def _price_note(self, line: Line, many: int) -> str:
        numbers, words = self.numbers, self.numbers.words
        of = numbers.quantity(many * MICROS, one_line(line.unit), one_line(line.units))
        notes = [
            words.average if line.average else "",
            breakable(words.per_many.format(quantity=of), NARROW) if many > 1 else "",
        ]
        return ", ".join(note for note in notes if note)

    def period(self, period: str) -> str:
        """How often an amount is charged: `per month`, `per 24 months`."""
        words = self.numbers.words
        known = words.periods.get(period)
        return words.per.format(length=own_term(self.numbers, period)) if known is None else known

    # ------------------------------------------------------------ below it

    def _details(self, line: Line, many: int) -> list[Row]:
        """What more is said of a line, and beside the first of it how its price is meant."""
        note = self._price_note(line, many) if line.unit_price is not None else ""
        rows = [_below(one_line(text), deep=False) for text in line.details] or [_below("")] * bool(note)
        return [{**rows[0], "note": note}, *rows[1:]] if rows else []

    def _steps(self, steps: Iterable[Step], many: int) -> Iterator[Row]:
        for step in steps:
            first = step.name == "list"
            figure = self.numbers.amount((step.after - (0 if first else step.before)) * (1 if step.whole else many))
            figure = figure if first or figure.startswith("−") else f"+{figure}"
            price, amount = ("", figure) if step.whole else (figure, "")
            yield _below(self._label(step), one_line(step.reason), price, amount)

    def _label(self, step: Step) -> str:
        """What a step did, as customers call it. Names of a book's own stay inside."""
        words = self.numbers.words
        if step.name == "list":
            return words.list_price
        label = words.steps.get(step.name, words.discount if step.after < step.before else words.surcharge)
        return label if step.share is None else f"{label} {self.numbers.percent(step.share)}"

    def _over(self, line: Line) -> Iterator[Row]:
        if line.term is None:
            return
        for segment in line.term.segments:
            yield self._span(segment, self._time(segment))
        if line.period in ("once", "use"):
            return
        over = self.numbers.words.over.format(length=self.numbers.length(line.term.months, line.term.days))
        dates = self._dates(line.term)
        label = f"{over}, {dates}" if dates else over
        yield _below(label) if line.period == "term" else self._span(line.term, label)

    def _span(self, span: Segment, label: str) -> Row:
        return _below(label, amount="" if span.amount is None else self.numbers.amount(span.amount))

    def _dates(self, span: Segment) -> str:
        return "" if span.start is None or span.end is None else self.numbers.days(span.start, span.end)

    def _time(self, span: Segment) -> str:
        return self._dates(span) or self.numbers.length(span.months, span.days)


def _below(label: str, reason: str = "", price: str = "", amount: str = "", deep: bool = True) -> Row:
    return {"label": label, "reason": reason, "price": price, "amount": amount, "note": "", "deep": deep}


def total_name(numbers: Numbers, name: str) -> str:
    """What a total is called: `Per month`; one of a term of its own, `Per 24 months`."""
    known = numbers.words.total_names.get(name)
    if known is not None:
        return known
    said = numbers.words.per.format(length=own_term(numbers, name.removeprefix("per_").replace("_", " ")))
    return said[:1].upper() + said[1:]


def own_term(numbers: Numbers, period: str) -> str:
    """A term that a price has of its own, `24 months`, `365 days`."""
    count, _, units = period.partition(" ")
    unit = units.removesuffix("s")
    return numbers.quantity(int(count) * MICROS, unit, units) if count.isdecimal() else period


# ---------------------------------------------------------------- columns


def aligned(rows: list[Row], column: str, point: str) -> tuple[int, int]:
    """Give each figure of a column the decimals that it lacks; how many characters the widest has, and how many decimals all."""
    cells = [cell for row in rows for cell in (row, *row.get("below", ())) if cell.get(column)]
    most = max((_decimals(cell[column], point) for cell in cells), default=0)
    for cell in cells:
        lacking = most - _decimals(cell[column], point)
        cell[f"{column}_tail"] = (point if lacking == most and most else "") + "0" * lacking
    return max((len(cell[column] + cell[f"{column}_tail"]) for cell in cells), default=0), most


def _decimals(text: str, point: str) -> int:
    return len(text.rpartition(point)[2]) if point in text else 0
