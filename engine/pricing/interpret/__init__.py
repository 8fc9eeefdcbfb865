"""What a book means: one quote in exact fractions. Slow and obvious; the kernels must agree with it.

    opening: each line's list price -> waterfall: step by step, all lines through one before the next -> finish: rounding

Works on the checked book itself, so that a fault in lowering cannot hide in both.

    term       when lines run, and how many periods that is
    ramp       the segments of a long term
    rates      what accrues on an amount, what an hour of the week costs
    opening    which product, which price on the date, for how many
    prices     what a price comes to for a quantity: tiers, packages, blocks
    candidates which cases can apply at all, found without walking the book
    hits       which cases of which rules apply to a line
    gives      what a case makes of a line's value
    waterfall  the steps, and how several rules in one stand together
    finish     rounding, amounts
"""

from __future__ import annotations

from fractions import Fraction

from engine.lang import book as b
from engine.plan.exchange import CURRENCY, in_currency, rate_on
from engine.plan.head import Head, dates_of, head_of
from engine.pricing.answer import Outcome, answered
from engine.pricing.interpret.finish import invoiced
from engine.pricing.interpret.opening import opened
from engine.pricing.interpret.pocket import pocket
from engine.pricing.interpret.state import State
from engine.pricing.interpret.term import with_terms
from engine.pricing.interpret.waterfall import run
from engine.pricing.quantities import in_own_units
from engine.pricing.quote import Line, PricedQuote, Quote
from engine.pricing.refusals import Fault
from engine.pricing.taxes import settle


def price(book: b.Book, quote: Quote) -> PricedQuote:
    """Price a quote by the book's meaning, with every line's waterfall, in the currency that the quote asks for."""
    book, head, quote = _as_it_is(book, quote)
    return price_as_it_is(book, head, quote)


def taken(book: b.Book, quote: Quote) -> dict[str, Fraction]:
    """What each rule took off a quote in all: exact, in micros of the quote's currency. What is taken off a credit comes back."""
    book, _, quote = _as_it_is(book, quote)
    found: dict[str, Fraction] = {}
    for line in traced(book, with_terms(book, quote)):
        if isinstance(line, State) and line.fault is None:
            for rule, noted in line.taken:
                amount = line.as_whole(noted)
                found[rule] = found.get(rule, Fraction(0)) + (-amount if line.ticks < 0 else amount)
    return found


def _as_it_is(book: b.Book, quote: Quote) -> tuple[b.Book, Head, Quote]:
    """A book in the quote's currency, and the quote with each line in the unit of its product."""
    if book.currencies:
        book = _in_its_currency(book, quote)
    head = head_of(book, dates_of(book))
    (quote,) = in_own_units(head, [quote])
    return book, head, quote


def price_as_it_is(book: b.Book, head: Head, quote: Quote) -> PricedQuote:
    """As `price`, where the book is in the quote's currency and each line in the unit of its product."""
    quote = with_terms(book, quote)
    return answered(head, quote, settled(book, head, quote))


def _in_its_currency(book: b.Book, quote: Quote) -> b.Book:
    """The book in the quote's currency, at the rate of its date."""
    code = str(quote.facts.get(CURRENCY, book.currency))
    rate = rate_on(book, code, quote.date)
    return in_currency(book, code, None if rate is None else rate.rate)


def settled(book: b.Book, head: Head, quote: Quote) -> list[Outcome]:
    """What is found for each line, with documents rounded and taxes levied."""
    found = outcomes(book, quote)
    settle(head, found)
    return found


def outcomes(book: b.Book, quote: Quote) -> list[Outcome]:
    """What is found for each line, before documents are rounded."""
    lines = traced(book, quote)
    return [
        _finished(book, one, line) if isinstance(one, State) else Outcome(line, fault=one)
        for one, line in zip(lines, quote.lines, strict=True)
    ]


def traced(book: b.Book, quote: Quote) -> list[State | Fault]:
    """Each line at the end of its way, with what it met in every step; or why it did not set out.

    A line that is refused on the way is not sold: the others go again without it, so that they count nothing of it and nothing
    that is split is left with it.
    """
    quote = with_terms(book, quote)
    known = {**quote.facts, "quote.date": quote.date}
    found = [_opened(book, quote, line) for line in quote.lines]
    while True:
        lines = [line for line in found if isinstance(line, State) and line.fault is None]
        run(book, known, lines)
        if len(lines) < 2 or all(line.fault is None for line in lines):
            return found
        found = [_again(book, quote, *pair) for pair in zip(quote.lines, found, strict=True)]


def _again(book: b.Book, quote: Quote, line: Line, before: State | Fault) -> State | Fault:
    """A line at the start of its way once more, where it came to the end."""
    refused = not isinstance(before, State) or before.fault is not None
    return before if refused else _opened(book, quote, line)


def _opened(book: b.Book, quote: Quote, line: Line) -> State | Fault:
    try:
        return opened(book, quote, line)
    except Fault as fault:
        return fault


def _finished(book: b.Book, state: State, line: Line) -> Outcome:
    try:
        if state.fault is not None:
            raise state.fault
        out = invoiced(book, state.invoiced or state, line)
    except Fault as fault:
        return Outcome(line, fault=fault)
    pocket(book, state, out)
    return out
