"""Nothing an author (or an enemy) writes raises or runs away: size, depth and the number of mistakes are bounded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.lang import check, words
from engine.lang.report import MOST
from tests.unit.lang_check.bundle import BOOK, checked, codes

DATA = (
    'offers discount a on seat\n  for each row of t\n  give row.off off list\n\ntable t from "t.csv"\n  off: percent\n'
)


def test_nothing_at_all() -> None:
    """An empty bundle is a book that is not there."""
    result = check({})
    assert [d.code for d in result.diagnostics] == ["E201"]
    assert result.book is None
    assert result.diagnostics[0].render(result.sources)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"price book \xe9\n", b"\xef\xbb\xbf\xc3("])
def test_not_utf8(content: bytes) -> None:
    """Bytes that are no text are a mistake with a place."""
    assert "E402" in [d.code for d in check({"a.quo": BOOK.encode(), "b.quo": b"# fine\n" + content}).diagnostics]
    result = check({"book.quo": (BOOK + DATA).encode(), "t.csv": b"off\n5%\n" + content})
    found = [d for d in result.diagnostics if d.code == "E402"]
    assert [d.span.line for d in found] == [3]
    assert found[0].render(result.sources)


def test_a_byte_order_mark_is_nothing() -> None:
    """Windows writes one before UTF-8."""
    assert check({"book.quo": b"\xef\xbb\xbf" + BOOK.replace("\n", "\r\n").encode()}).book


def test_mistakes_are_counted_not_kept() -> None:
    """A file of 30,000 bad cells says some, and how many more."""
    result = checked(DATA, t="off\n" + "x\n" * 30_000 + "".join(f"y{n}\n" for n in range(30_000)))
    assert len(result.diagnostics) == MOST + 1
    assert result.diagnostics[-1].code == "E599"


@pytest.mark.parametrize(
    "data", ["", "\n\n", "off\n", '"', '"off', "off,off\n1%,2%\n", "\x00\n\x00\n", "off\n1%,\n", ";\n"]
)
def test_odd_data(data: str) -> None:
    """Odd files are read or refused, in words."""
    for diagnostic in checked(DATA, t=data).diagnostics:
        assert re.fullmatch(r"[EW]\d{3}", diagnostic.code)


def test_long_chains() -> None:
    """Exceptions to exceptions, and joins to joins, end somewhere."""
    chain = "".join(f"offers exception r{n} to r{n + 1}\n  give 5% off list\n\n" for n in range(3_000))
    assert "E517" in codes(chain + "offers discount r3000 on seat\n  give 5% off list\n")
    tables = "".join(f'table t{n} from "t.csv"\n  off: t{n + 1}.off\n\n' for n in range(3_000))
    assert "E412" in codes(tables + 'table t3000 from "t.csv"\n  off: percent\n', t="off\n5%\n")


def test_large_conditions() -> None:
    """A condition has a largest size."""
    long = "\n  or ".join(f'customer.account is "{n}"' for n in range(3_000))
    assert "E521" in codes(f"offers discount a on seat\n  when {long}\n  give 5% off list\n")
    flat = ", ".join(f'"{n}"' for n in range(100))
    assert codes(f"offers discount a on seat\n  when customer.account in {flat}\n  give 5% off list\n") == []


def test_everything_overlaps() -> None:
    """2,000 rules that all clash are said, not compared to death."""
    rules = "".join(f"volume discount r{n} on everything\n  give 5% off list\n\n" for n in range(2_000))
    found = codes(rules)
    assert set(found) == {"E520"}
    assert len(found) <= MOST


@given(st.lists(st.sampled_from(BOOK.split()) | st.text(max_size=6), max_size=60))
def test_any_words(tokens: list[str]) -> None:
    """Any mixture of its own words is checked without raising."""
    text = BOOK + "\n" + " ".join(tokens) + "\n"
    result = check({"book.quo": text.encode("utf-8", "replace"), "t.csv": " ".join(tokens).encode("utf-8", "replace")})
    for diagnostic in result.diagnostics:
        assert diagnostic.render(result.sources)


@given(st.data())
def test_any_change(data: st.DataObject) -> None:
    """A golden book with words dropped, doubled or exchanged is checked without raising."""
    path = data.draw(st.sampled_from(sorted(Path("tests/golden/check").glob("*/*.txt"))))
    text = path.read_text(encoding="utf-8").split("=== says")[0].replace("=== book.quo\n", "")
    parts = re.split(r"(\s+)", text)
    for _ in range(data.draw(st.integers(1, 4))):
        one, other = (data.draw(st.integers(0, len(parts) - 1)) for _ in range(2))
        parts[one], parts[other] = data.draw(
            st.sampled_from([(parts[other], parts[one]), ("", parts[other]), (parts[other], parts[other])])
        )
    result = check({"book.quo": "".join(parts).encode()})
    for diagnostic in result.diagnostics:
        assert diagnostic.render(result.sources)


def test_every_word_is_said_somewhere() -> None:
    """No diagnostic is written that nothing says, and each code has one meaning's words."""
    source = "".join(path.read_text() for path in Path("engine").rglob("*.py"))
    made = [
        name
        for name, value in vars(words).items()
        if callable(value) and "Diagnostic" in str(value.__annotations__.get("return"))
    ]
    unused = [name for name in made if name not in ("error", "warning") and f"words.{name}" not in source]
    assert unused == []
