"""The AdventureWorks orders, priced a second time by nothing but the csv and decimal modules: what the engine must find.

`python -m tests.real.independent` writes adventureworks_not_given.csv anew: the lines charged without the offer that the
published table grants them.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

HERE = Path(__file__).parent
BOOK = HERE.parent.parent / "rules" / "adventureworks"
ORDERS = HERE / "adventureworks_orders.csv.gz"
NOT_GIVEN = HERE / "adventureworks_not_given.csv"
COLUMNS = ("order_number", "line", "order_date", "sku", "quantity", "charged", "due", "offer_id", "offer")
CENT = Decimal("0.01")
Row = dict[str, str]


def rows(path: Path) -> list[Row]:
    """A CSV's rows by their column names."""
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    return list(csv.DictReader(text.splitlines()))


def not_given() -> Iterator[Row]:
    """The lines whose amount is not what the published prices and offers make it, with the offer due."""
    prices: dict[str, list[Row]] = defaultdict(list)
    for price in rows(BOOK / "list_prices.csv"):
        prices[price["sku"]].append(price)
    offers = {offer["offer_id"]: offer for offer in rows(BOOK / "special_offers.csv")}
    granted: dict[str, list[Row]] = defaultdict(list)
    for pair in rows(BOOK / "special_offer_products.csv"):
        granted[pair["sku"]].append(offers[pair["offer_id"]])
    for line in rows(ORDERS):
        [price] = [p for p in prices[line["sku"]] if _holds(p, line)]
        due = [o for o in granted[line["sku"]] if o["audience"] == "Reseller" and _holds(o, line) and _counts(o, line)]
        best = max(due, key=lambda offer: Decimal(offer["discount"]), default=None)
        share = Decimal("0.60") - (Decimal(best["discount"]) if best else 0)
        unit = (Decimal(price["list_price"]) * share).quantize(CENT, ROUND_HALF_UP)
        amount = unit * int(line["quantity"])
        if amount != Decimal(line["amount"]):
            kept = {name: line[name] for name in COLUMNS[:5]}
            offer = (best["offer_id"], best["name"]) if best else ("", "")
            yield kept | dict(zip(COLUMNS[5:], (line["amount"], str(amount), *offer), strict=True))


def _holds(dated: Row, line: Row) -> bool:
    return dated["valid_from"] <= line["order_date"] <= (dated["valid_until"] or "9999-12-31")


def _counts(offer: Row, line: Row) -> bool:
    most = int(offer["max_quantity"] or 10**9)
    return int(offer["min_quantity"]) <= int(line["quantity"]) <= most


def main() -> None:
    """Write the list."""
    with NOT_GIVEN.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(not_given())


if __name__ == "__main__":
    main()
