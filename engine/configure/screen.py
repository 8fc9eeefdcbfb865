"""Answers by search, literal by literal: for models that do not compile, and for sums that no circuit has.

Every configuration found settles all literals it shows, so most take no search of their own. What the limit on conflicts cuts off is
said to be unproven, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from engine.configure.bounds import Bounds, bounds_of
from engine.configure.domains import EXCLUDED, FORCED, POSSIBLE
from engine.configure.explain import Contradiction, minimal
from engine.configure.model import Model
from engine.configure.solver import Undecided, satisfy

MOST_CONFLICTS = 10_000
"""What one literal may take, and the choices by themselves."""


@dataclass(frozen=True)
class Screen:
    """A model as bounds, to be asked without a circuit."""

    model: Model
    bounds: Bounds


@dataclass(frozen=True)
class Answer:
    """What is left of each option (int8 [options]); of those in `unproven` (bool [options]) it may be less than is said."""

    states: np.ndarray
    unproven: np.ndarray


def screen(model: Model) -> Screen:
    """Make a model ready to be asked without a circuit."""
    return Screen(model, bounds_of(model))


def on_screen(
    model: Screen, choices: Iterable[int], options: Iterable[int], most_conflicts: int = MOST_CONFLICTS
) -> Answer:
    """What is left of these options under the choices; what the limit cuts off, and all other options, are unproven.

    Raises:
        Undecided: the limit ended before it was known whether the choices have a configuration at all.
    """
    asked = np.zeros(len(model.model.options), bool)
    asked[list(options)] = True
    open_ = np.ones(2 * len(asked), bool)
    unproven = settle(model, choices, open_, asked, most_conflicts)
    return Answer(states_of(open_), unproven | ~asked)


def settle(
    model: Screen, choices: Iterable[int], open_: np.ndarray, asked: np.ndarray, most_conflicts: int = MOST_CONFLICTS
) -> np.ndarray:
    """Take out of `open_` (bool [2 options]) the literals of options asked that no configuration has; which stay unproven.

    Raises:
        Undecided: as `on_screen` says.
    """
    chosen = sorted(set(choices))
    shown = np.zeros(len(open_), bool)
    unproven = np.zeros(len(asked), bool)
    found = satisfy(model.bounds, chosen, most_conflicts=most_conflicts).chosen
    if found is None:
        raise contradiction(model, chosen, most_conflicts)
    last = found
    for option in np.flatnonzero(asked).tolist():
        shown[_literals(last)] = True
        for literal in (2 * option, 2 * option + 1):
            if shown[literal] or not open_[literal]:
                continue
            try:
                found = satisfy(model.bounds, [*chosen, literal], ~last, most_conflicts).chosen
            except Undecided:
                unproven[option] = True
                continue
            if found is None:
                open_[literal] = False
            else:
                last = found
                shown[_literals(found)] = True
    return unproven


def contradiction(model: Screen, choices: Iterable[int], most_conflicts: int = MOST_CONFLICTS) -> Contradiction:
    """A part of choices that have no configuration together: minimal, as far as the limit goes for each part tried."""

    def fits(some: list[int]) -> bool:
        try:
            return satisfy(model.bounds, some, most_conflicts=most_conflicts).chosen is not None
        except Undecided:
            return True  # nothing is left out that is not proven to be needless

    chosen = sorted(set(choices))
    return Contradiction(model.model, tuple(minimal(fits, [], chosen)) if chosen and fits([]) else ())


def states_of(open_: np.ndarray) -> np.ndarray:
    """States of options, given which of their literals some configuration has."""
    return np.where(open_[::2] & open_[1::2], POSSIBLE, np.where(open_[::2], FORCED, EXCLUDED)).astype(np.int8)


def _literals(chosen: np.ndarray) -> np.ndarray:
    """The literals that a configuration has."""
    literals: np.ndarray = 2 * np.arange(len(chosen)) + ~chosen
    return literals
