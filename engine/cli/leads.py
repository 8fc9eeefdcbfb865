"""`quo import-leads`: a CSV of leads, as a fair or another system gives it, to a running service.

Columns are found by their heads, in the words people use. What cannot be taken is told row by row, and can be written to a file of its own, to
be put right and imported again. The same file imported twice makes no lead twice: the request ids are made of what is in it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from google.rpc import error_details_pb2
from rich.markup import escape

from engine.cli.console import FAULT_OF_CALL, err, fail, out, plural
from engine.cli.price import pairs
from engine.cli.reach import service_at
from quotient.v1 import leads_pb2 as pb
from quotient.v1 import leads_pb2_grpc

ROWS_AT_ONCE = 500
MOST_SHOWN = 20
OURS: Mapping[str, tuple[str, ...]] = {
    "company": ("company", "company name", "organization", "organisation", "account", "account name", "employer"),
    "name": ("name", "full name", "contact", "contact name", "person"),
    "first_name": ("first name", "given name", "forename"),
    "last_name": ("last name", "family name", "surname"),
    "email": ("email", "e mail", "mail", "email address"),
    "phone": ("phone", "telephone", "phone number", "mobile", "tel"),
    "title": ("title", "job title", "function", "position"),
    "country": ("country", "country code"),
    "language": ("language", "language code"),
    "source": ("source", "lead source", "campaign"),
    "interest": ("interest", "interests", "message", "remarks", "comments"),
    "products": ("products", "product", "skus", "sku"),
    "book": ("book", "price book"),
    "score": ("score", "rating"),
    "owner": ("owner", "sales rep", "assigned to"),
    "note": ("note", "notes"),
}
"""Our columns, and how files call them; capitals and signs make no difference."""


@dataclass
class Report:
    """What became of the rows."""

    captured: int = 0
    doubles: int = 0
    wrong: list[tuple[int, dict[str, str], str]] = field(default_factory=list)  # line, row, why


@dataclass(frozen=True)
class Row:
    """A row of the file: its line, its cells by the file's heads, and by ours."""

    line: int
    cells: dict[str, str]
    ours: dict[str, str]


def import_command(file: Path, server: str, columns: str, constants: Sequence[str], rejects: Path | None) -> None:
    """Send every row; say what was taken and what was not; exit 2 where a row was wrong."""
    try:
        content = file.read_bytes()
        renames, fixed = pairs(columns.split(",") if columns else []), pairs(constants)
        rows, heads, unused = read(content, renames, fixed)
    except (ValueError, OSError, csv.Error) as error:
        fail(f"{file}: {error}")
    if unused:
        err().print(f"[yellow]columns that nothing is made of:[/] {escape(', '.join(unused))}")
    digest = hashlib.sha256(b"\0".join([content, columns.encode(), *(one.encode() for one in sorted(constants))]))
    report = send(rows, server, f"import-{digest.hexdigest()[:32]}")
    _tell(report, file)
    if report.wrong and rejects is not None:
        _write(rejects, heads, report)
    if report.wrong:
        fail(f"{plural(len(report.wrong), 'row')} of {file} could not be taken", FAULT_OF_CALL)


def read(
    content: bytes, renames: Mapping[str, str], constants: Mapping[str, str]
) -> tuple[list[Row], list[str], list[str]]:
    """The rows of a file, its heads, and those of them that nothing is made of.

    Raises:
        ValueError: it is no text, has no heads that tell, or names what is not ours or not its own.
        csv.Error: its quotes do not pair.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8 text: {error}") from error
    first = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=first.count), restkey="", strict=True)
    heads = [head.strip() for head in reader.fieldnames or ()]
    if len(set(heads)) < len(heads):
        raise ValueError(f"two columns have the same head: {', '.join(heads)}")
    reader.fieldnames = heads
    by_head = columns_of(heads, renames, constants)
    rows = []
    for cells in reader:
        extra = cells.pop("", None) if "" not in heads else None
        said = {head: (cells[head] or "").strip() for head in heads}
        if any(said.values()):
            ours = {our: said[head] for our, head in by_head.items()} | dict(constants)
            rows.append(Row(reader.line_num, said, ours | ({"": "more cells than heads"} if extra else {})))
    unused = [head for head in heads if head not in by_head.values()]
    return rows, heads, unused


def columns_of(heads: Sequence[str], renames: Mapping[str, str], constants: Mapping[str, str]) -> dict[str, str]:
    """Which head gives each of our columns.

    Raises:
        ValueError: a name is not ours or not the file's; nobody would be named.
    """
    for name in (*renames.values(), *constants):
        if name not in OURS:
            raise ValueError(f"`{name}` is no column of leads: they are {', '.join(OURS)}")
    for head in renames:
        if head not in heads:
            raise ValueError(f"the file has no column `{head}`: it has {', '.join(heads)}")
    plain = {_plain(head): head for head in reversed(heads)}
    found = {
        our: next(plain[word] for word in words if word in plain)
        for our, words in OURS.items()
        if any(word in plain for word in words)
    }
    found = {our: head for our, head in found.items() if head not in renames}
    found |= {our: head for head, our in renames.items()}
    if not found.keys() & {"company", "name", "last_name", "email", "phone"}:
        said = "no column names a company or a person: say one with --columns ITS_NAME=company"
        raise ValueError(f"{said} (or name, email, phone); it has {', '.join(heads)}")
    return {our: head for our, head in found.items() if our not in constants}


def send(rows: Sequence[Row], server: str, request_id: str) -> Report:
    """Send rows, many at a time; what is wrong here already is not sent."""
    report = Report()
    with service_at(server, "seller") as (channel, who):
        stub = leads_pb2_grpc.LeadsStub(channel)
        for number, start in enumerate(range(0, len(rows), ROWS_AT_ONCE)):
            part = rows[start : start + ROWS_AT_ONCE]
            good = list(_good(part, report))
            request = pb.CaptureLeadsRequest(leads=[lead for _, lead in good], request_id=f"{request_id}-{number}")
            answers = stub.CaptureLeads(request, metadata=who).answers if good else ()
            for (row, _), answer in zip(good, answers, strict=True):
                if answer.WhichOneof("answer") == "error":
                    report.wrong.append((row.line, row.cells, _why(answer.error)))
                else:
                    report.captured += 1
                    report.doubles += bool(answer.lead.may_duplicate)
    report.wrong.sort(key=lambda one: one[0])
    return report


def _good(rows: Sequence[Row], report: Report) -> Iterator[tuple[Row, Any]]:
    for row in rows:
        try:
            yield row, lead_of(row.ours)
        except ValueError as error:
            report.wrong.append((row.line, row.cells, str(error)))


def lead_of(said: Mapping[str, str]) -> Any:
    """The lead of a row.

    Raises:
        ValueError: a cell cannot be read.
    """
    if "" in said:
        raise ValueError(said[""])
    score = said.get("score", "")
    if score and not re.fullmatch(r"\d{1,3}", score):
        raise ValueError(f"score: `{score[:20]}` is not a number of 0 to 100")
    name = said.get("name") or " ".join(filter(None, (said.get("first_name"), said.get("last_name"))))
    person = {"display_name": name, **{one: said.get(one, "") for one in ("email", "phone", "title")}}
    book = said.get("book", "")
    return pb.Lead(
        company=said.get("company", ""), person=person if any(person.values()) else None, country_code=_country(said.get("country", "")),
        language_code=said.get("language", ""), source=said.get("source", ""), interest=said.get("interest", ""),
        book=book if not book or book.startswith("books/") else f"books/{book}", score=int(score or 0), owner=said.get("owner", ""),
        products=[one for one in re.split(r"[;|,\s]+", said.get("products", "")) if one], note=said.get("note", ""),
    )  # fmt: skip


def _country(said: str) -> str:
    """Two letters; of a country's name in English, those it stands for. What is neither is for the service to refuse."""
    return said if len(said) == 2 else _countries().get(said.casefold(), said)


@cache
def _countries() -> dict[str, str]:
    territories = Locale("en").territories.items()
    return {name.casefold(): code for code, name in territories if re.fullmatch("[A-Z]{2}", code)}


def _plain(head: str) -> str:
    return " ".join(re.findall(r"\w+", head.casefold().replace("_", " ")))


def _why(error: Any) -> str:
    """The words of a refusal, after the field it is about."""
    for detail in error.details:
        bad = error_details_pb2.BadRequest()
        if detail.Unpack(bad):
            return f"{bad.field_violations[0].field.removeprefix('lead.')}: {error.message}"
    return str(error.message)


def _tell(report: Report, file: Path) -> None:
    for line, _, why in report.wrong[:MOST_SHOWN]:
        err().print(f"{escape(str(file))}:{line}: {escape(why)}", soft_wrap=True)
    if len(report.wrong) > MOST_SHOWN:
        err().print(f"... and {len(report.wrong) - MOST_SHOWN:,} more")
    doubles = f", {report.doubles:,} of them may be of somebody known" if report.doubles else ""
    out().print(f"{plural(report.captured, 'lead')} captured{doubles}")


def _write(path: Path, heads: Sequence[str], report: Report) -> None:
    """The rows that were not taken, as they were, with a column that says why."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*heads, "why_not"])
        writer.writerows([[*(row[head] for head in heads), why] for _, row, why in report.wrong])
    err().print(f"the rows that were not taken -> {escape(str(path))}")
