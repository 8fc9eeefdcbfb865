"""`quo test`: a book's tests and examples through the engine, and what of the book they reach."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.markup import escape
from rich.table import Table

from engine.cli.bundle import open_book
from engine.cli.configured import configurations_as_json, print_configurations
from engine.cli.console import FAULT_OF_BOOK, err, out, plural
from engine.cli.covered import as_json as covered_as_json
from engine.cli.covered import percent_of, print_coverage
from engine.cli.show import money
from engine.configure.trials import Unmet, unmet
from engine.lang.book import Book, BookTest, Expectation
from engine.lang.expect_in_words import NEEDS, PERCENT, in_order
from engine.pricing import price_quotes
from engine.pricing.answer import OVER
from engine.pricing.compare.coverage import Coverage, applied, coverage
from engine.pricing.quote import Inside, Line, LineError, PricedBundle, PricedLine, PricedQuote, Quote, Total

MOST_LISTED = 200
"""Tests of which those that pass are listed."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An expectation that does not hold: what was asked for, as people write it, and what came out."""

    test: BookTest
    expectation: Expectation
    expected: str
    got: str


def quote_of(test: BookTest) -> Quote:
    """The quote a test describes."""
    numbered = {bundle.name: (number, bundle) for number, bundle in enumerate(test.bundles, 1)}
    lines = []
    for line in test.lines:
        inside, facts = None, dict(line.facts)
        if line.inside is not None:
            (number, bundle), path = numbered[line.inside[0]], line.inside[1]
            inside = Inside(bundle.name, bundle.bundle, number, bundle.count, path)
            facts |= inside.facts
        lines.append(Line(line.product, line.quantity, line.group, None, facts, inside=inside))
    bundles = tuple(PricedBundle(bundle.name, bundle.bundle, bundle.count) for bundle in test.bundles)
    return Quote(test.on, dict(test.facts), tuple(lines), bundles)


def trial_command(paths: list[Path], least: float = 0, as_json: bool = False) -> None:
    """Run every test and example; exit code 1 where one fails, or where rules or rows are covered by less than `least` percent."""
    book, plan = open_book(paths)
    quotes = [quote_of(test) for test in book.tests]
    priced = price_quotes(plan, quotes, waterfall=True)
    found = [list(failures_of(test, quote, book)) for test, quote in zip(book.tests, priced, strict=True)]
    broken = [list(unmet(book, test)) for test in book.configurations]
    covered = coverage(book, zip(quotes, priced, strict=True))
    failed = sum(map(bool, found)) + sum(map(bool, broken))
    if as_json:
        _print_json(book, found, broken, covered)
    else:
        _print_tests(book, found)
        print_configurations(book, broken)
        print_coverage(covered)
    _conclude(len(book.tests) + len(book.configurations) - failed, failed, percent_of(covered), least)


def _print_tests(book: Book, found: list[list[Failure]]) -> None:
    for test, failures in zip(book.tests, found, strict=True):
        if not failures and len(found) > MOST_LISTED:
            continue  # of thousands, only those that fail are worth a line
        mark = "[bold red]FAIL[/]" if failures else "[green]pass[/]"
        out().print(f"{mark} {escape(test.name)} [dim]{test.span.file}:{test.span.line}[/]", soft_wrap=True)
    if any(found):
        out().print(_table([failure for failures in found for failure in failures]))


def _print_json(book: Book, found: list[list[Failure]], broken: list[list[Unmet]], covered: Coverage) -> None:
    """One object: each test with what did not hold, and the coverage."""
    tests = [
        {
            "test": test.name,
            "file": test.span.file,
            "line": test.span.line,
            "passed": not failures,
            "failures": [{"what": f.expectation.what, "expected": f.expected, "got": f.got} for f in failures],
        }
        for test, failures in zip(book.tests, found, strict=True)
    ]
    tests += configurations_as_json(book, broken)
    coverage_ = covered_as_json(covered)
    print(json.dumps({"book": book.name, "version": book.version, "tests": tests, "coverage": coverage_}, indent=1))


def _conclude(passed: int, failed: int, percent: float, least: float) -> None:
    """Say how it went, and leave with 1 where it did not go well."""
    if failed:
        err().print(f"[bold red]{plural(failed, 'test')} failed[/], {passed} passed")
    else:
        err().print(f"[bold green]{plural(passed, 'test')} passed[/]")
    if percent < least:
        err().print(
            f"[bold red]coverage {percent:.1f}% of rules or rows is below {least:g}%[/]: see `quo suggest-tests`"
        )
    if failed or percent < least:
        raise typer.Exit(FAULT_OF_BOOK)


def _table(failures: list[Failure]) -> Table:
    table = Table(title="what did not hold", title_justify="left", title_style="bold red")
    for name in ("test", "where", "what", "expected", "got"):
        table.add_column(name, style="cyan" if name == "where" else "")
    for failure in failures:
        span = failure.expectation.span
        where = f"{span.file}:{span.line}"
        table.add_row(escape(failure.test.name), where, failure.expectation.what, failure.expected, escape(failure.got))
    return table


# ---------------------------------------------------------------- what a quote shows


def failures_of(test: BookTest, quote: PricedQuote, book: Book) -> Iterator[Failure]:
    """The expectations of a test that its priced quote does not meet."""
    for expectation in test.expect:
        got = figure(quote, book, expectation.what)
        if got != expectation.value:
            wanted = _words(expectation.value, quote.currency)
            yield Failure(test, expectation, wanted, _reason(quote, got, quote.currency))


def figure(quote: PricedQuote, book: Book, what: str) -> int | tuple[str, ...] | None:
    """The figure that an expectation names; None where the quote has none such."""
    if what == "applied":
        return tuple(applied(quote, book.steps))
    if what == "approvals":
        return tuple(need.approval for need in quote.approvals)
    if what == "error":
        return tuple(dict.fromkeys(error.code for error in _errors(quote)))
    if ": " in what:
        return _of_bundle(quote, *what.split(": "))
    owner, _, name = what.rpartition(".")
    if name == NEEDS:
        return next((in_order(need.stages) for need in quote.approvals if need.approval == owner), ())
    if owner == "quote" or owner.startswith("quote."):
        return _of_total(quote, owner.removeprefix("quote").removeprefix("."), name)
    line = _line(quote, owner)
    return None if line is None or line.error else _of_line(line, name)


def _of_bundle(quote: PricedQuote, bundle: str, what: str) -> int | tuple[str, ...] | None:
    """A total of a bundle, or a figure of the one line at a path in it."""
    path, _, name = what.rpartition(".")
    if not path:
        totals = (total for one in quote.bundles if one.id == bundle for total in one.totals)
        return next((total.net_amount for total in totals if total.name == what), None)
    inside = [(line.inside, line) for line in quote.lines if line.inside is not None and line.inside.id == bundle]
    found = [line for place, line in inside if place.path == path or place.path.startswith(path + ".")]
    return _of_line(found[0], name) if len(found) == 1 and not found[0].error else None


def _of_line(line: PricedLine, name: str) -> int | tuple[str, ...] | None:
    """A line's figure: of a period, over its term, or of a segment of that."""
    term = line.term
    if name.startswith("segment_"):
        number = int(name.removeprefix("segment_"))
        return term.segments[number - 1].net_amount if term and number <= len(term.segments) else None
    if name == "term":
        return (term.text,) if term else None
    if name.startswith("term_"):
        return None if term is None else term.net_amount if name == "term_net" else term.list_amount
    found: int | tuple[str, ...] | None = _OF_LINE[name](line)
    return found


_OF_LINE: dict[str, Callable[[PricedLine], Any]] = {
    "unit": lambda line: line.unit_net,
    "net": lambda line: line.net_amount,
    "list": lambda line: line.list_amount,
    "tax": lambda line: line.tax and line.tax.tax_amount,
    "gross": lambda line: line.tax and line.tax.gross_amount,
    "tax_category": lambda line: line.tax and (line.tax.category,),
    "tax_rate": lambda line: line.tax and (PERCENT.show(line.tax.rate),),
    "pocket": lambda line: line.pocket_amount,
    "lowest": lambda line: line.lowest_prior,
}


def _of_total(quote: PricedQuote, total: str, figure: str) -> int | None:
    """`quote.once`, `quote.once.tax`; `quote.tax` is that of the only total."""
    beside: dict[str, Callable[[Total], int | None]] = {
        "tax": lambda one: one.tax_amount,
        "gross": lambda one: one.gross_amount,
        "pocket": lambda one: one.pocket_amount,
    }
    if figure not in beside:
        return next((one.net_amount for one in quote.totals if one.name == figure), None)
    meant = [one for one in quote.totals if one.name == total or (not total and one.name not in OVER)]
    return beside[figure](meant[0]) if len(meant) == 1 else None


def _line(quote: PricedQuote, owner: str) -> PricedLine | None:
    if owner.startswith("line "):
        number = int(owner.removeprefix("line "))
        return quote.lines[number - 1] if 0 < number <= len(quote.lines) else None
    return next((line for line in quote.lines if line.product == owner), None)


def _errors(quote: PricedQuote) -> list[LineError]:
    own = [quote.error] if quote.error else []
    return own + [line.error for line in quote.lines if line.error]


def _words(value: int | tuple[str, ...] | None, currency: str) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, int):
        return f"{money(value, currency)} {currency}"
    return ", ".join(value) or "none"


def _reason(quote: PricedQuote, got: int | tuple[str, ...] | None, currency: str) -> str:
    errors = _errors(quote)
    return _words(got, currency) if got is not None or not errors else f"{errors[0].code}: {errors[0].message}"
