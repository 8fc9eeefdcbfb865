"""Logos that nobody looked at: shown where they are what they say, refused by name where they are not, whatever they unpack to."""

from __future__ import annotations

import struct
import zlib
from base64 import b64decode
from dataclasses import replace

import pypdfium2
import pytest

from engine.paper import typeset
from engine.paper.press import settable
from tests.unit.paper.pages import faults
from tests.unit.paper.sheets import CREATED, LOGO, SELLER, sheet

JPEG = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71////m8H////6/+b9"
    "//j/wAALCAAIABABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAAAAT/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oACAEBAAA/AJx//9k="
)
CMYK = b64decode(
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAoHB4jHhkoIyEjLSsoMDxkQTw3Nzx7WF1JZJGAmZaPgIyKoLTmw6Cq2q2KjMj/y9ru9f///5vB////+v/m/f/4"
    "/8AAFAgACAAQBEMRAE0RAFkRAEsRAP/EABUAAQEAAAAAAAAAAAAAAAAAAAAF/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAA4EQwBNAFkASwAAPwCyirKyAP/Z"
)


def png(wide: int, high: int) -> bytes:
    """A red PNG."""

    def part(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = zlib.compress(b"".join(b"\0" + b"\xe0\x20\x20" * wide for _ in range(high)), 9)
    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"")


def svg(inner: str, head: str = "") -> bytes:
    """An SVG."""
    return f'{head}<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10">{inner}</svg>'.encode()


ILLUSTRATOR = svg(
    "<defs><style>.a,.b{fill:url(#g)} .b{stroke:#000}</style><linearGradient id='g'><stop stop-color='#f00'/></linearGradient></defs>"
    "<rect class='a' width='40' height='10'/>",
    '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">',
)
INKSCAPE = svg(
    '<i:view xmlns:i="http://inkscape.example"/><g id="a"><path d="M0 0h9v9z" fill="red"/></g><use href="#a" x="20"/>'
)


def tenfold(n: int) -> str:
    """A part that shows the one before ten times."""
    return f'<g id="a{n + 1}">' + f'<use href="#a{n}"/>' * 10 + "</g>"


def masked(n: int) -> str:
    """A mask of ten shapes, each with the mask before."""
    shapes = f'<rect class="m{n}"/>' * 10
    return f'<style>.m{n}{{mask:url(#m{n})}}</style><mask id="m{n + 1}">{shapes}</mask>'


LONG, USES = "l1 1" * 50_000, '<use href="#p"/>' * 9
TENFOLD, MASKED = ("".join(map(one, range(8))) for one in (tenfold, masked))


@pytest.mark.parametrize(
    ("logo", "kind"),
    [
        (LOGO, "image/svg+xml"), (ILLUSTRATOR, "image/svg+xml"), (INKSCAPE, "image/svg+xml"), (png(300, 80), "image/png"),
        (png(4_000, 10), "image/png"), (JPEG, "image/jpeg"),
    ],
    ids=["svg", "illustrator", "inkscape", "png", "wide", "jpeg"],
)  # fmt: skip
def test_a_picture_is_shown_at_the_head(logo: bytes, kind: str) -> None:
    assert settable(logo) == kind
    bare, shown = (typeset(replace(sheet(), seller=replace(SELLER, logo=one)), CREATED).pdf for one in (None, logo))
    assert faults(shown) == []
    before, after = (pypdfium2.PdfDocument(one)[0].render().to_numpy()[50:120, 50:250] for one in (bare, shown))
    assert (before != after).any()


@pytest.mark.parametrize(
    ("logo", "message"),
    [
        (b"GIF89a", "a logo is a PNG, JPEG or SVG picture"), (b"", "a logo is a PNG, JPEG or SVG picture"),
        (png(300, 80)[:80], "the logo cannot be read: failed to decode image"), (JPEG[:60], "does not say how large it is"),
        (JPEG[:-30], "the logo cannot be read"), (CMYK, "missing a CMYK profile; save it in RGB"),
        (b"<svg><g>", "the logo cannot be read: it is no SVG"), (b"<svg/>", "an SVG begins with <svg xmlns="),
        (svg("", "<html/>"), "it is no SVG"), (LOGO + b" " * 2**18, "a logo has at most 256 KiB, this one 257"),
        (svg("<text y='9'>\u6f22</text>"), "displayed with .*; draw its text as shapes"),
        (png(4_001, 10), "at most 4,000 points a side, this one has 4,001 by 10"),
        (JPEG[:158].replace(b"\x00\x08\x00\x10", b"\xff\xff\xff\xff"), "this one has 65,535 by 65,535"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused(logo: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        settable(logo)
    with pytest.raises(ValueError, match=message.partition(":")[0].partition(";")[0]):
        typeset(replace(sheet(), seller=replace(SELLER, logo=logo)), CREATED)


@pytest.mark.parametrize(
    ("logo", "message"),
    [
        (svg('<image href="quote.typ"/>'), "may not hold <image>"), (svg("<script>1</script>"), "may not hold <script>"),
        (svg('<filter id="f"/>'), "may not hold <filter>"), (svg('<foreignObject/>'), "may not hold <foreignObject>"),
        (svg('<use xmlns:x="http://www.w3.org/1999/xlink" x:href="/etc/passwd"/>'), "outside itself: take out `/etc/passwd`"),
        (svg('<use href="https://a.example/b.svg#c"/>'), "outside itself"), (svg('<use href="data:image/svg+xml,x"/>'), "outside itself"),
        (svg("<style>@import url(http://a.example)</style>"), "what its styles import"),
        (svg("<style>.a{fill:url(/*#*/http://a.example)}</style>"), "what its styles import"),
        (svg("<style>.a{fill:u\\\\72l(#a)}</style>"), "what its styles import"),
        (svg('<path style="fill:url( &quot;//a.example/x&quot;)"/>'), "outside itself"), (svg('<g onload="x()"/>'), "take out `onload`"),
        (svg("", '<!DOCTYPE svg [<!ENTITY x "y">]>'), "may not declare entities"),
    ],
)  # fmt: skip
def test_an_svg_that_reaches_out_or_runs_is_refused(logo: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        settable(logo)


@pytest.mark.parametrize(
    ("logo", "message"),
    [
        (svg(f'<g id="a0"><path d="M0 0h9"/></g>{TENFOLD}'), "at most 20,000 shapes"), (svg(f'<mask id="m0"/>{MASKED}'), "at most 20,000 shapes"),
        (svg('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'), "itself within itself"),
        (svg("<g>" * 200 + "</g>" * 200), "nested that deep"),
        (svg("<style>g rect{mask:url(#m)}</style>"), "by classes or attributes, not by `g rect`"),
        (svg(f'<defs><path id="p" d="M0 0{LONG}"/></defs>{USES * 24}'), "at most 1,024 KiB of shapes"),
        (svg(f'<defs><text id="p">{LONG}</text></defs>{USES}'), "at most 1,024 KiB of shapes"),
        (svg(f'<g id="a0">{USES}</g>{TENFOLD}<g id="p"/><g id="a1"/>'), "two elements the id `a1`"),
    ],
    ids=["tenfold", "masks", "round", "deep", "selectors", "long", "text", "twice"],
)  # fmt: skip
def test_an_svg_that_would_draw_for_ever_is_refused(logo: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        settable(logo)
