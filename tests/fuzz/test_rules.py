"""Whatever text comes in: no crash, no hang, no mistake without a name, and of what checks no total but the book's."""

from __future__ import annotations

import re

from hypothesis import event, given
from hypothesis import strategies as st

from engine.lang import Checked, check
from engine.lang.book import Book
from engine.lang.format import Unreadable, format_text
from engine.plan.lower import lower
from engine.plan.plan import Plan, PlanError
from engine.pricing import price_quotes
from engine.pricing.interpret import price
from engine.pricing.quote import Line, Quote
from tests.fuzz.texts import Bundle, damaged, soup
from tests.property.test_meaning import differences

SPANS = re.compile(r"[EWP]\d{3}")


def judged(bundle: Bundle) -> Checked:
    """What checking says, of which every part must be sound."""
    result = check({path: text.encode("utf-8", "surrogatepass") for path, text in bundle.items()})
    errors = [d for d in result.diagnostics if d.severity == "error"]
    assert (result.book is None) == bool(errors)
    for diagnostic in result.diagnostics:
        assert SPANS.fullmatch(diagnostic.code) and diagnostic.message
        assert diagnostic.span.line >= 1 and diagnostic.span.column >= 1
        assert diagnostic.span.file in bundle or not bundle or not diagnostic.span.file
        assert diagnostic.render(result.sources).startswith(f"{diagnostic.severity}[{diagnostic.code}]")
    return result


@given(soup(), soup())
def test_token_soup(text: str, data: str) -> None:
    event(str(len(judged({"book.quo": text, "data.csv": data}).diagnostics) > 0))


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_bytes(text: bytes, data: bytes) -> None:
    for diagnostic in check({"book.quo": text, "data.csv": data}).diagnostics:
        assert SPANS.fullmatch(diagnostic.code)


@given(st.data())
def test_a_damaged_book_is_refused_by_name_or_priced_as_it_means(data: st.DataObject) -> None:
    """Where damage leaves a book that checks, it means something else: kernels and meaning must still agree on it."""
    book = judged(data.draw(damaged())).book
    if book is None:
        event("refused")
        return
    plan = _lowered(book)
    event("priced" if plan else "does not fit")
    if plan is None:
        return
    quote = data.draw(asked(book))
    assert differences(price_quotes(plan, [quote], waterfall=True)[0], price(book, quote)) == []


def _lowered(book: Book) -> Plan | None:
    """The plan of a book; None where it does not fit one, by name."""
    try:
        return lower(book)
    except PlanError as error:
        named = error.code
    assert SPANS.fullmatch(named)
    return None


@given(damaged())
def test_a_damaged_text_is_laid_out_or_refused(bundle: Bundle) -> None:
    for path, text in bundle.items():
        if path.endswith(".quo"):
            try:
                laid = format_text(text, path)
            except Unreadable:
                event("refused")
                continue
            assert format_text(laid, path) == laid


@st.composite
def asked(draw: st.DrawFn, book: Book) -> Quote:
    """A quote of a test of the book, or of its products on a day of its prices; with some facts."""
    if book.tests and draw(st.booleans()):
        test = draw(st.sampled_from(book.tests))
        lines = tuple(Line(each.product, each.quantity, each.group, None, dict(each.facts)) for each in test.lines)
        return Quote(test.on, dict(test.facts), lines)
    days = sorted(
        {day for p in book.products[:50] for dated in p.prices for day in (dated.start, dated.end) if day}
    ) or [739_617]
    facts = {
        f.path: f.kind.values[0] if f.kind.values else f.kind.low or 0 if f.kind.ordered else "x" for f in book.facts
    }
    goods = st.sampled_from([p.code for p in book.products] or ["none"])
    amounts = st.integers(-3, 10_000).map(lambda n: n * 1_000_000)
    lines = draw(
        st.lists(st.builds(Line, goods, amounts, st.sampled_from([None, *book.groups])), min_size=1, max_size=3)
    )
    on_line = {path: value for path, value in facts.items() if path.startswith("line.")}
    kept = {path: value for path, value in facts.items() if path not in on_line and draw(st.integers(0, 5))}
    placed = tuple(Line(each.product, each.quantity, each.group, None, on_line) for each in lines)
    return Quote(draw(st.sampled_from(days)), kept, placed)
