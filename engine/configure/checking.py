"""Checks a bundle of files whole: what `lang` sees in the text, and of a right book what only a search in its bundles finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.lang.check import Checked
from engine.lang.check import check as check_text


def check(files: Mapping[str, bytes]) -> Checked:
    """`lang.check`, with the mistakes and doubts of what is configured."""
    checked = check_text(files)
    if checked.book is None or not checked.book.bundles:
        return checked
    from engine.configure.doubts import find_impossible  # a book without bundles does not pay for its kernels
    from engine.configure.sold import with_bundles_sold

    found = find_impossible(checked.book)
    book, wrong = with_bundles_sold(checked.book) if not any(d.severity == "error" for d in found) else (None, ())
    found = (*found, *wrong)
    every = sorted((*checked.diagnostics, *found), key=lambda d: (d.span.file, d.span.line, d.span.column, d.code))
    failed = any(diagnostic.severity == "error" for diagnostic in found)
    return replace(checked, book=None if failed else book, diagnostics=tuple(every))
