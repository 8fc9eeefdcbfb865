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
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst

from engine.paper.content import content_of
from engine.paper.plain import breakable, over_all, shown, texts, unshown
from engine.paper.sheet import Sheet

FOLDER = Path(__file__).parent / "template"
STANDARDS: list[Literal["a-2a", "ua-1"]] = ["a-2a", "ua-1"]
MOST_TRIES = 8
MOST_LOGO_BYTES = 1_000_000
MOST_LINES = 10_000
_UNSHOWABLE = re.compile(r'(?:the text|the codepoint) `"((?:[^"\\]|\\.)*)"`')
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-f]+)\}|(.))")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")
_LOGOS = ((b"\x89PNG\r\n\x1a\n", "logo.png"), (b"\xff\xd8\xff", "logo.jpg"))
_REACHES_OUT = re.compile(rb"""<!DOCTYPE|<!ENTITY|<script|@import|href\s*=\s*["'](?!#|data:image/)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Paper:
    """A document's bytes, and the characters of the sheet that no font has: they are shown as a sign for what is lost."""

    pdf: bytes
    lost: frozenset[str] = frozenset()


def typeset(sheet: Sheet, created: datetime, fonts: Path | None = None) -> Paper:
    """The PDF of a sheet. `created` (with a zone) is the time that it says; `fonts` a folder of fonts for more scripts.

    Raises:
        ValueError: the sheet cannot be set: its language, currency, colour or logo, or it has too many lines.
    """
    if created.tzinfo is None:
        raise ValueError("say in which zone it was created: a time without one depends on the machine")
    files = {"quote.typ": (FOLDER / "quote.typ").read_bytes(), **_logo(sheet.seller.logo)}
    content = _checked(sheet)
    content["logo"] = next((name for name in files if name.startswith("logo")), "")
    lost = unshown("".join(sorted(texts(content))))
    for _ in range(MOST_TRIES):
        try:
            return Paper(_compiled(files, content, lost, created, fonts), frozenset(lost))
        except typst.TypstError as error:
            more = _unshowable(error.diagnostic) - lost
            if not more:
                raise _refused(error, error.message, bool(content["logo"])) from error
            lost |= more
        except RuntimeError as error:  # typst-py cannot show a mistake in what is no text
            raise _refused(error, "", bool(content["logo"])) from error
    raise AssertionError("each try replaces what the one before could not show")


def _compiled(
    files: dict[str, bytes], content: dict[str, Any], lost: set[str], created: datetime, fonts: Path | None
) -> bytes:
    said = over_all(content, lambda text: breakable(shown(text, lost)))
    data = json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
    made = typst.compile(  # type: ignore[call-overload]  # its stubs know no files by name; its documentation does
        {"main.typ": b'#import "quote.typ": quote\n#show: quote', "data.json": data, **files}, root=str(FOLDER), format="pdf",
        font_paths=_fonts(fonts), ignore_system_fonts=True, pdf_standards=STANDARDS, timestamp=int(created.timestamp()),
    )  # fmt: skip
    assert isinstance(made, bytes)
    return made


@cache
def _fonts(folder: Path | None) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[] if folder is None else [str(folder)])


# ---------------------------------------------------------------- what is refused, and what is lost


def _checked(sheet: Sheet) -> dict[str, Any]:
    groups = [group for option in sheet.options for group in option.groups]
    lines = sum(len(group.lines) + sum(len(bundle.lines) for bundle in group.bundles) for group in groups)
    if lines > MOST_LINES:
        raise ValueError(f"a document has at most {MOST_LINES:,} lines, this one {lines:,}: send it as a file")
    if not _COLOUR.match(sheet.seller.accent):
        raise ValueError(f"`{sheet.seller.accent[:20]}` is not a colour such as #1f3a5f")
    return content_of(sheet)


def _logo(image: bytes | None) -> dict[str, bytes]:
    """A logo as a file of the template's.

    Raises:
        ValueError: it is no picture, too large, or an SVG that reaches out of itself.
    """
    if image is None:
        return {}
    if len(image) > MOST_LOGO_BYTES:
        raise ValueError(f"a logo has at most {MOST_LOGO_BYTES:,} bytes, this one {len(image):,}")
    name = next((name for start, name in _LOGOS if image.startswith(start)), "")
    if not name and b"<svg" in image[:4096]:
        name = "logo.svg"
        if _REACHES_OUT.search(image):
            raise ValueError("an SVG logo may not refer to anything outside itself, nor declare entities or scripts")
    if not name:
        raise ValueError("a logo is an SVG, PNG or JPEG file")
    return {name: image}


def _refused(error: Exception, said: str, logo: bool) -> Exception:
    """A picture that cannot be read is the caller's; any other mistake is ours."""
    if logo and (not said or "decode" in said or "SVG" in said or "image" in said):
        return ValueError(f"the logo cannot be read: {said or 'it is no picture'}")
    return AssertionError(str(error))


def _unshowable(diagnostic: str) -> set[str]:
    """The characters that an export named, as Rust writes them: `"\\u{0}"`."""

    def plain(match: re.Match[str]) -> str:
        code, sign = match.groups()
        return chr(int(code, 16)) if code else {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}.get(sign, sign)

    return {sign for text in _UNSHOWABLE.findall(diagnostic) for sign in _ESCAPE.sub(plain, text)}
