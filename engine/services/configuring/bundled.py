"""A bundle as it stands for a date: its model with the circuit beside the plan, and what its products cost in it; each kept for a while.

What was asked a moment ago is asked again at the next click, to say what is different: so answers are kept, too. All of it can be made
again from the request alone, and is when there was no room to keep it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from threading import Lock
from typing import Any

from engine.configure.asking import Asker
from engine.configure.bill import FIRST_YEAR, Bill, Ready, cheap_of, ready
from engine.configure.chosen import Choice, literals
from engine.configure.circuit import Costs
from engine.configure.columns import OfBundle
from engine.configure.configured import Configured
from engine.configure.facts import of_every_quote
from engine.configure.kept import circuit_of
from engine.configure.model import ModelError
from engine.configure.of_book import configured
from engine.configure.ways import Given, way_of
from engine.configure.weights import Said
from engine.lang.book import Book
from engine.plan.plan import Plan
from engine.pricing.quote import Quote
from engine.services import sizes
from engine.services.cache import Cache
from engine.services.context import Context
from engine.services.pricing.amounts import Things
from engine.services.pricing.verbs import Asked, Pricing
from engine.services.refusal import Refused
from engine.values.kinds import Value

MOST_GIVEN = 32
"""Facts of which a bundle's asker is kept."""


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
class Kept:
    """What is made of a bundle once for its version, and what all requests for it share."""

    asker: Asker
    things: Things
    bills: Cache[Any] = field(repr=False)
    answers: Cache[Any] = field(repr=False)
    given: Callable[[tuple[int, ...]], Asker] = field(repr=False)

    @cached_property
    def validator(self) -> OfBundle:
        """Checks whole configurations."""
        return OfBundle(self.asker.made)


@dataclass(frozen=True)
class Bundled:
    """A bundle with what asks it, as it is priced for one request."""

    name: str
    version: str
    book: Book
    plan: Plan
    asker: Asker
    quote: Quote
    kept: Kept = field(repr=False)

    @property
    def priced_as(self) -> tuple[object, ...]:
        """What prices hang on."""
        return (self.quote.date, *sorted((path, str(value)) for path, value in self.quote.facts.items()))


class Bundles:
    """Bundles by version and name; a version is the hash of its text, so that tenants may share it."""

    def __init__(self, pricing: Pricing) -> None:
        self.pricing, room = pricing, pricing.room
        self._books: Cache[Book] = Cache(room, sizes.of_book)
        self._kept: Cache[Kept] = Cache(room, _size_of)
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
        kept = self._kept.get((version, bundle))
        if kept is None:
            with self._making:  # a second that waits finds it made
                kept = self._kept.made((version, bundle), lambda: self._made(book, version, bundle))
        return Bundled(name, version, book, plan, _given(kept, plan, quote), quote, kept)

    def _made(self, book: Book, version: str, bundle: str) -> Kept:
        made = configured(book, bundle)
        circuits, room = self.pricing.shelf.circuits(book, version), self.pricing.room
        asker = Asker(made, way_of(made.model, circuit_of(circuits, made.model)))
        given = lru_cache(MOST_GIVEN)(lambda facts: Asker(made, Given(asker.way, facts)))
        return Kept(asker, Things(book, made), Cache(room, sizes.of_priced), Cache(room, sizes.of_answered), given)

    def ready(self, on: Bundled, total: str, defaults: Sequence[Choice], said: Said) -> Ready:
        """What options cost, with the numbers that are known, and what is wished: made once for what it hangs on.

        Raises:
            Refused: FAILED_PRECONDITION, prices are too high to be compared; INVALID_ARGUMENT, there is no such total.
        """
        asker, bills = on.asker, on.kept.bills
        wishes = tuple(sorted(literals(asker.made, defaults)))
        circuit, priced = getattr(asker.way, "circuit", None), (on.priced_as, total, said)

        def cost() -> tuple[Bill, Costs | None]:
            bill = _bill(on, total, said)
            return bill, cheap_of(circuit, bill)

        def make() -> Ready:
            bill, cheap = bills.made(("bill", *priced), cost)
            own = {literal >> 1 for literal in wishes}
            kept = tuple(literal for literal in asker.defaults if literal >> 1 not in own)
            return ready(circuit, bill, cheap, (wishes, kept, asker.preferences), asker.under)

        try:
            return bills.made(("ready", *priced, wishes), make)  # type: ignore[no-any-return]
        except ModelError as error:
            raise Refused("FAILED_PRECONDITION", "PRICES_TOO_HIGH", str(error), "selection.total_name") from error


def _size_of(kept: Kept) -> int:
    return sizes.of_model(kept.asker.made.model, getattr(kept.asker.way, "circuit", None))


def _bill(on: Bundled, total: str, said: Said) -> Bill:
    things = on.kept.things
    prices = on.kept.bills.made(("prices", on.priced_as), lambda: things.prices(on.plan, on.quote))
    bill = things.bill(on.plan, on.quote, prices, said, total)
    if total and total != FIRST_YEAR and total not in bill.parts and bill.parts:
        known = ", ".join((*sorted(bill.parts), FIRST_YEAR))
        raise Refused("INVALID_ARGUMENT", "UNKNOWN_TOTAL", f"no product of the bundle is charged `{total[:40]}`: say {known}", "selection.total_name")  # fmt: skip
    return bill


def _given(kept: Kept, plan: Plan, quote: Quote) -> Asker:
    """Who answers while the facts of a quote are so.

    Raises:
        Refused: INVALID_ARGUMENT, a fact can have no such value.
    """
    made = kept.asker.made
    return kept.given(facts_in(made, plan, quote.date, quote.facts)) if made.facts else kept.asker


def facts_in(made: Configured, plan: Plan, day: int, facts: Mapping[str, Value]) -> tuple[int, ...]:
    """What the facts of a quote say of a bundle's model.

    Raises:
        Refused: INVALID_ARGUMENT, one can have no such value.
    """
    try:
        return made.literals_of_facts(of_every_quote(plan.head.currency, day, facts))
    except ModelError as error:
        raise Refused("INVALID_ARGUMENT", "INVALID_FACT", str(error), "facts") from error


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
