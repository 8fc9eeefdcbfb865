"""What verbs of quotes have in common: an account that may have new business, a quote that breaks no rule, a verb that is a status."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.lifecycle.parties import Account, LegalEntity
from engine.lifecycle.quote import QUOTES, Quote
from engine.services.context import Context
from engine.services.desk import Call, Desk, Work
from engine.services.refusal import Refused
from engine.services.selling.opportunities import active_account


def account_of(work: Work, quote: Quote) -> Account:
    """The account of a quote, which may have new business while this work is done.

    Raises:
        Refused: FAILED_PRECONDITION, it may not.
    """
    account = active_account(work, quote.account, "quote.account")
    work.hold(account)
    return account


def seller_of(work: Work, quote: Quote) -> LegalEntity | None:
    """Who sells: whom the quote says, else the tenant's only legal entity, or the one it calls `default`; None: nobody can tell."""
    if quote.entity:
        found: LegalEntity | None = work.load(LegalEntity, quote.entity, field="quote.entity")
    else:
        found = work.find(LegalEntity, f"{LegalEntity.KIND}/default")
        page = [] if found else work.listed(LegalEntity, [], 2)
        found = page[0] if len(page) == 1 else found
    if found is not None:
        work.hold(found)
    return found


def needed_seller(work: Work, quote: Quote) -> LegalEntity:
    """Who sells, of a quote that goes to a customer.

    Raises:
        Refused: FAILED_PRECONDITION, nobody can tell.
    """
    found = seller_of(work, quote)
    if found is None:
        said = "say which legal entity sells: the tenant has none (make one by CreateLegalEntity), or several"
        raise Refused("FAILED_PRECONDITION", "ENTITY_REQUIRED", said, "quote.entity")
    return found


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
