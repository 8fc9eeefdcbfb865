"""Bundles of a quote: each configuration checked by its rules, and then so many lines of the quote; what cannot be sold so says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.configure.configured import Configured
from engine.configure.facts import of_every_quote
from engine.configure.model import ModelError
from engine.configure.of_book import configured
from engine.configure.placing import MOST_CHOICES, Misplaced, place
from engine.plan.plan import Plan
from engine.pricing.quote import BrokenRule, BundleError, Inside, Line, PricedBundle
from engine.services import sizes
from engine.services.books.shelf import Shelf
from engine.services.cache import Cache, Room
from engine.services.context import Context
from engine.services.refusal import Refused
from engine.values.kinds import Value

MOST_BUNDLES = 200
MOST_OF_ONE = 1_000_000


@dataclass(frozen=True, slots=True)
class AskedBundle:
    """A configured bundle as a caller says it; `line` has what holds for each of its lines: group and term."""

    id: str
    bundle: str
    count: int
    choices: Sequence[str]
    by_defaults: bool = False
    line: Line = field(default_factory=lambda: Line("", None))
    facts: Mapping[str, str] = field(default_factory=dict)


class Placing:
    """Makes lines of bundles; the rules of each are made ready once for each version of its book."""

    def __init__(self, shelf: Shelf, room: Room) -> None:
        self.shelf = shelf
        self._kept: Cache[Configured] = Cache(room, lambda made: sizes.of_model(made.model))

    def lines(
        self,
        context: Context,
        book: str,
        plan: Plan,
        asked: Sequence[AskedBundle],
        facts: Sequence[dict[str, Value]],
        day: int,
        quote: Mapping[str, Value],
    ) -> tuple[list[Line], tuple[PricedBundle, ...]]:
        """The lines of bundles, and the bundles: those that cannot be sold so have an error, and no lines. `facts`: of each, as read;
        `quote`: of the quote, on its `day`.

        Raises:
            Refused: the request itself is wrong.
        """
        _check(asked)
        lines: list[Line] = []
        bundles = []
        for number, (one, said) in enumerate(zip(asked, facts, strict=True), 1):
            context.in_time()
            try:
                made = self._ready(context, book, plan, one, number - 1)
                known = of_every_quote(plan.head.currency, day, quote)
                placed = place(made, one.choices, one.by_defaults, known)
            except ModelError as error:
                raise Refused("INVALID_ARGUMENT", "INVALID_FACT", str(error), "facts") from error
            except Misplaced as error:
                bundles.append(PricedBundle(one.id, one.bundle, one.count, error=_error(error)))
                continue
            bundles.append(PricedBundle(one.id, one.bundle, one.count, placed.choices))
            for thing in placed.things:
                inside = Inside(one.id, one.bundle, number, one.count, thing.path)
                own = {**said, **inside.facts}
                quantity = thing.quantity * one.count
                lines.append(replace(one.line, product=thing.product, quantity=quantity, facts=own, inside=inside))
        return lines, tuple(bundles)

    def _ready(self, context: Context, book: str, plan: Plan, one: AskedBundle, at: int) -> Configured:
        key = (plan.head.version, one.bundle)
        found = self._kept.get(key)
        if found is not None:
            return found
        checked = self.shelf.book(context.tenant, book, plan)
        known = [bundle.name for bundle in checked.bundles if not bundle.shared]
        if one.bundle not in known:
            said = f"{plan.head.name} has no bundle `{one.bundle[:60]}`: it has {', '.join(known) or 'none'}"
            raise Refused("INVALID_ARGUMENT", "UNKNOWN_BUNDLE", said, f"bundles[{at}].product")
        return self._kept.put(key, configured(checked, one.bundle))


def _check(asked: Sequence[AskedBundle]) -> None:
    """Each has an id of its own, and there are some of it."""
    if len(asked) > MOST_BUNDLES:
        said = f"a quote has at most {MOST_BUNDLES} bundles"
        raise Refused("INVALID_ARGUMENT", "TOO_MANY_BUNDLES", said, "bundles")
    seen: set[str] = set()
    for i, one in enumerate(asked):
        if not one.id or one.id in seen:
            said = f"`{one.id[:60]}` is said twice" if one.id else "say which bundle it is, in a word of your own"
            raise Refused("INVALID_ARGUMENT", "INVALID_ID", said, f"bundles[{i}].id")
        if not 0 < one.count <= MOST_OF_ONE:
            said = f"there are 1 to {MOST_OF_ONE:,} of a bundle; what comes back is a credit of its lines"
            raise Refused("INVALID_ARGUMENT", "INVALID_QUANTITY", said, f"bundles[{i}].quantity")
        if len(one.choices) > MOST_CHOICES:
            said = f"a configuration has at most {MOST_CHOICES:,} choices"
            raise Refused("INVALID_ARGUMENT", "TOO_MANY_CHOICES", said, f"bundles[{i}].choices")
        seen.add(one.id)


def _error(error: Misplaced) -> BundleError:
    rules = tuple(
        BrokenRule(reason.plain, reason.because, reason.span.file, reason.span.line) for reason in error.reasons
    )
    return BundleError(error.code, error.message, error.choices, rules, error.open)
