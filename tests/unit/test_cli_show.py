"""The tables that `quo` shows."""

from __future__ import annotations

from engine.cli import show
from engine.pricing.quote import PricedQuote, Total


def test_a_total_without_a_tax_of_its_own_shows_none() -> None:
    """Over a term no tax is known yet: a blank, and not 0.00, which would be a claim."""
    totals = (Total("per_month", 12_000_000, 10_000_000, 0, 10_000_000), Total("over_term", 144_000_000, 120_000_000))
    table = show.totals(PricedQuote("shop", "v1", "EUR", 1, (), totals, (), None))
    cells = {str(column.header): list(column.cells) for column in table.columns}
    assert list(cells) == ["total", "list", "net", "tax", "gross"]
    assert cells["tax"] == ["0.00", ""]
    assert cells["gross"] == ["10.00", ""]
