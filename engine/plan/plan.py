"""A plan: the arena the kernels run and the head that names what is in it; saved and mapped as one file."""

from __future__ import annotations

import os
import pickle
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from engine.lang import book as b
from engine.lang.places import Span
from engine.plan.head import Head
from engine.plan.layout import (
    AT_ACROSS,
    AT_DENIED,
    AT_INCLUDES,
    AT_NET,
    AT_PERIODS,
    AT_SHARES,
    AT_TAX,
    AT_TAX_LEVEL,
    STEP_SKIPS,
    TAX_BY_DOCUMENT,
    TAX_BY_RATE,
    rows,
)

Thing = TypeVar("Thing")
_MAGIC = b"QUOTIENT PLAN 1\n"


class PlanError(Exception):
    """A book that checks but does not fit: `code`, the message, and where."""

    def __init__(self, code: str, message: str, span: Span | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.span = code, message, span


@dataclass(frozen=True)
class Plan:
    """A book lowered to arrays. `words[d]` gives the code of each word that dimension d knows.

    `dims` are the subjects' names, in the order of the workspace's rows. `kept` is for what is made of a plan when first
    needed (`beside`); it is not saved with it. `meaning` is the book itself, where it says more than kernels can run; `exchange`
    the book as it was written, where it has several currencies.
    """

    head: Head
    arena: np.ndarray
    dims: tuple[b.Subject, ...]
    words: tuple[dict[str, int], ...]
    dim_of: dict[str, int] = field(default_factory=dict)
    meaning: b.Book | None = None
    exchange: b.Book | None = None
    kept: dict[Callable[[Plan], Any], Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def across(self) -> bool:
        """Whether kernels must run it quote by quote: its rules look at several lines, or its nets are shares of several."""
        return bool(self.arena[AT_ACROSS])

    @property
    def taxed(self) -> bool:
        """Whether kernels find what each line is charged."""
        return bool(self.arena[AT_TAX])

    @property
    def includes_tax(self) -> bool:
        """Whether that is in its prices, so that nets are less than what the steps come to."""
        return bool(self.arena[AT_INCLUDES])

    @property
    def splits_tax(self) -> bool:
        """Whether it is in prices and rounded for several lines at once."""
        return self.includes_tax and int(self.arena[AT_TAX_LEVEL]) in (TAX_BY_RATE, TAX_BY_DOCUMENT)

    @property
    def goes_below(self) -> bool:
        """Whether kernels find what is left of lines below the net."""
        return bool(self.arena[AT_NET])

    def is_below(self, step: int) -> bool:
        """Whether a step stands below the net."""
        return 0 < int(self.arena[AT_NET]) < step

    @property
    def is_whole(self) -> bool:
        """Whether its rules look at a quote as a whole, beyond sums: denials, amounts on the quote, grants, steps that skip lines."""
        skips = rows(self.arena, "step_rows", len(self.head.steps))[:, STEP_SKIPS]
        return bool(self.arena[AT_DENIED] or self.arena[AT_SHARES] < self.arena[AT_PERIODS] or skips.any())

    def beside(self, make: Callable[[Plan], Thing]) -> Thing:
        """What `make` makes of the plan: made once, at its first use, and gone when the plan is."""
        if make not in self.kept:
            self.kept.setdefault(make, make(self))  # of two threads one wins
        found: Thing = self.kept[make]
        return found

    def save(self, path: Path) -> None:
        """Write the plan as one file, whole or not at all. The head is a pickle: only open files of your own making."""
        head = pickle.dumps(
            (replace(self.head, kept={}), self.dims, self.words, self.dim_of, self.meaning, self.exchange), protocol=5
        )
        lead = _MAGIC + len(head).to_bytes(8, "little") + head
        lead += b"\0" * (-len(lead) % 64)
        save_whole(path, lead + self.arena.tobytes())

    @staticmethod
    def open(path: Path) -> Plan:
        """Map a saved plan: the arena's pages are shared by every process that opens it.

        Raises:
            PlanError: the file is not a plan of this release.
        """
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise PlanError("P001", f"{path.name} is not a plan of this release")
            size = int.from_bytes(file.read(8), "little")
            head, dims, words, dim_of, meaning, exchange = pickle.loads(file.read(size))
        start = len(_MAGIC) + 8 + size
        start += -start % 64
        return Plan(head, np.memmap(path, np.int64, "r", start), dims, words, dim_of, meaning, exchange)


def save_whole(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(file.name, path)
