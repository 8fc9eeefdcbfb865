"""`quo price` where rows say their codes and currency: each quote comes to what it does by itself."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from engine.cli.bundle import open_book
from engine.cli.price import Tally, price_file
from engine.plan.plan import Plan
from engine.pricing import price_quote
from engine.pricing.price import code_facts
from engine.pricing.quote import Line, Quote
from engine.values.kinds import MICROS, millionths

BOOK = """price book shop
  currency   EUR
  currencies USD, JPY, GBP
  round      half up to minor unit at unit
  units      piece pieces

rates
  | from | to  | rate | from date  |
  | EUR  | USD | 1.25 | 2026-01-01 |
  | EUR  | USD | 1.50 | 2026-02-01 |
  | EUR  | JPY |  160 | 2026-01-01 |

product mug
  price 8.35 EUR per piece, 7.00 GBP per piece

product lamp
  price 100 EUR per piece

steps
  list
  coupon additive
  dollar additive
  floor

coupon discount spring on everything
  needs code "SPRING"
  give 10% off list

coupon discount big on everything
  needs code "BIG 5"
  {when}give 5% off list

dollar discount dollars on mug
  when quote.currency is "USD"
  give 1% off list
"""
ROWS = [
    ("a", "2026-01-15", "mug", 3, "SPRING", "USD"), ("a", "2026-01-15", "lamp", 1, "SPRING; BIG 5", "USD"),
    ("b", "2026-02-15", "mug", 3, "", "USD"), ("c", "2026-01-15", "mug", 3, "BIG 5,SPRING", "JPY"),
    ("d", "2026-01-15", "lamp", 2, "", ""), ("e", "2026-01-15", "mug", 1, "", "GBP"), ("f", "2025-12-31", "mug", 1, "", "JPY"),
    ("g", "2026-01-15", "lamp", 1, "", "GBP"), ("h", "2026-01-15", "mug", 9, "SPRING", "EUR"),
]  # fmt: skip
"""Those of `a` have both codes, though each row names some."""
WHENS = {"line by line": "", "across": "when goods at list >= 30 EUR\n  "}


def shop(folder: Path, when: str = "") -> Plan:
    (folder / "book.quo").write_text(BOOK.format(when=when), encoding="utf-8")
    return open_book([folder / "book.quo"])[1]


def out_of(
    plan: Plan, folder: Path, rows: list[tuple[object, ...]], **constants: str
) -> tuple[list[dict[str, str]], Tally]:
    names = ("quote", "date", "sku", "quantity", "codes", "currency")
    with (folder / "in.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])
    tally = price_file(plan, folder / "in.csv", folder / "out.csv", {}, constants)
    with (folder / "out.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file)), tally


def alone(plan: Plan, quote: str) -> list[tuple[str, str, str]]:
    """(net, currency, error's code) of each line, priced as the service would."""
    mine = [row for row in ROWS if row[0] == quote]
    codes = [code.strip() for row in mine for code in row[4].replace(";", ",").split(",")]
    facts = code_facts(plan, codes)[0] | ({"quote.currency": mine[0][5]} if mine[0][5] else {})
    lines = tuple(Line(row[2], millionths(str(row[3]))) for row in mine)
    found = price_quote(plan, Quote(date.fromisoformat(mine[0][1]).toordinal(), facts, lines))
    return [
        (
            "" if line.error else str(Decimal(line.net_amount) / MICROS),
            found.currency,
            line.error.code if line.error else "",
        )
        for line in found.lines
    ]


@pytest.mark.parametrize("when", WHENS.values(), ids=WHENS)
def test_each_quote_is_priced_in_its_currency_with_its_codes_as_if_alone(tmp_path: Path, when: str) -> None:
    plan = shop(tmp_path, when)
    rows, tally = out_of(plan, tmp_path, ROWS)
    assert tally.unknown == {}
    for quote in dict.fromkeys(row["quote"] for row in rows):
        mine = [row for row in rows if row["quote"] == quote]
        said = [
            (str(Decimal(r["net"]).normalize() + 0) if r["net"] else "", r["currency"], r["error"].partition(":")[0])
            for r in mine
        ]
        assert said == [(str(Decimal(net).normalize() + 0) if net else "", *rest) for net, *rest in alone(plan, quote)]


def test_amounts_have_the_decimals_of_their_currency(tmp_path: Path) -> None:
    rows, _ = out_of(shop(tmp_path), tmp_path, ROWS)
    assert [row["net"] for row in rows] == ["26.31", "106.25", "37.20", "3408", "200.00", "7.00", "", "", "67.68"]
    assert [row["error"].partition(":")[0] for row in rows] == [""] * 6 + ["NO_RATE", "NO_RATE", ""]


def test_a_currency_for_all_and_codes_nobody_asks_for(tmp_path: Path) -> None:
    plan = shop(tmp_path)
    rows, tally = out_of(plan, tmp_path, [("a", "2026-01-15", "lamp", 1, "SPRNG", "")], **{"quote.currency": "USD"})
    assert [(row["net"], row["currency"]) for row in rows] == [("125.00", "USD")]
    assert [*tally.unknown] == ["SPRNG"]
    with pytest.raises(ValueError, match="shop has no prices in `CHF`: it has EUR, USD, JPY, GBP"):
        out_of(plan, tmp_path, [], currency="CHF")
    with pytest.raises(ValueError, match="no coupon of shop asks for SPRNG"):
        out_of(plan, tmp_path, [], codes="SPRNG")


def test_a_quote_that_is_converted_has_one_date(tmp_path: Path) -> None:
    book = BOOK.format(when="").replace("  | EUR  | USD | 1.25 | 2026-01-01 |\n", "")  # from 2026-02-01 on
    (tmp_path / "book.quo").write_text(book, encoding="utf-8")
    plan = open_book([tmp_path / "book.quo"])[1]
    dated = [("a", "2026-01-15", "mug", 1), ("b", "2026-02-30", "mug", 1), ("c", "2026-01-15", "lamp", 1), ("a", "2026-05-04", "lamp", 1),
             ("b", "2026-05-04", "lamp", 1), ("c", "2026-01-15", "mug", 1), ("d", "2026-05-04", "lamp", 1), ("d", "", "lamp", 1),
             ("e", "2026-05-04", "lamp", 1), ("e", "2026-02-01", "lamp", 1), ("", "2026-05-04", "lamp", 1)]  # fmt: skip
    rows, _ = out_of(plan, tmp_path, [(*row, "", "USD") for row in dated])
    several = (
        "INVALID_DATE: the rows of this quote are of several dates, the first of {}: a quote has one, and its rate"
    )
    no_date = "`2026-02-30` is not a date such as 2026-01-15"
    none = "NO_RATE: `{}` has no price in USD, and there is no rate from EUR to USD on 2026-01-15"
    assert [row["error"] for row in rows] == [
        several.format("2026-01-15"), f"INVALID_DATE: {no_date}", none.format("lamp"), several.format("2026-01-15"),
        f"INVALID_DATE: this quote has no date to take its rate of: in its first row {no_date}", none.format("mug"), "",
        "INVALID_DATE: `date` is empty", several.format("2026-05-04"), several.format("2026-05-04"), "",
    ]  # fmt: skip
    assert [row["net"] for row in rows if not row["error"]] == ["150.00", "150.00"]


def test_a_quote_in_the_currency_of_the_book_may_have_several_dates(tmp_path: Path) -> None:
    dated = [
        ("a", "2026-01-15", "lamp", 1, "", ""),
        ("a", "2026-05-04", "lamp", 1, "", "EUR"),
        ("b", "2026-01-15", "lamp", 1, "", "USD"),
    ]
    rows, _ = out_of(shop(tmp_path), tmp_path, dated)
    assert [(row["net"], row["error"]) for row in rows] == [("100.00", ""), ("100.00", ""), ("125.00", "")]


def test_a_quote_has_one_currency_of_the_book(tmp_path: Path) -> None:
    mixed = [("a", "2026-01-15", "mug", 1, "", "USD"), ("b", "2026-01-15", "mug", 1, "", "CHF"), ("a", "2026-01-15", "mug", 1, "", "EUR"),
             ("c", "2026-02-30", "mug", 1, "", "JPY"), ("d", "2026-01-15", "mug", 1, "", "")]  # fmt: skip
    rows, _ = out_of(shop(tmp_path), tmp_path, mixed)
    several = "INVALID_FACT: the rows of this quote are in several currencies: a quote has one"
    none = "INVALID_FACT: shop has no prices in `CHF`: it has EUR, USD, JPY, GBP"
    day = "INVALID_DATE: `2026-02-30` is not a date such as 2026-01-15"
    assert [row["error"] for row in rows] == [several, none, several, day, ""]
    assert [row["net"] for row in rows] == ["", "", "", "", "8.35"]
