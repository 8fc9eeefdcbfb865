"""A coupon gives with its code and not without it, by kernels and from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.cli.main import app
from engine.lang.check import check
from engine.plan.lower import lower
from engine.pricing import price_quote
from engine.pricing.price import code_facts
from engine.pricing.quote import Line, Quote

BOOK = """price book c
  currency EUR
  units    piece pieces

product mug
  price 10 EUR per piece

steps
  list
  coupon

coupon discount spring on mug
  needs code "SPRING26", "SPRING-VIP"
  give 10% off list
"""
DAY = 739_600


@pytest.mark.parametrize(
    ("codes", "net", "unknown"),
    [
        ((), 10_000_000, []),
        (("SPRING26",), 9_000_000, []),
        (("SPRING-VIP", "AUTUMN"), 9_000_000, ["AUTUMN"]),
        (("AUTUMN",), 10_000_000, ["AUTUMN"]),
    ],
)
def test_a_coupon_wants_its_code(codes: tuple[str, ...], net: int, unknown: list[str]) -> None:
    book = check({"book.quo": BOOK.encode()}).book
    assert book is not None
    plan = lower(book)
    assert plan.meaning is None  # the kernels run it
    known, left = code_facts(plan, codes)
    assert left == unknown
    assert price_quote(plan, Quote(DAY, known, (Line("mug", 1_000_000),))).lines[0].net_amount == net


def test_a_code_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "book.quo").write_text(BOOK)
    asked = ["explain", str(tmp_path), "--on", "2026-01-15", "--line", "mug 1"]
    assert "9.00 EUR once" in CliRunner().invoke(app, [*asked, "--code", "SPRING26"]).output
    refused = CliRunner().invoke(app, [*asked, "--code", "SUMMER"])
    assert refused.exit_code != 0
    assert "SPRING-VIP, SPRING26" in refused.output
