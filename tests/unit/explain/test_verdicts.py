"""Why each rule of a shop did what it did, in the words that a reader gets, worked out by hand."""

from __future__ import annotations

import pytest

from engine.pricing.quote import Line, Quote
from tests.unit.explain.shop import BOOK, ask, explainer, only, verdict, words

MAY = "2026-05-04"


def test_a_line_knows_every_rule_on_its_product_and_counts_the_others() -> None:
    line = only(ask(MAY, "lamp 1"))
    assert [v.rule for v in line.verdicts] == ["rush", "country"]
    assert line.not_on == len(explainer().book.rules) - 2


def test_an_applied_rule_says_from_what_to_what() -> None:
    found = verdict(ask(MAY, "chair 10"), "chairs_volume")
    assert (found.reason, found.label) == ("applied", "pieces from 10")
    assert "10 |  5%" in BOOK.splitlines()[found.line - 1]
    assert [(bar.before, bar.after) for bar in found.bars] == [(100_000_000, 95_000_000)]


@pytest.mark.parametrize(
    ("rule", "on", "line", "facts", "said"),
    [
        ("spring", "2026-02-15", "chair 1", {}, "begins 2026-03-01, priced on 2026-02-15"),
        ("spring", MAY, "chair 1", {}, "held through 2026-03-31, priced on 2026-05-04"),
        ("summer", "2026-07-01", "chair 1", {}, "held through 2026-06-30, priced on 2026-07-01"),
        ("programme", MAY, "chair 1", {}, "needs customer.segment mid_market or startup, was enterprise"),
        ("large", MAY, "chair 43", {}, "needs line.quantity >= 50, was 43"),
        ("large", MAY, "chair 50", {"customer_spend": "1000 EUR"}, "needs customer.spend > 1,000.00 EUR, was 1,000.00 EUR"),
        ("large", MAY, "chair 50", {}, "needs customer.spend > 1,000.00 EUR, which was not given"),
        ("belgium", MAY, "chair 1", {"customer_segment": "startup", "customer_country": "NL"}, 'needs customer.country "BE", was "NL"'),
        ("not_here", MAY, "chair 1", {"customer_country": "NL"}, 'needs customer.country not "BE" or "NL", was "NL"'),
        ("not_here", MAY, "chair 1", {}, "needs customer.country to be known, and it was not given"),
        (
            "either", MAY, "chair 7", {},
            'needs line.quantity > 100, was 7, or customer.account "ACME", which was not given, '
            "or line.group rollout, and the line is in no group",
        ),
        ("chairs_volume", MAY, "chair 1", {}, "applies, and changes nothing: 0% off"),
        ("programme", MAY, "chair 1", {"customer_segment": "startup", "customer_country": "BE"}, "replaced by exception belgium"),
        ("programme", MAY, "chair 1", {"customer_segment": "startup"}, "100.00 -> 88.00"),
        ("twelve", MAY, "chair 1", {"customer_segment": "startup"}, "programme leaves as much, and its name comes first"),
        ("spring", "2026-03-15", "chair 1", {}, "12% off (twelve) beats its 10% off: 88.00, not 90.00"),
        ("large", MAY, "chair 60", {"customer_spend": "2000"}, "12% off (twelve) beats its 2.00 EUR off: 77.44, not 86.00"),
        ("margin", MAY, "chair 60", {}, "77.44 -> 93.75"),
        ("half", MAY, "chair 60", {}, "the price, 77.44, is not below this floor, 50.00"),
        ("margin", MAY, "chair 1 line.rush=yes", {"customer_country": "NO"}, "the price, 96.00, is not below this floor, 93.75"),
        ("rush", MAY, "lamp 1", {}, "needs line.rush yes, which was not given"),
    ],
)  # fmt: skip
def test_why_not(rule: str, on: str, line: str, facts: dict[str, str], said: str) -> None:
    assert words(ask(on, line, **facts), rule) == said


def test_of_many_rows_the_nearest_are_told() -> None:
    """Row CH of the chair fails by three pieces; row NO by its country; the lamp's rows are not the chair's."""
    found = verdict(ask(MAY, "chair 17", customer_country="CH"), "country")
    assert [(miss.label, miss.needs and miss.needs.gap) for miss in found.misses] == [
        ("customer.country CH", "3"),
        ("customer.country NO", None),
    ]


def test_a_line_without_a_price_still_says_what_holds() -> None:
    explained = ask("2026-05-04", "chair 1.5")
    assert only(explained).priced.error is not None
    assert words(explained, "twelve") == "its conditions hold, and the line has no price"
    assert words(explained, "programme") == "needs customer.segment mid_market or startup, was enterprise"


def test_a_rule_asked_for_by_name_is_told_though_it_is_on_other_products() -> None:
    quote = ask(MAY, "lamp 1").priced
    again = Quote(quote.date, {"customer.segment": "enterprise"}, (Line("lamp", 1_000_000),))
    asked = explainer().explain(again, rules=["hours_volume", "rush"])
    assert [(v.rule, v.reason) for v in only(asked).verdicts] == [("hours_volume", "product"), ("rush", "condition")]
