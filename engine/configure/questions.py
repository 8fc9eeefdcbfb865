"""Guided selling: the questions of a bundle in the order they are asked, and what each answer leaves of its options."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from engine.configure.circuit import Circuit, Workspace
from engine.configure.domains import EXCLUDED, FORCED, domains
from engine.configure.explain import Contradiction


@dataclass(frozen=True, slots=True)
class Question:
    """A question as written, and the option of each answer. One of a bundle inside is asked while the option `under` is chosen."""

    path: str
    title: str
    answers: tuple[tuple[str, int], ...]
    under: int | None


@dataclass(frozen=True, slots=True)
class Left:
    """What an answer rules out, and what it settles, that was open before it; `possible`: whether it can be given at all."""

    answer: str
    option: int
    possible: bool
    excluded: tuple[int, ...] = ()
    forced: tuple[int, ...] = ()


def left_by(
    circuit: Circuit, question: Question, choices: Iterable[int] = (), room: Workspace | None = None
) -> tuple[Left, ...]:
    """What each answer leaves under the choices (facts among them), in the order of the answers."""
    chosen, room = sorted(set(choices)), room or circuit.workspace()
    before = domains(circuit, chosen, room).copy()
    return tuple(_left(circuit, word, option, chosen, before, room) for word, option in question.answers)


def _left(
    circuit: Circuit, word: str, option: int, chosen: list[int], before: np.ndarray, room: Workspace
) -> Left:  # fmt: skip
    try:
        after = domains(circuit, [*chosen, 2 * option], room)
    except Contradiction:
        return Left(word, option, False)
    gone, sure = ((after == state) & (before != state) for state in (EXCLUDED, FORCED))
    sure[option] = False
    return Left(word, option, True, tuple(np.flatnonzero(gone).tolist()), tuple(np.flatnonzero(sure).tolist()))
