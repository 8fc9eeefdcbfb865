"""The command line against a real service: the demo's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.cli.demo import service
from engine.cli.main import app
from engine.cli.remote import channel_to, wait_until_serving
from tests.unit.cli_book import shop

pytestmark = pytest.mark.service
RULES = Path(__file__).parents[2] / "rules"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with service(tmp_path_factory.mktemp("service")) as running:
        with channel_to(running.address) as channel:
            assert wait_until_serving(channel, 60)
        yield running.address


def test_the_demo_prices_a_quote_and_stops() -> None:
    result = CliRunner().invoke(app, ["demo"], env={"COLUMNS": "120"})
    assert result.exit_code == 0, result.stderr
    assert re.search(r"contract +│ acme_seat .* 49\.00 │ +-7\.00 │ +42\.00 │ Frame agreement 2026-014", result.stdout)
    assert "176,100.00 EUR" in result.stdout
    assert "choose memory=dimm_16: not with cpu=cpu_x60\n  The processor must fit its board (book.quo:" in result.stdout
    assert "repair: undo cpu=cpu_x60\nchoose memory=dimm_16: " in result.stdout
    assert re.search(
        r" 1 care +190\.00 -> +149\.00  service\.care\ndesk-1, once: 2,175\.00 -> 2,054\.60 EUR", result.stdout
    )
    assert "stopped" in result.stderr


def test_publish_and_activate(address: str, tmp_path: Path) -> None:
    book = str(shop(tmp_path / "shop"))
    alone = CliRunner().invoke(app, ["publish", book, "--server", address])
    assert (
        alone.exit_code == 0
        and "no quote is priced by this version yet" in alone.stderr
        and "--from DATE" in alone.stderr
    )
    result = CliRunner().invoke(app, ["publish", book, "--server", address, "--from", "2026-01-01"])
    assert result.exit_code == 0, result.stderr
    assert re.match(r"published books/shop/versions/[0-9a-f]{32}: 1 file\nactive .* from 2026-01-01\n", result.stdout)
    again = CliRunner().invoke(app, ["publish", book, "--server", address])
    assert again.stdout.split(":")[0] == result.stdout.split(":")[0]
    assert "yet" not in again.stderr


def test_a_key_says_until_when_it_is_good(address: str) -> None:
    make = ["keys", "create", "--role", "storefront", "--server", address]
    made = CliRunner().invoke(app, make)
    assert made.exit_code == 0, made.stderr
    end = datetime.now(UTC).date() + timedelta(days=365)
    assert any(f"good until {end - timedelta(days=off)}" in made.stderr for off in (0, 1))
    assert "good for ever, until it is revoked" in CliRunner().invoke(app, [*make, "--days", "0"]).stderr


def test_a_book_that_does_not_check_is_not_sent(address: str, tmp_path: Path) -> None:
    (tmp_path / "book.quo").write_text("price book nothing\n")
    result = CliRunner().invoke(app, ["publish", str(tmp_path), "--server", address])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "nothing was sent" in result.stderr


def test_the_service_refuses_in_its_own_words(address: str) -> None:
    result = CliRunner().invoke(app, ["publish", str(RULES / "saas"), "--as", "Bad Name", "--server", address])
    assert result.exit_code == 3
    assert "INVALID_ARGUMENT: `books/Bad Name` is not a book's name" in result.stderr
