"""`quo simulate` and `quo audit` read codes as `quo price` does, and compare nothing in a currency that is not the book's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from engine.cli.main import app

BOOK = """price book shop
  currency   EUR
  currencies USD
  units      piece pieces

rates
  | from | to  | rate | from date  |
  | EUR  | USD | 1.10 | 2026-01-01 |

product lamp
  price 1_100 EUR per piece

steps
  list
  coupon additive
  floor

coupon discount spring on everything
  needs code "SPRING"
  {when}give {off}
"""
HEAD = "order,date,sku,quantity,codes,charged\n"
ROWS = "a,2026-01-15,lamp,5,SPRING,5400.00\nb,2026-01-15,lamp,1,,1100.00\n"
WHENS = pytest.mark.parametrize("when", ["", "when goods at list >= 30 EUR\n  "], ids=["line by line", "across"])


def written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def book(folder: Path, name: str, off: str, when: str = "") -> str:
    return written(folder, name, BOOK.format(off=off, when=when))


def quo(*words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--columns", "order=quote"])


def found(*words: str) -> Any:
    return json.loads(quo(*words, "--json").stdout)


@WHENS
def test_a_code_counts_in_both_books(tmp_path: Path, when: str) -> None:
    old, new = book(tmp_path, "old.quo", "20 EUR off list", when), book(tmp_path, "new.quo", "60 EUR off list", when)
    [total] = found("simulate", old, new, "--quotes", written(tmp_path, "in.csv", HEAD + ROWS))["totals"]
    assert (total["lines"], total["changed"]) == (2, 1)
    assert (total["old_net_micros"], total["new_net_micros"]) == (6_500_000_000, 6_300_000_000)


@WHENS
def test_what_a_code_took_off_was_charged_as_the_book_says(tmp_path: Path, when: str) -> None:
    shop = book(tmp_path, "shop.quo", "20 EUR off list", when)
    right = found("audit", shop, written(tmp_path, "in.csv", HEAD + ROWS))
    assert (right["equal"], right["reasons"]) == (2, [])
    wrong = found("audit", shop, written(tmp_path, "in.csv", HEAD + ROWS.replace("5400", "5500")))
    assert [(one["reason"], one["rule"]) for one in wrong["reasons"]] == [("rule not given", "spring")]
    assert wrong["wrong"]["overcharged_micros"] == 100_000_000


def test_a_code_of_one_book_only_is_no_slip_and_one_of_neither_is(tmp_path: Path) -> None:
    old, new = book(tmp_path, "old.quo", "20 EUR off list"), book(tmp_path, "new.quo", "60 EUR off list")
    written(tmp_path, "new.quo", BOOK.format(off="60 EUR off list", when="").replace('"SPRING"', '"AUTUMN"'))
    rows = ROWS.replace("SPRING", '"SPRING, AUTUMN, SPRNG"')
    said = quo("simulate", old, new, "--quotes", written(tmp_path, "in.csv", HEAD + rows))
    assert "no coupon of shop asks for the code SPRNG\n" in said.stderr and "code AUTUMN" not in said.stderr
    set_ = quo("simulate", old, new, "--quotes", str(tmp_path / "in.csv"), "--set", "codes=SPRNG")
    assert (set_.exit_code, "asks for SPRNG" in set_.stderr) == (2, True)


@pytest.mark.parametrize("command", ["audit", "simulate"])
def test_another_currency_is_refused_and_the_books_own_is_not(tmp_path: Path, command: str) -> None:
    shop = book(tmp_path, "shop.quo", "20 EUR off list")
    head, rows = HEAD.replace("codes", "currency"), ROWS.replace("SPRING", "EUR")
    lines = written(tmp_path, "in.csv", head + rows)
    words = [shop, lines] if command == "audit" else [shop, shop, "--quotes", lines]
    fine = found(command, *words)
    assert fine["lines"] == 2
    out = tmp_path / "out.csv"
    written(tmp_path, "in.csv", head + rows + "c,2026-01-15,lamp,1,USD,1210.00\n")
    refused = quo(command, *words, "-o", str(out))
    assert (refused.exit_code, out.exists()) == (2, False)
    assert "column `currency`: a row is in `USD`, and shop in EUR" in " ".join(refused.stderr.split())
    assert quo(command, *words, "--set", "quote.currency=USD").exit_code == 2
    assert found(command, *words, "--set", "currency=EUR")["lines"] == 3
