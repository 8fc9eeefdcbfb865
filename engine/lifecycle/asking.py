"""Whom a quote has to ask when it is submitted, and why: nobody who agreed before, unless the deal has become worse."""

from __future__ import annotations

from collections.abc import Iterable

from engine.lifecycle.approval import Approval
from engine.lifecycle.figures import compared
from engine.lifecycle.needs import covered, joined, steps_of
from engine.lifecycle.quote import Approved, Need, Option, Quote
from engine.lifecycle.terms import worse


def to_ask(quote: Quote) -> tuple[tuple[Need, ...], tuple[str, ...]]:
    """Which needs are to be asked, and why."""
    needs, before = needs_of(quote), quote.approved
    if before is None:
        return needs, tuple(f"{need.approval}: {need.because}".rstrip(": ") for need in needs)
    became = _became(quote, before)
    if became:
        return needs, became if needs else ()
    fresh = tuple(need for need in needs if not covered(need, before.needs))
    return fresh, tuple(f"{need.approval} was not asked before" for need in fresh)


def _became(quote: Quote, before: Approved) -> tuple[str, ...]:
    """In what it is not the deal that was approved, or a worse one."""
    other = f"it is for another account than was approved: {before.account}"
    options = ((option, why) for option in quote.options for why in _worse_than(option, before))
    return (
        *((other,) if quote.account != before.account else ()),
        *(f"option {option.option_id}: {why}" for option, why in options),
    )


def _worse_than(option: Option, before: Approved) -> list[str]:
    known = before.terms.get(option.option_id)
    if option.terms is None:
        return []
    return worse(option.terms, known) if known else ["it is new"]


def needs_of(quote: Quote) -> tuple[Need, ...]:
    """What the book wants of all options."""
    return joined(need for option in quote.options for need in option.needs)


def request_of(quote: Quote, asked: Iterable[Need]) -> Approval:
    """A request for the approval of a quote, with what is weighed."""
    before = quote.approved.terms if quote.approved else {}
    return Approval(
        subject=quote.name, subject_version=quote.version, title=quote.display_name or quote.number, account=quote.account,
        requester=quote.submitter, barred=tuple(sorted({*quote.editors, quote.submitter} - {""})), reasons=quote.approval_reasons,
        compared=tuple(compared(one, before.get(one.option_id)) for one in quote.options), steps=steps_of(asked),
    )  # fmt: skip


def approved_of(quote: Quote, request: str, now: int) -> Approved:
    """What stands approved from now on: what is asked for, on these terms."""
    terms = {option.option_id: option.terms for option in quote.options if option.terms}
    return Approved(
        approval=request, account=quote.account, version=quote.version, time=now, needs=needs_of(quote), terms=terms
    )
