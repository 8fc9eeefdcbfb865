"""The verbs of pricing: pick the plan, read what was said, price."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from engine.plan.plan import Plan
from engine.plan.whole import GRANT
from engine.pricing import price_quotes, read_facts
from engine.pricing.plainly import has_floors, without_floors
from engine.pricing.price import code_facts
from engine.pricing.quote import Line, PricedQuote, Quote
from engine.pricing.sent import PricedSent, Sent, price_sent
from engine.services.books.shelf import Shelf
from engine.services.cache import Room
from engine.services.context import Context
from engine.services.pricing.placing import AskedBundle, Placing
from engine.services.refusal import Refused
from engine.values.kinds import Value

MOST_LINES = 2_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A quote as a caller says it: facts still as text; `day` 0 is today in the book's zone. `apart`: each line by itself.

    `account_facts` are known of the `account`, not said (None: it is asked for). `exhausted`: rules whose limit is reached.
    """

    book: str
    version: str
    day: int
    facts: Mapping[str, str]
    lines: Sequence[tuple[Line, Mapping[str, str]]]
    waterfall: bool = False
    apart: bool = False
    codes: Sequence[str] = ()
    grants: Mapping[str, str] = field(default_factory=dict)
    bundles: Sequence[AskedBundle] = ()
    account: str = ""
    account_facts: Mapping[str, str] | None = None
    exhausted: Sequence[str] = ()


class Known(Protocol):
    """Who knows accounts."""

    def facts(self, context: Context, name: str, plan: Plan) -> Mapping[str, str]:
        """The facts that a book asks of an account, as text; raises `Refused`."""


class Pricing:
    """Prices for a context; the clock (seconds since the epoch) is an argument. What is kept ready has a room."""

    def __init__(self, shelf: Shelf, clock: Callable[[], float], known: Known | None = None) -> None:
        self.shelf, self.clock, self.known = shelf, clock, known
        self.room = Room()
        self.placing = Placing(shelf, self.room)

    def price(self, context: Context, asked: Asked) -> tuple[str, PricedQuote]:
        """Price one quote: (the book's name, the answer).

        Raises:
            Refused: the request itself is wrong; a line's own trouble stands in the line.
        """
        book, plan, quote = self.read(context, asked)
        priced = _apart(plan, quote) if asked.apart else price_quotes(plan, [quote], asked.waterfall)[0]
        if asked.waterfall and not context.may("see rules"):
            priced = without_floors(plan.head, priced)
        unknown = code_facts(plan, asked.codes)[1]
        return book, replace(priced, unknown_codes=tuple(unknown)) if unknown else priced

    def read(self, context: Context, asked: Asked) -> tuple[str, Plan, Quote]:
        """A quote as it is asked about: (the book's name, the plan that answers, the quote).

        Raises:
            Refused: the request itself is wrong.
        """
        if len(asked.lines) > MOST_LINES:
            raise _too_many("lines")
        book, plan, day = self._answering(context, asked.book, asked.version, asked.day)
        facts = _facts(context, plan, asked.facts, "facts")
        facts |= _facts(context, plan, {f"{GRANT}{name}": most for name, most in asked.grants.items()}, "grants")
        facts = read_facts(plan, self._of_account(context, plan, asked))[0] | facts
        facts |= {"quote.role": str(context.role)} | code_facts(plan, asked.codes)[0]
        facts |= {f"exhausted {rule}": "yes" for rule in asked.exhausted}
        lines = [
            replace(line, facts=_facts(context, plan, said, f"lines[{i}].facts", True)) if said else line
            for i, (line, said) in enumerate(asked.lines)
        ]
        if not asked.bundles:
            return book, plan, Quote(day, facts, tuple(lines))
        said = [_facts(context, plan, one.facts, f"bundles[{i}].facts", True) for i, one in enumerate(asked.bundles)]
        inside, bundles = self.placing.lines(context, book, plan, asked.bundles, said, day, facts)
        if len(lines) + len(inside) > MOST_LINES:
            raise _too_many("bundles")
        return book, plan, Quote(day, facts, (*lines, *inside), bundles)

    def _of_account(self, context: Context, plan: Plan, asked: Asked) -> Mapping[str, str]:
        """What is known of the account that the quote is for: the one that is named, or that the caller is bound to."""
        if asked.account and asked.account != context.account and not context.may("say account facts"):
            said = f"role {context.role} is priced as the account of its token, and cannot name another"
            raise Refused("PERMISSION_DENIED", "OTHER_ACCOUNT", said, "account")
        if asked.account_facts is not None:
            return asked.account_facts
        account = asked.account or context.account
        return self.known.facts(context, account, plan) if account and self.known else {}

    def price_sent(
        self, context: Context, book: str, version: str, day: int, sent: Sent
    ) -> tuple[str, Plan, int, PricedSent]:
        """As `price`, of a quote as it was sent: (the book's name, the plan that answered, the pricing date, the answer).

        Raises:
            Refused: the request is wrong.
            ValueError: it is wrong, or unusual; `price` knows.
        """  # fmt: skip
        book, plan, day = self._answering(context, book, version, day)
        if sent.waterfall and not context.may("see rules") and has_floors(plan.head):
            raise ValueError("its bars are not for everyone")
        return book, plan, day, price_sent(plan, day, sent, context.may("say account facts"))

    def _answering(self, context: Context, book: str, version: str, day: int) -> tuple[str, Plan, int]:
        """Whose price it is: the book, its plan and the pricing date."""
        context.require("price")
        book = book or self.shelf.only_book(context.tenant)
        return book, *self.plan(context.tenant, book, version, day)

    def plan(self, tenant: str, book: str, version: str, day: int) -> tuple[Plan, int]:
        """The plan that answers and the pricing date."""
        if day:
            return self.shelf.plan(tenant, book, version, day), day
        now = datetime.fromtimestamp(self.clock(), ZoneInfo("UTC"))
        plan = self.shelf.plan(tenant, book, version, now.toordinal())
        today = now.astimezone(ZoneInfo(plan.head.zone)).toordinal()
        return self.shelf.plan(tenant, book, version, today), today


def _too_many(field: str) -> Refused:
    said = f"a quote has at most {MOST_LINES:,} lines, those of its bundles among them"
    return Refused("INVALID_ARGUMENT", "TOO_MANY_LINES", said, field)


def _apart(plan: Plan, quote: Quote) -> PricedQuote:
    """The lines of a quote, each priced as if it were alone; without totals and approvals."""
    alone = [replace(quote, lines=(line,)) for line in quote.lines] or [quote]
    answers = price_quotes(plan, alone)
    lines = tuple(line for each in answers for line in each.lines)
    return replace(answers[0], lines=lines, totals=(), approvals=(), complete=all(each.complete for each in answers))


def facts_of_account(plan: Plan, said: Mapping[str, str], derived: Mapping[str, str]) -> dict[str, str]:
    """What a book asks of what an account says, and of what follows from it where the book has a word for that.

    Facts of requests are among them: what the request says of those goes before.

    Raises:
        Refused: FAILED_PRECONDITION, the account says what the book cannot read.
    """
    wanted = {fact.path for fact in plan.head.facts if fact.scope != "line"}
    known = {
        path: value for path, value in derived.items() if path in wanted and not read_facts(plan, {path: value})[1]
    }
    own = {path: value for path, value in said.items() if path in wanted}
    errors = read_facts(plan, own)[1]
    if errors:
        said_so = f"the account says what {plan.head.name} cannot read: {errors[0].message}"
        raise Refused("FAILED_PRECONDITION", "ACCOUNT_FACT", said_so, f"account.{errors[0].field}")
    return known | own


def _facts(
    context: Context, plan: Plan, said: Mapping[str, str], field: str, of_line: bool = False
) -> dict[str, Value]:
    values, errors = read_facts(plan, said, of_line)
    if errors:
        path = errors[0].field.removeprefix("facts.")
        raise Refused("INVALID_ARGUMENT", errors[0].code, errors[0].message, f"{field}[{path}]")
    if not context.may("say account facts"):
        for fact in plan.head.facts:
            if fact.source == "account" and fact.path in values:
                raise Refused(
                    "PERMISSION_DENIED", "ACCOUNT_FACT", f"role {context.role} may not say `{fact.path}`: it comes from the account",
                    f"{field}[{fact.path}]",
                )  # fmt: skip
    return values
