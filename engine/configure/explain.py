"""Why an option is excluded or forced: the fewest of the user's choices that do it, then the fewest of the model's rules.

Both sets are minimal: leave any one out and the option is possible. They do not hang on the order of the choices, but on which the
caller prefers to blame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from engine.configure.bounds import Bounds, bounds_of
from engine.configure.circuit import Circuit, Workspace
from engine.configure.model import Model, ModelError
from engine.configure.solver import MOST_CONFLICTS, satisfy
from engine.kernels.circuit import allows, refused


class Contradiction(ModelError):
    """The choices have no configuration together; `choices` are a part of them that has none: minimal, unless a limit says less."""

    def __init__(self, model: Model, choices: tuple[int, ...]) -> None:
        said = ", ".join(model.say(choice) for choice in choices)
        super().__init__(
            f"{model.name}: no configuration has all of: {said}; undo one of them"
            if choices
            else f"{model.name}: no configuration keeps all its rules"
        )
        self.choices = choices


def conflict(
    circuit: Circuit,
    choices: Iterable[int],
    literal: int | None = None,
    blame: Sequence[int] = (),
    room: Workspace | None = None,
) -> tuple[int, ...] | None:
    """A minimal set of the choices that leaves no configuration with `literal` (None: none at all); None where there is one.

    A choice that is enough by itself is the whole answer. blame: choices to prefer in the set, the most preferred first; else those
    that come first in the model.
    """
    room, fixed = room or circuit.workspace(), [] if literal is None else [literal]
    rank = {choice: at for at, choice in enumerate(blame)}
    open_ = sorted(set(choices), key=lambda choice: (rank.get(choice, len(rank)), choice))
    if _fits(circuit, fixed + open_, room):
        return None
    found: list[int] = []
    while True:
        alone = np.empty(len(open_), np.int8)
        some = circuit.choices(fixed + found)
        if not refused(circuit.arena, some, np.array(open_, np.int32), room.barred, room.dead, room.holds, alone):
            return tuple(sorted(found))
        if alone.any():
            return tuple(sorted([*found, open_[int(alone.argmax())]]))
        low, high = 0, len(open_)  # the first `low` fit what is found, the first `high` do not
        while high - low > 1:
            middle = (low + high) // 2
            fits = _fits(circuit, fixed + found + open_[:middle], room)
            low, high = (middle, high) if fits else (low, middle)
        found.append(open_[low])
        open_ = open_[:low]


def _fits(circuit: Circuit, literals: list[int], room: Workspace) -> bool:
    """Whether some configuration has all the literals."""
    return bool(allows(circuit.arena, circuit.choices(literals), room.barred, room.dead, room.holds))


def minimal(fits: Callable[[list[int]], bool], background: list[int], candidates: list[int]) -> list[int]:
    """QuickXplain: the minimal part of the candidates that does not fit the background, earlier candidates preferred."""
    if len(candidates) == 1:
        return candidates
    half = len(candidates) // 2
    early, late = candidates[:half], candidates[half:]
    from_late = minimal(fits, background + early, late) if fits(background + early) else []
    rest = background + from_late
    from_early = minimal(fits, rest, early) if not from_late or fits(rest) else []
    return from_early + from_late


def rules_behind(
    model: Model, literals: Iterable[int] = (), bounds: Bounds | None = None, most_conflicts: int = MOST_CONFLICTS
) -> tuple[int, ...] | None:
    """A minimal set of rules (by number) that leave no configuration with all the literals; None where all rules leave one.

    Without literals: why a model has no configuration at all.

    Raises:
        Undecided: the solver's limit ended before it was known.
    """
    bounds = bounds or bounds_of(model)
    assumed = sorted(set(literals))
    found = satisfy(bounds, assumed, most_conflicts=most_conflicts)
    if found.chosen is not None:
        return None
    of_rule: dict[int, list[int]] = {}
    for number, rule in enumerate(bounds.rules.tolist()):
        of_rule.setdefault(rule, []).append(number)
    needed: list[int] = []
    open_ = list(found.rules)
    while open_:
        tried = open_.pop()
        tried_without = bounds.only(number for rule in needed + open_ for number in of_rule[rule])
        found = satisfy(tried_without, assumed, most_conflicts=most_conflicts)
        if found.chosen is not None:
            needed.append(tried)
        else:  # what the refutation did not lean on is not needed either
            open_ = [rule for rule in open_ if rule in found.rules]
    return tuple(sorted(needed))
