"""Whole things of a book in one line each, for those who are told that one came or went."""

from __future__ import annotations

from collections.abc import Sequence

from engine.lang import book as b
from engine.pricing.compare import words as w
from engine.values.kinds import FLAG, Kind


def fact_words(book: b.Book, fact: b.Fact) -> str:
    """The kind of a fact, and where it comes from."""
    return f"{kind_words(fact.kind)}{' optional' if fact.optional else ''} from {fact.source}"


def kind_words(kind: Kind) -> str:
    """`one of startup, enterprise`, `duration 1 month to 60 months`."""
    if kind.name == "enum":
        return "yes or no" if kind.values == FLAG else f"one of {', '.join(kind.values)}"
    return kind.name if kind.low is None and kind.high is None else f"{kind.name} {kind.range()}"


def product_words(book: b.Book, product: b.Product) -> str:
    """The prices of a product, each with its days."""
    said = []
    for dated in product.prices:
        days = "" if dated.start is None and dated.end is None else f" {w.dates_words(dated.start, dated.end)}"
        said.append(f"{w.price_words(book, dated.price)}{days}")
    often = "" if product.period == "once" else f" per {product.period}"
    return f"{'; '.join(said) or 'no price'} per {book.units[product.unit].name}{often}"


def rule_words(book: b.Book, rule: b.Rule) -> str:
    """A rule in one line; of many cases, how many they are."""
    kind = f"{rule.kind} in {book.steps[rule.step].name}"
    if len(rule.cases) > w.FEW:
        return f"{kind}, {len(rule.cases):,} rows"
    return f"{kind}: {'; '.join(case_words(book, case) for case in rule.cases) or 'never applies'}"


def case_words(book: b.Book, case: b.Case) -> str:
    """What a case gives, on what, when."""
    on = "everything" if case.products is None else w.names_words(sorted(book.products[i].code for i in case.products))
    dates = "" if case.start is None and case.end is None else f", {w.dates_words(case.start, case.end)}"
    when = "" if case.when == b.ALWAYS else f", when {w.condition_words(book, case.when)}"
    return f"{w.give_words(book, case.give)} on {on}{dates}{when}"


def denials_words(book: b.Book, rows: Sequence[b.Denial]) -> str:
    """What a denial refuses; of many rows, how many they are."""
    return f"{len(rows):,} rows" if len(rows) > w.FEW else "; ".join(denial_words(book, row) for row in rows)


def denial_words(book: b.Book, denial: b.Denial) -> str:
    """What a denial, or a row of it, refuses, when and why."""
    codes = None if denial.products is None else sorted(book.products[i].code for i in denial.products)
    dates = "" if denial.start is None and denial.end is None else f", {w.dates_words(denial.start, denial.end)}"
    because = f' ("{denial.because}")' if denial.because else ""
    when = "" if denial.when == b.ALWAYS else f", when {w.condition_words(book, denial.when)}"
    return f"{'everything' if codes is None else w.names_words(codes)}{dates}{when}{because}"


def approval_words(book: b.Book, approval: b.Approval) -> str:
    """When an approval asks, and whom."""
    said = []
    for case in approval.cases:
        figures = [f"{f.measure} {f.relation} {_figure(book, f)}" for f in case.figures]
        whens = [w.condition_words(book, case.when)] if case.when != b.ALWAYS else []
        needs = ", then ".join(" and ".join(stage) for stage in case.needs)
        said.append(f"{' and '.join([*figures, *whens]) or 'always'} needs {needs}")
    return "; ".join(said)


def _figure(book: b.Book, figure: b.Figure) -> str:
    money = figure.measure.endswith((".net", ".list"))
    return w.amount(figure.value, book.currency) if money else w.percent(figure.value)
