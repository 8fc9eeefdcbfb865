"""Suggested tests reach what they say, are few, and what cannot be reached is told with the reason."""

from __future__ import annotations

from engine.lang import check
from engine.plan.lower import lower
from engine.pricing import price_quotes
from engine.pricing.compare.examples import examples_text
from engine.pricing.compare.suggest import Suggestions, suggest
from tests.unit.compare.books import TEXT, book_of, line


def suggested(*changes: tuple[str, str], tested: bool = False) -> tuple[Suggestions, str]:
    book = book_of(TEXT, *changes)
    plan = lower(book)
    quotes = [line("saw", 50, kind="club"), line("saw", 9)] if tested else []
    answers = price_quotes(plan, quotes, waterfall=True)
    found = suggest(book, lambda asked: price_quotes(plan, asked, waterfall=True), zip(quotes, answers, strict=True))
    return found, examples_text(book, [(one.quote, one.priced) for one in found.chosen])


def test_everything_is_reached_by_few_examples_that_check() -> None:
    found, text = suggested()
    assert found.missed == {}
    assert found.after.percent("rule", "row", "edge", "exception", "approval") == 100
    assert len(found.chosen) <= 11
    told = [check({"book.quo": written.encode()}).diagnostics for written in (TEXT, f"{TEXT}\n{text}")]
    assert [d.code for d in told[1]] == [d.code for d in told[0]] and all(d.severity == "warning" for d in told[1])


def test_a_text_that_only_a_denial_or_an_approval_names_is_tried() -> None:
    asks = """approval islands
  when customer.country is "IS" needs boss

deny abroad on oil
  when customer.country is "XX"

approval deep"""
    found, text = suggested(("approval deep", asks))
    assert found.missed == {}
    assert 'customer.country "XX"' in text
    assert "= denied" in text


def test_what_is_covered_already_is_not_suggested() -> None:
    more, less = suggested()[0], suggested(tested=True)[0]
    covered = less.before.reached
    assert covered and not any(one.reaches & covered for one in less.chosen)
    assert len(less.chosen) < len(more.chosen)


def test_a_rule_that_another_always_beats_is_told_with_its_name() -> None:
    found, _ = suggested(
        (
            "give 10% off running price",
            "give 10% off running price\n\noffer discount never on saw\n  give 0.01 EUR off list\n\noffer discount always on saw\n  give 1 EUR off list",
        )
    )
    told = {point.rule: why for point, why in found.missed.items() if point.sort == "row"}
    assert list(told) == ["never"]
    assert "`always`" in told["never"]


def test_a_rule_outside_all_prices_is_told() -> None:
    found, _ = suggested(
        ("price 3.33 EUR per piece", "price 3.33 EUR per piece until 2025-01-01"),
        ("on saw, oil\n  from", "on oil\n  from"),
    )
    assert {point.rule for point in found.missed} >= {"club", "belgian_club"}
    assert "on a day with a price" in next(
        why for point, why in found.missed.items() if point.rule == "club" and point.sort == "row"
    )
