"""What verbs of quotes have in common: an account that may have new business, a quote that breaks no rule, a verb that is a status."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.lifecycle.parties import Account, AccountStatus
from engine.lifecycle.quote import QUOTES, Quote
from engine.services.context import Context
from engine.services.desk import Call, Desk, Work
from engine.services.refusal import Refused


def active_account(work: Work, quote: Quote) -> Account:
    """The account of a quote.

    Raises:
        Refused: FAILED_PRECONDITION, it may not have new business.
    """
    account = work.load(Account, quote.account, field="quote.account")
    if account.status is not AccountStatus.ACTIVE:
        said = f"{account.name} is {account.status}: it gets no new business"
        raise Refused("FAILED_PRECONDITION", "ACCOUNT_NOT_ACTIVE", said, "quote.account")
    return account


def sound(quote: Quote) -> None:
    """A quote that breaks a rule goes to nobody.

    Raises:
        Refused: FAILED_PRECONDITION, with what is wrong.
    """
    problems = [f"option {option.option_id}: {one}" for option in quote.options for one in option.problems]
    if not quote.options:
        problems.append("it has no option")
    problems += [
        f"option {one.option_id} holds nothing" for one in quote.options if not one.totals and not one.problems
    ]
    if problems or not all(option.complete for option in quote.options):
        said = "; ".join(problems[:5]) or "not all of it has a price"
        raise Refused("FAILED_PRECONDITION", "QUOTE_NOT_SOUND", f"{quote.name} cannot go on: {said}", "name")


def simply(
    desk: Desk, context: Context, call: Call, name: str, verb: str, event: str, reason: str = "",
    also: Callable[[Work, Quote], Quote] = lambda _, quote: quote,
) -> Quote:  # fmt: skip
    """A verb that changes the status, and `also` what it says."""
    QUOTES.may(verb, context.role)

    def decide(work: Work) -> Quote:
        before = work.load(Quote, name, call.etag)
        after = replace(before, status=QUOTES.step(before.status, verb), status_reason=reason)
        return work.save(also(work, after), event)

    return desk.change(context, call, Quote, decide)
