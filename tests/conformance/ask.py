"""Asks the engine: a book as text, checked and lowered as any book; a quote, priced; amounts back as decimals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from engine.lang import book
from engine.lang.check import check
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing import price_quotes, read_facts
from engine.pricing.explain import Explained, Explainer
from engine.pricing.quote import Line, PricedLine, PricedQuote, Quote
from engine.values.rounding import round_to
from tests.conformance.vector import Vector

DAY = date(2026, 1, 15)


@dataclass
class Book:
    """A book being written: settings and blocks, in any order."""

    vector: Vector
    level: str = "line"
    rounds: str = ""  # "discounts": they are rounded, not prices
    settings: list[str] = field(default_factory=list)
    units: str = "piece pieces"
    list_step: str = "list"
    steps: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The book as an author would write it."""
        vector = self.vector
        what = f"{self.rounds} " if self.rounds else ""
        head = [
            'price book vector "A vector"', "  currency EUR",
            f"  round {what}{vector.mode} to {vector.step} EUR at {self.level}", f"  units {self.units}",
            *(f"  {setting}" for setting in self.settings),
        ]  # fmt: skip
        steps = ["steps", f"  {self.list_step}", *(f"  {step}" for step in self.steps)]
        facts = ["facts", *(f"  {fact}" for fact in self.facts)] if self.facts else []
        return "\n".join([*head, *facts, *self.blocks, *steps, ""])

    def add(self, *lines: str) -> None:
        """A block: its heading, then its clauses."""
        self.blocks.append("\n".join([lines[0], *(f"  {line}" for line in lines[1:])]))

    def product(self, name: str, price: Any, *clauses: str) -> None:
        """A product at a price for each piece."""
        self.add(f"product {name}", f"price {plain(price)} EUR per piece", *clauses)

    def table(self, *lines: str, rows: Sequence[Sequence[Any]]) -> None:
        """A block that ends in a table."""
        cells = ["  | " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
        self.add(*lines)
        self.blocks[-1] += "\n" + "\n".join(cells)

    def checked(self) -> book.Book:
        """The book, checked."""
        checked = check({"vector.quo": self.text().encode()})
        errors = [d for d in checked.diagnostics if d.severity == "error"]
        assert checked.book is not None, f"{errors[0].message}: {errors[0].help}\n{self.text()}"
        return checked.book

    def plan(self) -> Plan:
        """The book, lowered."""
        return lower(self.checked())

    def explained(self, lines: Sequence[tuple[str, Any]]) -> Explained:
        """The explanation of a quote."""
        asked = tuple(_line(*line) for line in lines)
        return Explainer(self.plan(), self.checked()).explain(Quote(DAY.toordinal(), {}, asked))

    def price(
        self, lines: Sequence[tuple[str, Any] | tuple[str, Any, Mapping[str, Any]]], day: date = DAY, **facts: Any
    ) -> Priced:
        """Price a quote of (product, quantity, more about the line); facts are written as people write them."""
        plan = self.plan()
        said, wrong = read_facts(plan, {name.replace("__", "."): str(value) for name, value in facts.items()})
        assert not wrong, wrong
        asked = [_line(*line) for line in lines]
        (priced,) = price_quotes(plan, [Quote(day.toordinal(), said, tuple(asked))], waterfall=True)
        errors = [line.error for line in priced.lines if line.error is not None]
        assert not errors, f"{errors[0].message}\n{self.text()}"
        return Priced(priced)


def _line(product: str, quantity: Any, more: Mapping[str, Any] | None = None) -> Line:
    return Line(product, int(Decimal(str(quantity)) * 1_000_000), **(more or {}))


@dataclass
class Priced:
    """A priced quote with its amounts in decimals."""

    quote: PricedQuote

    @property
    def lines(self) -> tuple[PricedLine, ...]:
        """The lines."""
        return self.quote.lines

    @property
    def nets(self) -> list[Decimal]:
        """Net amount of each line."""
        return [amount(line.net_amount) for line in self.lines]

    @property
    def lists(self) -> list[Decimal]:
        """List amount of each line."""
        return [amount(line.list_amount) for line in self.lines]

    @property
    def off(self) -> list[Decimal]:
        """What was taken off each line."""
        return [listed - net for listed, net in zip(self.lists, self.nets, strict=True)]

    @property
    def total(self) -> Decimal:
        """Net of all lines."""
        return sum(self.nets, Decimal(0))

    @property
    def applied(self) -> set[str]:
        """The rules that moved a line."""
        return {bar.rule for line in self.lines for bar in line.waterfall if bar.rule}

    def change(self, step: str, line: int = 0) -> Decimal:
        """What a step changed in a line (in the form the waterfall shows it: per unit, or of the whole line)."""
        return sum(
            (amount(bar.after - bar.before) for bar in self.lines[line].waterfall if bar.step == step), Decimal(0)
        )


def amount(micros: int) -> Decimal:
    """Micros as a decimal."""
    return Decimal(micros) / 1_000_000


def plain(value: Any) -> str:
    """A figure as an author writes it."""
    text = f"{Decimal(str(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def off(step: Mapping[str, Any], base: str = "running price") -> str:
    """`give 10% off running price` or `give 10 EUR off running price`, of a discount as vectors say it."""
    what = (
        f"{plain(step['percent_off'])}%" if step.get("percent_off") is not None else f"{plain(step['amount_off'])} EUR"
    )
    return f"give {what} off {base}"


def rounded(vector: Vector, value: Decimal) -> Decimal:
    """An exact amount that the engine gave, shown to the decimals of the vector's results."""
    step = int(Decimal(vector.step) * 1_000_000)
    return amount(round_to(Fraction(value) * 1_000_000, step, vector.mode))
