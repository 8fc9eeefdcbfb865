"""How many bytes what a worker keeps comes to: arrays as they are, and objects by the count of what they are of, as was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.configure.asking import Answer
from engine.configure.bill import Bill, Part, Ready
from engine.configure.circuit import Circuit, Costs
from engine.configure.model import Clause, Group, Model, Sum, Table
from engine.lang.book import Book
from engine.services.pricing.amounts import Prices

OF_PRODUCT, OF_CASE, OF_OPTION, OF_RULE, OF_LITERAL, OF_CHOICE, OF_FIGURE = 2_000, 4_000, 1_800, 500, 150, 200, 500


def of_book(book: Book) -> int:
    """A checked book."""
    return OF_PRODUCT * len(book.products) + OF_CASE * sum(len(rule.cases) for rule in book.rules)


def of_model(model: Model, circuit: Circuit | None = None) -> int:
    """The model of a bundle with all that is told of it, its circuit, and what two passes at once write into."""
    literals = sum(_literals(rule) for rule in model.rules)
    of_circuit = 0 if circuit is None else circuit.arena.nbytes + 48 * (circuit.edges + circuit.nodes)
    return OF_OPTION * len(model.options) + OF_RULE * len(model.rules) + OF_LITERAL * literals + of_circuit


def _literals(rule: Group | Clause | Table | Sum) -> int:
    match rule:
        case Group(members=of) | Clause(literals=of) | Sum(terms=of):
            return len(of)
        case Table(columns=columns, rows=rows):
            return len(columns) * len(rows)


def of_priced(value: Any) -> int:
    """Prices, a bill, costs, or several of these."""
    match value:
        case Prices(figures=figures, counted=counted, parts=parts):
            return OF_FIGURE * (len(figures) + len(counted.entries)) + _of_parts(parts)
        case Bill(amounts=amounts, parts=parts):
            return int(amounts.nbytes) + _of_parts(parts)
        case Costs(weights=weights, base=base):
            return int(weights.nbytes + base.nbytes)
        case Ready(bill=bill, cheap=cheap, wanted=wanted, wished=wished):
            return of_priced((bill, cheap, wanted)) + 40 * len(wished)
        case tuple():
            return sum(of_priced(one) for one in value)
    return 0


def _of_parts(parts: Mapping[str, Part]) -> int:
    return sum(int(part.listed.nbytes + part.amounts.nbytes) for part in parts.values())


def of_answered(value: tuple[Any, Any, int]) -> int:
    """What was asked about, an answer to it, and how many choices that was for."""
    found = value[1]
    arrays = found.states.nbytes + found.added.nbytes if isinstance(found, Answer) else 0
    return int(arrays) + OF_CHOICE * value[2]
