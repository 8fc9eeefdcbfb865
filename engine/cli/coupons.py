"""The coupon codes of rows: a code that stands on one row of a quote is given with the quote."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.markup import escape

from engine.cli.console import err
from engine.plan.plan import Plan
from engine.pricing.price import code_facts
from engine.pricing.sources import Column
from engine.pricing.workspace import encoder_of

Ints = npt.NDArray[np.int64]


def codes_in(text: object) -> list[str]:
    """The codes of a cell: `SPRING26, WELCOME`."""
    return [code for part in re.split("[,;]", "" if text is None else str(text)) if (code := part.strip())]


def code_columns(plan: Plan, indices: Ints, values: list[Any], quote: Ints | None) -> dict[str, Column]:
    """A column for each code that the book's coupons ask for, of whether a row's quote comes with it."""
    said = [code_facts(plan, codes_in(value))[0] for value in values]
    found = {}
    for code in plan.head.codes:
        path = f"code {code}"
        dim = plan.dim_of.get(path)
        if dim is None:
            continue
        given = np.array([path in facts for facts in said])[indices]
        encode = encoder_of(plan, dim)
        found[path] = Column(np.where(given if quote is None else _of_quote(given, quote), encode("yes"), encode(None)))
    return found


def _of_quote(given: npt.NDArray[np.bool_], quote: Ints) -> npt.NDArray[np.bool_]:
    """Whether any row of the quote says so."""
    return np.isin(quote, quote[given])


def unknown_codes(plan: Plan, values: list[Any]) -> list[str]:
    """Those that no coupon of the book asks for."""
    return code_facts(plan, [code for value in values for code in codes_in(value)])[1]


def say_unknown(books: Iterable[str], codes: Iterable[str]) -> None:
    """Warn of codes that no coupon of these books asks for."""
    names = " or ".join(dict.fromkeys(books))
    for code in codes:
        err().print(f"[yellow]no coupon of {names} asks for the code[/] {escape(code)}")
