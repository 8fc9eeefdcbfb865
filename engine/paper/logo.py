"""A seller's logo: a picture that nobody looked at before, which must stand on every paper.

A PNG or JPEG has so many points at most, whatever its bytes unpack to. An SVG is read before anything draws it: it holds shapes,
gradients and text alone, refers to nothing but itself, and what its references come to when they are followed is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from xml.etree import ElementTree

MOST_BYTES = 256 * 2**10
MOST_SIDE = 4_000
"""Points of a picture's side."""
MOST_SHAPES, MOST_WEIGHT = 20_000, 2**20
"""Elements that an SVG draws, and the bytes that they are written with; those that it refers to counted each time."""
FORMATS: Mapping[str, str] = {"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg"}
"""What a logo may be, as typst calls it."""
KNOWN = frozenset((
    "svg", "g", "defs", "symbol", "use", "switch", "title", "desc", "metadata", "style", "path", "rect", "circle", "ellipse", "line",
    "polyline", "polygon", "text", "tspan", "textPath", "linearGradient", "radialGradient", "stop", "clipPath", "mask",
))  # fmt: skip
MOST_DEPTH = 100
_SVG = "{http://www.w3.org/2000/svg}"
_DOCTYPE = re.compile(rb"<!DOCTYPE\s[^>]*\[|<!ENTITY", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
_CLASSES = re.compile(r"\s*\.[\w-]+(\s*,\s*\.[\w-]+)*\s*\Z")
_ELSEWHERE = re.compile(r"\\|@import|url\(\s*[\"']?\s*(?!#)", re.IGNORECASE)
_REFERENCE = re.compile(r"url\(\s*[\"']?\s*#([^)\"'\s]+)", re.IGNORECASE)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Parts of a JPEG that say how large it is."""


def media_type(image: bytes) -> str:
    """What a logo is, by its bytes.

    Raises:
        ValueError: it is no picture that a paper can have, or too large.
    """
    if len(image) > MOST_BYTES:
        raise ValueError(f"a logo has at most {MOST_BYTES // 2**10} KiB, this one {-(-len(image) // 2**10):,}")
    if image.startswith(b"\x89PNG\r\n\x1a\n"):
        _sized(int.from_bytes(image[16:20]), int.from_bytes(image[20:24]))
        return "image/png"
    if image.startswith(b"\xff\xd8\xff"):
        _sized(*_size_of_jpeg(image))
        return "image/jpeg"
    if b"<svg" in image[:4096]:
        _read_svg(image)
        return "image/svg+xml"
    raise ValueError("a logo is a PNG, JPEG or SVG picture")


def _sized(wide: int, high: int) -> None:
    if max(wide, high) > MOST_SIDE:
        raise ValueError(f"a logo has at most {MOST_SIDE:,} points a side, this one has {wide:,} by {high:,}")


def _size_of_jpeg(image: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 <= len(image) and image[at] == 0xFF:
        if image[at + 1] in _FRAMES:
            return int.from_bytes(image[at + 7 : at + 9]), int.from_bytes(image[at + 5 : at + 7])
        at += 1 if image[at + 1] == 0xFF else 2 + int.from_bytes(image[at + 2 : at + 4])
    raise ValueError("the logo cannot be read: it begins as a JPEG, and does not say how large it is")


# ---------------------------------------------------------------- SVG


def _read_svg(image: bytes) -> None:
    if _DOCTYPE.search(image):
        raise ValueError("an SVG logo may not declare entities: save it as plain SVG")
    try:
        root = ElementTree.fromstring(image)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise ValueError(f"the logo cannot be read: it is no SVG ({error})") from error
    drawn = {
        one: one.tag.removeprefix(_SVG) for one in root.iter() if isinstance(one.tag, str) and one.tag.startswith(_SVG)
    }
    if drawn.get(root) != "svg":
        raise ValueError(f'the logo cannot be read: an SVG begins with <svg xmlns="{_SVG[1:-1]}">')
    strange = sorted(set(drawn.values()) - KNOWN)
    if strange:
        said = "shapes, gradients, clips and text alone: draw what it does as shapes, or send a PNG"
        raise ValueError(f"an SVG logo may not hold <{strange[0][:40]}>, but {said}")
    for one in root.iter():
        _closed(one)
    _counted(root)


def _closed(one: ElementTree.Element) -> None:
    """Make sure that an element refers to nothing outside, and runs nothing."""
    for name, value in one.attrib.items():
        local = name.rpartition("}")[2].lower()
        if local.startswith("on"):
            raise ValueError(f"an SVG logo may not run scripts: take out `{local[:40]}`")
        if (local == "href" and not value.strip().startswith("#")) or _ELSEWHERE.search(_COMMENT.sub("", value)):
            raise ValueError(f"an SVG logo may not refer to anything outside itself: take out `{value.strip()[:60]}`")
    if one.tag == f"{_SVG}style" and _ELSEWHERE.search(_COMMENT.sub("", "".join(one.itertext()))):
        raise ValueError("an SVG logo may not refer to anything outside itself: take out what its styles import")


def _counted(root: ElementTree.Element) -> None:
    """Make sure that what is drawn is bounded, when each reference is followed.

    A picture of a few elements, each of which shows the one before ten times, would draw for ever; one long path shown often, too.
    """
    named = _named(root)
    styles = _styles(root)
    known: dict[ElementTree.Element, tuple[int, int]] = {}
    within: set[ElementTree.Element] = set()

    def drawn(one: ElementTree.Element, depth: int = 0) -> tuple[int, int]:
        if one in known:
            return known[one]
        if one in within or depth > MOST_DEPTH:
            raise ValueError("an SVG logo may not show itself within itself, nor be nested that deep")
        within.add(one)
        shown = [*one, *(named[to] for to in _references(one, styles) if to in named)]
        parts = [drawn(inner, depth + 1) for inner in shown]
        known[one] = 1 + sum(shapes for shapes, _ in parts), _written(one) + sum(weight for _, weight in parts)
        within.discard(one)
        return known[one]

    shapes, weight = drawn(root)
    if shapes > MOST_SHAPES:
        raise ValueError(f"an SVG logo draws at most {MOST_SHAPES:,} shapes: simplify it, or send a PNG")
    if weight > MOST_WEIGHT:
        said = "what is shown again counts again: simplify it, or send a PNG"
        raise ValueError(f"an SVG logo draws at most {MOST_WEIGHT // 2**10:,} KiB of shapes, and {said}")


def _named(root: ElementTree.Element) -> dict[str, ElementTree.Element]:
    """Elements by their ids, each of which one has: of two, what draws it may take the other than what weighs it."""
    named: dict[str, ElementTree.Element] = {}
    for one in root.iter():
        name = one.get("id")
        if name is not None and named.setdefault(name, one) is not one:
            raise ValueError(f"an SVG logo may not give two elements the id `{name[:40]}`")
    return named


def _written(one: ElementTree.Element) -> int:
    """How long what an element says is: a path of a thousand points is one element."""
    return sum(map(len, one.attrib.values())) + len(one.text or "") + len(one.tail or "")


def _references(one: ElementTree.Element, styles: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The ids of what an element shows beside what is in it."""
    for name, value in one.attrib.items():
        if name.rpartition("}")[2] == "href":
            yield value.strip()[1:]
        yield from _REFERENCE.findall(value)
    for name in one.get("class", "").split():
        yield from styles.get(name, ())


def _styles(root: ElementTree.Element) -> Mapping[str, Sequence[str]]:
    """What the classes of its style sheets refer to; other rules refer to nothing, so that it is known which elements do."""
    found: dict[str, list[str]] = {}
    for sheet in root.iter(f"{_SVG}style"):
        for selector, said in _RULE.findall(_COMMENT.sub("", "".join(sheet.itertext()))):
            references = _REFERENCE.findall(said)
            if references and not _CLASSES.match(selector):
                raise ValueError(
                    f"an SVG logo refers to its parts by classes or attributes, not by `{selector.strip()[:40]}`"
                )
            for name in selector.split(",") if references else ():
                found.setdefault(name.strip()[1:], []).extend(references)
    return found
