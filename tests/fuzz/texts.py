"""Real books as bundles, and damage to them: what a hurried author, or an enemy, makes of rule text and data files."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
Bundle = dict[str, str]


def bundles() -> list[Bundle]:
    """Every book of `rules/`, and every golden book, good and bad."""
    found = [
        {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in sorted(folder.rglob("*.*")) if p.suffix in (".quo", ".csv")}
        for folder in sorted((ROOT / "rules").iterdir())
        if folder.is_dir()
    ]  # fmt: skip
    for path in sorted((ROOT / "tests" / "golden" / "check").glob("*/*.txt")):
        parts = re.split(r"^=== (.+)\n", path.read_bytes().decode("utf-8", "replace"), flags=re.M)
        files = dict(zip(parts[1::2], parts[2::2], strict=True))
        found.append({name: text for name, text in files.items() if name not in ("says", "book")})
    return [bundle for bundle in found if bundle]


BUNDLES = bundles()
LINES = sorted({line for bundle in BUNDLES for text in bundle.values() for line in text.split("\n")[:400]})
TOKENS = sorted({token for line in LINES for token in re.findall(r"\w+|[^\w\s]", line)})
ODD = ["\t", "\u00a0", "\ufeff", "\x00", "é", "１２", "٣", "%", "-", "9" * 30, "0", "-1", "1e9", "1,250", "15,5%", "15 %", '"', "“x”", "|", "#", ",",
       "EUR", "XXX", "0001-01-01", "9999-12-31", "2026-02-30", "row.x", "(" * 70, "not " * 70, "in", "*"]  # fmt: skip
tokens = st.sampled_from(TOKENS) | st.sampled_from(ODD) | st.text(max_size=4)


def soup() -> st.SearchStrategy[str]:
    """Tokens of books in lines that look like blocks, in no order."""
    line = st.builds(
        lambda indent, words: indent + " ".join(words),
        st.sampled_from(["", "  ", "  | "]),
        st.lists(tokens, max_size=8),
    )
    return st.lists(line | st.sampled_from(LINES), max_size=30).map("\n".join)


@st.composite
def damaged(draw: st.DrawFn) -> Bundle:
    """A book with one to four places of one file changed."""
    bundle = dict(draw(st.sampled_from(BUNDLES)))
    path = draw(st.sampled_from(sorted(bundle)))
    text = bundle[path]
    for _ in range(draw(st.integers(1, 4))):
        text = draw(_change(text))
    bundle[path] = text
    if draw(st.integers(0, 19)) == 0 and len(bundle) > 1:
        del bundle[draw(st.sampled_from(sorted(bundle)))]
    return bundle


@st.composite
def _change(draw: st.DrawFn, text: str) -> str:
    """A line or token of a text taken out, doubled, moved or replaced; figures above all."""
    what = draw(st.sampled_from(["token", "figure", "line", "cut", "swap"]))
    found = [m.span() for m in re.finditer(r"\d[\d_.]*" if what == "figure" else r"\w+|[^\w\s]", text)]
    if what in ("token", "figure") and found:
        begin, end = draw(st.sampled_from(found))
        figures = st.integers(0, 10**15).map(str) | st.sampled_from(
            ["0", "1", "0.000001", "1_000", "99.5", "9999999999999"]
        )
        return text[:begin] + draw(figures if what == "figure" else tokens) + text[end:]
    lines = text.split("\n")
    at, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    if what == "line":
        lines.insert(at, draw(st.sampled_from(LINES)))
    elif what == "swap":
        lines[at], lines[other] = lines[other], lines[at]
    else:
        del lines[min(at, other) : min(at, other) + draw(st.integers(1, 3))]
    return "\n".join(lines)
