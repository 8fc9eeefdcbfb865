"""The block `steps`: the order of the waterfall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.lang.book import Combine
from engine.lang.places import Span
from engine.lang.syntax.leaves import Lit, Word


@dataclass(frozen=True, slots=True)
class Pick:
    """How a step chooses one price: `from a and b`, `then c` (kind level), `most specific`, `lowest`."""

    kind: Literal["from", "level", "most specific", "lowest"]
    names: tuple[Word, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Rounded:
    """`rounded half up to 10 EUR minus 0.01 EUR`; no mode: the book's; `to` None: the minor unit."""

    mode: str | None
    to: Lit | None
    sign: Literal[1, -1]
    then: Lit | None
    span: Span


@dataclass(frozen=True, slots=True)
class StepDecl:
    """`volume one only`. `list`, `floor` stand alone. None: the default, `one only`."""

    name: Word
    combine: Combine | None
    span: Span
    skips: tuple[Word, ...] = ()  # `skip lines priced by contract`
    picks: tuple[Pick, ...] = ()
    rounded: tuple[Rounded, ...] = ()


@dataclass(frozen=True, slots=True)
class Steps:
    """`steps`, the only order there is; `together` are the lines that name rules which compete as one."""

    entries: tuple[StepDecl, ...]
    span: Span
    together: tuple[tuple[Word, ...], ...] = ()
