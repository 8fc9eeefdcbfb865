"""A bundle as it stands for a date: its model with the circuit beside the plan, and what its products cost at list; each kept for a while.

What was asked a moment ago is asked again at the next click, to say what is different: so answers are kept, too. All of it can be made
again from the request alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import Any

from engine.configure.asking import Asker
from engine.configure.bill import FIRST_YEAR, Bill, Ready, bill_of, cheap_of, ready
from engine.configure.chosen import Choice, literals
from engine.configure.circuit import Costs
from engine.configure.columns import OfBundle
from engine.configure.configured import Configured
from engine.configure.configured import Line as Brought
from engine.configure.facts import of_every_quote
from engine.configure.kept import circuit_of
from engine.configure.model import ModelError
from engine.configure.of_book import configured
from engine.configure.ways import Given, way_of
from engine.lang.book import Book, total_name
from engine.plan.plan import Plan
from engine.pricing import price_quotes
from engine.pricing.quote import Line, Quote
from engine.services.cache import Cache
from engine.services.context import Context
from engine.services.pricing import Asked, Pricing
from engine.services.refusal import Refused
from engine.values.kinds import Value

MOST_BOOKS, MOST_BUNDLES, MOST_BILLS, MOST_ANSWERS = 8, 32, 64, 128


@dataclass(frozen=True, slots=True)
class Where:
    """Which bundle of which book; `day` 0 is today. Facts, currency included, are still as text: list prices may hang on them."""

    book: str
    version: str
    day: int
    bundle: str
    facts: Mapping[str, str] = field(default_factory=dict)
    total: str = ""


@dataclass(frozen=True)
class Bundled:
    """A bundle with what asks it, as it is priced for one request. `beside` is shared by all requests of the version."""

    name: str
    version: str
    book: Book
    plan: Plan
    asker: Asker
    quote: Quote
    beside: dict[str, Any] = field(repr=False)

    @property
    def priced_as(self) -> tuple[object, ...]:
        """What prices hang on."""
        return (self.quote.date, *sorted((path, str(value)) for path, value in self.quote.facts.items()))

    @property
    def lines(self) -> dict[int, list[Brought]]:
        """The products that each option brings."""
        return self.beside["lines"]  # type: ignore[no-any-return]

    @property
    def bills(self) -> Cache[Any]:
        """Prices that were asked for."""
        return self.beside["bills"]  # type: ignore[no-any-return]

    @property
    def answers(self) -> Cache[Any]:
        """Answers that were given."""
        return self.beside["answers"]  # type: ignore[no-any-return]

    @cached_property
    def validator(self) -> OfBundle:
        """Checks whole configurations."""
        if "validator" not in self.beside:
            self.beside.setdefault("validator", OfBundle(self.asker.made))
        return self.beside["validator"]  # type: ignore[no-any-return]


class Bundles:
    """Bundles by version and name; a version is the hash of its text, so that tenants may share it."""

    def __init__(self, pricing: Pricing) -> None:
        self.pricing = pricing
        self._books: Cache[Book] = Cache(MOST_BOOKS)
        self._askers: Cache[tuple[Asker, dict[str, Any]]] = Cache(MOST_BUNDLES)
        self._making = Lock()

    def find(self, context: Context, where: Where) -> Bundled:
        """The bundle as it stands.

        Raises:
            Refused: the role may not; no such book, version or bundle; facts that cannot be.
        """
        context.require("configure")
        asked = Asked(where.book, where.version, where.day, where.facts, ())
        name, plan, quote = self.pricing.read(context, asked)
        version = plan.head.version
        book = self._books.made(version, lambda: self.pricing.shelf.book(context.tenant, name, plan))
        bundle = _bundle(book, name, where.bundle)
        kept = self._askers.get((version, bundle))
        if kept is None:
            with self._making:  # a second that waits finds it made
                kept = self._askers.made((version, bundle), lambda: self._made(book, version, bundle))
        return Bundled(name, version, book, plan, _given(kept[0], kept[1], plan, quote), quote, kept[1])

    def _made(self, book: Book, version: str, bundle: str) -> tuple[Asker, dict[str, Any]]:
        made = configured(book, bundle)
        circuits = self.pricing.shelf.circuits(book, version)
        lines: dict[int, list[Brought]] = {}
        for line in made.lines:
            lines.setdefault(line.option, []).append(line)
        beside: dict[str, Any] = {
            "lines": lines,
            "bills": Cache(MOST_BILLS),
            "answers": Cache(MOST_ANSWERS),
            "askers": Cache(MOST_BUNDLES),
        }
        return Asker(made, way_of(made.model, circuit_of(circuits, made.model))), beside

    def ready(
        self, context: Context, on: Bundled, where: Where, defaults: Sequence[Choice], numbers: tuple[tuple[int, int], ...]
    ) -> Ready:  # fmt: skip
        """What options cost, with the numbers said of ranges, and what is wished: made once for what it hangs on.

        Raises:
            Refused: FAILED_PRECONDITION, prices are too high to be compared; INVALID_ARGUMENT, there is no such total.
        """
        asker = on.asker
        wishes = tuple(sorted(literals(asker.made, defaults)))
        circuit, priced = getattr(asker.way, "circuit", None), (on.priced_as, where.total, numbers)

        def cost() -> tuple[Bill, Costs | None]:
            bill = self._bill(on, where.total, numbers)
            return bill, cheap_of(circuit, bill)

        def make() -> Ready:
            bill, cheap = on.bills.made(("bill", *priced), cost)
            own = {literal >> 1 for literal in wishes}
            kept = tuple(literal for literal in asker.defaults if literal >> 1 not in own)
            return ready(circuit, bill, cheap, (wishes, kept, asker.preferences), asker.under)

        try:
            return on.bills.made(("ready", *priced, wishes), make)  # type: ignore[no-any-return]
        except ModelError as error:
            raise Refused("FAILED_PRECONDITION", "PRICES_TOO_HIGH", str(error), "selection.total_name") from error

    def _bill(self, on: Bundled, total: str, numbers: tuple[tuple[int, int], ...]) -> Bill:
        prices: tuple[list[tuple[int, str, int]], list[int]] = on.bills.made(
            ("prices", on.priced_as), lambda: _prices(on, [(line, None) for some in on.lines.values() for line in some])
        )
        said = dict(numbers)
        own, missing = _prices(on, [(line, number) for option, number in numbers for line in on.lines.get(option, ())])
        entries = [entry for entry in prices[0] if entry[0] not in said] + own
        names = {name for _, name, _ in entries}
        if total and total != FIRST_YEAR and total not in names and entries:
            known = ", ".join((*sorted(names), FIRST_YEAR))
            raise Refused("INVALID_ARGUMENT", "UNKNOWN_TOTAL", f"no product of the bundle is charged `{total[:40]}`: say {known}", "selection.total_name")  # fmt: skip
        return bill_of(len(on.asker.made.options), entries, total, [*prices[1], *missing])


def _given(asker: Asker, beside: dict[str, Any], plan: Plan, quote: Quote) -> Asker:
    """Who answers while the facts of a quote are so.

    Raises:
        Refused: INVALID_ARGUMENT, a fact can have no such value.
    """
    if not asker.made.facts:
        return asker
    facts = facts_in(asker.made, plan, quote.date, quote.facts)
    return beside["askers"].made(facts, lambda: Asker(asker.made, Given(asker.way, facts)))  # type: ignore[no-any-return]


def facts_in(made: Configured, plan: Plan, day: int, facts: Mapping[str, Value]) -> tuple[int, ...]:
    """What the facts of a quote say of a bundle's model.

    Raises:
        Refused: INVALID_ARGUMENT, one can have no such value.
    """
    try:
        return made.literals_of_facts(of_every_quote(plan.head.currency, day, facts))
    except ModelError as error:
        raise Refused("INVALID_ARGUMENT", "INVALID_FACT", str(error), "facts") from error


def _prices(on: Bundled, brought: Sequence[tuple[Brought, int | None]]) -> tuple[list[tuple[int, str, int]], list[int]]:
    """What options bring at list, each alone: (option, total, micros); and the options of what has no price of its own: what is
    inside a bundle of which there are several costs so many times more."""
    alone = [(line, number) for line, number in brought if not line.within]
    unpriced = [line.option for line, _ in brought if line.within]
    lines = [Line(line.code, _quantity(on, line, number)) for line, number in alone]
    answers = price_quotes(on.plan, [replace(on.quote, lines=(line,)) for line in lines]) if lines else []
    entries = []
    for (line, _), answer in zip(alone, answers, strict=True):
        priced = answer.lines[0] if answer.lines else None
        if priced is None or priced.error is not None:
            unpriced.append(line.option)
        else:
            entries.append((line.option, total_name(priced.period), priced.list_amount))
    return entries, unpriced


def _quantity(on: Bundled, line: Brought, number: int | None) -> int:
    """How much of a product: of a range its number, or its first."""
    if number is None and line.quantity is not None:
        return line.quantity
    return int(line.times * (number if number is not None else on.asker.made.options[line.option].low or 0))


def _bundle(book: Book, name: str, bundle: str) -> str:
    """The bundle that is asked for."""
    known = [one.name for one in book.bundles if not one.shared]
    if bundle in known:
        return bundle
    if not bundle and len(known) == 1:
        return known[0]
    has = ", ".join(known[:20]) or "none"
    said = f"has no bundle `{bundle[:60]}`; it" if bundle else "has several bundles: say which; it"
    if not known:
        raise Refused("NOT_FOUND", "NO_BUNDLES", f"books/{name} has no bundles", "bundle")
    raise Refused("NOT_FOUND" if bundle else "INVALID_ARGUMENT", "UNKNOWN_BUNDLE" if bundle else "BUNDLE_REQUIRED", f"books/{name} {said} has {has}", "bundle")  # fmt: skip
