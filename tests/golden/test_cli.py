"""What the commands say, word for word. `QUO_GOLDEN=write pytest tests/golden/test_cli.py` writes tests/golden/cli anew:
read the diff. Versions (hashes) and times are replaced, so that only meaning is kept."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.cli.main import app

ROOT = Path(__file__).parent.parent.parent
GOLDEN = Path(__file__).parent / "cli"
QUOTE = "--set customer.segment=startup --set customer.country=NL --set 'quote.term=12 months'"
NAMES = "--columns order=quote,day=date,kind=customer.kind,country=customer.country"
ORDERS = f"--quotes tests/golden/cli_orders.csv {NAMES}"
AUDITED = f"tests/golden/cli_orders.csv {NAMES}"
COMMANDS = {
    "check": "check rules/saas",
    "check_broken": "check tests/golden/cli_books/broken",
    "check_expired": "check rules/saas --on 2026-12-15 --within '30 days'",
    "check_within_nothing": "check rules/saas --within '30 days'",
    "check_no_day": "check rules/saas --on tomorrow",
    "check_no_time": "check rules/saas --on 2026-12-15 --within soon",
    "check_nothing": "check tests/golden/cli",
    "fmt_check": "fmt --check tests/golden/cli_books/ragged",
    "fmt_fine": "fmt --check rules",
    "fmt_unreadable": "fmt --check tests/golden/cli_books/unreadable",
    "test": "test rules/saas",
    "test_fails": "test tests/golden/cli_books/ragged",
    "explain_quote": f"explain rules/saas --on 2026-02-03 --line 'seat 12' --line 'calls 20_000' {QUOTE}",
    "explain_test": "explain rules/adventureworks --test \"the clearance sale comes off list, beside the reseller's 40%\"",
    "explain_error": f"explain rules/saas --on 2026-02-03 --line 'sofa 1' {QUOTE}",
    "explain_nothing": "explain rules/saas",
    "explain_unknown_fact": "explain rules/saas --on 2026-02-03 --line 'seat 1' --set customer.segmnt=startup",
    "explain_why": f"explain rules/saas --on 2026-03-15 --line 'seat 43' --line 'consulting 12.5' {QUOTE} --why",
    "explain_rule": f"explain rules/saas --on 2026-05-04 --line 'seat 43' {QUOTE} --rule startup_programme --rule handling",
    "explain_no_rule": f"explain rules/saas --on 2026-05-04 --line 'seat 43' {QUOTE} --rule startup_program",
    "explain_json": f"explain rules/saas --on 2026-03-15 --line 'seat 43' {QUOTE} --json",
    "explain_svg": f"explain rules/saas --on 2026-03-15 --line 'seat 43' --line 'consulting 12.5' {QUOTE} --svg {{out}}/it.svg",
    "explain_svg_of_another_name": "explain rules/saas --on 2026-03-15 --line 'seat 43' --svg it.png",
    "explain_storefront": f"explain rules/saas --on 2026-03-15 --line 'seat 43' {QUOTE} --why --role storefront",
    "price": "price rules/saas tests/golden/cli_lines.csv -o {out}/out.csv --columns order=quote,day=date"
    " --set customer.country=NL --set 'quote.term=12 months'",
    "price_wrong_column": "price rules/saas tests/golden/cli_lines.csv -o {out}/out.csv --columns ordre=quote",
    "test_json": "test tests/golden/cli_books/spring --json --min-coverage 30",
    "test_covers_too_little": "test tests/golden/cli_books/spring --min-coverage 95",
    "suggest_tests": "suggest-tests tests/golden/cli_books/spring",
    "suggest_unreachable": "suggest-tests tests/golden/cli_books/unreached -o {out}/more.quo",
    "diff": "diff tests/golden/cli_books/spring tests/golden/cli_books/summer",
    "diff_json": "diff tests/golden/cli_books/summer tests/golden/cli_books/summer --json",
    "diff_trouble": "diff tests/golden/cli_books/spring tests/golden/cli_books/broken",
    "simulate": f"simulate tests/golden/cli_books/spring tests/golden/cli_books/summer {ORDERS} --by customer.kind --by city"
    " --top 3 -o {out}/lines.csv --svg {out}/moved.svg",
    "simulate_svg_of_another_name": "simulate tests/golden/cli_books/spring tests/golden/cli_books/summer"
    f" {ORDERS} --svg moved.png",
    "simulate_json": f"simulate tests/golden/cli_books/spring tests/golden/cli_books/summer {ORDERS} --by family --json",
    "simulate_unknown_segment": f"simulate tests/golden/cli_books/spring tests/golden/cli_books/summer {ORDERS} --by town",
    "audit": f"audit tests/golden/cli_books/spring {AUDITED} -o {{out}}/off.csv",
    "audit_json": f"audit tests/golden/cli_books/spring {AUDITED} --tolerance 100 --json",
    "audit_no_column": "audit tests/golden/cli_books/spring tests/golden/cli_orders.csv --columns day=date --charged paid",
    "publish_nowhere": "publish rules/adventureworks --server 127.0.0.1:1",
}  # fmt: skip


def said(command: str, folder: Path) -> str:
    """The command, what it wrote to OUT, stdout and stderr, and its exit code."""
    result = CliRunner().invoke(app, shlex.split(command.replace("{out}", str(folder))), env={"COLUMNS": "120"})
    parts = [f"$ quo {command}", result.stdout, "--- stderr", result.stderr]
    for file in sorted(folder.iterdir()):
        parts += [f"--- {file.name}", file.read_text(encoding="utf-8")]
    text = "\n".join([*(part.rstrip() for part in parts), f"--- exit {result.exit_code}"]) + "\n"
    text = re.sub(r"\b[0-9a-f]{32}\b", "<version>", text.replace(str(folder), "{out}"))
    return "\n".join(line.rstrip() for line in re.sub(r"in \d+\.\d+ s", "in <time>", text).split("\n"))


@pytest.mark.parametrize("name", COMMANDS)
def test_command(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("NO_COLOR", "1")
    text, golden = said(COMMANDS[name], tmp_path), GOLDEN / f"{name}.txt"
    if os.environ.get("QUO_GOLDEN") == "write":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_every_golden_file_has_its_command() -> None:
    assert {file.stem for file in GOLDEN.glob("*.txt")} == set(COMMANDS)


def test_fmt_leaves_what_it_cannot_read(tmp_path: Path) -> None:
    """The mistakes are those of `quo check`, the file is untouched, the others are laid out."""
    for file in (ROOT / "tests" / "golden" / "cli_books" / "unreadable").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    before = (tmp_path / "book.quo").read_bytes()
    result = CliRunner().invoke(app, ["fmt", str(tmp_path)])
    checked = CliRunner().invoke(app, ["check", str(tmp_path / "book.quo")])
    assert (result.exit_code, checked.exit_code) == (1, 1)
    assert "`10` makes no sense here" in result.stderr and "`10` makes no sense here" in checked.stderr
    assert (tmp_path / "book.quo").read_bytes() == before
    assert (tmp_path / "mug.quo").read_text() == "product mug\n  price 5 EUR\n"
