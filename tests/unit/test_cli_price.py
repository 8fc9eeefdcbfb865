"""`quo price`: every row gets a price or a reason, whatever types its columns have."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.cli import files
from engine.cli.bundle import open_book
from engine.cli.columns import distinct
from engine.cli.price import pairs, price_file
from engine.plan.plan import Plan
from tests.unit.cli_book import shop

HEAD = "quote,date,sku,quantity,customer.tier,remark\n"


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return open_book([shop(tmp_path_factory.mktemp("shop"))])[1]


def priced(plan: Plan, folder: Path, text: str, **options: dict[str, str]) -> list[dict[str, str]]:
    (folder / "in.csv").write_text(text, encoding="utf-8")
    price_file(plan, folder / "in.csv", folder / "out.csv", options.get("renames", {}), options.get("constants", {}))
    with (folder / "out.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_out_is_the_input_and_what_it_costs(plan: Plan, tmp_path: Path) -> None:
    [row] = priced(plan, tmp_path, HEAD + 'q1,2026-01-15,mug,3,gold,"as, it was"\n')
    assert row == {
        "quote": "q1", "date": "2026-01-15", "sku": "mug", "quantity": "3", "customer.tier": "gold",
        "remark": "as, it was", "unit_net": "9.00", "net": "27.00", "currency": "EUR",
        "book_version": plan.head.version, "error": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("q,2026-02-30,mug,1,gold,", "INVALID_DATE"),
        ("q,,mug,1,gold,", "INVALID_DATE"),
        ("q,2026-01-15,cup,1,gold,", "UNKNOWN_PRODUCT"),
        ("q,2026-01-15,,1,gold,", "UNKNOWN_PRODUCT"),
        ("q,2026-01-15,mug,,gold,", "INVALID_QUANTITY"),
        ("q,2026-01-15,mug,a few,gold,", "INVALID_QUANTITY"),
        ("q,2026-01-15,mug,1.5,gold,", "INVALID_QUANTITY"),
        ("q,2026-01-15,mug,99999999999999999999,gold,", "INVALID_QUANTITY"),
        ("q,2026-01-15,mug,1,bronze,", "INVALID_FACT"),
        ("q,2026-01-15,mug,1,,", "MISSING_FACT"),
        ("q,2026-01-15", "TORN_ROW"),
    ],
)
def test_a_bad_row_is_an_error_in_its_row(plan: Plan, tmp_path: Path, row: str, code: str) -> None:
    good = "g,2026-01-15,mug,1,gold,\n"
    rows = priced(plan, tmp_path, HEAD + good + row + "\n" + good)
    assert sorted(r["error"].partition(":")[0] for r in rows) == ["", "", code]
    assert [r["net"] for r in rows if not r["error"]] == ["9.00", "9.00"]
    assert [r["unit_net"] + r["net"] for r in rows if r["error"]] == [""]


def test_names_are_renamed_and_constants_fill_columns(plan: Plan, tmp_path: Path) -> None:
    text = "order_number,day,item,pieces\n1,2026-01-15,mug,2\n\n"
    renames = {"order_number": "quote", "day": "date", "item": "sku", "pieces": "quantity"}
    rows = priced(plan, tmp_path, text, renames=renames, constants={"customer.tier": "silver", "group": "gifts"})
    assert [(r["pieces"], r["unit_net"], r["net"]) for r in rows] == [("2", "10.50", "21.00")]


@pytest.mark.parametrize(
    ("renames", "constants", "words"),
    [
        ({"x": "quote"}, {}, "the file has no column `x`"),
        ({"sku": "customer.teir"}, {}, "`customer.teir` is neither"),
        ({}, {"customer.tier": "bronze"}, "--set customer.tier=bronze: `bronze` is not one of gold, silver"),
        ({}, {"date": "soon"}, "--set date=soon"),
    ],
)
def test_a_wrong_option_is_said_before_anything_is_written(
    plan: Plan, tmp_path: Path, renames: dict[str, str], constants: dict[str, str], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        priced(plan, tmp_path, HEAD, renames=renames, constants=constants)
    assert not (tmp_path / "out.csv").exists()


def test_a_missing_column_says_how_to_name_it(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--columns ITS_NAME=date"):
        priced(plan, tmp_path, "quote,sku,quantity\n")


def test_a_head_alone_gives_a_head_alone(plan: Plan, tmp_path: Path) -> None:
    assert priced(plan, tmp_path, HEAD) == []
    assert (tmp_path / "out.csv").read_text().startswith(HEAD.rstrip() + ",unit_net,net")


def test_an_earlier_out_can_be_priced_again(plan: Plan, tmp_path: Path) -> None:
    first = priced(plan, tmp_path, HEAD + "q,2026-01-15,mug,2,gold,\n")
    assert priced(plan, tmp_path, (tmp_path / "out.csv").read_text()) == first


def test_lines_of_a_quote_come_one_after_the_other_across_chunks(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "BLOCK_BYTES", 300)
    text = "".join(f"q{i // 3},2026-01-15,mug,{i + 1},gold,\n" for i in range(200))
    rows = priced(plan, tmp_path, HEAD + text)
    assert [r["quantity"] for r in rows] == [str(i + 1) for i in range(200)]
    assert [Decimal(r["net"]) for r in rows] == [9 * (i + 1) for i in range(200)]


def test_a_document_is_rounded_as_a_whole_even_where_its_lines_stand_apart(tmp_path: Path) -> None:
    _, plan = open_book([shop(tmp_path / "book", level="document")])
    together = "a,2026-01-15,tea,0.5,silver,\na,2026-01-15,tea,0.5,silver,\na,2026-01-15,tea,0.25,silver,\n"
    apart = together.replace("\na,", "\nb,2026-01-15,mug,1,gold,\na,", 1)
    nets = [r["net"] for r in priced(plan, tmp_path, HEAD + apart) if r["quote"] == "a"]
    assert nets == [r["net"] for r in priced(plan, tmp_path, HEAD + together)]
    assert sum(map(Decimal, nets)) == Decimal("41.66")  # 1.25 x 33.33 = 41.6625


DATES = [
    pa.array(["2026-01-15"]),
    pa.array(["2026-01-15T09:30:00"]),
    pa.array([dt.date(2026, 1, 15)]),
    pa.array([dt.datetime(2026, 1, 15, 23, 59)]),
    pa.array([dt.datetime(2026, 1, 14, 23, 30, tzinfo=dt.UTC)]),  # already the 15th in Amsterdam
    pa.array(["2026-01-15"]).dictionary_encode(),
]
QUANTITIES = [
    pa.array([3], pa.int8()), pa.array([3], pa.uint64()), pa.array([3.0]), pa.array(["3"]), pa.array(["3.00"]),
    pa.array([Decimal("3.0000000000")]),
]  # fmt: skip


@pytest.mark.parametrize("date", DATES, ids=lambda a: str(a.type))
@pytest.mark.parametrize("quantity", QUANTITIES, ids=lambda a: str(a.type))
def test_parquet_of_many_types(plan: Plan, tmp_path: Path, date: pa.Array, quantity: pa.Array) -> None:
    table = pa.table({"date": date, "quantity": quantity, "sku": pa.array(["mug"]), "quote": pa.array([7])})
    pq.write_table(table, tmp_path / "in.parquet")
    price_file(plan, tmp_path / "in.parquet", tmp_path / "out.parquet", {}, {"customer.tier": "gold"})
    out = pq.read_table(tmp_path / "out.parquet")
    assert out.drop_columns(["unit_net", "net", "currency", "book_version", "error"]).equals(table)
    [row] = out.to_pylist()
    assert (row["unit_net"], row["net"], row["error"]) == (9_000_000, 27_000_000, None)


def test_a_typed_date_outside_the_calendar_is_an_error_in_its_row(plan: Plan, tmp_path: Path) -> None:
    days = pa.array([20_468, -800_000, 3_000_000], pa.int32()).view(pa.date32())
    table = pa.table({"date": days, "quantity": pa.array([1, 1, 1]), "sku": pa.array(["mug"] * 3)})
    pq.write_table(table, tmp_path / "in.parquet")
    price_file(plan, tmp_path / "in.parquet", tmp_path / "out.parquet", {}, {"customer.tier": "gold"})
    errors = pq.read_table(tmp_path / "out.parquet").column("error").to_pylist()
    assert [error and error.partition(":")[0] for error in errors] == [None, "INVALID_DATE", "INVALID_DATE"]


def test_a_dictionary_of_narrow_codes_may_have_empty_cells() -> None:
    values = [f"v{i}" for i in range(128)]
    codes = pa.array([0, None, 127], pa.int8())
    indices, found = distinct(pa.chunked_array([pa.DictionaryArray.from_arrays(codes, pa.array(values))]))
    assert [found[i] for i in indices] == ["v0", None, "v127"]


def test_pairs() -> None:
    assert pairs(["a=b", "c=d=e"]) == {"a": "b", "c": "d=e"}
    with pytest.raises(ValueError, match="`a` is not a pair"):
        pairs(["a"])
