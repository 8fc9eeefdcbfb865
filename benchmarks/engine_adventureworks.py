"""Two years of AdventureWorks orders, text skus in and amounts out: our book beside DuckDB (one thread). Goal: 5x faster.

Both begin with the same Arrow table in memory (sku text, date, quantity) and end with an int64 column of amounts.
DuckDB gets its best form: prices and offers as whole numbers in tables of its own, no ORDER BY.
"""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.figures import Figure, interleave
from engine.cli.bundle import open_book
from engine.cli.columns import Reading, price_table

ROOT = Path(__file__).parent.parent
BOOK = ROOT / "rules" / "adventureworks"
ORDERS = ROOT / "tests" / "real" / "adventureworks_orders.csv.gz"
ROUNDS = 15
FOLLOWS_OFFERS = 30_008

TABLES = f"""
CREATE TABLE price AS SELECT sku, valid_from AS low, coalesce(valid_until, DATE '9999-12-31') AS high,
  (list_price * 10000)::BIGINT AS e4 FROM read_csv('{BOOK}/list_prices.csv', types={{'list_price': 'DECIMAL(19,4)'}});
CREATE TABLE offer AS SELECT p.sku, o.valid_from AS low, coalesce(o.valid_until, DATE '9999-12-31') AS high,
  o.min_quantity AS least, coalesce(o.max_quantity, 1000000000) AS most, (o.discount * 100)::BIGINT AS off
  FROM read_csv('{BOOK}/special_offers.csv', types={{'discount': 'DECIMAL(5,2)'}}) o
  JOIN read_csv('{BOOK}/special_offer_products.csv') p USING (offer_id) WHERE o.audience = 'Reseller';
"""
AMOUNT = "((p.e4 * (60 - {off}) + 5000) // 10000) * l.quantity"
BEST = "l.sku = o.sku AND l.date BETWEEN o.low AND o.high AND l.quantity BETWEEN o.least AND o.most"
FROM = "FROM lines l JOIN price p ON p.sku = l.sku AND l.date BETWEEN p.low AND p.high"
GROUPED = f"""SELECT l.id, {AMOUNT.format(off="coalesce(max(o.off), 0)")} AS cents {FROM}
  LEFT JOIN offer o ON {BEST} GROUP BY l.id, p.e4, l.quantity"""
CORRELATED = f"""SELECT l.id, {AMOUNT.format(off=f"coalesce((SELECT max(o.off) FROM offer o WHERE {BEST}), 0)")} AS cents {FROM}"""


def orders() -> tuple[pa.Table, np.ndarray]:
    """The lines (id, sku, date, quantity) and the amounts charged, in cents."""
    with gzip.open(ORDERS, "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    charged = np.array([int(row["amount"].replace(".", "")) for row in rows])
    table = pa.table({
        "id": pa.array(range(len(rows)), pa.int64()),
        "quote": [row["order_number"] for row in rows],
        "sku": [row["sku"] for row in rows],
        "date": pa.array([row["order_date"] for row in rows]).cast(pa.date32()),
        "quantity": pa.array([int(row["quantity"]) for row in rows], pa.int64()),
    })  # fmt: skip
    return table, charged


def in_order(answer: dict[str, np.ndarray]) -> np.ndarray:
    """DuckDB's cents by line."""
    cents = np.empty(len(answer["id"]), np.int64)
    cents[answer["id"]] = answer["cents"]
    return cents


def measure(command: str) -> list[Figure]:
    """How many times as fast as DuckDB's best form.

    Raises:
        AssertionError: the two do not agree, or not with what was charged.
    """
    _, plan = open_book([BOOK])
    table, charged = orders()
    reading = Reading({name: name for name in ("sku", "date", "quantity")}, {"customer.kind": "reseller"})
    database = duckdb.connect(config={"threads": 1})
    database.execute(TABLES)
    database.register("arrow", table)
    database.execute("CREATE TABLE lines AS SELECT id, sku, date, quantity FROM arrow")
    ours = price_table(plan, reading, table).net // 10_000
    for sql in (GROUPED, CORRELATED):
        assert np.array_equal(in_order(database.execute(sql).fetchnumpy()), ours)
    assert np.count_nonzero(ours == charged) == FOLLOWS_OFFERS
    took = interleave(
        {
            "book": lambda: price_table(plan, reading, table),
            "DuckDB, join": lambda: database.execute(GROUPED).fetchnumpy(),
            "DuckDB, subquery": lambda: database.execute(CORRELATED).fetchnumpy(),
        },
        ROUNDS,
    )
    best = min(value for name, value in took.items() if name != "book")
    note = ", ".join(f"{name} {value / len(table):.0f} ns/line" for name, value in took.items())
    return [Figure("adventureworks_times_as_fast_as_duckdb", best / took["book"], 5, "higher", command, note)]
