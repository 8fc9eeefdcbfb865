"""The circuits of a book as one file that every process maps: made once, when the book is published or first configured.

magic | size of the head | head: of each bundle where its circuit lies, and whether its sums are in it | int32 arrays
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from engine.configure.circuit import Circuit
from engine.configure.compile import Impossible, Limits, TooHard, compile_model
from engine.configure.model import Model, ModelError
from engine.configure.of_book import configured
from engine.kernels.circuit_layout import H_MAGIC, H_OPTIONS, MAGIC
from engine.lang.book import Book

_MAGIC = b"QUOTIENT CIRCUITS 1\n"
LIMITS = Limits(steps=300_000_000, room=1 << 24)
"""What one bundle of a book that is published may take: some seconds, and twice 64 MiB."""
Kept = dict[str, tuple[np.ndarray, bool] | None]
"""Of each bundle its array and whether its sums are in it; None: it is too hard for a circuit."""


def circuits_of(book: Book, limits: Limits = LIMITS) -> Kept:
    """The circuits of all bundles that can be configured."""
    return {bundle.name: _compiled(book, bundle.name, limits) for bundle in book.bundles if not bundle.shared}


def _compiled(book: Book, name: str, limits: Limits) -> tuple[np.ndarray, bool] | None:
    try:
        circuit = compile_model(configured(book, name).model, limits)
    except (TooHard, Impossible):
        return None
    return circuit.arena, circuit.exact_sums


def content_of(kept: Kept) -> bytes:
    """The file's bytes."""
    head, at = {}, 0
    for name, one in kept.items():
        head[name] = None if one is None else [at, len(one[0]), one[1]]
        at += 0 if one is None else len(one[0])
    lead = json.dumps(head).encode()
    lead = _MAGIC + len(lead).to_bytes(8, "little") + lead
    lead += b"\0" * (-len(lead) % 64)
    return lead + b"".join(one[0].astype("<i4").tobytes() for one in kept.values() if one is not None)


def opened(path: Path) -> Kept:
    """Map a file: its pages are shared by every process that opens it.

    Raises:
        OSError, ValueError: it cannot be read, or is not of this release.
    """
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise ValueError(f"{path.name} has no circuits of this release")
        size = int.from_bytes(file.read(8), "little")
        head = json.loads(file.read(size))
    start = len(_MAGIC) + 8 + size
    start += -start % 64
    many = sum(one[1] for one in head.values() if one)
    whole = np.memmap(path, "<i4", "r", start, (many,)) if many else np.zeros(0, np.int32)
    plain = np.asarray(whole)
    return {name: None if one is None else (plain[one[0] : one[0] + one[1]], one[2]) for name, one in head.items()}


def circuit_of(kept: Kept, model: Model) -> Circuit | None:
    """The circuit of a bundle's model, None where there is none.

    Raises:
        ModelError: what was kept is of another model.
    """
    one = kept.get(model.name)
    if one is None:
        return None
    arena, exact_sums = one
    if arena[H_MAGIC] != MAGIC or arena[H_OPTIONS] != len(model.options):
        raise ModelError(f"{model.name}: the circuit that was kept is of another model")
    return Circuit(model, arena, exact_sums)
