"""Turns a bundle of files into a checked `Book`, or says everything that is wrong with it.

    files -> parse -> names -> products -> prices -> tables -> bundles -> rules -> approvals -> tests -> overlaps -> Book

Each pass is a function of the `Draft`, in the order of `PASSES`; none stops at a mistake, and none raises for what an
author wrote. The order of files and of blocks means nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.lang.alone import check_alone
from engine.lang.approvals import settle_approvals
from engine.lang.below import find_untaxed
from engine.lang.book import Book
from engine.lang.bundle_prices import settle_bundle_prices
from engine.lang.bundles import settle_bundles
from engine.lang.catalog import product, settle_prices, settle_products
from engine.lang.choosing import check_choices
from engine.lang.denials import settle_denials
from engine.lang.diagnostics import Diagnostic
from engine.lang.draft import Draft
from engine.lang.examples import settle_tests
from engine.lang.exchange import find_no_rates, settle_rates
from engine.lang.lints import find_lints
from engine.lang.listed import settle_goods
from engine.lang.names import settle_book, settle_facts, settle_steps
from engine.lang.overlaps import find_overlaps
from engine.lang.parse import parse_file
from engine.lang.periods import settle_ramps, settle_time
from engine.lang.report import Report
from engine.lang.rules import settle_rules
from engine.lang.shares import check_reach
from engine.lang.sheets import decode
from engine.lang.syntax import RuleBlock
from engine.lang.tables import settle_tables
from engine.lang.unused import find_doubts
from engine.values.collecting import uncollected
from engine.values.identity import version_of

RULES = ".quo"
PASSES: tuple[Callable[[Draft], None], ...] = (
    settle_book,
    settle_facts,
    settle_time,
    settle_steps,
    settle_rates,
    settle_products,
    settle_prices,
    settle_tables,
    settle_goods,
    settle_ramps,
    settle_bundles,
    settle_rules,
    settle_bundle_prices,
    check_alone,
    check_choices,
    check_reach,
    settle_approvals,
    settle_denials,
    settle_tests,
    find_overlaps,
    find_doubts,
    find_untaxed,
    find_no_rates,
    find_lints,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking found. `book` is None when any diagnostic is an error; `sources` are the texts, to show places."""

    book: Book | None
    diagnostics: tuple[Diagnostic, ...]
    sources: dict[str, str]


def check(files: Mapping[str, bytes]) -> Checked:
    """Check a bundle: path -> bytes. Files ending `.quo` are rule text, the others data that they name."""
    with uncollected():
        return _checked(Draft(files, [], Report(), {}))


def _checked(draft: Draft) -> Checked:
    _parse(draft)
    broken = _broken(draft)
    for settle in PASSES:
        settle(draft)
    draft.report.excuse(broken)
    found = draft.report.sorted()
    return Checked(None if draft.report.failed else _book(draft), found, draft.sources)


def _parse(draft: Draft) -> None:
    """Read every rule file, in order of their names."""
    for path in sorted(path for path in draft.files if path.endswith(RULES)):
        text = decode(draft, path)
        if text is None:
            continue
        blocks, wrong = parse_file(path, text)
        draft.blocks.extend(blocks)
        for diagnostic in wrong:
            draft.report.add(diagnostic)


def _broken(draft: Draft) -> set[tuple[str, int]]:
    """Where the blocks begin of which a clause could not be read."""
    begins: dict[str, list[int]] = {}
    for block in draft.blocks:
        begins.setdefault(block.span.file, []).append(block.span.line)
    found = set()
    for wrong in draft.report.found:
        above = [line for line in begins.get(wrong.span.file, ()) if line <= wrong.span.line]
        found |= {(wrong.span.file, max(above))} if above else set()
    return found


def _book(draft: Draft) -> Book:
    """The book of a draft without errors."""
    return Book(
        name=draft.name,
        title=draft.title,
        version=version_of(draft.files),
        currency=draft.currency,
        zone=draft.zone,
        rounding=draft.rounding,
        units=tuple(draft.units),
        families=tuple(draft.families),
        groups=tuple(draft.groups),
        facts=tuple(draft.facts.values()),
        products=tuple(product(goods) for goods in draft.goods.values()),
        steps=tuple(draft.step_list),
        rules=tuple(draft.rules),
        approvals=tuple(draft.approvals),
        denials=tuple(draft.denials),
        bundles=tuple(draft.bundles.values()),
        configurations=tuple(draft.configurations),
        codes=tuple(sorted({code.text for rule in draft.of(RuleBlock) if rule.more for code in rule.more.codes})),
        tests=tuple(draft.tests),
        prices_include_tax=draft.include_tax,
        tax_level=draft.tax_level,
        tax_step=draft.tax_step,
        currencies=tuple(code for code in draft.currencies if code != draft.currency),
        rates=tuple(draft.rates),
        lowest_days=draft.lowest_days,
        prorate=draft.prorate,
        timed=draft.timed,
    )
