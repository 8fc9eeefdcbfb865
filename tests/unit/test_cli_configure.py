"""`quo configure`: a whole session over stdin, the same at once, and what is said of what cannot be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from engine.cli.main import app

BOOK = """# A shop of machines.
price book shop "A shop"
  currency EUR
  units    piece pieces

product small "Small"
  price     10.00 EUR per piece
  attribute watts 10

product large "Large"
  price     20.00 EUR per piece
  attribute watts 90

product weak "Weak supply"
  price     5.00 EUR per piece
  attribute supply 50

product strong "Strong supply"
  price     9.00 EUR per piece
  attribute supply 100

product disk "Disk"
  price 3.00 EUR per piece

product label "Label"
  price 0.10 EUR per piece

bundle machine "Machine"
  ask use "What for?" one of home, work
  part cpu   one of small, large default large
  part psu   one of weak, strong
  part disk  0 to 2 default 1
  part label 10 to 5_000
  sum of watts <= sum of supply of psu because "The supply must carry it"
  use is home narrows cpu is small
  require disk when label >= 100 because "Many labels fill a disk"
  hide weak when use is work
  disable large when label >= 1_000 because "Not in such numbers"
  warn "A small machine for work" when use is work and cpu is small
"""
ON = ("--on", "2026-05-04")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "book.quo").write_text(BOOK, encoding="utf-8")
    return folder


def at_once(book: Path, *arguments: str, fails: int = 0) -> Any:
    result = CliRunner().invoke(app, ["configure", str(book), "machine", *ON, *arguments])
    assert result.exit_code == fails, result.output
    return result.output


def asked(book: Path, *arguments: str) -> Any:
    return json.loads(at_once(book, "--json", *arguments))


def said(book: Path, *commands: str) -> str:
    result = CliRunner().invoke(app, ["configure", str(book), "machine", *ON], input="\n".join(commands) + "\n")
    assert result.exit_code == 0, result.output
    return result.output


def states(found: Any) -> dict[str, str]:
    return {one["option"]: one["state"] for one in found["options"]}


def test_every_option_has_its_state_and_what_it_comes_to(book: Path) -> None:
    found = asked(book)
    assert states(found)["cpu=large"] == "default" and states(found)["cpu=small"] == "possible"
    options = {one["option"]: one for one in found["options"]}
    assert [one["path"] for one in found["options"]][:2] == ["use", "use"]
    # 10 + 5 and ten labels; a large one needs the strong supply: 20 + 9 + 1
    assert (options["cpu=small"]["list"], options["cpu=small"]["cheapest"]) == ("10", "16")
    assert (options["cpu=large"]["list"], options["cpu=large"]["cheapest"]) == ("20", "30")


def test_a_choice_forces_excludes_and_hides(book: Path) -> None:
    found = states(asked(book, "--choose", "cpu=large"))
    assert (found["cpu=large"], found["psu=strong"], found["psu=weak"], found["use=home"]) == (
        "chosen", "forced", "excluded", "excluded",
    )  # fmt: skip
    hidden = next(one for one in asked(book, "--choose", "use=work")["options"] if one["option"] == "psu=weak")
    assert hidden["shown"] == "hide"


def test_a_refusal_names_choices_and_rules_with_reason_and_place(book: Path) -> None:
    refused = asked(book, "--choose", "cpu=large", "--choose", "disk=2", "--why", "psu=weak")["refused"]
    assert refused["choices"] == ["cpu=large"]
    line = BOOK.splitlines().index('  sum of watts <= sum of supply of psu because "The supply must carry it"') + 1
    assert [(rule["because"], rule["file"], rule["line"]) for rule in refused["rules"]] == [
        ("The supply must carry it", "book.quo", line)
    ]
    text = at_once(book, "--choose", "cpu=large", "--choose", "psu=weak", fails=2)
    assert "psu=weak cannot be had with cpu=large" in text and "The supply must carry it" in text


def test_a_repair_gives_up_no_more_than_it_must(book: Path) -> None:
    found = asked(book, "--choose", "disk=2", "--choose", "cpu=large", "--repair", "use=home")
    assert found["choices"] == ["disk=2", "use=home"]


@pytest.mark.parametrize(
    ("how", "lines", "total"),
    [
        ("cheapest", {"small": "1", "weak": "1", "label": "60"}, "21"),
        ("defaults", {"large": "1", "strong": "1", "disk": "1", "label": "60"}, "38"),
    ],
)
def test_a_number_cuts_a_wide_quantity_and_the_rest_is_filled_in(
    book: Path, how: str, lines: dict[str, str], total: str
) -> None:
    found = asked(book, "--choose", "label=60", "--complete", how)
    assert states(found)["label=60"] == "chosen"
    assert {line["product"]: line["quantity"] for line in found["complete"]["lines"]} == lines
    assert found["complete"]["list"] == {"once": total} and found["complete"]["proven"]


def test_a_session_chooses_undoes_explains_repairs_and_ends_with_lines(book: Path) -> None:
    text = said(
        book, "use=work", "cpu=small", "undo cpu", "large", "psu=weak", "why weak", "forbids use=home", "show psu",
        "repair use=home", "label=100", "complete cheapest", "done defaults",
    )  # fmt: skip
    assert "warning: A small machine for work" in text
    assert "undone: cpu=small" in text and "chosen: cpu=large" in text
    assert text.count("refused: psu=weak cannot be had with cpu=large") == 2
    assert "given up: use=work, cpu=large" in text or "given up: cpu=large" in text
    assert "now forced: disk" in text
    # 10.00 + 5.00 + 3.00 + 100 x 0.10
    assert "once: 28.00 EUR" in text


def test_what_a_choice_would_do_is_said_before_it_is_made(book: Path) -> None:
    text = said(book, "forbids cpu=large", "quit")
    assert "forbid: use=home, psu=weak" in text and "force: psu=strong" in text


def test_what_is_disabled_is_refused_with_its_reason(book: Path) -> None:
    text = at_once(book, "--choose", "label=1000", "--choose", "large", fails=2)
    assert "cpu=large is not offered: Not in such numbers" in text


@pytest.mark.parametrize(
    ("choose", "words"),
    [
        ("cpuu=small", "nothing called `cpuu`: did you mean `cpu`?"),
        ("cpu=smal", "`cpu` is never `smal`: it may be small, large: did you mean `small`?"),
        ("label=9999", "`label` is never 9999: it may be 10 to 5000"),
        ("label=12.5", "`label` is never 12.5"),
        ("label=many", "`label` is never `many`: it may be 10 to 5000"),
        ("cpu", "`cpu` may be small, large: write cpu=..."),
    ],
)
def test_what_cannot_be_read_is_said_with_what_may_be(book: Path, choose: str, words: str) -> None:
    assert words in at_once(book, "--choose", choose, fails=2)
    assert words in said(book, choose, "quit")


def test_a_bundle_that_is_not_there_is_named(book: Path) -> None:
    result = CliRunner().invoke(app, ["configure", str(book), "car"])
    assert result.exit_code == 2 and "no bundle 'car'; it has machine" in result.output


def test_a_way_to_complete_that_is_none_is_refused(book: Path) -> None:
    assert "--complete is defaults or cheapest, not `best`" in at_once(book, "--complete", "best", fails=2)


def test_the_order_of_choices_changes_no_answer(book: Path) -> None:
    one = asked(book, "--choose", "label=60", "--choose", "use=work")
    other = asked(book, "--choose", "use=work", "--choose", "label=60")
    assert one["options"] == other["options"]


def test_a_process_is_driven_over_its_own_stdin(book: Path) -> None:
    command = [sys.executable, "-m", "engine.cli.main", "configure", str(book), "machine", *ON]
    commands = "cpu=small\nundo\nundo\ndone cheapest\n"
    ran = subprocess.run(command, input=commands, capture_output=True, text=True, timeout=170, env=dict(os.environ))
    assert ran.returncode == 0, ran.stderr
    assert "error: nothing is chosen yet" in ran.stdout
    assert "once: 16.00 EUR" in ran.stdout


def test_a_default_inside_brings_nothing_in_and_what_is_inside_several_is_there_as_often(tmp_path: Path) -> None:
    (tmp_path / "book.quo").write_text(
        "price book desks\n  currency EUR\n  units piece pieces\n\n"
        "product lamp\n  price 10 EUR per piece\n\nproduct top\n  price 50 EUR per piece\n\n"
        "bundle lights\n  part lamp 1 to 3 default 2\n\n"
        "bundle desk\n  part top\n  part lights 1 to 4 optional default none\n"
    )
    plain, lit = (
        json.loads(
            CliRunner()
            .invoke(app, ["configure", str(tmp_path), "desk", "--json", *more, "--complete", "defaults"])
            .output
        )["complete"]["lines"]
        for more in ([], ["--choose", "lights=3"])
    )
    assert [line["product"] for line in plain] == ["top"]
    assert {line["product"]: line["quantity"] for line in lit} == {"top": "1", "lamp": "6"}


OFFICE = """price book desks
  currency EUR
  units    piece pieces

product table
  price 300 EUR per piece

product lamp
  price 45 EUR per piece

product care
  price 6 EUR per piece per month

bundle seat "A seat"
  part table 1
  part lamp  1 to 2

bundle office "An office"
  part table 1
  part lamp  1 to 5_000
  part seat  0 to 3
  part care  optional
  sum of quantity of lamp >= 250 when care
  price sum of parts, 10% off list
  price care 4 EUR per month

steps
  list
  bundle
  volume best of

volume discount many on lamp
  when quantity of lamp >= 200 pieces and quantity of table >= 1 piece
  give 50% off list
"""


def test_options_come_to_what_they_cost_in_the_bundle_and_the_whole_to_what_a_quote_does(tmp_path: Path) -> None:
    (tmp_path / "book.quo").write_text(OFFICE, encoding="utf-8")

    def found(*more: str) -> Any:
        result = CliRunner().invoke(app, ["configure", str(tmp_path), "office", *ON, "--json", *more])
        assert result.exit_code == 0, result.output
        return json.loads(result.output)

    plain = found("--complete", "cheapest")
    options = {one["option"]: one for one in plain["options"]}
    assert plain["total"] == "first_year" and plain["estimated"]
    assert (options["lamp=1..5000"]["list"], options["lamp=1..5000"]["cheapest"]) == ("45", "310.5")
    assert options["seat=2"]["cheapest"] == "891"  # two tables and a lamp in each, of which only one is sure
    assert options["care"]["cheapest"] == "10443"  # 4 a month, and 250 lamps
    assert plain["complete"]["net"] == {"once": "310.5"} and not plain["complete"]["differs"]
    two = found("--choose", "seat=2", "--complete", "cheapest")
    assert two["complete"]["net"] == {"once": "931.5"} and not two["complete"]["differs"]
    many = found("--choose", "care", "--complete", "cheapest")["complete"]
    assert many["net"] == {"once": "4770", "per_month": "4"} and many["differs"]  # half off lamps that many
    assert [line["net"] for line in many["lines"] if line["product"] == "lamp"] == ["4500"]
