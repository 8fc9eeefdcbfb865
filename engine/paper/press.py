"""Sets a sheet as a PDF by typst: a pure function, so that the hash of its bytes is what a customer accepts.

The template sees its own folder, the sheet's texts as data, and the fonts that come with typst (and a folder of more, where one is
given); the machine's fonts, its clock and the network it does not. Bytes are equal for equal sheets, times and fonts, under one
release of typst and Babel: so a document that was sent is kept, and not made again.

The PDF is tagged and archival (PDF/A-2a, PDF/UA-1), which forbids what no font can show: typst names all such characters at once,
they are replaced, and the paper says which they were.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst

from engine.paper.content import content_of
from engine.paper.logo import FORMATS, media_type
from engine.paper.packed import packed
from engine.paper.plain import breakable, over_all, shown, texts, unshown
from engine.paper.sheet import Sheet

FOLDER = Path(__file__).parent / "template"
STANDARDS: list[Literal["a-2a", "ua-1"]] = ["a-2a", "ua-1"]
MOST_TRIES = 8
MOST_ROWS = 15_000
KEPT_ROWS, KEPT_DOCUMENTS = 500, 10
"""typst keeps what it made of the last ten documents, to make the next one sooner: a megabyte of memory for each dozen rows."""
MOST_BYTES = 8 * 2**20
"""Of a document, and of what it says."""
_UNSHOWABLE = re.compile(r'(?:the text|the codepoint) `"((?:[^"\\]|\\.)*)"`')
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-f]+)\}|(.))")
_PROOF = b'#set document(title: "Logo")\n#set text(lang: "en")\n#let it = json("logo.json")\n#image(bytes(it.bytes), format: it.format, height: 15mm, alt: "Logo")'
_HINTS = {"displayed with": "; draw its text as shapes", "CMYK": "; save it in RGB"}
COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")


@dataclass(frozen=True, slots=True)
class Paper:
    """A document's bytes, and the characters of the sheet that no font has: they are shown as a sign for what is lost."""

    pdf: bytes
    lost: frozenset[str] = frozenset()


def typeset(sheet: Sheet, created: datetime, fonts: Path | None = None) -> Paper:
    """The PDF of a sheet. `created` (with a zone) is the time that it says; `fonts` a folder of fonts for more scripts.

    Raises:
        ValueError: the sheet cannot be set: its language, currency, colour or logo, or it is too large.
    """
    if created.tzinfo is None:
        raise ValueError("say in which zone it was created: a time without one depends on the machine")
    files = {"quote.typ": (FOLDER / "quote.typ").read_bytes(), **_logo(sheet.seller.logo)}
    content = _checked(sheet)
    content["logo"] = "logo.json" if sheet.seller.logo else ""
    try:
        return _tried(files, content, created, fonts)
    finally:
        if rows_of(sheet) > KEPT_ROWS:
            _forget()


def _tried(files: dict[str, bytes], content: dict[str, Any], created: datetime, fonts: Path | None) -> Paper:
    lost = unshown("".join(sorted(texts(content))))
    for _ in range(MOST_TRIES):
        try:
            return Paper(_compiled(files, content, lost, created, fonts), frozenset(lost))
        except typst.TypstError as error:
            more = _unshowable(error.diagnostic) - lost
            if not more:
                raise _refused(error, bool(content["logo"])) from error
            lost |= more
    raise AssertionError("each try replaces what the one before could not show")


def _compiled(
    files: dict[str, bytes], content: dict[str, Any], lost: set[str], created: datetime, fonts: Path | None
) -> bytes:
    said = over_all(content, lambda text: breakable(shown(text, lost)))
    data = _bounded(json.dumps(said, ensure_ascii=False, sort_keys=True).encode())
    return _bounded(
        _made({"main.typ": b'#import "quote.typ": quote\n#show: quote', "data.json": data, **files}, created, fonts)
    )


def _made(files: dict[str, bytes], created: datetime, fonts: Path | None) -> bytes:
    made = typst.compile(  # type: ignore[call-overload]  # its stubs know no files by name; its documentation does
        files, root=str(FOLDER), format="pdf", font_paths=_fonts(fonts), ignore_system_fonts=True, pdf_standards=STANDARDS,
        timestamp=int(created.timestamp()),
    )  # fmt: skip
    assert isinstance(made, bytes)
    return packed(made)


def _forget() -> None:
    """Let typst forget what it made of a large document: it does, of what the last so many had no use for."""
    for _ in range(KEPT_DOCUMENTS):
        typst.compile({"main.typ": b""}, format="pdf", font_paths=_fonts(None), ignore_system_fonts=True)  # type: ignore[call-overload]


@cache
def _fonts(folder: Path | None) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[] if folder is None else [str(folder)])


# ---------------------------------------------------------------- what is refused, and what is lost


def _checked(sheet: Sheet) -> dict[str, Any]:
    if not COLOUR.match(sheet.seller.accent):
        raise ValueError(f"`{sheet.seller.accent[:20]}` is not a colour such as #1f3a5f")
    rows = rows_of(sheet)
    if rows > MOST_ROWS:
        said = "lines, and the steps below them: show no discounts, or make several quotes of it"
        raise ValueError(f"a document has at most {MOST_ROWS:,} rows ({said}), this one {rows:,}")
    return content_of(sheet)


def rows_of(sheet: Sheet) -> int:
    """How many rows the tables of a sheet have: its lines, and what stands below each; what it costs to set goes by them."""
    groups = [group for option in sheet.options for group in option.groups]
    lines = [
        line for group in groups for line in (*group.lines, *(one for bundle in group.bundles for one in bundle.lines))
    ]
    below = sum(len(line.details) + len(line.steps) + len(line.term.segments if line.term else ()) for line in lines)
    return len(lines) + below


def _bounded(content: bytes) -> bytes:
    if len(content) > MOST_BYTES:
        raise ValueError(
            f"a document is at most {MOST_BYTES // 2**20} MiB: shorten its texts, or make several quotes of it"
        )
    return content


def _logo(image: bytes | None) -> dict[str, bytes]:
    """A logo as files of the template's: as numbers, for typst-py takes files of text alone."""
    return (
        {}
        if image is None
        else {"logo.json": json.dumps({"format": FORMATS[media_type(image)], "bytes": list(image)}).encode()}
    )


def settable(image: bytes) -> str:
    """The media type of a logo that can be set: it was, on a page of its own.

    Raises:
        ValueError: it cannot.
    """
    files = _logo(image)
    try:
        _made({"main.typ": _PROOF, **files}, datetime.fromtimestamp(0, UTC), None)
    except typst.TypstError as error:
        raise _unreadable(error) from error
    return media_type(image)


def _refused(error: typst.TypstError, logo: bool) -> Exception:
    """A picture that cannot be read is the caller's; any other mistake is ours."""
    its = logo and any(word in error.message for word in ("decode", "SVG", "image", "profile", "displayed with"))
    return _unreadable(error) if its else AssertionError(str(error))


def _unreadable(error: typst.TypstError) -> ValueError:
    said = " ".join(error.message.split())
    hint = next((what for word, what in _HINTS.items() if word in said), "")
    return ValueError(f"the logo cannot be read: {said}{hint}")


def _unshowable(diagnostic: str) -> set[str]:
    """The characters that an export named, as Rust writes them: `"\\u{0}"`."""

    def plain(match: re.Match[str]) -> str:
        code, sign = match.groups()
        return chr(int(code, 16)) if code else {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}.get(sign, sign)

    return {sign for text in _UNSHOWABLE.findall(diagnostic) for sign in _ESCAPE.sub(plain, text)}
