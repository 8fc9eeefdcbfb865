"""`quo explain`: one quote, line by line, with the rule, file and line behind every change of price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape

from engine.cli import show
from engine.cli.bundle import open_book
from engine.cli.columns import ordinal_of, ticks_of
from engine.cli.console import FAULT_OF_BOOK, fail, out
from engine.cli.price import pairs
from engine.cli.trial import quote_of
from engine.cli.why import draw, print_json, print_why
from engine.lang.book import Book
from engine.plan.plan import Plan
from engine.pricing import price_quotes, read_facts
from engine.pricing.explain import Explained, Explainer, below_net, floors_of, shown
from engine.pricing.price import code_facts
from engine.pricing.quote import Line, PricedQuote, Quote
from engine.services.context import Context, Role
from engine.values.kinds import Value


@dataclass(frozen=True)
class Forms:
    """What is to be said besides the waterfall, in which form, and for which role."""

    why: bool = False
    rules: Sequence[str] = ()
    json: bool = False
    svg: Path | None = None
    role: str = ""


def explain_command(
    paths: Sequence[Path],
    test: str | None,
    on: str | None,
    lines: Sequence[str],
    facts: Sequence[str],
    codes: Sequence[str],
    forms: Forms,
) -> None:
    """Print the waterfall of a test's quote, or of the one given by date, facts and lines; with `why`, all reasons."""
    book, plan = open_book(paths)
    try:
        quote = _of_test(book, test) if test else _given(plan, on, lines, pairs(facts), codes)
        explained = _explained(plan, book, quote, forms)
    except ValueError as error:
        fail(str(error))
    if forms.json:
        print_json(explained)
    else:
        print_quote(plan, quote, explained.priced)
        if forms.why or forms.rules:
            print_why(explained)
    if forms.svg is not None:
        draw(explained, forms.svg)
    if not explained.priced.complete or explained.priced.error:
        raise typer.Exit(FAULT_OF_BOOK)


def _explained(plan: Plan, book: Book, quote: Quote, forms: Forms) -> Explained:
    """The explanation as the role may see it; only the prices where no reason is asked for.

    Raises:
        ValueError: there is no such role or rule.
    """
    known = {rule.name for rule in book.rules}
    for name in forms.rules:
        if name not in known:
            near = get_close_matches(name, known, 1)
            raise ValueError(f"the book has no rule `{name}`" + (f": did you mean `{near[0]}`?" if near else ""))
    if forms.role and forms.role not in set(Role):
        raise ValueError(f"there is no role `{forms.role}`: roles are {', '.join(Role)}")
    if not (forms.why or forms.rules or forms.json or forms.svg):
        [priced] = price_quotes(plan, [quote], waterfall=True)
        explained = Explained(priced, (), (), floors_of(book), below_net(book))
    else:
        explained = Explainer(plan, book).explain(quote, rules=forms.rules)
    context = Context("", "", Role(forms.role or Role.ADMINISTRATOR))
    return shown(explained, context.may("see costs"), context.may("see rules"))


def _of_test(book: Book, name: str) -> Quote:
    found = next((test for test in book.tests if test.name == name), None)
    if found is None:
        raise ValueError(
            f"the book has no test `{name}`: it has {', '.join(test.name for test in book.tests) or 'none'}"
        )
    return quote_of(found)


def _given(plan: Plan, on: str | None, lines: Sequence[str], facts: Mapping[str, str], codes: Sequence[str]) -> Quote:
    """The quote of `--on`, `--set`, `--code` and `--line`.

    Raises:
        ValueError: one of them cannot be read.
    """
    if on is None or not lines:
        raise ValueError('name a test with --test, or give --on DATE and at least one --line "SKU QUANTITY"')
    known, unknown = code_facts(plan, codes)
    if unknown:
        raise ValueError(
            f"no coupon of the book asks for {', '.join(unknown)}: {', '.join(plan.head.codes) or 'none has a code'}"
        )
    values = _facts(plan, facts, line=False) | known
    return Quote(ordinal_of(ZoneInfo(plan.head.zone))(on), values, tuple(_line(plan, text) for text in lines))


def _line(plan: Plan, text: str) -> Line:
    sku, *rest = text.split()
    if not rest:
        raise ValueError(f'`{text}` is not a line: write "SKU QUANTITY [group=G] [line.fact=value]"')
    given = pairs(rest[1:])
    group = given.pop("group", None)
    return Line(sku, ticks_of(rest[0]), group, None, _facts(plan, given, line=True))


def _facts(plan: Plan, facts: Mapping[str, str], line: bool) -> dict[str, Value]:
    values, errors = read_facts(plan, facts, scope_line=line)
    if errors:
        raise ValueError("; ".join(error.message for error in errors))
    return values


def print_quote(plan: Plan, quote: Quote, priced: PricedQuote) -> None:
    """Waterfalls, totals, approvals, and how long the price holds."""
    console = out()
    holds = f", holds until {date.fromordinal(priced.holds_until)}" if priced.holds_until else ""
    day = date.fromordinal(priced.date).isoformat()
    console.print(f"[bold]{priced.book}[/] {priced.version} on {day}{holds}")
    if priced.exchange:
        console.print(show.exchange(priced.exchange))
    if priced.error:
        console.print(f"[bold red]{priced.error.code}[/] {escape(priced.error.message)}")
    for line in priced.lines:
        if line.error:
            console.print(f"\n[bold]{line.product}[/] [bold red]{line.error.code}[/] {escape(line.error.message)}")
            continue
        head = plan.head.products[plan.head.index[line.product]]
        amount = show.quantity(line.quantity, show.unit_of(plan.head, line.product, line.quantity))
        net = f"{show.money(line.net_amount, priced.currency)} {priced.currency}"
        of = f" of {line.inside.id}" if line.inside is not None else ""
        title = f"{head.title}{of}: {amount}, {net} {show.period_words(line.period)}"
        console.print()
        console.print(show.waterfall(line.waterfall, title, priced.currency))
        if line.term:
            console.print(show.over_term(line.term, priced.currency))
        if line.lowest_prior is not None:
            lowest = f"{show.money(line.lowest_prior, priced.currency)} {priced.currency}"
            console.print(f"lowest list price of the days before: {lowest}")
    if priced.totals:
        console.print()
        console.print(show.totals(priced))
    if priced.taxes:
        console.print()
        console.print(show.taxes(priced))
    for need in priced.approvals:
        stages = ", then ".join(" and ".join(stage) for stage in need.stages)
        because = f" ({escape(need.because)})" if need.because else ""
        console.print(f"[yellow]needs[/] {stages}: {need.approval}{because} [cyan]{need.file}:{need.line}[/]")
