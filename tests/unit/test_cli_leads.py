"""Leads from a file, and the audit trail into one, against a real service."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from engine.cli.demo import service
from engine.cli.leads import columns_of, lead_of, read
from engine.cli.main import app
from engine.cli.remote import calling_as, channel_to, wait_until_serving
from quotient.v1 import leads_pb2 as pb
from quotient.v1 import leads_pb2_grpc

FAIR = """\
Company Name;First Name;Last Name;E-mail;Telephone;Country;SKUs;Score;Hall
Acme BV;Ann;Aalders;ann@acme.example;020 7654321;Netherlands;seat, sso;40;7

Beta GmbH;;;nobody;;DE;;;7
;Carl;Cools;carl@example.org;;BE;;many;8
;;;;;FR;;;9
Delta SA;Dora;;dora@delta.example;;Utopia;;;9
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with service(tmp_path_factory.mktemp("service")) as running:
        with channel_to(running.address) as channel:
            assert wait_until_serving(channel, 60)
        yield running.address


def quo(*words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"COLUMNS": "160"})


def leads(address: str) -> list[pb.Lead]:
    with channel_to(address) as channel:
        stub = leads_pb2_grpc.LeadsStub(channel)
        return list(stub.ListLeads(pb.ListLeadsRequest(page_size=1_000), metadata=calling_as("seller")).leads)


@pytest.mark.service
def test_a_file_is_taken_in_and_what_is_wrong_is_said_by_row(address: str, tmp_path: Path) -> None:
    file, rejects = tmp_path / "fair.csv", tmp_path / "rejects.csv"
    file.write_text("\ufeff" + FAIR, encoding="utf-8")
    words = (
        "import-leads",
        str(file),
        "--server",
        address,
        "--set",
        "source=fair",
        "--set",
        "book=saas",
        "--rejects",
        str(rejects),
    )
    first = quo(*words)
    assert first.exit_code == 2 and first.stdout == "1 lead captured\n"
    assert "columns that nothing is made of: Hall" in first.stderr
    for said in (
        f"{file}:4: person.email: `nobody` is no address of mail", f"{file}:5: score: `many` is not a number of 0 to 100",
        f"{file}:6: person: a lead has a person or a company", f"{file}:7: country_code: `Utopia` is no country",
        "4 rows of",
    ):  # fmt: skip
        assert said in first.stderr
    [taken] = leads(address)
    assert (taken.company, taken.country_code, taken.source, taken.score) == ("Acme BV", "NL", "fair", 40)
    assert (taken.person.display_name, taken.person.phone, list(taken.products)) == (
        "Ann Aalders",
        "+31207654321",
        ["seat", "sso"],
    )
    again = quo(*words)
    assert again.stdout == first.stdout and len(leads(address)) == 1, "none twice"
    with rejects.open(encoding="utf-8", newline="") as found:
        rows = list(csv.DictReader(found))
    assert [row["Hall"] for row in rows] == ["7", "8", "9", "9"]
    assert rows[1]["why_not"].startswith("score: ")
    right = FAIR.partition("\n")[0] + "\n;Carl;Cools;carl@example.org;;BE;;4;8\nAcme;;;;;NL;;;\n"
    rejects.write_text(right, encoding="utf-8")
    repaired = quo("import-leads", str(rejects), "--server", address)
    assert (repaired.exit_code, repaired.stdout) == (0, "2 leads captured, 1 of them may be of somebody known\n")


@pytest.mark.service
def test_a_large_file_goes_in_parts(address: str, tmp_path: Path) -> None:
    before = len(leads(address))
    file = tmp_path / "many.csv"
    file.write_text("mail\n" + "".join(f"p{i}@example.org\n" for i in range(501)))
    assert quo("import-leads", str(file), "--server", address).stdout == "501 leads captured\n"
    assert len(leads(address)) == before + 501


@pytest.mark.service
def test_the_trail_goes_into_a_file_and_on_from_its_end(address: str, tmp_path: Path) -> None:
    file = tmp_path / "trail.jsonl"
    first = quo("audit-trail", "-o", str(file), "--server", address)
    assert first.exit_code == 0, first.stderr
    told = [json.loads(line) for line in file.read_text().splitlines()]
    assert f"{len(told):,} events" in first.stdout and told[0]["event"]["type"] == "BookPublished"
    cursor = first.stdout.split()[-1]
    assert cursor == told[-1]["id"]
    rest = quo("audit-trail", "-o", str(file), "--server", address, "--after", cursor)
    assert "0 events" in rest.stdout and file.read_text() == ""
    wrong = quo("audit-trail", "-o", str(tmp_path / "x.jsonl"), "--server", address, "--after", "then")
    assert wrong.exit_code == 3 and list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("text", "columns", "constants", "said"),
    [
        ("Firma,Ort\nAcme,Bonn\n", "", [], "no column names a company or a person"),
        ("Firma\nAcme\n", "Firm=company", [], "no column `Firm`"),
        ("Firma\nAcme\n", "Firma=firm", [], "`firm` is no column of leads"),
        ("company\nAcme\n", "", ["colour=red"], "`colour` is no column of leads"),
        ("company,company\nAcme,b\n", "", [], "the same head"),
        ('company\n"Acme\n', "", [], "unexpected end of data"),
        ("", "", [], "no column names"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, text: str, columns: str, constants: list[str], said: str
) -> None:
    file = tmp_path / "leads.csv"
    file.write_text(text)
    words = ["import-leads", str(file), "--columns", columns, *(word for one in constants for word in ("--set", one))]
    result = quo(*words)
    assert result.exit_code == 2 and said in result.stderr and str(file) in result.stderr


def test_bytes_that_are_no_text_are_said(tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_bytes(b"company\n\xff\xfe\n")
    assert "not UTF-8" in quo("import-leads", str(file)).stderr


def test_heads_are_understood_as_people_write_them() -> None:
    assert columns_of(["E-Mail", "Company_Name", "JOB TITLE"], {}, {}) == {
        "company": "Company_Name", "email": "E-Mail", "title": "JOB TITLE",
    }  # fmt: skip
    assert columns_of(["Firma", "Company"], {"Firma": "company"}, {}) == {"company": "Firma"}
    assert columns_of(["company", "source"], {}, {"source": "fair"}) == {"company": "company"}


def test_a_row_with_more_cells_than_heads_is_wrong() -> None:
    rows, heads, unused = read(b"company,country\nAcme,NL,x\nBeta\n", {}, {})
    assert (heads, unused, rows[1].ours) == (["company", "country"], [], {"company": "Beta", "country": ""})
    with pytest.raises(ValueError, match="more cells than heads"):
        lead_of(rows[0].ours)
