"""Two years of a real company's orders through `quo price`: to the cent, and the same leaks that a plain reading finds."""

from __future__ import annotations

import csv
import json
import shutil
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from engine.cli.main import app
from tests.real import independent

Row = dict[str, str]


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    out = tmp_path_factory.mktemp("orders") / "out.csv"
    command = ["price", str(independent.BOOK), str(independent.ORDERS), "-o", str(out)]
    names = ["--columns", "order_number=quote,order_date=date", "--set", "customer.kind=reseller"]
    result = CliRunner().invoke(app, command + names)
    assert result.exit_code == 0, result.output
    return independent.rows(out)


def test_the_plain_reading_is_the_list_that_is_kept() -> None:
    assert list(independent.not_given()) == independent.rows(independent.NOT_GIVEN)


def test_30_008_of_30_129_lines_come_out_to_the_cent(priced: list[Row]) -> None:
    assert len(priced) == 30_129
    assert [row["error"] for row in priced if row["error"]] == []
    assert sum(Decimal(row["net"]) == Decimal(row["amount"]) for row in priced) == 30_008


def test_the_other_121_were_not_given_the_offer_that_was_due(priced: list[Row]) -> None:
    leaks = [(r["order_number"], r["line"], r["net"]) for r in priced if Decimal(r["net"]) != Decimal(r["amount"])]
    known = independent.rows(independent.NOT_GIVEN)
    assert len(known) == 121
    assert leaks == [(row["order_number"], row["line"], row["due"]) for row in known]


def test_what_came_in_goes_out(priced: list[Row]) -> None:
    added = ("unit_net", "net", "currency", "book_version", "error")
    kept = [{name: cell for name, cell in row.items() if name not in added} for row in priced]
    assert kept == independent.rows(independent.ORDERS)


def test_offers_of_later_years_hold_by_their_own_dates_and_audience(tmp_path: Path) -> None:
    """Orders after those we know: an offer on its last day, the day after, one for shoppers only, and two at once."""
    rows = [
        ("2019-09-30", "BK-T18U-44", 1),  # Touring-3000 Promotion, through 2019-09-30
        ("2019-10-01", "BK-T18U-44", 1),
        ("2019-07-15", "TI-M267", 1),  # Mountain Tire Sale: for the audience Customer
        ("2019-07-15", "HL-U509", 30),  # Sport Helmet 15%, and 10% for 25 to 40: the best one
    ]
    lines, out = tmp_path / "lines.csv", tmp_path / "out.csv"
    with lines.open("w", newline="") as file:
        csv.writer(file).writerows([("date", "sku", "quantity"), *rows])
    CliRunner().invoke(
        app,
        ["price", str(independent.BOOK), str(lines), "-o", str(out), "--set", "customer.kind=reseller"],
        catch_exceptions=False,
    )
    prices = {
        row["sku"]: row for row in independent.rows(independent.BOOK / "list_prices.csv") if not row["valid_until"]
    }
    shares = [Decimal(share) for share in ("0.45", "0.60", "0.60", "0.45")]
    due = [
        (Decimal(prices[sku]["list_price"]) * share).quantize(Decimal("0.01"), "ROUND_HALF_UP")
        for (_, sku, _), share in zip(rows, shares, strict=True)
    ]
    assert [Decimal(row["unit_net"]) for row in independent.rows(out)] == due


NAMES = ["--columns", "order_number=quote,order_date=date", "--set", "customer.kind=reseller"]


def said(*command: str) -> tuple[int, dict]:
    """The exit code of a command, and its JSON."""
    result = CliRunner().invoke(app, [*command, *NAMES, "--json"], catch_exceptions=False)
    return result.exit_code, json.loads(result.stdout)


def test_audit_finds_exactly_the_121_lines_and_sums_them(tmp_path: Path) -> None:
    off = tmp_path / "off.csv"
    command = ("audit", str(independent.BOOK), str(independent.ORDERS), "--charged", "amount", "-o", str(off))
    code, found = said(*command)
    known = independent.rows(independent.NOT_GIVEN)
    leaked = sum(Decimal(row["charged"]) - Decimal(row["due"]) for row in known)
    assert (code, found["lines"], found["equal"], found["wrong"]["lines"]) == (1, 30_129, 30_008, 121)
    assert (found["wrong"]["undercharged_micros"], found["wrong"]["overcharged_micros"]) == (0, leaked * 1_000_000)
    rows = [(r["order_number"], r["line"], r["charged_net"], r["book_net"]) for r in independent.rows(off)]
    assert rows == [(row["order_number"], row["line"], row["charged"], row["due"]) for row in known]
    reasons = {(one["reason"], one["rule"]): one["lines"] for one in found["reasons"]}
    assert reasons == {("rule not given", "special_offer"): 120, ("another row given", "special_offer (offer_id 2)"): 1}


def test_simulate_moves_what_a_plain_reading_moves(tmp_path: Path) -> None:
    """The half-price sale of mountain bikes becomes 40%: each of its lines costs a tenth of list more, and no other does."""
    shutil.copytree(independent.BOOK, tmp_path / "new")
    offers = tmp_path / "new" / "special_offers.csv"
    rows = independent.rows(offers)
    [sale] = [row for row in rows if row["name"] == "Mountain-100 Clearance Sale"]
    sale["discount"] = str(Decimal(sale["discount"]) - Decimal("0.10"))
    with offers.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(sale))
        writer.writeheader()
        writer.writerows(rows)
    out = tmp_path / "lines.parquet"
    command = ("simulate", str(independent.BOOK), str(tmp_path / "new"), "--quotes", str(independent.ORDERS))
    code, found = said(*command, "--by", "family", "-o", str(out))
    [total] = found["totals"]
    lines = pq.read_table(out).to_pylist()
    moved = [line for line in lines if line["change"]]
    assert (code, total["lines"], total["lines_with_cost"], len(lines)) == (0, 30_129, 30_129, 30_129)
    assert total["changed"] == len(moved) > 20
    assert {line["sku"][:5] for line in moved} == {"BK-M8"} and all(line["change"] > 0 for line in moved)
    assert total["change_micros"] == total["margin_change_micros"] == sum(line["change"] for line in moved)
    assert {rule["rule"] for rule in found["rules"]} <= {"special_offer", "rounding"}
    assert sum(rule["change_micros"] for rule in found["rules"]) == total["change_micros"]
    assert {s["segment"]: s["changed"] for s in found["segments"] if s["changed"]} == {"bikes": len(moved)}


def test_the_book_against_itself_moves_nothing() -> None:
    book = str(independent.BOOK)
    code, found = said("simulate", book, book, "--quotes", str(independent.ORDERS))
    assert (code, found["rules"], found["most_changed"]) == (0, [], [])
    assert [total["changed"] for total in found["totals"]] == [0]
